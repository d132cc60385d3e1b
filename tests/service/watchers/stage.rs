//! An account without limits, a Redis that keeps its data, replicas, and whoever changes parcels.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parcelgraph::sandbox::{self, Limits, Sandbox};
use tokio::time::sleep;

use super::driver::Driver;
use super::judge::Judgement;
use super::watcher::{Watch, Watcher};
use crate::support::{Plan, Process, Redis};

/// How long it may take until all have heard of something.
const DEADLINE: Duration = Duration::from_secs(60);

/// What takes part. All end with it.
pub struct Stage {
    pub sandbox: Sandbox,
    pub redis: Redis,
    pub replicas: Vec<Process>,
    pub driver: Driver,
    pub watchers: Vec<Watcher>,
}

impl Stage {
    /// Starts everything; so many parcels are there to be watched.
    pub async fn open(replicas: usize, parcels: usize, flags: &[&str]) -> Self {
        let settings = sandbox::Settings {
            speed: 0.0,
            parcels,
            quota: 1_000_000,
            limits: Limits::OFF,
            ..sandbox::Settings::default()
        };
        let api_key = settings.api_key.clone();
        let sandbox = Sandbox::start_on_thread(settings).unwrap();
        let driver = Driver::take(&sandbox, &api_key, parcels).await;
        let redis = Redis::with_memory().await;
        let limits = [
            "--list-per-second",
            "0",
            "--realtime-per-second",
            "0",
            "--other-per-second",
            "0",
            "--client-header",
            "x-forwarded-for",
            "--max-sockets",
            "20000",
        ];
        let flags = [&limits, flags].concat();
        let plan = Plan {
            upstream_url: sandbox.base_url(),
            api_key,
            redis_url: Some(redis.url()),
            replicas,
            clock_off_by: 0,
            flags: flags.into_iter().map(str::to_owned).collect(),
        };
        let mut started = Vec::new();
        for _ in 0..replicas {
            started.push(Process::start(plan.clone()).await);
        }
        Self {
            sandbox,
            redis,
            replicas: started,
            driver,
            watchers: Vec::new(),
        }
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.replicas.iter().map(Process::address).collect()
    }

    /// Lets subscribers come, and waits until each knows how its parcels stand.
    pub async fn gather(&mut self, watches: impl Iterator<Item = Watch>) {
        let addresses = self.addresses();
        let watchers = watches
            .map(|watch| Watcher::start(watch, self.driver.board.clone(), addresses.clone()));
        self.watchers.extend(watchers);
        let is_ready = |watcher: &Watcher| {
            let parcels = watcher.watch.parcels.len();
            watcher.read(|log| log.entries.len() >= parcels || log.others > 0)
        };
        let end = Instant::now() + DEADLINE;
        while !self.watchers.iter().all(is_ready) {
            assert!(
                Instant::now() < end,
                "not all snapshots came: {}",
                self.judge()
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until everybody has heard of everything, or for as long as something still comes.
    pub async fn settle(&self) {
        let mut last = (0, Instant::now());
        loop {
            let judgement = self.judge();
            if judgement.lost == 0 || last.1.elapsed() > DEADLINE / 4 {
                return;
            }
            if judgement.deliveries > last.0 {
                last = (judgement.deliveries, Instant::now());
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    pub fn judge(&self) -> Judgement {
        Judgement::of(&self.watchers, &self.driver.board)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}
