//! A server in a process of its own, and the account behind it.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use parcelgraph::sandbox::{self, Limits, Sandbox};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::support::{Plan, Process};

/// How long the memory may take to come back.
const SETTLING: Duration = Duration::from_secs(20);

/// How long nothing happens before the memory is what it is.
const REST: Duration = Duration::from_secs(5);

/// What a shop asks all day. It is answered from memory.
pub const NORMAL: &str = r#"{ tracking(ref: { key: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" } }, freshness: { maxAge: "P1D" }) { id status title checkpoints { description location } } }"#;

/// Who asks without a token may do everything, so that nothing is refused for another reason.
const EVERYTHING: &str =
    "tracking:read tracking:write customer:read realtime quota:spend account:read ops";

pub struct Stage {
    sandbox: Sandbox,
    process: Process,
}

impl Stage {
    /// Starts both, and asks until the normal query is answered from memory.
    pub async fn open(flags: &[&str]) -> Self {
        let settings = sandbox::Settings {
            speed: 0.0,
            limits: Limits::OFF,
            ..sandbox::Settings::default()
        };
        let api_key = settings.api_key.clone();
        let sandbox = Sandbox::start_on_thread(settings).unwrap();
        let no_limits = ["list", "realtime", "other"].map(|kind| format!("--{kind}-per-second=0"));
        let quiet = ["--poll-interval", "0", "--anonymous", EVERYTHING];
        let flags = quiet.iter().chain(flags).map(|flag| (*flag).to_owned());
        let process = Process::start(Plan {
            upstream_url: sandbox.base_url(),
            api_key,
            redis_url: None,
            replicas: 1,
            clock_off_by: 0,
            flags: no_limits.into_iter().chain(flags).collect(),
        })
        .await;
        for _ in 0..200 {
            let answer = process.ask(NORMAL).await;
            assert!(is_normal(&answer), "{answer}");
        }
        let stage = Self { sandbox, process };
        // The server asks what the account has when it starts.
        let mut calls = u64::MAX;
        while calls != stage.calls() {
            calls = stage.calls();
            sleep(Duration::from_secs(1)).await;
        }
        stage
    }

    pub fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// How many calls the account got.
    pub fn calls(&self) -> u64 {
        self.sandbox.stats().total_calls()
    }

    /// Its number among the processes of the machine.
    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// How much memory the server has, in KiB.
    pub fn memory(&self) -> u64 {
        memory_of(self.id())
    }

    /// How much memory the server has once nothing happens, in KiB.
    pub async fn rested(&self) -> u64 {
        sleep(REST).await;
        self.memory()
    }

    /// Waits until the memory is what it was; tells how much it is if it does not come to that.
    pub async fn settle(&self, before: u64) -> Option<String> {
        let most = before + before / 10;
        let (at_once, end) = (self.memory(), Instant::now() + SETTLING);
        while self.memory() > most && Instant::now() < end {
            sleep(Duration::from_millis(200)).await;
        }
        let now = self.memory();
        println!("memory: {before} KiB before, {at_once} KiB at the end, {now} KiB settled");
        (now > most).then(|| format!("{now} KiB of memory are kept, {before} KiB were before"))
    }

    /// What the log tells of panics.
    pub fn panics(&self) -> Vec<String> {
        let log = fs::read(self.process.log()).unwrap();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().filter(|line| line.contains("panicked"));
        lines.map(str::to_owned).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}

/// How much memory a process has, in KiB.
pub fn memory_of(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}

/// Whether it is what a shop expects.
pub fn is_normal(answer: &Value) -> bool {
    answer["data"]["tracking"]["id"].is_string() && answer.get("errors").is_none()
}
