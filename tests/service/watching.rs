//! Watching parcels across reconnects and replicas, with the graphql-ws client from npm.

use std::time::Duration;

use parcelgraph::sandbox::SHUTTLE;
use parcelgraph::settings::Settings;
use serde_json::{Value, json};

use crate::support::{Client, Fleet, Gateway, House};

const WATCH: &str = "subscription($refs: [TrackingRef!]!, $after: String) {
    trackingUpdated(refs: $refs, after: $after) {
        cursor kind occurredAt trackingId source
        changes { field before after }
        lagged { missedSince resumeFrom }
        tracking { title status trackingNumber }
    }
}";

const NOTHING: Duration = Duration::ZERO;

/// Nothing is asked for but what tests ask for.
fn unpolled(settings: &mut Settings) {
    settings.tracker.poll_interval = NOTHING;
}

fn reference(number: &str) -> Value {
    json!({ "key": { "carrierCode": SHUTTLE.0, "trackingNumber": number } })
}

fn watch(gateway: &Gateway, after: Option<&str>, count: usize) -> Client {
    let variables = json!({ "refs": [reference(SHUTTLE.1)], "after": after });
    subscribe(gateway, WATCH, &variables, count)
}

fn subscribe(gateway: &Gateway, query: &str, variables: &Value, count: usize) -> Client {
    let url = format!("ws://{}/graphql", gateway.address);
    let variables = variables.to_string();
    Client::start(
        "subscribe.mjs",
        &[&url, query, &variables, &count.to_string()],
    )
}

/// The next event, whatever the field is called.
async fn next(client: &mut Client) -> Value {
    loop {
        let message = client.next().await;
        if message.get("connected").is_none() {
            let data = message["data"].as_object();
            let data = data.unwrap_or_else(|| panic!("{message}"));
            return data.values().next().unwrap().clone();
        }
    }
}

/// Gives the shuttle a title.
async fn entitle(gateway: &Gateway, title: &str) {
    let mutation = "mutation($ref: TrackingRef!, $title: String) {
        updateTracking(input: { ref: $ref, title: $title }) { userErrors { message } tracking { title } }
    }";
    let variables = json!({ "ref": reference(SHUTTLE.1), "title": title });
    let answer = gateway.ask_with(mutation, variables).await;
    assert_eq!(
        answer["data"]["updateTracking"]["tracking"]["title"], title,
        "{answer}"
    );
}

