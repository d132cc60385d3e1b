//! Asking carriers now, in one process.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Client, House, SEED, until};

pub const PAYLOAD: &str = "tracking { status freshness { source } } userErrors { code retryAfter } ticket { id reason position estimatedAt cooldownUntil }";

/// A refresh that waits for so long, or not.
pub fn refresh(reference: &str, deadline: Option<&str>) -> String {
    let deadline = deadline.map(|deadline| format!(", deadline: \"{deadline}\""));
    format!(
        "mutation {{ refreshTracking(ref: {reference}{}) {{ {PAYLOAD} }} }}",
        deadline.unwrap_or_default()
    )
}

pub fn payload(answer: &Value) -> &Value {
    assert_eq!(answer.get("errors"), None, "{answer}");
    &answer["data"]["refreshTracking"]
}

/// The end that a ticket tells.
pub async fn end(address: &str, ticket: &Value) -> Value {
    let query =
        format!("subscription($ticket: ID!) {{ refreshed(ticket: $ticket) {{ {PAYLOAD} }} }}");
    let variables = json!({ "ticket": ticket["id"] }).to_string();
    let url = format!("ws://{address}/graphql");
    let mut client = Client::start("subscribe.mjs", &[&url, &query, &variables, "1"]);
    client.next().await;
    client.next().await
}

