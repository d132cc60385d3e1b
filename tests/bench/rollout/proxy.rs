//! nginx, with the settings of `deploy/nginx` but for addresses, for as many replicas as there are, and for TLS.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::watchers::Line;

/// How long it may take to start, and to end.
const DEADLINE: Duration = Duration::from_secs(10);

/// How many lines of its logs are shown.
const SHOWN: usize = 20;

/// Where Debian has it, which is not on everybody's path.
const PROGRAMS: [&str; 2] = ["/usr/sbin/nginx", "nginx"];

/// A proxy in front of replicas. It ends with it.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Proxy {
    /// Starts one and waits until it passes requests on.
    pub async fn start(replicas: &[SocketAddr]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rollout-nginx");
        // What one before it left.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let address = free_address();
        fs::write(folder.join("replicas.conf"), upstream(replicas)).unwrap();
        fs::write(folder.join("parcelgraph.conf"), server(&folder, address)).unwrap();
        let main = folder.join("main");
        fs::write(&main, settings(&folder)).unwrap();
        let program = PROGRAMS.iter().find(|program| is_there(program));
        let child = Command::new(program.expect("nginx is installed"))
            .arg("-c")
            .arg(&main)
            .spawn()
            .unwrap();
        let proxy = Self {
            child,
            address,
            folder,
        };
        let begun = Instant::now();
        while !proxy.is_ready().await {
            assert!(begun.elapsed() < DEADLINE, "{}", proxy.complaints());
            sleep(Duration::from_millis(20)).await;
        }
        proxy
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it wrote last of what went wrong, and of answers that were bad.
    pub fn complaints(&self) -> String {
        let lines = |name: &str| {
            let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let errors = lines("errors.log").into_iter().rev().take(SHOWN);
        let is_bad = |line: &String| {
            let status = line.split("\" ").nth(1);
            status.is_some_and(|status| status.starts_with(['4', '5']))
        };
        let bad = lines("access.log").into_iter().rev().filter(is_bad);
        errors
            .chain(bad.take(SHOWN))
            .collect::<Vec<_>>()
            .join("\n  ")
    }

    async fn is_ready(&self) -> bool {
        match Line::open(self.address).await {
            Ok(mut line) => line
                .get("/health/ready")
                .await
                .is_ok_and(|it| it == "ready\n"),
            Err(_) => false,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Whoever kills it leaves its workers behind.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").arg(id).status();
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
    }
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("-v").output().is_ok()
}

/// What nginx.conf has to say.
fn settings(folder: &Path) -> String {
    let folder = folder.display();
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {folder}/{name};"))
        .join("\n");
    format!(
        "worker_processes 1;\nworker_rlimit_nofile 16384;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/errors.log;\n\
         events {{ worker_connections 8192; }}\nhttp {{\n{paths}\ninclude {folder}/*.conf;\n}}\n"
    )
}

/// `replicas.conf` for these replicas instead of its two.
fn upstream(replicas: &[SocketAddr]) -> String {
    let given = read("replicas.conf");
    let mut own = String::new();
    for line in given.lines() {
        match line.trim_start().strip_prefix("server 127.0.0.1:8080") {
            Some(rest) => {
                for replica in replicas {
                    own += &format!("server {replica}{rest}\n");
                }
            }
            None if line.contains("server 127.0.0.1:8082") => {}
            None => own += &format!("{line}\n"),
        }
    }
    assert_eq!(own.matches("server 127.").count(), 2 * replicas.len());
    own
}

/// `parcelgraph.conf` at this address, without TLS.
fn server(folder: &Path, address: SocketAddr) -> String {
    let mut own = read("parcelgraph.conf");
    for (theirs, ours) in [
        ("listen 80;", format!("listen {};", free_address())),
        ("listen 443 ssl http2;", format!("listen {address};")),
        (
            "/var/log/nginx/access.log",
            format!("{}/access.log", folder.display()),
        ),
    ] {
        assert!(own.contains(theirs), "{theirs} stands there no more");
        own = own.replace(theirs, &ours);
    }
    let is_wanted = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("listen [::]") && !line.starts_with("ssl_")
    };
    own.lines().filter(is_wanted).collect::<Vec<_>>().join("\n")
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/nginx");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}
