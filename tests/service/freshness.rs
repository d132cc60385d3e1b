//! How fresh an answer is, and what is done about it unless the caller says otherwise.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind, SHUTTLE};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::look::{
    FIELDS, MINUTE, argument, house_that_knows, look, retitle, settled, slow, stale_reason,
};
use crate::support::{Client, House, SEED, age, until};

fn set_title(title: &str) -> String {
    format!(
        "mutation {{ updateTracking(input: {{ ref: {SEED}, title: {title:?} }}) {{ userErrors {{ code }} }} }}"
    )
}

fn seconds_between(earlier: &Value, later: &Value) -> i64 {
    let instant = |value: &Value| -> jiff::Timestamp { value.as_str().unwrap().parse().unwrap() };
    instant(later).duration_since(instant(earlier)).as_secs()
}

#[tokio::test]
async fn an_answer_says_where_it_comes_from_and_when_it_can_be_newer() {
    let house = House::without_limits().await;
    let answer = house.ask(&look("")).await;
    let freshness = &answer["data"]["tracking"]["freshness"];
    assert_eq!(freshness["source"], "LIST", "{answer}");
    assert_eq!(*stale_reason(&answer), Value::Null);
    assert_eq!(freshness["realtimeAllowedAt"], Value::Null);
    let lives = seconds_between(&freshness["fetchedAt"], &freshness["nextRefreshAt"]);
    assert!((540..=600).contains(&lives), "{answer}");

    let refresh = format!(
        "mutation {{ refreshTracking(ref: {SEED}, deadline: \"PT15S\") {{ tracking {{ {FIELDS} }} }} }}"
    );
    let answer = house.ask(&refresh).await;
    let freshness = &answer["data"]["refreshTracking"]["tracking"]["freshness"];
    assert_eq!(freshness["source"], "REALTIME", "{answer}");
    let rests = seconds_between(&freshness["fetchedAt"], &freshness["realtimeAllowedAt"]);
    assert!((7_190..=7_200).contains(&rests), "{answer}");

    let listed = house
        .ask(&format!(
            "{{ trackings(first: 3) {{ nodes {{ {FIELDS} }} }} }}"
        ))
        .await;
    for node in listed["data"]["trackings"]["nodes"].as_array().unwrap() {
        assert_eq!(node["freshness"]["source"], "LIST", "{node}");
        assert_eq!(node["freshness"]["stale"], false, "{node}");
    }
    let translated = house
        .ask(&format!(
            "{{ trackings(first: 1, filter: {{ language: \"en\" }}) {{ nodes {{ {FIELDS} }} }} }}"
        ))
        .await;
    let freshness = &translated["data"]["trackings"]["nodes"][0]["freshness"];
    assert_eq!(freshness["nextRefreshAt"], Value::Null, "{translated}");
    assert_eq!(freshness["source"], "LIST", "{translated}");
    age(2 * 60 * MINUTE).await;
    let answer = house.ask(&look("")).await;
    let freshness = &answer["data"]["tracking"]["freshness"];
    assert_eq!(freshness["realtimeAllowedAt"], Value::Null, "{answer}");
}

