//! Who is given which answer again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parcelgraph::auth::{Caller, Credentials};
use parcelgraph::graphql::{Door, Opened};
use parcelgraph::model::{ClientId, TrackingKey};
use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};

use crate::scopes::{OWN, room, with};
use crate::support::{House, Room, SEED};

const HOUR: Duration = Duration::from_secs(3_600);

async fn text(room: &Room, door: &Door, query: &str, variables: Value) -> String {
    match room.open(door, query, variables).await {
        Opened::Answer(answer) => answer.to_json().into_owned(),
        Opened::Events(_) => panic!("{query} goes on"),
    }
}

/// The door for a page that shows these parcels.
async fn viewing(room: &Room, numbers: &[&str]) -> Door {
    let keys: BTreeSet<_> = numbers
        .iter()
        .map(|number| TrackingKey::parse("dhl", number).unwrap())
        .collect();
    let anybody = Caller::trusted(ClientId::default());
    let token = room.gate.view_tokens().sign(keys, HOUR, &anybody);
    let credentials = Credentials::Bearer(token.unwrap().token);
    let caller = room.gate.admit(&credentials, ClientId::default()).await;
    room.door.clone().serving(Arc::new(caller.unwrap()))
}

#[tokio::test]
async fn callers_who_may_see_different_things_never_share_an_answer() {
    let room = room();
    let query = format!("{{ tracking(ref: {OWN}) {{ lastEvent }} }}");
    let reader = with(&room, "tracking:read");
    let clerk = with(&room, "tracking:read customer:read");
    let page = viewing(&room, &["1234567890"]).await;
    let shared = viewing(&room, &["1234567890", "9876543210"]).await;
    let again = viewing(&room, &["1234567890"]).await;
    let foreign = viewing(&room, &["9876543210"]).await;
    let ask = async |door: &Door| {
        let before = room.door.finished_figures().hits;
        let text = text(&room, door, &query, json!({})).await;
        (text, room.door.finished_figures().hits > before)
    };
    let (open, masked) = ("+49 170 1234567", "Leipzig");
    for (door, is_there, is_open) in [
        (&clerk, false, true),
        (&reader, false, false),
        (&page, false, false),
        (&shared, false, false),
        (&again, true, false),
        (&clerk, true, true),
        (&reader, true, false),
        (&page, true, false),
    ] {
        let (text, was_there) = ask(door).await;
        assert_eq!(was_there, is_there, "{text}");
        assert_eq!(text.contains(open), is_open, "{text}");
        assert!(text.contains(masked), "{text}");
    }
    let (refused, was_there) = ask(&foreign).await;
    assert!(refused.contains("FORBIDDEN") && !was_there, "{refused}");
}

#[tokio::test]
async fn each_operation_and_each_value_has_an_answer_of_its_own() {
    let room = room();
    let query = "query A($number: String!, $all: Boolean = true) { tracking(ref: { key: { carrierCode: \"dhl\", trackingNumber: $number } }) { title @include(if: $all) customerName } }
        query B { __typename }";
    let ask = async |variables: Value| {
        let request = json!({ "query": query, "operationName": "A", "variables": variables });
        let request = parcelgraph::graphql::Request::from_json(&request).unwrap();
        let operation = room.door.prepare(request).await.unwrap();
        let Opened::Answer(answer) = room.door.open(operation).await else {
            panic!("it goes on");
        };
        let answer: Value = serde_json::from_str(&answer.to_json()).unwrap();
        answer["data"]["tracking"].clone()
    };
    let ann = json!({ "title": "shoes", "customerName": "Ann" });
    for _ in 0..2 {
        assert_eq!(ask(json!({ "number": "1234567890" })).await, ann);
        let bob = ask(json!({ "number": "9876543210", "all": true })).await;
        assert_eq!(bob["customerName"], "Bob");
        let short = ask(json!({ "number": "1234567890", "all": false })).await;
        assert_eq!(short, json!({ "customerName": "Ann" }));
    }
    // A default is a value like any other.
    assert_eq!(
        ask(json!({ "all": true, "number": "1234567890" })).await,
        ann
    );
    let figures = room.door.finished_figures();
    assert_eq!((figures.hits, figures.misses), (4, 3));
}

#[tokio::test]
async fn each_language_has_an_answer_of_its_own() {
    let house = House::without_limits().await;
    let ask = async |language: &str| {
        let query = format!(
            "{{ tracking(ref: {SEED}, language: \"{language}\") {{ status lastEvent freshness {{ stale }} }} }}"
        );
        house.ask(&query).await
    };
    // What is known of the parcel tells when a translation is out of date.
    house
        .ask(&format!("{{ tracking(ref: {SEED}) {{ status }} }}"))
        .await;
    let mut answers = Vec::new();
    for language in ["en", "cn", "en", "cn"] {
        let answer = ask(language).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answers.push(answer);
    }
    assert_eq!(answers[..2], answers[2..]);
    assert_eq!(house.calls(Endpoint::Single), 2);
    let change = format!(
        "mutation {{ updateTracking(input: {{ ref: {SEED}, title: \"red shoes\" }}) {{ userErrors {{ code }} }} }}"
    );
    house.ask(&change).await;
    ask("en").await;
    assert_eq!(house.calls(Endpoint::Single), 3);
}
