//! Until when an answer is given again.

use std::time::Duration;

use parcelgraph::cache::{Cache, Entry};
use parcelgraph::graphql::Opened;
use parcelgraph::model::Status;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use crate::support::replica::{entry, key, titled};
use crate::support::{House, Room, SEED, until};

const MINUTE: Duration = Duration::from_secs(60);

fn look(number: usize, argument: &str, fields: &str) -> String {
    let key = format!("{{ carrierCode: \"dhl\", trackingNumber: \"{number:010}\" }}");
    format!("{{ tracking(ref: {{ key: {key} }}{argument}) {{ {fields} freshness {{ stale }} }} }}")
}

async fn ask(room: &Room, query: &str) -> Value {
    match room.open(&room.door, query, json!({})).await {
        Opened::Answer(answer) => serde_json::from_str(&answer.to_json()).unwrap(),
        Opened::Events(_) => panic!("{query} goes on"),
    }
}

/// How often an answer was there, and was not.
fn counts(room: &Room) -> (u64, u64) {
    let figures = room.door.finished_figures();
    (figures.hits, figures.misses)
}

fn learn(room: &Room, number: usize, status: Status) {
    let key = key(number);
    room.cache.put(&key, entry(&key, status, Instant::now()));
}

#[tokio::test]
async fn an_answer_is_there_until_the_parcel_changes_in_any_way() {
    let room = Room::keeping(10);
    learn(&room, 1, Status::Transit);
    let query = look(1, "", "status title");
    let mut expected =
        json!({ "status": "TRANSIT", "title": null, "freshness": { "stale": false } });
    type Change = fn(&Room, &mut Value);
    let changes: [Change; 4] = [
        |_, _| (),
        |room, expected| {
            learn(room, 1, Status::Pickup);
            expected["status"] = "PICKUP".into();
        },
        |room, expected| {
            room.cache.amend(&key(1), Instant::now(), titled).unwrap();
            expected["title"] = "red shoes".into();
        },
        |room, expected| {
            // There is no upstream that could tell what became of it.
            room.cache.doubt(&key(1), Instant::now());
            expected["freshness"]["stale"] = true.into();
        },
    ];
    for (number, change) in (1..).zip(changes) {
        change(&room, &mut expected);
        for _ in 0..3 {
            let answer = ask(&room, &query).await;
            assert_eq!(answer, json!({ "data": { "tracking": expected } }));
        }
        // What is stale is never given again.
        let hits = if number == 4 { 6 } else { 2 * number };
        assert_eq!(counts(&room).0, hits, "after change {number}");
    }
}

#[tokio::test]
async fn other_parcels_do_not_matter() {
    let room = Room::keeping(10);
    learn(&room, 1, Status::Transit);
    learn(&room, 2, Status::Transit);
    ask(&room, &look(1, "", "status")).await;
    learn(&room, 2, Status::Pickup);
    ask(&room, &look(1, "", "status")).await;
    assert_eq!(counts(&room), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn no_answer_outlives_the_freshness_of_its_parcel_or_the_callers_contract() {
    let room = Room::keeping(10);
    let stale = |answer: &Value| answer["data"]["tracking"]["freshness"]["stale"] == true;
    for (argument, good, over) in [
        ("", 8 * MINUTE, 10 * MINUTE),
        (
            ", freshness: { maxAge: \"PT5M\", otherwise: STALE }",
            4 * MINUTE,
            5 * MINUTE,
        ),
        (
            ", freshness: { maxAge: \"PT1H\", otherwise: STALE }",
            8 * MINUTE,
            10 * MINUTE,
        ),
    ] {
        learn(&room, 1, Status::Transit);
        let learned = Instant::now();
        let query = look(1, argument, "status");
        let before = counts(&room).0;
        assert!(!stale(&ask(&room, &query).await));
        advance(good.saturating_sub(learned.elapsed())).await;
        assert!(!stale(&ask(&room, &query).await));
        assert_eq!(counts(&room).0, before + 1);
        advance(over.saturating_sub(learned.elapsed())).await;
        assert!(stale(&ask(&room, &query).await), "{argument}");
        assert_eq!(counts(&room).0, before + 1);
    }
}

#[tokio::test]
async fn what_is_forgotten_is_not_told_again() {
    let room = Room::around(Cache::in_memory(1), 10);
    learn(&room, 1, Status::Transit);
    let query = look(1, "", "status");
    ask(&room, &query).await;
    for number in 2..20 {
        learn(&room, number, Status::Transit);
        // Which of two is forgotten is the library's choice.
        for _ in 0..5 {
            room.cache.get(&key(number));
        }
        room.cache.parcels();
    }
    assert!(room.cache.get(&key(1)).is_none());
    ask(&room, &query).await;
    assert_eq!(counts(&room), (0, 2));
}

#[tokio::test]
async fn what_changes_with_time_or_has_errors_is_made_each_time() {
    let room = Room::keeping(10);
    learn(&room, 1, Status::Transit);
    for fields in [
        "freshness { ageSeconds }",
        "freshness { realtimeAllowedAt }",
    ] {
        ask(&room, &look(1, "", fields)).await;
        ask(&room, &look(1, "", fields)).await;
    }
    ask(&room, "{ __typename rateLimit { remaining } }").await;
    assert_eq!(counts(&room), (0, 0));
    // It could have lasted, but there is no such parcel.
    room.cache.put(
        &key(2),
        Entry::of(None, Instant::now(), parcelgraph::model::Source::List),
    );
    for _ in 0..2 {
        let answer = ask(&room, &look(2, "", "status")).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }
    // And so does what says nothing of any parcel.
    for _ in 0..2 {
        ask(&room, "{ __typename }").await;
    }
    assert_eq!(counts(&room), (0, 4));
}

#[tokio::test]
async fn an_answer_that_was_begun_before_a_change_is_given_to_nobody_after_it() {
    let house = House::without_limits().await;
    let query = format!("{{ tracking(ref: {SEED}) {{ title carrier {{ name }} }} }}");
    let known = house
        .ask(&format!("{{ tracking(ref: {SEED}) {{ title }} }}"))
        .await;
    let before = known["data"]["tracking"]["title"].clone();
    let slow = FaultKind::Slow { delay_ms: 1_000 };
    house.sandbox.fault(Fault::new(slow).on(Endpoint::Carriers));
    let change = async {
        until("the call", || house.calls(Endpoint::Carriers) == 1).await;
        let mutation = format!(
            "mutation {{ updateTracking(input: {{ ref: {SEED}, title: \"red shoes\" }}) {{ userErrors {{ code }} }} }}"
        );
        house.ask(&mutation).await
    };
    let (begun, changed) = tokio::join!(house.ask(&query), change);
    assert_eq!(begun["data"]["tracking"]["title"], before, "{begun}");
    assert_eq!(changed.get("errors"), None, "{changed}");
    for _ in 0..3 {
        let answer = house.ask(&query).await;
        assert_eq!(answer["data"]["tracking"]["title"], "red shoes");
    }
}