fn title_change(event: &Value) -> Option<(&str, &str)> {
    assert_eq!(event["kind"], "CHANGED", "{event}");
    let changes = event["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["field"] == "title")?;
    Some((
        change["before"].as_str().unwrap_or(""),
        change["after"].as_str().unwrap_or(""),
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_with_a_cursor_is_told_what_he_missed_and_nothing_twice() {
    let house = House::without_limits_and(unpolled).await;
    entitle(&house, "0").await;
    let mut client = watch(&house, None, 2);
    let snapshot = next(&mut client).await;
    assert_eq!(
        (&snapshot["kind"], &snapshot["tracking"]["title"]),
        (&json!("SNAPSHOT"), &json!("0"))
    );
    entitle(&house, "1").await;
    let event = next(&mut client).await;
    assert_eq!(title_change(&event), Some(("0", "1")));
    for title in ["2", "3"] {
        entitle(&house, title).await;
    }
    for (cursor, first) in [(&snapshot["cursor"], 1), (&event["cursor"], 2)] {
        let mut client = watch(&house, cursor.as_str(), 4);
        for title in first..=3 {
            let event = next(&mut client).await;
            assert_eq!(title_change(&event).unwrap().1, title.to_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_after_the_replay_follows_without_a_gap() {
    let house = House::without_limits_and(unpolled).await;
    entitle(&house, "0").await;
    let cursor = next(&mut watch(&house, None, 1)).await["cursor"].clone();
    entitle(&house, "1").await;
    let mut client = watch(&house, cursor.as_str(), 20);
    for title in 1..20 {
        let event = next(&mut client).await;
        let (before, after) = ((title - 1).to_string(), title.to_string());
        assert_eq!(title_change(&event), Some((&*before, &*after)));
        entitle(&house, &(title + 1).to_string()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_a_server_that_is_gone_gets_a_word_and_a_fresh_snapshot() {
    let (first, second) = (
        House::without_limits_and(unpolled).await,
        House::without_limits_and(unpolled).await,
    );
    let cursor = next(&mut watch(&first, None, 1)).await["cursor"].clone();
    let mut client = watch(&second, cursor.as_str(), 3);
    let lagged = next(&mut client).await;
    assert_eq!(lagged["kind"], "LAGGED");
    assert_eq!(
        (&lagged["cursor"], &lagged["tracking"]),
        (&Value::Null, &Value::Null)
    );
    let snapshot = next(&mut client).await;
    assert_eq!(snapshot["kind"], "SNAPSHOT");
    assert_eq!(snapshot["cursor"], lagged["lagged"]["resumeFrom"]);
    entitle(&second, "new").await;
    assert_eq!(title_change(&next(&mut client).await).unwrap().1, "new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_replica_reaches_who_watches_on_another_and_his_cursor_counts_there() {
    let fleet = Fleet::without_limits_and(2, unpolled).await;
    let [one, other] = &fleet.gateways[..] else {
        panic!("two replicas")
    };
    entitle(one, "0").await;
    let mut client = watch(other, None, 2);
    let snapshot = next(&mut client).await;
    assert_eq!(snapshot["tracking"]["title"], "0");
    entitle(one, "1").await;
    let event = next(&mut client).await;
    assert_eq!(title_change(&event), Some(("0", "1")));
    entitle(other, "2").await;
    let mut resumed = watch(one, event["cursor"].as_str(), 2);
    assert_eq!(title_change(&next(&mut resumed).await), Some(("1", "2")));
    entitle(one, "3").await;
    assert_eq!(title_change(&next(&mut resumed).await), Some(("2", "3")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_watches_the_status_of_all_parcels_that_he_cares_for() {
    let house = House::without_limits_and(unpolled).await;
    let query = "subscription($filter: StatusChangeFilter, $after: String) {
        statusChanged(filter: $filter, after: $after) { cursor kind changes { field before after } tracking { trackingNumber status } }
    }";
    let look = "query($ref: TrackingRef!) {
        tracking(ref: $ref, freshness: { maxAge: \"PT0S\" }) { status }
    }";
    let of_shuttle = json!({ "ref": reference(SHUTTLE.1) });
    house.ask_with(look, of_shuttle.clone()).await;
    let all = json!({ "filter": { "carrierCodes": [SHUTTLE.0] } });
    let mut client = subscribe(&house, query, &all, 3);
    let started = next(&mut client).await;
    assert_eq!(
        (&started["kind"], &started["tracking"]),
        (&json!("STARTED"), &Value::Null)
    );
    // A title is no status.
    entitle(&house, "1").await;
    for _ in 0..2 {
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        let now =
            house.ask_with(look, of_shuttle.clone()).await["data"]["tracking"]["status"].clone();
        let event = next(&mut client).await;
        assert_eq!(
            event["tracking"],
            json!({ "trackingNumber": SHUTTLE.1, "status": now })
        );
        let changes = event["changes"].as_array().unwrap();
        assert!(
            changes.iter().any(|change| change["field"] == "status"),
            "{event}"
        );
    }
    let nobodys = json!({ "filter": { "orderIds": ["none"] }, "after": started["cursor"] });
    let mut client = subscribe(&house, query, &nobodys, 1);
    assert_eq!(client.next().await, json!({ "connected": true }));
    house.sandbox.nudge(SHUTTLE.1).unwrap();
    house.ask_with(look, of_shuttle.clone()).await;
    let all = json!({ "after": started["cursor"] });
    let mut resumed = subscribe(&house, query, &all, 3);
    for _ in 0..3 {
        assert_eq!(next(&mut resumed).await["kind"], "CHANGED");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_that_comes_and_goes_is_told() {
    let house = House::without_limits_and(unpolled).await;
    let number = "1234567890";
    let parcel = json!({ "key": { "carrierCode": "dhl", "trackingNumber": number } });
    let variables = json!({ "refs": [parcel], "after": null });
    let query = WATCH.replace("tracking { title", "tracking { id title");
    let mut client = subscribe(&house, &query, &variables, 3);
    loop {
        let message = client.next().await;
        if message.get("connected").is_none() {
            assert_eq!(
                message["errors"][0]["extensions"]["code"], "NOT_FOUND",
                "{message}"
            );
            break;
        }
    }
    let create = "mutation($input: CreateTrackingInput!) {
        createTracking(input: $input) { userErrors { message } tracking { id } }
    }";
    let created = house
        .ask_with(create, json!({ "input": parcel["key"] }))
        .await;
    let event = next(&mut client).await;
    assert_eq!(event["kind"], "CREATED", "{event} {created}");
    let delete =
        "mutation($ref: TrackingRef!) { deleteTracking(ref: $ref) { userErrors { message } } }";
    house.ask_with(delete, json!({ "ref": parcel })).await;
    let event = next(&mut client).await;
    assert_eq!(
        (&event["kind"], &event["tracking"]),
        (&json!("DELETED"), &Value::Null)
    );
    assert!(event["trackingId"].is_string());
}
