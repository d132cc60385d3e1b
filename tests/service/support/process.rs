//! Replicas as processes of their own, which can be killed.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use parcelgraph::auth::Scopes;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a replica may take to start, or to answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// How a replica is started.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The API in front of which it stands, and its key.
    pub upstream_url: String,
    pub api_key: String,
    /// Where it finds Redis, if there is one.
    pub redis_url: Option<String>,
    /// How many replicas there are at the most.
    pub replicas: usize,
    /// By how many seconds its wall clock is wrong.
    pub clock_off_by: i64,
    /// Further flags.
    pub flags: Vec<String>,
}

/// A replica that always has the same address. It ends with it.
pub struct Process {
    plan: Plan,
    /// Variables besides those that the plan says.
    environment: Vec<(&'static str, String)>,
    address: SocketAddr,
    client: reqwest::Client,
    running: Option<(Child, Lines<BufReader<ChildStdout>>)>,
}

impl Process {
    /// Starts one and waits until it serves.
    pub async fn start(plan: Plan) -> Self {
        Self::start_within(Vec::new(), plan).await
    }

    /// The same with these variables besides.
    pub async fn start_within(environment: Vec<(&'static str, String)>, plan: Plan) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE);
        let mut process = Self {
            plan,
            environment,
            address: free.local_addr().unwrap(),
            client: client.build().unwrap(),
            running: None,
        };
        drop(free);
        // One that had the same address before it may have left its own.
        let _ = std::fs::remove_file(process.log());
        process.restart().await;
        process
    }

    /// Ends it at once, as a crash does.
    pub async fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            let id = child.id().expect("it was not ended before");
            child.kill().await.unwrap();
            forget_clock(id);
        }
    }

    /// Asks it to end, as a deploy does, and waits until it has.
    pub async fn drain(&mut self) -> ExitStatus {
        let (mut child, _lines) = self.running.take().expect("it runs");
        let id = child.id().expect("it was not ended before");
        signal(id, "-TERM").await;
        let ended = timeout(DEADLINE, child.wait()).await;
        forget_clock(id);
        ended.expect("it ends in time").unwrap()
    }

    /// Tells the one with that number to read its settings again.
    pub async fn tell_to_reload(id: u32) {
        signal(id, "-HUP").await;
    }

    /// Starts it again where it was, and waits until it serves.
    pub async fn restart(&mut self) {
        self.kill().await;
        let mut child = self.command().spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let serves = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap();
        serves.unwrap_or_else(|| panic!("it does not start: see {}", self.log().display()));
        self.running = Some((child, lines));
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number among the processes of the machine, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.running.as_ref()?.0.id()
    }

    /// Where its endpoint is.
    pub fn graphql(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// The answer to an operation.
    pub async fn ask(&self, query: &str) -> Value {
        let operation = json!({ "query": query });
        let request = self.client.post(self.graphql()).json(&operation);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Asks without waiting for the answer, which may never come.
    pub fn start_to_ask(&self, query: &str) -> JoinHandle<()> {
        let operation = json!({ "query": query });
        let request = self.client.post(self.graphql()).json(&operation);
        tokio::spawn(async move { _ = request.send().await })
    }

    /// What it writes to its log, all its lives in one file.
    pub fn log(&self) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        folder.join(format!("replica-{}.log", self.address.port()))
    }

    fn command(&self) -> Command {
        let log: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let plan = &self.plan;
        let mut command = Command::new(env!("CARGO_BIN_EXE_parcelgraph"));
        command
            .env_clear()
            .env("TRACKINGMORE_API_KEY", &plan.api_key)
            .env("ANONYMOUS", Scopes::ALL.to_string())
            // All who ask are one caller.
            .env("POINTS_PER_SECOND", "0")
            .env("NO_COLOR", "1")
            // Other tests have the processors as well.
            .env("SHED_AFTER", "0")
            .args(["--listen", &self.address.to_string()])
            .args(["--upstream", "trackingmore"])
            .args(["--upstream-url", &plan.upstream_url])
            .args(["--replicas", &plan.replicas.to_string()])
            .args(&plan.flags)
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(redis) = &plan.redis_url {
            command.args(["--redis", redis]);
        }
        if plan.clock_off_by != 0 {
            command
                .env("LD_PRELOAD", false_clock())
                .env("FAKETIME", format!("{:+}s", plan.clock_off_by))
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("DONT_FAKE_MONOTONIC", "1");
        }
        command
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(id) = self.running.as_ref().and_then(|(child, _)| child.id()) {
            forget_clock(id);
        }
    }
}

async fn signal(process: u32, signal: &str) {
    let mut kill = Command::new("kill");
    let sent = kill.args([signal, &process.to_string()]);
    assert!(sent.status().await.unwrap().success());
}

/// Removes what a process with a wrong clock leaves behind that was killed.
fn forget_clock(process: u32) {
    for name in ["faketime_shm", "sem.faketime_sem"] {
        // Only those with a wrong clock have it.
        let _ = std::fs::remove_file(format!("/dev/shm/{name}_{process}"));
    }
}

/// The library that shows a process another time.
pub fn false_clock() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let mut found = libraries.filter(|library| library.exists());
    found.next().expect("faketime is installed")
}
