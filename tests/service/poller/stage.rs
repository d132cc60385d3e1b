//! Replicas of one account without their front, whose watchers need no socket.

use std::sync::Arc;
use std::time::Duration;

use parcelgraph::cache::Cache;
use parcelgraph::cooldown::Cooldown;
use parcelgraph::live::{Kept, Live, StatusFilter, Subject};
use parcelgraph::model::{ClientId, TrackingKey};
use parcelgraph::redis_link::{self, Link};
use parcelgraph::rounds::Rounds;
use parcelgraph::sandbox::{self, Call, Endpoint, Limits, SEED, SHUTTLE, Sandbox};
use parcelgraph::throttle::{self, Throttle};
use parcelgraph::tracker::{Polling, Settings, Tracker, Watched};
use parcelgraph::upstream::{self, ApiKey, Client, OnConnecting};
use serde_json::Value;

use crate::support::{Redis, until};

/// How often watched parcels are asked for.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// One of the replicas.
pub struct Replica {
    pub tracker: Arc<Tracker>,
    pub rounds: Rounds,
    pub cache: Cache,
}

impl Replica {
    /// Without limits, alone or with others.
    pub async fn open(sandbox: &Sandbox, redis: Option<&Redis>) -> Self {
        let link = redis.map(|redis| link(&redis.url()));
        let limits = throttle::Limits {
            list_per_second: 0,
            realtime_per_second: 0,
            other_per_second: 0,
            ..throttle::Limits::default()
        };
        let (throttle, cache, rounds) = match &link {
            None => (
                Throttle::new(&limits),
                Cache::in_memory(10_000),
                Rounds::alone(),
            ),
            Some(link) => (
                Throttle::in_fleet(&limits, 2, link.clone(), link.replica().to_owned()),
                Cache::shared(10_000, link.clone()),
                Rounds::shared(link.clone()),
            ),
        };
        let settings = Settings {
            patience: Duration::from_secs(5),
            poll_interval: INTERVAL,
            realtime_cooldown: Duration::ZERO,
        };
        let kept = Kept {
            events: 1_000,
            age: Duration::from_secs(3_600),
        };
        let tracker = Arc::new(Tracker::start(
            &settings,
            client(sandbox),
            throttle,
            Cooldown::in_memory(Duration::ZERO),
            cache.clone(),
            Live::in_memory(kept, 10_000),
            rounds.clone(),
        ));
        if let Some(link) = link {
            until("the link to Redis", || link.session().is_some()).await;
        }
        Self {
            tracker,
            rounds,
            cache,
        }
    }

    /// Watches parcels without looking at them.
    pub fn watch(&self, keys: &[TrackingKey]) -> Watched {
        self.tracker
            .watch(&ClientId::default(), &Subject::Parcels(keys.to_vec()))
            .unwrap()
    }

    /// Watches whatever changes in the account.
    pub fn watch_all(&self) -> Watched {
        let subject = Subject::Statuses(StatusFilter::default());
        self.tracker.watch(&ClientId::default(), &subject).unwrap()
    }

    pub async fn polling(&self) -> Polling {
        self.tracker.figures().await.polling
    }
}

/// A link of the account's.
pub fn link(url: &str) -> Link {
    let settings = redis_link::Settings {
        url: url.to_owned(),
        secret: b"an API key".to_vec(),
        patience: redis_link::PATIENCE,
    };
    Link::open(settings).unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    let second = Duration::from_secs(5);
    Client::new(upstream::Settings {
        base_url: sandbox.base_url().parse().unwrap(),
        api_key: ApiKey::parse("sandbox").unwrap(),
        connect_timeout: second,
        call_timeout: second,
        realtime_timeout: second,
        on_connecting: OnConnecting::default(),
    })
    .unwrap()
}

/// An account that stands still, with so many parcels besides the sandbox's own.
pub fn account(parcels: usize) -> Sandbox {
    let settings = sandbox::Settings {
        parcels,
        speed: 0.0,
        limits: Limits::OFF,
        ..sandbox::Settings::default()
    };
    Sandbox::start_on_thread(settings).unwrap()
}

pub fn shuttle() -> TrackingKey {
    TrackingKey::parse(SHUTTLE.0, SHUTTLE.1).unwrap()
}

pub fn seed() -> TrackingKey {
    TrackingKey::parse(SEED.0, SEED.1).unwrap()
}

/// Parcels of the account that are on their way.
pub async fn on_their_way(sandbox: &Sandbox) -> Vec<TrackingKey> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/__parcels", sandbox.address());
    let rows: Vec<Value> = client.get(url).send().await.unwrap().json().await.unwrap();
    let moving = rows.iter().filter(|row| row["status"] == "transit");
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    let key = |row: &Value| {
        TrackingKey::parse(&text(row, "carrier_code"), &text(row, "tracking_number")).unwrap()
    };
    moving.map(key).collect()
}

/// The list calls that named parcels, and those that asked for what changed.
pub fn by_keys_and_sweeps(sandbox: &Sandbox) -> (Vec<Call>, Vec<Call>) {
    let calls = sandbox.calls().into_iter();
    let lists = calls.filter(|call| call.endpoint == Endpoint::List);
    lists
        .filter(|call| call.numbers > 0 || call.path.contains("update_time_min"))
        .partition(|call| call.numbers > 0)
}
