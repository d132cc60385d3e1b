//! Servers as processes of their own, all on the same processor.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::cpu;
use super::http::Line;

/// Where the servers run.
const THEIR_PROCESSOR: &str = "0";

/// How long one may take to start.
const DEADLINE: Duration = Duration::from_secs(30);

/// The gateway that is measured.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_parcelgraph");

/// A server. It ends with it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    address: SocketAddr,
    /// Whoever closes it breaks what is written into it.
    _said: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// The gateway in front of an upstream. Nobody has to wait for a slot or to pay points.
    pub async fn gateway(upstream_url: &str, scopes: &str, flags: &[&str]) -> Self {
        let mut command = program(&[PROGRAM]);
        command
            .env("TRACKINGMORE_API_KEY", "warm")
            .env("ANONYMOUS", scopes)
            .env("POINTS_PER_SECOND", "0")
            .args(["--upstream", "trackingmore", "--upstream-url", upstream_url])
            .args(["--list-per-second", "0"])
            .args(flags);
        Self::serving(command).await
    }

    /// The gateway with simulated parcels.
    pub async fn sandbox() -> Self {
        Self::serving(program(&[PROGRAM, "serve", "--upstream", "sandbox"])).await
    }

    /// A program that says a word once it serves at that address.
    pub fn announced(mut command: Command, address: SocketAddr) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut String::new()).unwrap();
        Self {
            child,
            address,
            _said: Some(said),
        }
    }

    /// Starts a gateway and waits until it is ready.
    async fn serving(mut command: Command) -> Self {
        let address = free_address();
        let process = Self {
            child: command
                .args(["--listen", &address.to_string()])
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
            address,
            _said: None,
        };
        let begun = Instant::now();
        while !process.is_ready().await {
            assert!(begun.elapsed() < DEADLINE, "see {}", log().display());
            sleep(Duration::from_millis(1)).await;
        }
        process
    }

    async fn is_ready(&self) -> bool {
        let request = b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n";
        match Line::open(self.address).await {
            Ok(mut line) => line.ask(request).await.is_ok(),
            Err(_) => false,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number among the processes of the machine.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How much memory it has, in bytes.
    pub fn resident(&self) -> u64 {
        cpu::resident(self.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program with its first arguments, on the servers' processor.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new("taskset");
    command
        .env_clear()
        .env("NO_COLOR", "1")
        .args(["-c", THEIR_PROCESSOR])
        .args(words)
        .stderr(open_log());
    command
}

/// An address that nobody has at the moment.
pub fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}

/// What all of them write to their logs.
fn log() -> PathBuf {
    let name = concat!(env!("CARGO_CRATE_NAME"), ".log");
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn open_log() -> File {
    let mut options = OpenOptions::new();
    options.create(true).append(true).open(log()).unwrap()
}
