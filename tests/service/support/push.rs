//! Sending what TrackingMore sends by itself, and seeing what became of it.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parcelgraph::sandbox::Sandbox;
use parcelgraph::settings::Settings;
use parcelgraph::upstream::Signer;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{Gateway, House, SEED, look};

/// The number of the parcel of the tests.
pub const SEED_NUMBER: &str = "LS912989618CN";

/// Takes messages, and polls nothing.
pub fn taking(settings: &mut Settings) {
    settings.webhook_signer = Some(Signer::parse("user@example.com").unwrap());
    settings.tracker.poll_interval = Duration::ZERO;
}

/// A house that takes messages, without limits.
pub async fn house() -> House {
    House::without_limits_and(taking).await
}

/// The status and the text of the answer to a message.
pub async fn send(gateway: &Gateway, body: impl Into<reqwest::Body>) -> (StatusCode, String) {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let client = reqwest::Client::builder().no_proxy();
        // Each test has a runtime of its own, and a connection ends with it.
        client.pool_max_idle_per_host(0).build().unwrap()
    });
    let url = format!("http://{}/webhooks/trackingmore", gateway.address);
    let response = CLIENT.post(url).body(body).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

/// Sends a message that is to be taken.
pub async fn push(gateway: &Gateway, body: impl Into<reqwest::Body>) {
    assert_eq!(
        send(gateway, body).await,
        (StatusCode::OK, "200".to_owned())
    );
}

/// A message about the parcel that is not true, signed so long ago.
pub fn tale(sandbox: &Sandbox, ago: SignedDuration, change: impl FnOnce(&mut Value)) -> String {
    let body = sandbox.webhook_body(SEED_NUMBER).unwrap();
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["verifyInfo"] = sandbox.seal(Timestamp::now() - ago);
    change(&mut body["data"]);
    body.to_string()
}

/// That the parcel was delivered, which it was not.
pub fn delivery(sandbox: &Sandbox) -> String {
    tale(sandbox, SignedDuration::ZERO, |data| {
        data["status"] = json!("delivered");
    })
}

/// A figure of the metrics.
pub async fn figure(gateway: &Gateway, name: &str) -> u64 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/metrics", gateway.address);
    let text = client.get(url).send().await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |line| line.trim().parse().unwrap())
}

/// How many messages were answered like that.
pub async fn taken(gateway: &Gateway, outcome: &str) -> u64 {
    let name = format!("parcelgraph_webhooks_total{{outcome=\"{outcome}\"}}");
    figure(gateway, &name).await
}

/// How many hints ended like that.
pub async fn ended(gateway: &Gateway, outcome: &str) -> u64 {
    let name = format!("parcelgraph_hints_total{{outcome=\"{outcome}\"}}");
    figure(gateway, &name).await
}

/// Waits until so many hints have ended like that.
pub async fn end(gateway: &Gateway, outcome: &str, hints: u64) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while ended(gateway, outcome).await < hints {
        assert!(Instant::now() < deadline, "{outcome} did not come");
        sleep(Duration::from_millis(5)).await;
    }
}

/// What is asked of a parcel.
pub const FIELDS: &str = "status title verification freshness { source stale staleReason }";

/// What is known of the parcel, without asking for more than that.
pub async fn known(gateway: &Gateway) -> Value {
    let freshness = look::argument(r#"otherwise: STALE"#);
    let seed = SEED;
    let query = format!("{{ tracking(ref: {seed}{freshness}) {{ {FIELDS} }} }}");
    gateway.ask(&query).await["data"]["tracking"].clone()
}

/// Waits until a replica shows something of the parcel.
pub async fn shows(gateway: &Gateway, verification: &str, status: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let known = known(gateway).await;
        if known["verification"] == verification && known["status"] == status {
            return;
        }
        assert!(Instant::now() < deadline, "{known}");
        sleep(Duration::from_millis(5)).await;
    }
}
