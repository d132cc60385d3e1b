//! The command line.

mod doctor;
mod health;
mod reload;
mod secret;
mod watch;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::app::{self, App};
use crate::auth::{NewToken, StaticToken};
use crate::graphql;
use crate::sandbox::{self, Sandbox};
use crate::settings::{
    AccessOverrides, Address, Overrides, SettingError, Settings, Speed, TelemetryOverrides,
    TokenList, changes, parse_key,
};
use crate::telemetry::{self, Telemetry};
use crate::web::DataKind;

use doctor::DoctorOptions;
use reload::{Hangups, Reloads};
use secret::of_environment;
use watch::Watch;

/// What asks about the program as a whole, not about the default command.
const ABOUT_THE_PROGRAM: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// What stands below the settings that have flags.
const OF_ENVIRONMENT: &str = "\
Everybody can read a process's flags, so that what is secret is read from the environment, or from the settings file:
  TRACKINGMORE_API_KEY  the key of the account; without it the parcels are simulated
  PARCELGRAPH_TOKENS    tokens that were given out, as name:sha256:scopes, with a semicolon between two of them
  JWT_SECRET            the secret with which JSON web tokens are signed (HS256), at least 32 bytes
  VIEW_TOKEN_SECRET     the secret with which view tokens are signed, at least 32 bytes [default: from the account's key]
Each of them, REDIS_URL and WEBHOOK_EMAIL may stand in a file instead, which a variable names: TRACKINGMORE_API_KEY_FILE, and so on.";

/// One GraphQL endpoint in front of a TrackingMore account.
///
/// Without a key it serves simulated parcels. With TRACKINGMORE_API_KEY in the environment or the settings file it serves
/// the account of that key.
#[derive(Parser)]
#[command(
    name = "parcelgraph",
    version,
    override_usage = "parcelgraph [COMMAND] [OPTIONS]",
    after_help = "`parcelgraph serve --help` lists the settings."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve GraphQL; this is also what happens without a command
    Serve(Box<Options>),
    /// Print the settings that would be in force, or what is wrong with them, and what would change
    Check(Box<CheckOptions>),
    /// Ask the server of these settings whether it is ready: for containers, as their health check
    Health(Box<Options>),
    /// Look at all that a server of these settings needs, and say what to do about what is not right
    Doctor(Box<DoctorOptions>),
    /// Print the schema in the schema definition language
    Schema(SchemaOptions),
    /// Make a token for somebody who may ask, and print what the settings have to hold of it
    Token(TokenOptions),
    /// Serve simulated parcels in the form of TrackingMore's own API
    Sandbox(SandboxOptions),
}

#[derive(Args)]
struct CheckOptions {
    #[command(flatten)]
    options: Options,
    /// The settings file that is in force, if it is another one: prints what would change
    #[arg(long, env = "PARCELGRAPH_CONFIG", value_name = "FILE")]
    against: Option<PathBuf>,
}

