//! Whole sessions of the clients from npm that people use: subscribe, be told, be cut off, go on, complete.

use std::time::Duration;

use parcelgraph::sandbox::SHUTTLE;
use serde_json::{Value, json};

use crate::support::{Client, House, Proxy, SEED, until};

/// A script, and how the address begins that it wants.
const CLIENTS: [(&str, &str); 4] = [
    ("subscribe.mjs", "ws"),
    ("old.mjs", "ws"),
    ("sse.mjs", "http"),
    ("multipart.mjs", "http"),
];

const WATCH: &str = "subscription($refs: [TrackingRef!]!, $after: String) {
    trackingUpdated(refs: $refs, after: $after) { cursor kind tracking { trackingNumber status } }
}";

const LOOK: &str = "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs, freshness: { maxAge: \"PT0S\" }) { status } }";

async fn house() -> House {
    House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(50);
    })
    .await
}

fn shuttle() -> String {
    let (carrier, number) = SHUTTLE;
    let parcel = json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
    json!({ "refs": [parcel] }).to_string()
}

fn event(result: &Value) -> &Value {
    &result["data"]["trackingUpdated"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_is_told_of_changes_and_comes_back_when_it_is_cut_off() {
    let house = house().await;
    for (script, scheme) in CLIENTS {
        let proxy = Proxy::before(&format!("{scheme}://{}", house.address)).await;
        let url = format!("{}/graphql", proxy.url());
        let arguments = [&url, WATCH, &shuttle(), "4"];
        let mut client = Client::with(&[("RETRIES", "100")], script, &arguments);
        assert_eq!(
            client.next().await,
            json!({ "connected": true }),
            "{script}"
        );
        let snapshot = client.next().await;
        assert_eq!(event(&snapshot)["kind"], "SNAPSHOT", "{script}: {snapshot}");
        let mut seen = event(&snapshot)["tracking"]["status"].clone();
        let mut is_told_of_change = async |client: &mut Client| {
            let change = client.next().await;
            assert_eq!(event(&change)["kind"], "CHANGED", "{script}: {change}");
            let status = event(&change)["tracking"]["status"].clone();
            assert_ne!(status, seen, "{script}");
            seen = status;
        };
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        is_told_of_change(&mut client).await;
        proxy.cut();
        until("the end of the connection", || proxy.is_idle()).await;
        // It happens and is noticed while he is away.
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        house
            .ask_with(LOOK, serde_json::from_str(&shuttle()).unwrap())
            .await;
        proxy.mend();
        assert_eq!(
            client.next().await,
            json!({ "connected": true }),
            "{script}"
        );
        is_told_of_change(&mut client).await;
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        is_told_of_change(&mut client).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_goes_to_the_new_server_when_the_old_one_stops() {
    for (script, scheme) in CLIENTS {
        let mut house = house().await;
        let url = format!("{scheme}://{}/graphql", house.address);
        let arguments = [&url, WATCH, &shuttle(), "3"];
        let mut client = Client::with(&[("RETRIES", "100")], script, &arguments);
        client.next().await;
        assert_eq!(event(&client.next().await)["kind"], "SNAPSHOT");
        house.restart().await;
        // It may have come back to the old one once more while that let its last clients finish.
        let mut lagged = client.next().await;
        while lagged == json!({ "connected": true }) {
            lagged = client.next().await;
        }
        // What it missed is not kept anywhere.
        assert_eq!(event(&lagged)["kind"], "LAGGED", "{script}: {lagged}");
        assert_eq!(event(&client.next().await)["kind"], "SNAPSHOT", "{script}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_hears_the_end_of_what_ends() {
    let house = house().await;
    let refresh = format!("mutation {{ refreshTracking(ref: {SEED}) {{ ticket {{ id }} }} }}");
    let answer = house.ask(&refresh).await;
    let ticket = &answer["data"]["refreshTracking"]["ticket"]["id"];
    let variables = json!({ "ticket": ticket }).to_string();
    let query = "subscription($ticket: ID!) { refreshed(ticket: $ticket) { tracking { status } } }";
    for (script, scheme) in CLIENTS {
        let url = format!("{scheme}://{}/graphql", house.address);
        let mut client = Client::start(script, &[&url, query, &variables, "all"]);
        assert_eq!(
            client.next().await,
            json!({ "connected": true }),
            "{script}"
        );
        let result = client.next().await;
        let status = &result["data"]["refreshed"]["tracking"]["status"];
        assert!(status.is_string(), "{script}: {result}");
        assert_eq!(
            client.next().await,
            json!({ "completed": true }),
            "{script}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_can_tell_why_it_was_refused() {
    let house = house().await;
    let query =
        "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { nonsense } }";
    for (script, scheme) in CLIENTS {
        let url = format!("{scheme}://{}/graphql", house.address);
        let said = Client::complaint(script, &[&url, query, &shuttle(), "1"]).await;
        assert!(said.contains("nonsense"), "{script}: {said}");
    }
}
