//! Creating many at once, and what all batches have in common.

use reqwest::Method;
use serde_json::{Value, json};

use super::{House, code, keys};
use crate::sandbox::{BrokenLimit, Endpoint};

const BATCH: &str = "/trackings/batch";

fn rows(count: usize) -> Value {
    let row = |n| json!({"tracking_number": format!("BATCH{n:04}"), "carrier_code": "dhl"});
    (0..count).map(row).collect()
}

fn codes(answer: &Value) -> Vec<&Value> {
    let errors = answer["data"]["errors"].as_array().unwrap();
    errors.iter().map(|row| &row["code"]).collect()
}

#[tokio::test]
async fn forty_are_created_for_forty_quota_in_one_call() {
    let house = House::open().await;
    let answer = house.post(BATCH, rows(40)).await;
    assert_eq!(code(&answer), 201);
    let data = &answer["data"];
    assert_eq!(
        (&data["submitted"], &data["added"]),
        (&json!(40), &json!(40))
    );
    assert_eq!(data["errors"], json!([]));
    let row = &data["trackings"][0];
    let fields = "carrier_code comment created_at customer_email customer_name customer_phone destination id \
        logistics_channel order_create_time order_id status title tracking_number";
    assert_eq!(keys(row).join(" "), fields);
    assert_eq!(
        (&row["order_create_time"], &row["customer_phone"]),
        (&json!(0), &Value::Null)
    );
    let stats = house.sandbox.stats();
    assert_eq!(
        (stats.quota_left, stats.calls[&Endpoint::Batch]),
        (9_960.0, 1)
    );
    assert_eq!(house.sandbox.calls()[0].numbers, 40);
}

#[tokio::test]
async fn refused_rows_stop_no_others_and_cost_nothing() {
    let house = House::open().await;
    let body = json!([
        {"tracking_number": "LS912989618CN", "carrier_code": "china-ems"},
        {"tracking_number": "!!", "carrier_code": "china-ems"},
        {"tracking_number": "83041096445", "carrier_code": "no-such-carrier"},
        {"tracking_number": "RP893531375SG", "carrier_code": "singapore-post", "customer_phone": "+10000000000"},
        {"tracking_number": "rp893531375sg", "carrier_code": "singapore-post"},
        {"tracking_number": "83041096445"},
        {"tracking_number": {"nested": true}, "carrier_code": []},
        7
    ]);
    let answer = house.post(BATCH, body).await;
    assert_eq!(code(&answer), 201);
    assert_eq!(
        (&answer["data"]["submitted"], &answer["data"]["added"]),
        (&json!(8), &json!(1))
    );
    assert_eq!(
        answer["data"]["trackings"][0]["customer_phone"],
        "+10000000000"
    );
    assert_eq!(codes(&answer), [4016, 4014, 4015, 4016, 4012, 4013, 4013]);
    let first = json!({"tracking_number": "LS912989618CN", "carrier_code": "china-ems", "code": 4016,
        "message": "Tracking already exists."});
    assert_eq!(answer["data"]["errors"][0], first);
    assert_eq!(answer["data"]["errors"][5]["tracking_number"], "");
    assert_eq!(house.sandbox.stats().quota_left, 9_999.0);
}

#[tokio::test]
async fn rows_after_the_last_quota_are_4021() {
    let house = House::open().await;
    house.sandbox.set_quota(2.8);
    let answer = house.post(BATCH, rows(4)).await;
    assert_eq!((code(&answer), &answer["data"]["added"]), (201, &json!(2)));
    assert_eq!(codes(&answer), [4021, 4021]);
    assert_eq!(house.sandbox.stats().quota_left, 0.8);
    let answer = house
        .post(
            BATCH,
            json!([{"tracking_number": "LATER1", "carrier_code": "dhl"}]),
        )
        .await;
    assert_eq!(
        (code(&answer), codes(&answer)),
        (201, vec![&json!(4021)]),
        "even when none is added"
    );
}

#[tokio::test]
async fn the_couriers_country_has_another_name_in_a_batch_than_alone() {
    let house = House::open().await;
    for (number, field, expected) in [
        ("BATCHROW1", "specialNumberDestination", "Israel"),
        ("BATCHROW2", "tracking_destination_country", ""),
    ] {
        let row = json!({"tracking_number": number, "carrier_code": "dhl", field: "IL"});
        house.post(BATCH, json!([row])).await;
        let answer = house.get(&format!("/trackings/dhl/{number}")).await;
        let country = answer["data"]["destination_country"].as_str().unwrap();
        assert_eq!(country == "Israel", expected == "Israel", "{field}");
    }
    let alone = json!({"tracking_number": "ALONE1", "carrier_code": "dhl", "tracking_destination_country": "IL"});
    house.post("/trackings/post", alone).await;
    let answer = house.get("/trackings/dhl/ALONE1").await;
    assert_eq!(answer["data"]["destination_country"], "Israel");
}

#[tokio::test]
async fn no_batch_takes_forty_one_rows_or_anything_but_rows() {
    let house = House::open().await;
    let batches = [
        "batch",
        "updatemore",
        "delete",
        "notupdate",
        "remote",
        "costtime",
    ];
    for batch in batches {
        let path = format!("/trackings/{batch}");
        assert_eq!(code(&house.post(&path, rows(41)).await), 4020, "{batch}");
        for (body, expected) in [("{}", 4012), ("[]", 4012), ("[", 4015), ("", 4015)] {
            let request = house.request(Method::POST, &path).body(body);
            let answer = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(code(&answer), expected, "{batch} {body}");
        }
    }
    let stats = house.sandbox.stats();
    assert_eq!(stats.broken_limits[&BrokenLimit::TooManyNumbers], 6);
    assert_eq!((stats.parcels, stats.quota_left), (324, 10_000.0));
}
