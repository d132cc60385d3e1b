//! The account's standing.

use serde_json::json;

use super::House;
use crate::sandbox::{Limits, Settings, Status};

fn count(value: &serde_json::Value) -> u64 {
    let text = value.as_str().map(|text| text.parse().unwrap());
    text.or(value.as_u64()).unwrap()
}

#[tokio::test]
async fn the_account_tells_whole_numbers_left() {
    let house = House::open().await;
    house.sandbox.set_quota(9_999.8);
    let expected = json!({"email": "user@example.com", "regtime": "1469097290", "phone": "+8612345678910",
        "money": 999, "track_number": 9_999});
    assert_eq!(house.get("/trackings/getuserinfo").await["data"], expected);
}

#[tokio::test]
async fn counts_per_status_agree_with_the_list_and_some_are_texts() {
    let house = House::open().await;
    let counts = house.get("/trackings/getstatusnumber").await["data"].take();
    assert_eq!(counts.as_object().unwrap().len(), 8);
    for status in Status::ALL {
        let word = status.as_str();
        let listed = house
            .get(&format!("/trackings/get?status={word}&limit=1"))
            .await;
        assert_eq!(
            count(&counts[word]),
            count(&listed["data"]["total"]),
            "{word}"
        );
    }
    assert!(counts["delivered"].is_string() && counts["transit"].is_u64());
}

#[tokio::test]
async fn counts_follow_their_filters_and_rulings() {
    let house = House::open().await;
    let total = async |query: &str| {
        let answer = house
            .get(&format!("/trackings/getstatusnumber?{query}"))
            .await;
        let counts = answer["data"].as_object().unwrap();
        counts.values().map(count).sum::<u64>()
    };
    let start = Settings::default().start.as_second();
    let day = start - 24 * 3600;
    assert_eq!(total("").await, 324);
    let (before, after) = (
        total(&format!("created_at_max={}", day - 1)).await,
        total(&format!("created_at_min={day}&created_at_max={start}")).await,
    );
    assert!(before > 0 && after > 0 && before + after == 324);
    let ordered = total(&format!(
        "order_created_time_min=0&order_created_time_max={start}"
    ))
    .await;
    assert!(ordered > 0 && ordered < 324);
    assert_eq!(
        house
            .code("/trackings/getstatusnumber?created_at_min=soon")
            .await,
        4012
    );

    let exceptions =
        async || count(&house.get("/trackings/getstatusnumber").await["data"]["exception"]);
    let counted = exceptions().await;
    house
        .put("/trackings/china-ems/LS912989618CN", json!({"status": 7}))
        .await;
    assert_eq!(exceptions().await, counted + 1);
}

#[tokio::test]
async fn an_account_can_open_with_thousands_of_trackings() {
    let house = House::with(Settings {
        parcels: 5_000,
        limits: Limits::OFF,
        ..Settings::default()
    })
    .await;
    let answer = house.get("/trackings/get?limit=2000&page=3").await;
    assert_eq!(answer["data"]["total"], "5004");
    assert_eq!(answer["data"]["items"].as_array().unwrap().len(), 1_004);
}
