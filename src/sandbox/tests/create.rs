//! Creating, and the life of what was created.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{House, code};
use crate::sandbox::{Limits, Settings};

const POST: &str = "/trackings/post";

#[tokio::test]
async fn a_created_number_is_pending_and_its_answer_has_the_documented_fields() {
    let house = House::open().await;
    let body = json!({"tracking_number": "300403513351", "carrier_code": "4px", "title": "sample product",
        "order_create_time": "2018/4/1 10:08", "logistics_channel": "4PX挂号小包"});
    let answer = house.post(POST, body).await;
    let mut keys: Vec<&str> = answer["data"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(code(&answer), 201);
    assert_eq!(
        keys,
        [
            "carrier_code",
            "comment",
            "created_at",
            "customer_email",
            "customer_name",
            "destination",
            "id",
            "logistics_channel",
            "order_create_time",
            "order_id",
            "status",
            "title",
            "tracking_number",
        ]
    );
    assert_eq!(answer["data"]["order_create_time"], 1_522_548_480);
    assert_eq!(answer["data"]["created_at"], "2026-03-01T08:00:00+08:00");
    let single = house.get("/trackings/4px/300403513351").await["data"].take();
    assert_eq!(
        (&single["status"], &single["updated_at"]),
        (&json!("pending"), &Value::Null)
    );
    assert_eq!(single["order_create_time"], "2018-04-01 10:08");
    assert_eq!(single["origin_info"]["trackinfo"], Value::Null);
}

#[tokio::test]
async fn an_unset_order_time_is_the_number_zero_after_create() {
    let house = House::open().await;
    let answer = house
        .post(
            POST,
            json!({"tracking_number": "AB-cd_5", "carrier_code": "dhl"}),
        )
        .await;
    assert_eq!(answer["data"]["order_create_time"], 0);
    assert_eq!(answer["data"]["title"], Value::Null);
}

#[tokio::test]
async fn what_somebody_creates_moves_with_the_clock() {
    let house = House::open().await;
    house
        .post(
            POST,
            json!({"tracking_number": "MYPARCEL1", "carrier_code": "dhl"}),
        )
        .await;
    house.sandbox.advance(Duration::from_secs(4 * 3600));
    let tracking = house.get("/trackings/dhl/MYPARCEL1").await;
    assert_ne!(tracking["data"]["status"], "pending");
    assert_ne!(tracking["data"]["updated_at"], Value::Null);
}

#[tokio::test]
async fn creating_is_refused_for_each_documented_reason() {
    let house = House::open().await;
    for (body, expected) in [
        (json!({"carrier_code": "dhl"}), 4013),
        (json!({"tracking_number": "", "carrier_code": "dhl"}), 4013),
        (
            json!({"tracking_number": "!!", "carrier_code": "dhl"}),
            4014,
        ),
        (
            json!({"tracking_number": "83041096445", "carrier_code": "no-such-carrier"}),
            4015,
        ),
        (json!({"tracking_number": "83041096445"}), 4012),
        (
            json!({"tracking_number": "83041096445", "carrier_code": "dhl", "order_create_time": "soon"}),
            4012,
        ),
        (
            json!({"tracking_number": "ls912989618cn", "carrier_code": "china-ems"}),
            4016,
        ),
        (json!([]), 4012),
    ] {
        assert_eq!(
            code(&house.post(POST, body.clone()).await),
            expected,
            "{body}"
        );
    }
    let broken = house
        .request(Method::POST, POST)
        .body("{not json")
        .send()
        .await
        .unwrap();
    assert_eq!(code(&broken.json().await.unwrap()), 4015);
    assert_eq!(
        house.sandbox.stats().quota_left,
        10_000.0,
        "refusals are free"
    );
}

#[tokio::test]
async fn a_spent_quota_is_4021_for_create_and_realtime() {
    let house = House::with(Settings {
        quota: 1,
        limits: Limits::OFF,
        ..Settings::default()
    })
    .await;
    let body = |number| json!({"tracking_number": number, "carrier_code": "dhl"});
    assert_eq!(code(&house.post(POST, body("FIRST1")).await), 201);
    assert_eq!(code(&house.post(POST, body("SECOND")).await), 4021);
    assert_eq!(
        code(&house.post("/trackings/realtime", body("FIRST1")).await),
        4021
    );
    assert_eq!(house.code("/trackings/dhl/SECOND").await, 4031);
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_refused_and_the_sandbox_lives_on() {
    let house = House::open().await;
    let body = json!({"tracking_number": "1".repeat(2 << 20), "carrier_code": "dhl"});
    // The sandbox may close before it has read everything, which a client sees as an error.
    if let Ok(response) = house.request(Method::POST, POST).json(&body).send().await {
        assert_eq!(code(&response.json().await.unwrap()), 4015);
    }
    assert_eq!(house.code("/trackings/get").await, 200);
}
