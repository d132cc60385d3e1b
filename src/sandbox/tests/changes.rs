//! Changing what the account wrote, and who carries.

use std::time::Duration;

use serde_json::{Value, json};

use super::{House, code, keys};

const SEED_PATH: &str = "/trackings/china-ems/LS912989618CN";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn seed() -> Value {
    json!({"tracking_number": "LS912989618CN", "carrier_code": "china-ems"})
}

async fn listed(house: &House, number: &str) -> Value {
    let path = format!("/trackings/get?numbers={number}");
    house.get(&path).await["data"]["items"][0].take()
}

#[tokio::test]
async fn a_change_answers_the_documented_fields_without_checkpoints() {
    let house = House::open().await;
    let body = json!({"title": "new title", "logistics_channel": "4PX挂号小包", "customer_name": "Sample Customer",
        "customer_email": "customer@example.com", "customer_phone": "+10000000000", "order_id": "986574521568",
        "destination_code": "CN", "archived": "true", "status": 7});
    let answer = house.put(SEED_PATH, body).await;
    assert_eq!(code(&answer), 200);
    let data = &answer["data"];
    let fields = "archived carrier_code comment created_at customer_email customer_name customer_phone destination \
        destination_code id logistics_channel order_id status title tracking_number updated_at";
    assert_eq!(keys(data).join(" "), fields);
    assert_eq!(data["status"], "exception");
    assert_eq!(data["archived"], true);
    assert_eq!(data["destination_code"], "CN");
    assert_eq!(data["customer_phone"], "+10000000000");
    let single = house.get(SEED_PATH).await["data"].take();
    assert_eq!(single["title"], "new title");
    assert_eq!(single["archived"], true);
}

#[tokio::test]
async fn absent_fields_stay_and_empty_ones_are_emptied() {
    let house = House::open().await;
    house
        .put(SEED_PATH, json!({"title": "kept", "order_id": 77}))
        .await;
    let answer = house
        .put(
            SEED_PATH,
            json!({"customer_email": "", "destination_code": "", "title": null}),
        )
        .await;
    let data = &answer["data"];
    assert_eq!(
        (&data["title"], &data["order_id"]),
        (&json!("kept"), &json!("77"))
    );
    assert_eq!(
        (&data["customer_email"], &data["destination_code"]),
        (&json!(""), &json!(""))
    );
    assert_eq!(
        house.get(SEED_PATH).await["data"]["destination_country"],
        ""
    );
}

#[tokio::test]
async fn a_ruled_status_shows_everywhere_until_it_is_automatic_again() {
    let house = House::open().await;
    for (ruling, status) in [
        (json!(4), "delivered"),
        (json!("7"), "exception"),
        (json!(8), "transit"),
    ] {
        let answer = house.put(SEED_PATH, json!({ "status": ruling })).await;
        assert_eq!(answer["data"]["status"], status);
        let single = house.get(SEED_PATH).await["data"].take();
        assert_eq!(single["status"], status);
        let row = listed(&house, "LS912989618CN").await;
        assert_eq!(row["status"], status);
        assert_eq!(row["track_update"], status != "delivered");
        let found = house
            .get(&format!(
                "/trackings/get?status={status}&numbers=LS912989618CN"
            ))
            .await;
        assert_eq!(found["data"]["total"], "1");
    }
}

#[tokio::test]
async fn a_change_is_refused_for_each_reason() {
    let house = House::open().await;
    for (path, body, expected) in [
        (SEED_PATH, json!({"status": 5}), 4033),
        (SEED_PATH, json!({"status": "delivered"}), 4033),
        (SEED_PATH, json!({"status": ""}), 4033),
        (SEED_PATH, json!({"archived": "yes"}), 4012),
        (SEED_PATH, json!({"title": ["a"]}), 4012),
        (SEED_PATH, json!([]), 4012),
        ("/trackings/china-ems/LS000000000CN", json!({}), 4017),
        ("/trackings/china-ems/!!!!!", json!({}), 4014),
        ("/trackings/nobody/LS912989618CN", json!({}), 4015),
    ] {
        let answer = house.put(path, body.clone()).await;
        assert_eq!(code(&answer), expected, "{path} {body}");
    }
    let before = House::open().await.get(SEED_PATH).await;
    assert_eq!(
        house.get(SEED_PATH).await,
        before,
        "refusals change nothing"
    );
    let answer = house.put(SEED_PATH, json!({"archived": true})).await;
    assert_eq!(answer["data"]["archived"], true, "a boolean is taken too");
}

