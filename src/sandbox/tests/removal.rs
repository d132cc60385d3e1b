//! Deleting.

use serde_json::json;

use super::{House, code};

const SEED_PATH: &str = "/trackings/china-ems/LS912989618CN";

#[tokio::test]
async fn a_deleted_tracking_is_gone_and_can_be_created_again() {
    let house = House::open().await;
    let before = house.sandbox.stats();
    let answer = house.delete("/trackings/china-ems/ls912989618cn").await;
    assert_eq!((code(&answer), &answer["data"]), (200, &json!([])));
    assert_eq!(house.sandbox.stats().parcels, before.parcels - 1);
    assert_eq!(house.code(SEED_PATH).await, 4031);
    assert_eq!(code(&house.delete(SEED_PATH).await), 4017);
    let body = json!({"tracking_number": "LS912989618CN", "carrier_code": "china-ems"});
    assert_eq!(code(&house.post("/trackings/post", body).await), 201);
    assert_eq!(house.sandbox.stats().quota_left, before.quota_left - 1.0);
}

#[tokio::test]
async fn deleting_judges_number_and_carrier() {
    let house = House::open().await;
    assert_eq!(
        code(&house.delete("/trackings/china-ems/!!!!!").await),
        4014
    );
    assert_eq!(
        code(&house.delete("/trackings/nobody/LS912989618CN").await),
        4015
    );
}

#[tokio::test]
async fn of_many_only_the_known_are_deleted_and_told() {
    let house = House::open().await;
    let seed = json!({"tracking_number": "LS912989618CN", "carrier_code": "china-ems"});
    let rows = json!([
        seed,
        {"tracking_number": "LS000000000CN", "carrier_code": "china-ems"},
        {"tracking_number": "RR123456785CN", "carrier_code": "china-post"},
        seed,
        {"tracking_number": "!!"},
        null
    ]);
    let answer = house.post("/trackings/delete", rows).await;
    let expected = json!({"submitted": 6, "delete": 2, "trackings": [
        {"meta": seed},
        {"meta": {"tracking_number": "RR123456785CN", "carrier_code": "china-post"}}
    ]});
    assert_eq!((code(&answer), &answer["data"]), (200, &expected));
    assert_eq!(
        house.code("/trackings/china-ems/RR123456785CN").await,
        200,
        "its twin stays"
    );
    assert_eq!(
        house.code("/trackings/china-post/RR123456785CN").await,
        4031
    );
}