#[derive(Args, Clone)]
#[command(after_help = OF_ENVIRONMENT)]
struct Options {
    /// A settings file (TOML)
    #[arg(long, env = "PARCELGRAPH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

#[derive(Args)]
struct SchemaOptions {
    /// As a supergraph of Apollo Federation 2 is composed of it
    #[arg(long)]
    federation: bool,
}

#[derive(Args)]
struct TokenOptions {
    /// Who gets it
    name: String,
    /// What he may do
    #[arg(long, value_name = "SCOPES", default_value = "tracking:read")]
    scopes: String,
}

#[derive(Args)]
#[command(mut_args(|arg| arg.allow_negative_numbers(true)))]
struct SandboxOptions {
    /// Where to serve
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: Address,
    /// The key that callers have to send
    #[arg(long, value_name = "KEY", default_value = "sandbox", value_parser = parse_key)]
    key: String,
    /// Simulated seconds per second; 0 stands still
    #[arg(long, value_name = "FACTOR", default_value = "60")]
    speed: Speed,
}

/// Does what the command line says. Whatever goes wrong is told in one line.
pub fn run() -> ExitCode {
    let outcome = match Cli::try_parse_from(with_command(env::args_os())) {
        Ok(cli) => follow(cli.command),
        Err(error) if error.use_stderr() => {
            complain(&one_line(&error));
            return ExitCode::from(2);
        }
        Err(help_or_version) => printed(help_or_version.print()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(lines)) => {
            for line in lines {
                complain(&format!("error: {line}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// Puts in `serve` where no command is named, so that only the options of the command that runs read the environment.
fn with_command(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let is_named = arguments.get(1).is_some_and(|first| {
        let is_flag = first.as_encoded_bytes().starts_with(b"-");
        !is_flag || ABOUT_THE_PROGRAM.iter().any(|flag| first == flag)
    });
    if !is_named {
        arguments.insert(arguments.len().min(1), "serve".into());
    }
    arguments
}

fn follow(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve(*options),
        Command::Check(options) => check(*options),
        Command::Doctor(options) => doctor::examine(&options),
        Command::Health(options) => Ok(health::ask(settings(&options)?.listen)?),
        Command::Schema(SchemaOptions { federation: false }) => print(graphql::sdl()),
        Command::Schema(SchemaOptions { federation: true }) => print(graphql::subgraph_sdl()),
        Command::Token(options) => print(new_token(&options)?),
        Command::Sandbox(options) => serve_sandbox(options),
    }
}

/// The first paragraph, which says what is wrong; values with line ends and lists of what is possible stay in the line.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let what = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = what.split_whitespace().collect();
    format!("{} (see parcelgraph --help)", words.join(" "))
}

fn complain(line: &str) {
    // When nobody can be told, the exit code has to do.
    let _ = writeln!(io::stderr(), "{line}");
}

fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(write!(out, "{text}").and_then(|()| out.flush()))
}

/// A reader who has gone has read enough.
fn printed(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure(vec![format!("cannot print: {error}")]))
        }
        _ => Ok(()),
    }
}

/// What goes wrong, one line each.
struct Failure(Vec<String>);

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string().lines().map(str::to_owned).collect())
    }
}

fn settings(options: &Options) -> Result<Settings, Failure> {
    resolve(&overrides(options)?)
}

fn resolve(set: &Overrides) -> Result<Settings, Failure> {
    Settings::resolve(set)
        .map_err(|errors| Failure(errors.iter().map(SettingError::to_string).collect()))
}

/// What was set, wherever that was.
fn overrides(options: &Options) -> Result<Overrides, Failure> {
    let file = match &options.config {
        Some(path) => Overrides::from_file(path)?,
        None => Overrides::default(),
    };
    let tokens = of_environment("PARCELGRAPH_TOKENS")?;
    let tokens = tokens.map(|text| text.parse().map(|TokenList(tokens)| tokens));
    let tokens = tokens.transpose();
    let environment = Overrides {
        trackingmore_api_key: of_environment("TRACKINGMORE_API_KEY")?,
        redis: of_environment("REDIS_URL")?,
        webhook_email: of_environment("WEBHOOK_EMAIL")?,
        access: AccessOverrides {
            tokens: tokens
                .map_err(|reason| Failure(vec![format!("PARCELGRAPH_TOKENS: {reason}")]))?,
            jwt_secret: of_environment("JWT_SECRET")?,
            view_token_secret: of_environment("VIEW_TOKEN_SECRET")?,
            ..AccessOverrides::default()
        },
        ..Overrides::default()
    };
    let flags = options.overrides.clone();
    let set = flags.over(environment).over(file);
    // What says more about this program than that is said before.
    Ok(set.over(Overrides {
        telemetry: rust_log(),
        ..Overrides::default()
    }))
}

/// Prints settings, and what would change with them.
fn check(options: CheckOptions) -> Result<(), Failure> {
    let CheckOptions { options, against } = options;
    let set = overrides(&options)?;
    let would_be = resolve(&set)?;
    app::trusted_documents(&would_be)?;
    let before = against.filter(|file| options.config.as_ref() != Some(file));
    let Some(file) = before else {
        return print(would_be);
    };
    let config = Some(file.clone());
    let file = file.display();
    let in_force = |Failure(lines)| {
        let lines = lines.iter();
        Failure(
            lines
                .map(|line| format!("{file} (in force): {line}"))
                .collect(),
        )
    };
    let started = overrides(&Options { config, ..options }).map_err(in_force)?;
    let is = resolve(&started).map_err(in_force)?;
    // As a reload would have it, which leaves some as they are.
    let told = match resolve(&set.started_as(&started)) {
        Ok(now) => {
            let changes = changes(&is, &now).into_iter();
            let changes = changes.chain(reload::not_yet(&is, &would_be));
            changes.map(|change| format!("# {change}\n")).collect()
        }
        Err(Failure(lines)) => {
            let lines = lines.iter();
            let told = lines.map(|line| format!("# only after a restart, because {line}\n"));
            told.collect::<String>()
        }
    };
    match told.is_empty() {
        true => print(format_args!("{would_be}\n# nothing changes from {file}\n")),
        false => print(format_args!("{would_be}\n# changes from {file}:\n{told}")),
    }
}

