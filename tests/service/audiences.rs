//! What subscribers of one process get, event by event, whatever the transport.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use parcelgraph::graphql::{Event, Events, Opened};
use parcelgraph::live::Known;
use parcelgraph::model::{Completeness, Source, Status, Tracking, TrackingKey};

use crate::support::Room;

const DEADLINE: Duration = Duration::from_secs(5);

const WATCH: &str = "subscription($number: String!, $after: String) {
    trackingUpdated(refs: [{ key: { carrierCode: \"dhl\", trackingNumber: $number } }], after: $after) {
        kind cursor lagged { missedSince } tracking { title }
    }
}";

impl Room {
    /// It becomes known that the parcel has that title.
    fn learn_title(&self, title: usize) {
        self.learn(known(title, Instant::now()));
    }

    async fn watch(&self, after: Option<&str>) -> Events {
        let variables = json!({ "number": key().number.as_str(), "after": after });
        match self.open(&self.door, WATCH, variables).await {
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
    tracking.metadata.title = Some(title.to_string().into());
    Known {
        tracking: Some(Arc::new(tracking)),
        as_of,
        aging_since: as_of,
        fetched_at: Timestamp::now(),
        source: Source::List,
        completeness: Completeness::Whole,
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
    let room = Room::keeping(100);
    room.learn_title(0);
    let mut one = room.watch(None).await;
    let first = next(&mut one).await;
    let mut other = room.watch(first.cursor.as_deref()).await;
    room.learn_title(1);
    // The second one may be told of it before he is up to date, and then not with the others.
    assert_eq!(told(&next(&mut one).await), changed(1));
    assert_eq!(told(&next(&mut other).await), changed(1));
    room.learn_title(2);
    let (one, other) = (next(&mut one).await, next(&mut other).await);
    assert!(Arc::ptr_eq(&one.payload, &other.payload));
    assert_eq!(told(&one), changed(2));
}

#[tokio::test]
async fn what_the_snapshot_held_already_is_not_told_again() {
    let room = Room::keeping(100);
    room.learn_title(0);
    // The cache may know more than the log: somebody else is on his way to write it.
    let later = known(2, Instant::now());
    room.cache.put(&key(), Room::entry(&later));
    let mut events = room.watch(None).await;
    assert_eq!(told(&next(&mut events).await), snapshot(2));
    room.live
        .observe(&key(), known(1, later.as_of - Duration::from_secs(1)));
    room.live.observe(&key(), later);
    room.learn_title(3);
    assert_eq!(told(&next(&mut events).await), changed(3));
    room.learn_title(2);
    assert_eq!(told(&next(&mut events).await), changed(2));
}

#[tokio::test]
async fn a_reader_who_is_slow_for_a_while_loses_nothing_and_delays_nobody() {
    let room = Room::keeping(1_000);
    room.learn_title(0);
    let (mut slow, mut quick) = (room.watch(None).await, room.watch(None).await);
    assert_eq!(told(&next(&mut slow).await), snapshot(0));
    assert_eq!(told(&next(&mut quick).await), snapshot(0));
    for title in 1..=300 {
        room.learn_title(title);
        assert_eq!(told(&next(&mut quick).await), changed(title));
    }
    for title in 1..=300 {
        assert_eq!(told(&next(&mut slow).await), changed(title));
    }
    room.learn_title(301);
    assert_eq!(told(&next(&mut slow).await), changed(301));
}

#[tokio::test]
async fn a_reader_who_is_too_slow_is_told_so_and_how_things_stand() {
    let room = Room::keeping(10);
    room.learn_title(0);
    let mut slow = room.watch(None).await;
    assert_eq!(told(&next(&mut slow).await), snapshot(0));
    let mut quick = room.watch(None).await;
    assert_eq!(told(&next(&mut quick).await), snapshot(0));
    for title in 1..=100 {
        room.learn_title(title);
        assert_eq!(told(&next(&mut quick).await), changed(title));
    }
    assert_eq!(told(&next(&mut slow).await), ("LAGGED".to_owned(), None));
    assert_eq!(told(&next(&mut slow).await), snapshot(100));
    room.learn_title(101);
    assert_eq!(told(&next(&mut slow).await), changed(101));
    assert_eq!(told(&next(&mut quick).await), changed(101));
}

#[tokio::test]
async fn two_root_fields_and_bad_cursors_are_refused_before_anything_begins() {
    let room = Room::keeping(10);
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
        let opened = room.open(&room.door, &query, json!({})).await;
        let Opened::Answer(answer) = opened else {
            panic!("{says}")
        };
        let answer = serde_json::from_str::<serde_json::Value>(&answer.to_json()).unwrap();
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(
            error["message"].as_str().unwrap().contains(says),
            "{answer}"
        );
    }
}