#[tokio::test]
async fn what_was_created_says_so_until_it_is_fetched() {
    let house = House::without_limits().await;
    let key = r#"carrierCode: "dhl", trackingNumber: "NEW0000001""#;
    let created = house
        .ask(&format!(
            "mutation {{ createTracking(input: {{ {key} }}) {{ tracking {{ {FIELDS} }} }} }}"
        ))
        .await;
    let source = |answer: &Value, field: &str| {
        let payload = &answer["data"][field];
        payload.get("tracking").unwrap_or(payload)["freshness"]["source"].clone()
    };
    assert_eq!(source(&created, "createTracking"), "CREATED", "{created}");
    let updated = house
        .ask(&format!(
            "mutation {{ updateTracking(input: {{ ref: {{ key: {{ {key} }} }}, title: \"shoes\" }}) {{ tracking {{ {FIELDS} }} }} }}"
        ))
        .await;
    assert_eq!(source(&updated, "updateTracking"), "CREATED", "{updated}");
    let look = |freshness| {
        format!(
            "{{ tracking(ref: {{ key: {{ {key} }} }}{}) {{ {FIELDS} }} }}",
            argument(freshness)
        )
    };
    assert_eq!(source(&house.ask(&look("")).await, "tracking"), "CREATED");
    assert_eq!(house.calls(Endpoint::List), 0);
    let fetched = house.ask(&look(r#"maxAge: "PT0S""#)).await;
    assert_eq!(source(&fetched, "tracking"), "LIST", "{fetched}");
}

#[tokio::test]
async fn what_is_old_is_given_at_once_while_a_newer_one_is_fetched_once_for_all_who_ask() {
    let house = house_that_knows(11 * MINUTE).await;
    retitle(&house, "red shoes").await;
    house.sandbox.fault(slow(2_000));
    let asks = look("");
    let asked = Instant::now();
    for answer in join_all((0..20).map(|_| house.ask(&asks))).await {
        assert_eq!(*stale_reason(&answer), "REVALIDATING", "{answer}");
        assert_ne!(answer["data"]["tracking"]["title"], "red shoes");
    }
    assert!(asked.elapsed() < Duration::from_secs(2), "nobody waits");
    assert_eq!(settled(&house).await["title"], "red shoes");
    let answer = house.ask(&asks).await;
    assert_eq!(*stale_reason(&answer), Value::Null, "{answer}");
    assert_eq!(house.calls(Endpoint::List), 2);
}

#[tokio::test]
async fn what_is_older_than_ten_lives_is_waited_for() {
    let house = house_that_knows(101 * MINUTE).await;
    let answer = house.ask(&look("")).await;
    assert_eq!(*stale_reason(&answer), Value::Null, "{answer}");
    assert_eq!(house.calls(Endpoint::List), 2);
}

#[tokio::test]
async fn what_is_fetched_for_whoever_asks_next_rides_with_what_people_wait_for() {
    let house = House::open().await;
    house.ask(&look("")).await;
    age(11 * MINUTE).await;
    house.sandbox.advance(11 * MINUTE);
    let cold = r#"{ key: { carrierCode: "dhl", trackingNumber: "COLD000001" } }"#;
    let asks = format!(
        "{{ cold: tracking(ref: {cold}) {{ status }} tracking(ref: {SEED}) {{ {FIELDS} }} }}"
    );
    let answer = house.ask(&asks).await;
    let freshness = &answer["data"]["tracking"]["freshness"];
    assert_eq!(freshness["staleReason"], "REVALIDATING", "{answer}");
    settled(&house).await;
    let calls = house.sandbox.calls();
    let fills: Vec<_> = calls.iter().map(|call| call.numbers).collect();
    assert_eq!(fills, [1, 2]);
}

#[tokio::test]
async fn no_more_than_a_thousand_parcels_are_fetched_for_whoever_asks_next() {
    let house = House::with_parcels(1_096).await;
    let list = "query($after: String) { trackings(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }";
    let (mut refs, mut after) = (Vec::new(), Value::Null);
    for _ in 0..11 {
        let page =
            house.ask_with(list, json!({ "after": after })).await["data"]["trackings"].clone();
        let nodes = page["nodes"].as_array().unwrap().iter();
        refs.extend(nodes.map(|node| json!({ "id": node["id"] })));
        after = page["pageInfo"]["endCursor"].clone();
    }
    age(7 * 60 * MINUTE).await;
    house.sandbox.fault(slow(10_000).times(100));
    let asks = "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs, freshness: { otherwise: STALE }) { freshness { staleReason } } }";
    let mut throttled = 0;
    for refs in refs.chunks(200) {
        let answer = house.ask_with(asks, json!({ "refs": refs })).await;
        let trackings = answer["data"]["trackingsByRef"].as_array().unwrap();
        for tracking in trackings {
            match tracking["freshness"]["staleReason"].as_str().unwrap() {
                "THROTTLED" => throttled += 1,
                reason => assert_eq!(reason, "REVALIDATING"),
            }
        }
    }
    assert_eq!((refs.len(), throttled), (1_100, 100));
}

#[tokio::test]
async fn an_old_answer_shows_the_callers_own_change() {
    let house = house_that_knows(11 * MINUTE).await;
    house.sandbox.fault(slow(500));
    house.ask(&set_title("red shoes")).await;
    let answer = house.ask(&look("")).await;
    assert_eq!(*stale_reason(&answer), "REVALIDATING", "{answer}");
    assert_eq!(answer["data"]["tracking"]["title"], "red shoes");
    assert_eq!(settled(&house).await["title"], "red shoes");
}

#[tokio::test]
async fn what_may_have_changed_by_the_callers_doing_is_waited_for_even_past_a_call_that_left_before()
 {
    for terms in ["", r#"maxAge: "P1D", otherwise: STALE"#] {
        let house = house_that_knows(11 * MINUTE).await;
        house.sandbox.fault(slow(1_500));
        house.ask(&look("")).await;
        until("the call", || house.calls(Endpoint::List) == 2).await;
        house
            .sandbox
            .fault(Fault::new(FaultKind::Cut).on(Endpoint::Update));
        house.ask(&set_title("lost shoes")).await;
        retitle(&house, "red shoes").await;
        let answer = house.ask(&look(terms)).await;
        assert_eq!(*stale_reason(&answer), Value::Null, "{answer}");
        assert_eq!(answer["data"]["tracking"]["title"], "red shoes", "{answer}");
        assert_eq!(house.calls(Endpoint::List), 3);
    }
}

#[tokio::test]
async fn a_watcher_sees_the_old_one_first_and_what_is_new_about_it_then() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::ZERO;
    })
    .await;
    let (carrier, number) = SHUTTLE;
    let reference = json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
    let asks = "query($ref: TrackingRef!) { tracking(ref: $ref) { status } }";
    house.ask_with(asks, json!({ "ref": reference })).await;
    house.sandbox.nudge(number).unwrap();
    age(11 * MINUTE).await;
    let watch = "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind tracking { freshness { staleReason } } } }";
    let url = format!("ws://{}/graphql", house.address);
    let variables = json!({ "refs": [reference] }).to_string();
    let mut client = Client::start("subscribe.mjs", &[&url, watch, &variables, "2"]);
    client.next().await;
    for (kind, reason) in [
        ("SNAPSHOT", json!("REVALIDATING")),
        ("CHANGED", Value::Null),
    ] {
        let event = client.next().await["data"]["trackingUpdated"].clone();
        assert_eq!(event["kind"], kind, "{event}");
        assert_eq!(
            event["tracking"]["freshness"]["staleReason"], reason,
            "{event}"
        );
    }
}
