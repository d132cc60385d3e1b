//! Trackers as the server has them, and what they ask about.

use std::sync::Arc;
use std::time::Duration;

use parcelgraph::cache::{Cache, Entry};
use parcelgraph::cooldown::Cooldown;
use parcelgraph::live::{Kept, Live};
use parcelgraph::model::{Source, Status, Tracking, TrackingKey};
use parcelgraph::redis_link::{self, Link};
use parcelgraph::rounds::Rounds;
use parcelgraph::throttle::{Limits, Throttle};
use parcelgraph::tracker::{self, Ask, Contract, Otherwise, Terms, Tracker};
use parcelgraph::upstream::{self, ApiKey, Client, OnConnecting};
use tokio::time::Instant;

/// Nothing that is timed takes as long.
const DEADLINE: Duration = Duration::from_secs(20);

/// No limits, so that nothing waits for a slot.
pub const UNLIMITED: Limits = Limits {
    list_per_second: 0,
    realtime_per_second: 0,
    other_per_second: 0,
    account_per_second: 0,
    silence: Duration::ZERO,
    margin: Duration::ZERO,
};

/// A client of the service at this address.
pub fn client(base_url: &str) -> Client {
    Client::new(upstream::Settings {
        base_url: base_url.parse().unwrap(),
        api_key: ApiKey::parse("sandbox").unwrap(),
        connect_timeout: DEADLINE,
        call_timeout: DEADLINE,
        realtime_timeout: DEADLINE,
        on_connecting: OnConnecting::default(),
    })
    .unwrap()
}

/// A tracker in front of it that never waits for a slot.
pub fn tracker(base_url: &str, throttle: Throttle, cache: Cache) -> Arc<Tracker> {
    let settings = tracker::Settings {
        patience: DEADLINE,
        poll_interval: Duration::ZERO,
        realtime_cooldown: Duration::ZERO,
    };
    let client = client(base_url);
    // No parcel is asked for in realtime.
    let cooldown = Cooldown::in_memory(Duration::ZERO);
    let kept = Kept {
        events: 1_000,
        age: DEADLINE,
    };
    let live = Live::in_memory(kept, 100_000);
    Arc::new(Tracker::start(
        &settings,
        client,
        throttle,
        cooldown,
        cache,
        live,
        Rounds::alone(),
    ))
}

/// A link to Redis on which others can be heard.
pub async fn link(url: &str) -> Link {
    let link = Link::open(redis_link::Settings {
        url: url.to_owned(),
        secret: b"an API key".to_vec(),
        patience: redis_link::PATIENCE,
    })
    .unwrap();
    let mut sessions = link.sessions();
    let there = sessions.wait_for(Option::is_some);
    tokio::time::timeout(DEADLINE, there)
        .await
        .unwrap()
        .unwrap();
    link
}

pub fn key(number: usize) -> TrackingKey {
    TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
}

/// What a call that has just come back says of a parcel.
pub fn entry(key: &TrackingKey) -> Entry {
    let tracking = Tracking::bare(key.clone(), Status::Delivered);
    Entry::of(Some(Arc::new(tracking)), Instant::now(), Source::List)
}

/// What is older than this is asked for anew. Whoever comes sooner after a call has left is content with its answer.
pub const TOO_OLD: Duration = Duration::from_millis(300);

/// Somebody who wants a newer answer than that of the round before.
pub fn ask_anew(key: &TrackingKey) -> Ask {
    Ask {
        key: key.clone(),
        contract: Contract::Stated(Terms {
            max_age: Some(TOO_OLD),
            otherwise: Otherwise::Error,
            deadline: None,
        }),
    }
}