/// What the variable says that many programs read.
fn rust_log() -> TelemetryOverrides {
    let text = env::var("RUST_LOG").ok();
    text.map_or_else(TelemetryOverrides::default, |text| {
        TelemetryOverrides::of_rust_log(&text)
    })
}

/// A new token, which is shown this once, and what the settings have to hold of it.
fn new_token(options: &TokenOptions) -> Result<String, Failure> {
    let NewToken { token, sha256 } = NewToken::random();
    let (name, scopes) = (&options.name, &options.scopes);
    StaticToken::parse(name, &sha256, scopes)?;
    Ok(format!(
        "token: {token}\nIt is not stored anywhere: note it now. Its owner sends it as `Authorization: Bearer TOKEN`.\n\n\
        # in the settings file\n[[access.tokens]]\nname = {name:?}\nsha256 = \"{sha256}\"\nscopes = \"{scopes}\"\n\n\
        # or in the environment\nPARCELGRAPH_TOKENS='{name}:{sha256}:{scopes}'\n"
    ))
}

fn serve(options: Options) -> Result<(), Failure> {
    let mut watch = Watch::of(reload::files(&options));
    let started = overrides(&options)?;
    let settings = resolve(&started)?;
    watch.follow(reload::documents(&settings));
    in_runtime(&settings.telemetry, async |telemetry| {
        let stop = told_to_stop()?;
        let hangups = Hangups::heard()?;
        let app = App::open(&settings).await?;
        let address = app.address()?;
        let data = match app.data() {
            DataKind::Simulated => {
                "The data is simulated. To serve your own account, set TRACKINGMORE_API_KEY and start again."
            }
            DataKind::Live => "The data is that of the TrackingMore account of the key.",
        };
        let page = match app.has_playground() {
            true => format!("playground: http://{address}/\n"),
            false => String::new(),
        };
        print(format_args!(
            "parcelgraph serves GraphQL at http://{address}/graphql\n{page}{data}\n"
        ))?;
        let reloads = Reloads::new(options, started, app.controls(), telemetry, watch);
        let reloading = tokio::spawn(reloads.go_on(hangups));
        let served = app.serve(stop).await;
        reloading.abort();
        Ok(served?)
    })
}

fn serve_sandbox(options: SandboxOptions) -> Result<(), Failure> {
    let level = rust_log().log_level;
    let level = level.and_then(|level| level.parse().ok());
    let settings = telemetry::Settings {
        log_level: level.unwrap_or_default(),
        ..telemetry::Settings::default()
    };
    in_runtime(&settings, async |_| {
        let stop = told_to_stop()?;
        let listen = SocketAddr::from(options.listen);
        let sandbox = Sandbox::start(sandbox::Settings {
            listen,
            api_key: options.key,
            speed: options.speed.into(),
            ..sandbox::Settings::default()
        })
        .await
        .map_err(|error| Failure(vec![format!("cannot listen on {listen}: {error}")]))?;
        print(format_args!(
            "simulated TrackingMore API at {}\nits parcels are listed at http://{}/__parcels\n",
            sandbox.base_url(),
            sandbox.address()
        ))?;
        stop.await;
        sandbox.stop();
        Ok(())
    })
}

/// Does some work that logs what it does.
fn in_runtime(
    settings: &telemetry::Settings,
    work: impl AsyncFnOnce(Arc<Telemetry>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let telemetry = {
        let _entered = runtime.enter();
        Arc::new(Telemetry::open(settings)?)
    };
    let outcome = runtime.block_on(work(telemetry.clone()));
    telemetry.close();
    // Work that does not come to an end must not keep the process alive: whoever waits has waited for all of the drain.
    runtime.shutdown_background();
    outcome
}

/// Ready when the process is interrupted or asked to end. It listens from now on: whoever reads that the server is up may
/// stop it in the same moment.
#[cfg(unix)]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Ready when the process is interrupted.
#[cfg(not(unix))]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the signal there is nothing that could stop it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