#[tokio::test]
async fn many_changes_are_carried_out_row_by_row() {
    let house = House::open().await;
    let rows = json!([
        {"tracking_number": "LS912989618CN", "carrier_code": "china-ems", "title": "one", "customer_phone": "+1"},
        {"tracking_number": "LS000000000CN", "carrier_code": "china-ems", "title": "two"},
        {"tracking_number": "RR123456785CN", "carrier_code": "china-post", "status": 3},
        {"carrier_code": "china-post"},
        "row"
    ]);
    let answer = house.post("/trackings/updatemore", rows).await;
    assert_eq!(code(&answer), 200);
    let data = &answer["data"];
    assert_eq!(
        (&data["submitted"], &data["update"]),
        (&json!(5), &json!(1))
    );
    assert_eq!(
        keys(&data["trackings"][0]),
        ["carrier_code", "id", "tracking_number"]
    );
    let errors = data["errors"].as_array().unwrap();
    let codes: Vec<&Value> = errors.iter().map(|row| &row["code"]).collect();
    assert_eq!(codes, [4017, 4033, 4013, 4013]);
    assert_eq!(errors[0]["message"], "Tracking does not exist.");
    let changed = house.put(SEED_PATH, json!({})).await["data"].take();
    assert_eq!(changed["title"], "one");
    assert_eq!(
        changed["customer_phone"],
        Value::Null,
        "the batch knows no phone"
    );
}

#[tokio::test]
async fn a_stopped_tracking_stays_as_it_stood() {
    let house = House::open().await;
    let stranger = json!({"tracking_number": "LS000000000CN", "carrier_code": "china-ems"});
    let answer = house
        .post("/trackings/notupdate", json!([seed(), stranger]))
        .await;
    let expected = json!({"submitted": 2, "change": 1, "trackings": [seed()]});
    assert_eq!(answer["data"], expected);
    let before = listed(&house, "LS912989618CN").await;
    assert_eq!(before["track_update"], false);
    house.sandbox.advance(3 * DAY);
    assert_eq!(listed(&house, "LS912989618CN").await, before);
    let realtime = house.post("/trackings/realtime", seed()).await;
    let row = &realtime["data"]["items"][0];
    assert_eq!(
        (&row["track_update"], &row["lastEvent"]),
        (&json!(false), &before["lastEvent"])
    );
    assert_eq!(house.sandbox.nudge("LS912989618CN"), None);
}

#[tokio::test]
async fn a_tracking_is_read_again_under_its_new_carrier() {
    let house = House::open().await;
    house
        .put(
            SEED_PATH,
            json!({"title": "mine", "status": 7, "archived": "true"}),
        )
        .await;
    let mut body = seed();
    body["update_carrier_code"] = json!("usps");
    let answer = house.post("/trackings/update", body.clone()).await;
    assert_eq!(
        (code(&answer), &answer["data"]),
        (200, &json!({"Usertag": ""}))
    );
    assert_eq!(house.code(SEED_PATH).await, 4031);
    let moved = house.get("/trackings/usps/LS912989618CN").await["data"].take();
    assert_eq!(
        (&moved["title"], &moved["status"]),
        (&json!("mine"), &json!("exception"))
    );
    assert_eq!(moved["archived"], true);
    assert_eq!(moved["origin_info"]["carrier_code"], "usps");
    assert_eq!(code(&house.post("/trackings/update", body).await), 4017);
}

#[tokio::test]
async fn a_created_parcel_goes_its_way_under_the_new_carrier() {
    let house = House::open().await;
    let body =
        json!({"tracking_number": "WAYFARER7", "carrier_code": "dhl", "destination_code": "FR"});
    house.post("/trackings/post", body).await;
    house.sandbox.advance(2 * DAY);
    let before = house.get("/trackings/dhl/WAYFARER7").await["data"].take();
    let change = json!({"tracking_number": "WAYFARER7", "carrier_code": "dhl", "update_carrier_code": "ups"});
    house.post("/trackings/update", change).await;
    let after = house.get("/trackings/ups/WAYFARER7").await["data"].take();
    for same in [
        "status",
        "substatus",
        "created_at",
        "updated_at",
        "destination_country",
    ] {
        assert_eq!(after[same], before[same], "{same}");
    }
}

#[tokio::test]
async fn a_change_of_carrier_is_refused_for_each_reason() {
    let house = House::open().await;
    let change = |number: &str, from: &str, to: Value| {
        let mut body = json!({"tracking_number": number, "carrier_code": from});
        body["update_carrier_code"] = to;
        house.post("/trackings/update", body)
    };
    for (number, from, to, expected) in [
        ("LS912989618CN", "china-ems", json!("no-such-carrier"), 4015),
        ("LS912989618CN", "no-such-carrier", json!("usps"), 4015),
        ("LS912989618CN", "china-ems", Value::Null, 4012),
        ("LS000000000CN", "china-ems", json!("usps"), 4017),
        ("RR123456785CN", "china-ems", json!("china-post"), 4016),
        ("LS912989618CN", "china-ems", json!("china-ems"), 4016),
        ("", "china-ems", json!("usps"), 4013),
        ("!", "china-ems", json!("usps"), 4014),
    ] {
        let answer = change(number, from, to.clone()).await;
        assert_eq!(code(&answer), expected, "{number} {from} {to}");
    }
}
