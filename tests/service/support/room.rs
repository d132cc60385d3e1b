//! A door without a house around it.

use std::sync::Arc;
use std::time::Duration;

use parcelgraph::auth::{self, Gate};
use parcelgraph::cache::{Cache, Entry};
use parcelgraph::cooldown::Cooldown;
use parcelgraph::graphql::{self, Door, Opened, Request, door};
use parcelgraph::idempotency::Outcomes;
use parcelgraph::live::{Kept, Known, Live};
use parcelgraph::rounds::Rounds;
use parcelgraph::throttle::{Limits, Throttle};
use parcelgraph::tracker::{Settings, Tracker};
use parcelgraph::upstream::{self, ApiKey, Client, OnConnecting};
use serde_json::{Value, json};

const DEADLINE: Duration = Duration::from_secs(5);

/// Nobody is kept waiting for an upstream that is not there.
const NO_LIMITS: Limits = Limits {
    list_per_second: 0,
    realtime_per_second: 0,
    other_per_second: 0,
    account_per_second: 0,
    silence: Duration::ZERO,
    margin: Duration::ZERO,
};

/// How many bytes finished answers may take.
const ANSWERS: u64 = 1 << 20;

/// A server whose upstream nobody needs, because the cache knows the parcels.
pub struct Room {
    pub cache: Cache,
    pub live: Live,
    pub door: Door,
    pub gate: Gate,
}

impl Room {
    pub fn keeping(events: usize) -> Self {
        Self::around(Cache::in_memory(10), events)
    }

    /// The same with another cache.
    pub fn around(cache: Cache, events: usize) -> Self {
        let client = Client::new(upstream::Settings {
            base_url: "http://127.0.0.1:9/v2".parse().unwrap(),
            api_key: ApiKey::parse("unused").unwrap(),
            connect_timeout: DEADLINE,
            call_timeout: DEADLINE,
            realtime_timeout: DEADLINE,
            on_connecting: OnConnecting::default(),
        });
        let settings = Settings {
            patience: DEADLINE,
            poll_interval: Duration::ZERO,
            realtime_cooldown: Duration::ZERO,
        };
        let kept = Kept {
            events,
            age: Duration::from_secs(3_600),
        };
        let live = Live::in_memory(kept, 10);
        let tracker = Tracker::start(
            &settings,
            client.unwrap(),
            Throttle::new(&NO_LIMITS),
            Cooldown::in_memory(settings.realtime_cooldown),
            cache.clone(),
            live.clone(),
            Rounds::alone(),
        );
        let everybody = auth::Settings {
            anonymous: Some(auth::Scopes::ALL),
            tokens: Vec::new(),
            jwt: None,
            view_token_secret: None,
        };
        let gate = Gate::open(&everybody, b"an account", None).unwrap();
        let outcomes = Outcomes::in_memory(DEADLINE);
        let views = gate.view_tokens().clone();
        let door = door(Arc::new(tracker), outcomes, views, graphql::Limits::NONE);
        let door = door.keeping(ANSWERS);
        Self {
            cache,
            live,
            door,
            gate,
        }
    }

    /// What the cache keeps of what is known.
    pub fn entry(known: &Known) -> Entry {
        Entry {
            tracking: known.tracking.clone(),
            as_of: known.as_of,
            aging_since: known.aging_since,
            fetched_at: known.fetched_at,
            source: known.source,
            completeness: known.completeness,
        }
    }

    /// Something becomes known of a parcel.
    pub fn learn(&self, known: Known) {
        let key = known.tracking.as_ref().unwrap().key.clone();
        self.cache.put(&key, Self::entry(&known));
        self.live.observe(&key, known);
    }

    /// Carries an operation out through a door.
    pub async fn open(&self, door: &Door, query: &str, variables: Value) -> Opened {
        let request = json!({ "query": query, "variables": variables });
        let request = Request::from_json(&request).unwrap();
        match door.prepare(request).await {
            Ok(operation) => door.open(operation).await,
            Err(answer) => Opened::Answer(answer),
        }
    }
}
