//! Somebody who asks the same normal question every 20 ms, whatever happens.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::stage::{NORMAL, Stage, is_normal, memory_of};

const RHYTHM: Duration = Duration::from_millis(20);

/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// It runs on a thread of its own, so that it waits for nothing but the server.
pub struct Pulse {
    beats: Arc<Mutex<Vec<Duration>>>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    told: Mutex<usize>,
    /// The most memory that the server has had, in KiB.
    peak: Arc<AtomicU64>,
    server: u32,
}

impl Pulse {
    pub fn start(stage: &Stage) -> Self {
        let address = stage.address();
        let beats = Arc::<Mutex<Vec<Duration>>>::default();
        let is_over = Arc::<AtomicBool>::default();
        let (felt, end) = (beats.clone(), is_over.clone());
        let (server, peak) = (stage.id(), Arc::<AtomicU64>::default());
        let highest = peak.clone();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let look = || _ = highest.fetch_max(memory_of(server), Ordering::Relaxed);
                beat(address, felt, end, look).await;
            });
        });
        Self {
            beats,
            is_over,
            thread,
            told: Mutex::default(),
            peak,
            server,
        }
    }

    /// Prints how long the questions took since the last time, and how much memory the server has.
    pub fn tell(&self, during: &str) {
        let beats = self.beats.lock().unwrap();
        let mut told = self.told.lock().unwrap();
        let mut new = beats[*told..].to_vec();
        *told = beats.len();
        let (p50, p99, most) = (
            share(&mut new, 50),
            share(&mut new, 99),
            share(&mut new, 100),
        );
        println!(
            "{during}: {} normal queries, p50 {p50:.1?}, p99 {p99:.1?}, at most {most:.1?}; {} KiB",
            new.len(),
            memory_of(self.server)
        );
    }

    /// The most memory that the server has had, in KiB.
    pub fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Ends it and gives the p99.
    pub fn stop(self) -> Duration {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("every normal query is answered");
        let mut beats = self.beats.lock().unwrap();
        let p99 = share(&mut beats, 99);
        println!(
            "all attacks: {} normal queries, p99 {p99:.1?}; {} KiB at the peak",
            beats.len(),
            self.peak.load(Ordering::Relaxed)
        );
        p99
    }
}

/// How long the quickest took of so many in a hundred.
fn share(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    let place = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(place).copied().unwrap_or_default()
}

async fn beat(
    address: SocketAddr,
    beats: Arc<Mutex<Vec<Duration>>>,
    end: Arc<AtomicBool>,
    look: impl Fn(),
) {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = client.build().unwrap();
    let url = format!("http://{address}/graphql");
    let mut asking = JoinSet::new();
    // A question that is late does not make the next one late, and is counted from when it was due.
    let mut rhythm = interval(RHYTHM);
    while !end.load(Ordering::Relaxed) {
        let due = rhythm.tick().await.into_std();
        look();
        let request = client.post(&url).json(&json!({ "query": NORMAL }));
        let beats = beats.clone();
        asking.spawn(async move {
            let response = request.send().await.expect("it is answered");
            let answer: Value = response.json().await.expect("it is answered in JSON");
            let took = Instant::now() - due;
            assert!(is_normal(&answer), "{answer}");
            beats.lock().unwrap().push(took);
        });
        while let Some(asked) = asking.try_join_next() {
            asked.unwrap();
        }
    }
    let rest = timeout(PATIENCE, asking.join_all()).await;
    rest.expect("the last ones are answered, too");
}
