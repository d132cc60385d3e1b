//! Leaves the playground's page in `OUT_DIR/playground`, where `src/web/playground.rs` embeds it.
//!
//! With npm on the PATH it is the full page, built by Vite; without npm, or when the registry cannot be
//! reached, it is the small one from `playground/fallback`, so that a build never depends on Node.js.
//! `PARCELGRAPH_PLAYGROUND=fallback` asks for the small page, and `full` fails the build rather than ship it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const SOURCES: [&str; 8] = [
    "examples",
    "fallback",
    "icon.svg",
    "index.html",
    "package.json",
    "package-lock.json",
    "src",
    "vite.config.js",
];

/// What npm, Vite and the wait for another build that runs them may take together.
const TIME_LIMIT: Duration = Duration::from_secs(300);

fn main() {
    println!("cargo:rerun-if-env-changed=PARCELGRAPH_PLAYGROUND");
    println!("cargo:rerun-if-changed=build.rs");
    for source in SOURCES {
        println!("cargo:rerun-if-changed=playground/{source}");
    }
    let source = Path::new("playground");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let page = out.join("playground");
    let wish = std::env::var("PARCELGRAPH_PLAYGROUND").unwrap_or_default();
    if wish != "fallback" {
        match build_full(source, &page, &out.join("playground.log")) {
            Ok(()) => return,
            Err(reason) if wish == "full" => panic!("the playground cannot be built: {reason}"),
            Err(reason) => println!(
                "cargo:warning=the playground is the small page, because {reason}; \
                 PARCELGRAPH_PLAYGROUND=full builds the full one and needs Node.js with npm"
            ),
        }
    }
    copy_small(source, &page).expect("the small playground can be copied to OUT_DIR");
}

/// Builds the Vite project; the error is a clause that says why it could not.
fn build_full(source: &Path, page: &Path, log: &Path) -> Result<(), String> {
    let deadline = Instant::now() + TIME_LIMIT;
    File::create(log).map_err(|error| format!("{} cannot be written: {error}", log.display()))?;
    // Debug, release and clippy builds may come at the same time and share node_modules.
    let lock = File::open(source.join("package-lock.json"))
        .map_err(|error| format!("playground/package-lock.json cannot be read: {error}"))?;
    while lock.try_lock().is_err() {
        if Instant::now() > deadline {
            return Err("another build keeps playground/node_modules busy".to_owned());
        }
        sleep(Duration::from_millis(100));
    }
    install(source, deadline, log)?;
    let mut vite = Command::new("node");
    vite.args(["node_modules/vite/bin/vite.js", "build", "--emptyOutDir"])
        .args(["--logLevel", "error", "--outDir"])
        .arg(page);
    run(vite.current_dir(source), deadline, log)
}

/// Runs `npm ci`, unless it has already run for this very lock file.
fn install(source: &Path, deadline: Instant, log: &Path) -> Result<(), String> {
    let wanted = fs::read(source.join("package-lock.json")).map_err(|error| error.to_string())?;
    let installed = source.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|lock| lock == wanted) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--prefer-offline", "--loglevel=error"])
        .args([
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000",
            "--fetch-timeout=60000",
        ]);
    run(npm.current_dir(source), deadline, log)?;
    fs::write(installed, wanted).map_err(|error| error.to_string())
}

/// Runs a program until it ends or the deadline passes; what it prints goes to the log.
fn run(command: &mut Command, deadline: Instant, log: &Path) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    let open = || File::options().append(true).open(log);
    let (out, err) = open()
        .and_then(|out| Ok((out, open()?)))
        .map_err(|error| error.to_string())?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(|error| format!("{name} does not start ({error})"))?;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => return Err(format!("{name} failed, see {}", log.display())),
            None if Instant::now() > deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{name} took longer than {TIME_LIMIT:?}"));
            }
            None => sleep(Duration::from_millis(50)),
        }
    }
}

/// Copies the small page and gives it the examples as a script, because it has no bundler.
fn copy_small(source: &Path, page: &Path) -> io::Result<()> {
    if page.exists() {
        fs::remove_dir_all(page)?;
    }
    let assets = page.join("assets");
    fs::create_dir_all(&assets)?;
    fs::copy(source.join("fallback/index.html"), page.join("index.html"))?;
    fs::copy(source.join("icon.svg"), assets.join("icon.svg"))?;
    for file in ["small.css", "small.js"] {
        fs::copy(source.join("fallback").join(file), assets.join(file))?;
    }
    fs::write(
        assets.join("examples.js"),
        examples(&source.join("examples"))?,
    )
}

/// The examples as a JavaScript module; Rust's debug form of a string is a literal there, too.
fn examples(folder: &Path) -> io::Result<String> {
    let mut queries: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    queries.retain(|path| path.extension().is_some_and(|ext| ext == "graphql"));
    queries.sort();
    let mut module = "export const examples = [\n".to_owned();
    for path in queries {
        let query = fs::read_to_string(&path)?;
        let variables = fs::read_to_string(path.with_extension("json")).unwrap_or_default();
        module += &format!("  {{ query: {query:?}, variables: {variables:?} }},\n");
    }
    Ok(module + "];\n")
}
