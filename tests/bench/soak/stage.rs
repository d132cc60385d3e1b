//! What takes part: the account, perhaps a Redis, one server, and those who watch parcels.

use std::time::Duration;

use super::account::Account;
use super::cpu;
use super::support::{Plan, Process, Redis};
use super::watchers::{Audience, Driver, Transport, WITHOUT_LIMITS, Watch};

/// Where the server runs, and where all else does.
const ITS_PROCESSOR: &str = "0";
pub const OWN_PROCESSOR: &str = "1";

/// How many parcels the account has: more than the server remembers.
pub const PARCELS: usize = 4_000;
const REMEMBERED: &str = "2000";

/// How many of them are watched.
pub const WATCHED: usize = 300;

/// How many parcels each subscriber watches.
const OF_EACH: usize = 3;

/// Every so many-th listens over SSE, and every so many-th leaves now and then to come again.
const OVER_SSE: usize = 4;
const RESTLESS: usize = 5;

/// In which time forty parcels change at the most.
const GATHER: Duration = Duration::from_secs(1);

/// What takes part. All end with it.
pub struct Stage {
    pub driver: Driver,
    pub audience: Audience,
    pub server: Process,
    _redis: Option<Redis>,
    _account: Account,
}

impl Stage {
    /// Starts all of it, with a Redis or without one.
    pub async fn open(redis: Option<Redis>) -> Self {
        let account = Account::start().await;
        let api_key = Account::api_key();
        let mut driver = Driver::take(account.address(), &api_key, PARCELS).await;
        driver.slow_down(GATHER);
        let small = [
            ["--max-parcels", REMEMBERED],
            ["--events", "2000"],
            ["--document-cache", "1"],
            ["--answer-cache", "1"],
            ["--realtime-cooldown", "5s"],
            ["--poll-interval", "500ms"],
        ];
        let flags = [&WITHOUT_LIMITS[..], small.as_flattened()].concat();
        let plan = Plan {
            upstream_url: account.url(),
            api_key,
            redis_url: redis.as_ref().map(Redis::url),
            replicas: 1,
            clock_off_by: 0,
            flags: flags.into_iter().map(str::to_owned).collect(),
        };
        // Whoever is started runs where this program does.
        cpu::move_to(ITS_PROCESSOR);
        let server = Process::start(plan).await;
        cpu::move_to(OWN_PROCESSOR);
        Self {
            audience: Audience::of(driver.board.clone()),
            driver,
            server,
            _redis: redis,
            _account: account,
        }
    }

    /// Lets subscribers come.
    pub async fn gather(&mut self, watches: impl Iterator<Item = Watch>) {
        let server = [self.server.address()];
        self.audience.gather(watches, &server).await;
    }
}

/// What the subscriber of that number does.
pub fn watch(number: usize) -> Watch {
    let seconds = 10 + (number / RESTLESS) as u64 % 50;
    Watch {
        parcels: (number..number + OF_EACH)
            .map(|parcel| parcel % WATCHED)
            .collect(),
        transport: match number.is_multiple_of(OVER_SSE) {
            true => Transport::Sse,
            false => Transport::WebSocket,
        },
        home: 0,
        stay: number
            .is_multiple_of(RESTLESS)
            .then_some(Duration::from_secs(seconds)),
    }
}
