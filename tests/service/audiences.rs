//! What subscribers of one process get, event by event, whatever the transport.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Variables};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use parcelgraph::cache::{Cache, Entry};
use parcelgraph::cooldown::Cooldown;
use parcelgraph::graphql::{Door, Event, Events, Opened, door};
use parcelgraph::idempotency::Outcomes;
use parcelgraph::live::{Kept, Known, Live};
use parcelgraph::model::{Completeness, Source, Status, Tracking, TrackingKey};
use parcelgraph::rounds::Rounds;
use parcelgraph::throttle::{Limits, Throttle};
use parcelgraph::tracker::{Settings, Tracker};
use parcelgraph::upstream::{self, ApiKey, Client, OnConnecting};

const DEADLINE: Duration = Duration::from_secs(5);

const WATCH: &str = "subscription($number: String!, $after: String) {
    trackingUpdated(refs: [{ key: { carrierCode: \"dhl\", trackingNumber: $number } }], after: $after) {
        kind cursor lagged { missedSince } tracking { title }
    }
}";

/// A server whose upstream nobody needs, because the cache knows the parcels.
struct House {
    cache: Cache,
    live: Live,
    door: Door,
}

impl House {
    fn keeping(events: usize) -> Self {
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
        let (cache, live) = (Cache::in_memory(10), Live::in_memory(kept, 10));
        let tracker = Tracker::start(
            &settings,
            client.unwrap(),
            Throttle::new(&Limits::default()),
            Cooldown::in_memory(settings.realtime_cooldown),
            cache.clone(),
            live.clone(),
            Rounds::alone(),
        );
        let door = door(Arc::new(tracker), Outcomes::in_memory(DEADLINE));
        Self { cache, live, door }
    }

    /// It becomes known that the parcel has that title.
    fn learn(&self, title: usize) {
        let known = known(title, Instant::now());
        self.cache.put(&key(), entry(&known));
        self.live.observe(&key(), known);
    }

    async fn watch(&self, after: Option<&str>) -> Events {
        let variables = json!({ "number": key().number.as_str(), "after": after });
        let request = Request::new(WATCH).variables(Variables::from_json(variables));
        match self.door.clone().open(request).await {
            Opened::Events(events) => *events,
            Opened::Answer(answer) => panic!("{answer:?}"),
        }
    }
}

fn key() -> TrackingKey {
    TrackingKey::parse("dhl", "1234567890").unwrap()
}

fn known(title: usize, as_of: Instant) -> Known {
    let mut tracking = Tracking::bare(key(), Status::Transit);
    tracking.metadata.title = Some(title.to_string());
    Known {
        tracking: Some(Arc::new(tracking)),
        as_of,
        aging_since: as_of,
        fetched_at: Timestamp::now(),
        source: Source::List,
        completeness: Completeness::Whole,
    }
}

fn entry(known: &Known) -> Entry {
    Entry {
        tracking: known.tracking.clone(),
        as_of: known.as_of,
        aging_since: known.aging_since,
        fetched_at: known.fetched_at,
        source: known.source,
        completeness: known.completeness,
    }
}

async fn next(events: &mut Events) -> Event {
    let event = timeout(DEADLINE, events.next()).await;
    event.expect("there is an event").expect("it goes on")
}

/// The kind and the title of an event.
fn told(event: &Event) -> (String, Option<String>) {
    let payload: Value = serde_json::from_str(&event.payload).unwrap();
    let told = &payload["data"]["trackingUpdated"];
    assert_eq!(
        told["cursor"].as_str(),
        event.cursor.as_deref(),
        "{payload}"
    );
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (
        text(&told["kind"]).unwrap(),
        text(&told["tracking"]["title"]),
    )
}

fn changed(title: usize) -> (String, Option<String>) {
    ("CHANGED".to_owned(), Some(title.to_string()))
}

fn snapshot(title: usize) -> (String, Option<String>) {
    ("SNAPSHOT".to_owned(), Some(title.to_string()))
}

#[tokio::test]
async fn those_who_sent_the_same_operation_get_the_same_text_wherever_they_came_in() {
    let house = House::keeping(100);
    house.learn(0);
    let mut one = house.watch(None).await;
    let first = next(&mut one).await;
    let mut other = house.watch(first.cursor.as_deref()).await;
    house.learn(1);
    // The second one may be told of it before he is up to date, and then not with the others.
    assert_eq!(told(&next(&mut one).await), changed(1));
    assert_eq!(told(&next(&mut other).await), changed(1));
    house.learn(2);
    let (one, other) = (next(&mut one).await, next(&mut other).await);
    assert!(Arc::ptr_eq(&one.payload, &other.payload));
    assert_eq!(told(&one), changed(2));
}

#[tokio::test]
async fn what_the_snapshot_held_already_is_not_told_again() {
    let house = House::keeping(100);
    house.learn(0);
    // The cache may know more than the log: somebody else is on his way to write it.
    let later = known(2, Instant::now());
    house.cache.put(&key(), entry(&later));
    let mut events = house.watch(None).await;
    assert_eq!(told(&next(&mut events).await), snapshot(2));
    house
        .live
        .observe(&key(), known(1, later.as_of - Duration::from_secs(1)));
    house.live.observe(&key(), later);
    house.learn(3);
    assert_eq!(told(&next(&mut events).await), changed(3));
    house.learn(2);
    assert_eq!(told(&next(&mut events).await), changed(2));
}

#[tokio::test]
async fn a_reader_who_is_slow_for_a_while_loses_nothing_and_delays_nobody() {
    let house = House::keeping(1_000);
    house.learn(0);
    let (mut slow, mut quick) = (house.watch(None).await, house.watch(None).await);
    assert_eq!(told(&next(&mut slow).await), snapshot(0));
    assert_eq!(told(&next(&mut quick).await), snapshot(0));
    for title in 1..=300 {
        house.learn(title);
        assert_eq!(told(&next(&mut quick).await), changed(title));
    }
    for title in 1..=300 {
        assert_eq!(told(&next(&mut slow).await), changed(title));
    }
    house.learn(301);
    assert_eq!(told(&next(&mut slow).await), changed(301));
}

#[tokio::test]
async fn a_reader_who_is_too_slow_is_told_so_and_how_things_stand() {
    let house = House::keeping(10);
    house.learn(0);
    let mut slow = house.watch(None).await;
    assert_eq!(told(&next(&mut slow).await), snapshot(0));
    let mut quick = house.watch(None).await;
    assert_eq!(told(&next(&mut quick).await), snapshot(0));
    for title in 1..=100 {
        house.learn(title);
        assert_eq!(told(&next(&mut quick).await), changed(title));
    }
    assert_eq!(told(&next(&mut slow).await), ("LAGGED".to_owned(), None));
    assert_eq!(told(&next(&mut slow).await), snapshot(100));
    house.learn(101);
    assert_eq!(told(&next(&mut slow).await), changed(101));
    assert_eq!(told(&next(&mut quick).await), changed(101));
}

#[tokio::test]
async fn two_root_fields_and_bad_cursors_are_refused_before_anything_begins() {
    let house = House::keeping(10);
    let field = "trackingUpdated(refs: [{ id: \"x\" }]) { kind }";
    let far_ahead = URL_SAFE_NO_PAD.encode("event:1-9999999999999-0");
    let two = format!("subscription {{ one: {field} two: {field} }}");
    let bad = |after: &str| {
        WATCH
            .replace(
                "$number: String!, $after: String",
                "$number: String! = \"1234567890\"",
            )
            .replace("$after", &format!("\"{after}\""))
    };
    for (query, says) in [
        (two, "one root field"),
        (bad(""), "cursor"),
        (bad("nonsense"), "cursor"),
        (bad(&far_ahead), "cursor"),
    ] {
        let Opened::Answer(answer) = house.door.clone().open(Request::new(query)).await else {
            panic!("{says}")
        };
        let answer = serde_json::to_value(&answer.response).unwrap();
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(
            error["message"].as_str().unwrap().contains(says),
            "{answer}"
        );
    }
}
