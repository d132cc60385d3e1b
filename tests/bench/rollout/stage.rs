//! Everything that takes part: the account, Redis, three replicas, and the proxy in front of them.

use std::time::Duration;

use super::account::Account;
use super::proxy::Proxy;
use super::reloads::Replicas;
use super::support::{Plan, Process, Redis};
use super::watchers::{Audience, Driver, WITHOUT_LIMITS, Watch};

/// As it is without tests that have the processors as well.
const SHEDDING: [&str; 2] = ["--shed-after", "100ms"];

const REPLICAS: usize = 3;

/// How many parcels are watched, and how many more there are that requests may change.
pub const PARCELS: usize = 300;
pub const SPARE: usize = 100;

/// In which time forty parcels change at the most, so that there is time for all else.
const GATHER: Duration = Duration::from_millis(300);

/// What takes part. All end with it.
pub struct Stage {
    pub driver: Driver,
    pub audience: Audience,
    pub proxy: Proxy,
    pub replicas: Replicas,
    _redis: Redis,
    _account: Account,
}

impl Stage {
    pub async fn open() -> Self {
        let account = Account::start().await;
        let api_key = Account::api_key();
        let mut driver = Driver::take(account.address(), &api_key, PARCELS + SPARE).await;
        driver.slow_down(GATHER);
        let redis = Redis::start().await;
        let replicas = Replicas::with_settings(async |settings: &str| {
            let own = ["--poll-interval", "200ms", "--config", settings];
            let flags = [&WITHOUT_LIMITS[..], &SHEDDING, &own].concat();
            let plan = Plan {
                upstream_url: account.url(),
                api_key: api_key.clone(),
                redis_url: Some(redis.url()),
                replicas: REPLICAS,
                clock_off_by: 0,
                flags: flags.into_iter().map(str::to_owned).collect(),
            };
            let mut started = Vec::new();
            for _ in 0..REPLICAS {
                started.push(Process::start(plan.clone()).await);
            }
            started
        });
        let replicas = replicas.await;
        let addresses: Vec<_> = replicas.all.iter().map(Process::address).collect();
        Self {
            audience: Audience::of(driver.board.clone()),
            driver,
            proxy: Proxy::start(&addresses).await,
            replicas,
            _redis: redis,
            _account: account,
        }
    }

    /// Lets subscribers come through the proxy.
    pub async fn gather(&mut self, watches: impl Iterator<Item = Watch>) {
        let proxy = [self.proxy.address()];
        self.audience.gather(watches, &proxy).await;
    }
}