fn slow(house: &House, delay_ms: u64) {
    let fault = Fault::new(FaultKind::Slow { delay_ms });
    house.sandbox.fault(fault.on(Endpoint::Realtime));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_is_there_at_once_and_a_ticket_tells_the_end() {
    let house = House::without_limits().await;
    house
        .ask(&format!("{{ tracking(ref: {SEED}) {{ status }} }}"))
        .await;
    slow(&house, 2_000);
    let asked = Instant::now();
    let answer = house.ask(&refresh(SEED, None)).await;
    assert!(asked.elapsed() < Duration::from_secs(1));
    let given = payload(&answer);
    assert_eq!(given["tracking"]["status"], "TRANSIT", "{answer}");
    assert_eq!(given["tracking"]["freshness"]["source"], "LIST");
    assert_eq!(given["ticket"]["reason"], "ASKING_CARRIER");
    assert!(given["ticket"]["cooldownUntil"].is_string(), "{answer}");
    // Once while the carrier is being asked, and once when it is over.
    for _ in 0..2 {
        let told = end(&house.address, &given["ticket"]).await;
        let told = &told["data"]["refreshed"];
        assert_eq!(told["ticket"]["reason"], "DONE", "{told}");
        assert_eq!(told["tracking"]["freshness"]["source"], "REALTIME");
        assert_eq!(told["userErrors"], json!([]));
    }
    assert_eq!(house.calls(Endpoint::Realtime), 1);
}

#[tokio::test]
async fn a_deadline_waits_for_the_carrier_and_not_longer_than_it_says() {
    let house = House::without_limits().await;
    slow(&house, 300);
    let answer = house.ask(&refresh(SEED, Some("PT10S"))).await;
    assert_eq!(payload(&answer)["ticket"]["reason"], "DONE", "{answer}");
    assert_eq!(
        payload(&answer)["tracking"]["freshness"]["source"],
        "REALTIME"
    );
    let other = r#"{ key: { carrierCode: "dhl", trackingNumber: "PG000000000DEMO" } }"#;
    slow(&house, 5_000);
    let asked = Instant::now();
    let answer = house.ask(&refresh(other, Some("PT0.2S"))).await;
    assert!(asked.elapsed() < Duration::from_secs(3));
    let given = payload(&answer);
    assert_eq!(given["ticket"]["reason"], "ASKING_CARRIER", "{answer}");
    assert_eq!(given["tracking"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_the_cooldown_there_is_the_last_result_and_when_it_ends() {
    let house = House::without_limits().await;
    house.ask(&refresh(SEED, Some("PT10S"))).await;
    let answer = house.ask(&refresh(SEED, None)).await;
    let given = payload(&answer);
    assert_eq!(given["ticket"]["reason"], "COOLING_DOWN", "{answer}");
    assert_eq!(given["tracking"]["freshness"]["source"], "REALTIME");
    assert_eq!(given["userErrors"][0]["code"], "COOLING_DOWN");
    let left = given["userErrors"][0]["retryAfter"].as_u64().unwrap();
    assert!((7_190..=7_200).contains(&left), "{answer}");
    let told = end(&house.address, &given["ticket"]).await;
    let told = &told["data"]["refreshed"];
    assert_eq!(told["ticket"]["reason"], "COOLING_DOWN", "{told}");
    assert_eq!(told["tracking"]["freshness"]["source"], "REALTIME");
    assert_eq!(
        told["ticket"]["cooldownUntil"],
        given["ticket"]["cooldownUntil"]
    );
}

#[tokio::test]
async fn who_waits_learns_his_place_in_the_line() {
    let house = House::open().await;
    let listed = house.ask("{ trackings(first: 7) { nodes { id } } }").await;
    let mut tickets = Vec::new();
    for node in listed["data"]["trackings"]["nodes"].as_array().unwrap() {
        let reference = format!("{{ id: {} }}", node["id"]);
        let answer = house.ask(&refresh(&reference, None)).await;
        tickets.push(payload(&answer)["ticket"].clone());
    }
    for (place, ticket) in tickets[3..6].iter().enumerate() {
        assert_eq!(ticket["reason"], "QUEUED", "{tickets:?}");
        assert_eq!(ticket["position"], place, "{tickets:?}");
        assert!(ticket["estimatedAt"].is_string());
        assert_eq!(ticket["cooldownUntil"], Value::Null);
    }
    let (sixth, seventh) = (&tickets[5]["estimatedAt"], &tickets[6]["estimatedAt"]);
    assert!(sixth.as_str() < seventh.as_str(), "{tickets:?}");
    until("seven calls", || house.calls(Endpoint::Realtime) == 7).await;
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn a_hundred_concurrent_asks_make_one_call() {
    let house = House::without_limits().await;
    slow(&house, 500);
    let operation = refresh(SEED, Some("PT10S"));
    let answers = join_all((0..100).map(|_| house.ask(&operation))).await;
    for answer in &answers {
        assert_eq!(payload(answer)["ticket"]["reason"], "DONE", "{answer}");
    }
    assert_eq!(house.calls(Endpoint::Realtime), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_after_the_ticket_was_given_is_told_by_the_subscription() {
    let house = House::without_limits_and(|settings| {
        settings.realtime_timeout = Duration::from_secs(1);
    })
    .await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Hang).on(Endpoint::Realtime));
    let answer = house.ask(&refresh(SEED, None)).await;
    let ticket = payload(&answer)["ticket"].clone();
    assert_eq!(ticket["reason"], "ASKING_CARRIER");
    for _ in 0..2 {
        let told = end(&house.address, &ticket).await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "TIMEOUT", "{told}");
        assert_eq!(told["errors"][0]["path"], json!(["refreshed", "tracking"]));
        let ended = &told["data"]["refreshed"]["ticket"];
        assert_eq!(ended["reason"], "FAILED", "{told}");
        // The carrier may have been asked.
        assert!(ended["cooldownUntil"].is_string(), "{told}");
    }
}

#[tokio::test]
async fn a_refusal_that_asked_nobody_leaves_no_cooldown_behind() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 4021 }).on(Endpoint::Realtime));
    let answer = house.ask(&refresh(SEED, Some("PT10S"))).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "QUOTA_EXHAUSTED",
        "{answer}"
    );
    let answer = house.ask(&refresh(SEED, Some("PT10S"))).await;
    assert_eq!(payload(&answer)["ticket"]["reason"], "DONE", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_was_not_given_is_an_error() {
    let house = House::without_limits().await;
    for id in ["", "abc", "dHJhY2tpbmc6eA"] {
        let url = format!("ws://{}/graphql", house.address);
        let query = "subscription($ticket: ID!) { refreshed(ticket: $ticket) { ticket { id } } }";
        let variables = json!({ "ticket": id }).to_string();
        let said = Client::complaint("subscribe.mjs", &[&url, query, &variables, "1"]).await;
        assert!(said.contains("there is no such ticket"), "{said}");
    }
}
