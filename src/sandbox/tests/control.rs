//! The control paths, and starting and stopping.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::House;
use crate::sandbox::{Endpoint, Limits, Sandbox, Settings};

async fn post(house: &House, path: &str, body: &str) -> (StatusCode, Value) {
    let request = house.client.post(house.root(path)).body(body.to_owned());
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_clock_moves_forward_over_http() {
    let house = House::open().await;
    let (_, answer) = post(&house, "/__clock", r#"{"advance_seconds": 90.5}"#).await;
    assert_eq!(answer["now"], "2026-03-01T00:01:30.5Z");
    let (_, answer) = post(&house, "/__clock", r#"{"set": "2026-03-05T00:00:00Z"}"#).await;
    assert_eq!(answer["now"], "2026-03-05T00:00:00Z");
    for refused in [
        r#"{"set": "2026-03-04T00:00:00Z"}"#,
        r#"{"advance_seconds": -1}"#,
        r#"{"advance_seconds": 1e300}"#,
        "{}",
        "x",
    ] {
        assert_eq!(
            post(&house, "/__clock", refused).await.0,
            StatusCode::BAD_REQUEST,
            "{refused}"
        );
    }
    assert_eq!(house.sandbox.now(), "2026-03-05T00:00:00Z".parse().unwrap());
}

#[tokio::test]
async fn a_nudge_over_http_moves_one_parcel_only() {
    let house = House::open().await;
    let before = house.sandbox.now();
    let (status, answer) = post(
        &house,
        "/__nudge",
        r#"{"tracking_number": "pg000000000demo"}"#,
    )
    .await;
    assert_eq!(
        (status, &answer["status"]),
        (StatusCode::OK, &json!("pickup"))
    );
    assert_eq!(house.sandbox.now(), before);
    assert_eq!(
        post(&house, "/__nudge", r#"{"tracking_number": "NOBODY"}"#)
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_quota_is_set_to_the_fifth_over_http() {
    let house = House::open().await;
    let (_, answer) = post(&house, "/__quota", r#"{"left": 3.45}"#).await;
    assert_eq!(answer["left"], 3.4);
    assert_eq!(house.sandbox.stats().quota_left, 3.4);
    for refused in [r#"{"left": -1}"#, r#"{"left": "3"}"#, "{}", "x"] {
        let (status, _) = post(&house, "/__quota", refused).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    }
    house.sandbox.set_quota(0.0);
    assert_eq!(house.sandbox.stats().quota_left, 0.0);
}

#[tokio::test]
async fn faults_are_queued_and_cleared_over_http() {
    let house = House::open().await;
    let (_, answer) = post(
        &house,
        "/__faults",
        r#"[{"kind":"meta","code":500},{"kind":"cut","times":9}]"#,
    )
    .await;
    assert_eq!(answer["queued"], 2);
    assert_eq!(house.code("/trackings/get").await, 500);
    house
        .client
        .delete(house.root("/__faults"))
        .send()
        .await
        .unwrap();
    assert_eq!(house.code("/trackings/get").await, 200);
    assert_eq!(
        post(&house, "/__faults", r#"{"kind":"magic"}"#).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn looking_in_needs_no_key_and_leaves_no_trace() {
    let house = House::open().await;
    house.get("/trackings/get?numbers=A1234,B1234").await;
    let get = async |path| -> Value {
        house
            .client
            .get(house.root(path))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    };
    assert_eq!(
        house
            .client
            .get(house.root("/__nudge"))
            .send()
            .await
            .unwrap()
            .status(),
        405
    );
    let calls = get("/__calls").await;
    assert_eq!(calls[0]["path"], "/v2/trackings/get?numbers=A1234,B1234");
    assert_eq!(
        (&calls[0]["endpoint"], &calls[0]["numbers"]),
        (&json!("list"), &json!(2))
    );
    assert_eq!(
        get("/__parcels").await[0]["tracking_number"],
        "LS912989618CN"
    );
    let stats = get("/__stats").await;
    let counts = stats["calls"].as_object().unwrap();
    assert_eq!(counts.len(), Endpoint::ALL.len());
    assert_eq!(counts["list"], 1);
    assert_eq!(
        counts.values().filter_map(Value::as_u64).sum::<u64>(),
        1,
        "{stats}"
    );
    for new in [
        "update",
        "delete_more",
        "stop_updating",
        "air_cargo",
        "carriers",
    ] {
        assert_eq!(counts[new], 0, "{new}");
    }
    assert_eq!(stats["broken_limits"]["call_in_silence"], 0);
    house.sandbox.clear_calls();
    assert_eq!(house.sandbox.stats().total_calls(), 0);
    assert!(house.sandbox.calls().is_empty());
}

#[tokio::test]
async fn a_stopped_sandbox_ends_and_frees_its_port() {
    let house = House::open().await;
    house.code("/trackings/get").await;
    house.sandbox.stop();
    house.sandbox.stopped().await;
    let again = Settings {
        listen: house.sandbox.address(),
        ..Settings::default()
    };
    assert!(Sandbox::start(again).await.is_ok());
}

#[test]
fn it_runs_on_a_thread_of_its_own_and_its_handle_works_anywhere() {
    let sandbox = Sandbox::start_on_thread(Settings {
        limits: Limits::OFF,
        ..Settings::default()
    })
    .unwrap();
    sandbox.advance(Duration::from_secs(1));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("{}/trackings/get", sandbox.base_url());
        let request = reqwest::Client::new()
            .get(url)
            .header("Trackingmore-Api-Key", "sandbox");
        assert!(request.send().await.unwrap().status().is_success());
        sandbox.stop();
        sandbox.stopped().await;
    });
}

#[test]
fn an_address_in_use_is_an_error() {
    let first = Sandbox::start_on_thread(Settings::default()).unwrap();
    let second = Sandbox::start_on_thread(Settings {
        listen: first.address(),
        ..Settings::default()
    });
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    first.stop();
}
