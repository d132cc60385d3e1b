//! Watching parcels with the graphql-ws client from npm.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, SHUTTLE};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::{Client, House, until};

const WATCH: &str = "subscription($refs: [TrackingRef!]!) {
    trackingUpdated(refs: $refs) { kind tracking { trackingNumber status checkpoints { description } } }
}";

fn watch(house: &House, refs: &Value, count: usize) -> Client {
    let url = format!("ws://{}/graphql", house.address);
    let variables = json!({ "refs": refs }).to_string();
    Client::start(
        "subscribe.mjs",
        &[&url, WATCH, &variables, &count.to_string()],
    )
}

fn shuttle() -> Value {
    let (carrier, number) = SHUTTLE;
    json!({ "key": { "carrierCode": carrier, "trackingNumber": number } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_sees_a_status_change_within_two_seconds() {
    let house =
        House::with(|settings| settings.tracker.poll_interval = Duration::from_secs(1)).await;
    let mut client = watch(&house, &json!([shuttle()]), 3);
    assert_eq!(client.next().await, json!({ "connected": true }));
    let snapshot = client.next().await["data"]["trackingUpdated"].clone();
    assert_eq!(snapshot["kind"], "SNAPSHOT", "{snapshot}");
    let mut seen = snapshot["tracking"]["status"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        let event = timeout(Duration::from_secs(2), client.next()).await;
        let event = event.expect("the change arrives within two seconds");
        let event = &event["data"]["trackingUpdated"];
        assert_eq!(event["kind"], "CHANGED", "{event}");
        let status = event["tracking"]["status"].as_str().unwrap();
        assert_ne!(status, seen, "{event}");
        seen = status.to_owned();
    }
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_that_does_not_exist_is_an_error_beside_the_others_snapshots() {
    let house = House::without_limits().await;
    let missing = json!({ "key": { "carrierCode": "dhl", "trackingNumber": "NOSUCHNUMBER1" } });
    let mut client = watch(&house, &json!([missing, shuttle()]), 2);
    client.next().await;
    let mut events = [client.next().await, client.next().await];
    events.sort_by_key(|event| event["data"]["trackingUpdated"]["tracking"].is_null());
    assert_eq!(
        events[0]["data"]["trackingUpdated"]["tracking"]["trackingNumber"],
        SHUTTLE.1
    );
    assert_eq!(events[1]["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(
        events[1]["errors"][0]["path"],
        json!(["trackingUpdated", "tracking"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_polled_once_the_last_watcher_has_gone() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(20);
    })
    .await;
    let mut client = watch(&house, &json!([shuttle()]), 100);
    client.next().await;
    client.next().await;
    until("polling", || house.calls(Endpoint::List) >= 5).await;
    drop(client);
    let mut before = 0;
    timeout(Duration::from_secs(20), async {
        while before != house.calls(Endpoint::List) {
            before = house.calls(Endpoint::List);
            sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .expect("the polling ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_by_anybody_reaches_those_who_watch() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::ZERO;
    })
    .await;
    let mut client = watch(&house, &json!([shuttle()]), 2);
    client.next().await;
    client.next().await;
    house.sandbox.nudge(SHUTTLE.1).unwrap();
    let (carrier, number) = SHUTTLE;
    house
        .ask(&format!(
            "mutation {{ refreshTracking(ref: {{ key: {{ carrierCode: \"{carrier}\", trackingNumber: \"{number}\" }} }}) {{ userErrors {{ code }} }} }}"
        ))
        .await;
    assert_eq!(
        client.next().await["data"]["trackingUpdated"]["kind"],
        "CHANGED"
    );
}
