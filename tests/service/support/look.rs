//! Looking at one parcel with an eye on how fresh the answer is.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{House, SEED, age};

/// A minute.
pub const MINUTE: Duration = Duration::from_secs(60);

/// Asks for the parcel of the tests, with the argument `freshness` or without.
pub fn look(freshness: &str) -> String {
    format!(
        "{{ tracking(ref: {SEED}{}) {{ {FIELDS} }} }}",
        argument(freshness)
    )
}

/// What is asked of a parcel.
pub const FIELDS: &str = "title status freshness { fetchedAt ageSeconds source stale staleReason nextRefreshAt realtimeAllowedAt }";

/// The argument `freshness` with these terms, if there are any.
pub fn argument(freshness: &str) -> String {
    match freshness {
        "" => String::new(),
        terms => format!(", freshness: {{ {terms} }}"),
    }
}

/// A house that knows the parcel, as it was some time ago.
pub async fn house_that_knows(ago: Duration) -> House {
    let house = House::without_limits().await;
    house.ask(&look("")).await;
    age(ago).await;
    house
}

/// A list call that takes so long.
pub fn slow(delay_ms: u64) -> Fault {
    Fault::new(FaultKind::Slow { delay_ms }).on(Endpoint::List)
}

/// A list call that fails with a code.
pub fn broken(code: u16) -> Fault {
    Fault::new(FaultKind::Meta { code }).on(Endpoint::List)
}

/// Why an answer without errors is stale.
pub fn stale_reason(answer: &Value) -> &Value {
    assert_eq!(answer.get("errors"), None, "{answer}");
    let freshness = &answer["data"]["tracking"]["freshness"];
    assert_eq!(
        freshness["stale"],
        json!(!freshness["staleReason"].is_null()),
        "{answer}"
    );
    &freshness["staleReason"]
}

/// The code of the error in place of the parcel.
pub fn code(answer: &Value) -> &Value {
    assert_eq!(answer["data"]["tracking"], Value::Null, "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["tracking"]), "{answer}");
    &answer["errors"][0]["extensions"]["code"]
}

/// Gives the parcel a title behind the server's back.
pub async fn retitle(house: &House, title: &str) {
    let url = format!(
        "{}/trackings/china-ems/LS912989618CN",
        house.sandbox.base_url()
    );
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .put(url)
        .header("Trackingmore-Api-Key", "sandbox")
        .json(&json!({ "title": title }))
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["meta"]["code"], 200, "{answer}");
}

/// Waits until the parcel was fetched anew, and gives it.
pub async fn settled(house: &House) -> Value {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = house.ask(&look(r#"maxAge: "P30D""#)).await;
        if stale_reason(&answer).is_null() {
            return answer["data"]["tracking"].clone();
        }
        assert!(Instant::now() < end, "a newer one did not come: {answer}");
        sleep(Duration::from_millis(5)).await;
    }
}
