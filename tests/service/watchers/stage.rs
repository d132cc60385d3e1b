//! An account without limits, a Redis that keeps its data, replicas, and whoever changes parcels.

use std::net::SocketAddr;

use parcelgraph::sandbox::{self, Limits, Sandbox};

use super::audience::Audience;
use super::driver::Driver;
use super::judge::Judgement;
use super::watcher::Watch;
use crate::support::{Plan, Process, Redis};

/// Flags for replicas that nobody has to wait for.
pub const WITHOUT_LIMITS: [&str; 10] = [
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

/// What takes part. All end with it.
pub struct Stage {
    pub sandbox: Sandbox,
    pub redis: Redis,
    pub replicas: Vec<Process>,
    pub driver: Driver,
    audience: Audience,
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
        let driver = Driver::take(sandbox.address(), &api_key, parcels).await;
        let redis = Redis::with_memory().await;
        let flags = [&WITHOUT_LIMITS, flags].concat();
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
            audience: Audience::of(driver.board.clone()),
            driver,
        }
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.replicas.iter().map(Process::address).collect()
    }

    /// Lets subscribers come, and waits until each knows how its parcels stand.
    pub async fn gather(&mut self, watches: impl Iterator<Item = Watch>) {
        let addresses = self.addresses();
        self.audience.gather(watches, &addresses).await;
    }

    /// Waits until everybody has heard of everything, or for as long as something still comes.
    pub async fn settle(&self) {
        self.audience.settle().await;
    }

    pub fn judge(&self) -> Judgement {
        self.audience.judge()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}
