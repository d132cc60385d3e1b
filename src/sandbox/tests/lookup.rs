//! Single get, realtime, keys and paths.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{House, code};
use crate::sandbox::{Endpoint, SEED, SHUTTLE};

const SEED_PATH: &str = "/trackings/china-ems/LS912989618CN";

#[tokio::test]
async fn a_missing_or_wrong_key_is_4001_under_http_200() {
    let house = House::open().await;
    let url = format!("{}/trackings/get", house.sandbox.base_url());
    for key in [None, Some("wrong")] {
        let mut request = house.client.get(&url);
        if let Some(key) = key {
            request = request.header("Trackingmore-Api-Key", key);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!((code(&answer), &answer["data"]), (4001, &json!([])));
    }
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405() {
    let house = House::open().await;
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/trackings/realtime/a/b/c", 404),
        (Method::DELETE, "/trackings/get", 405),
        (Method::GET, "/trackings/post", 405),
        (Method::PUT, "/trackings/getuserinfo", 405),
        (Method::POST, "/trackings/getstatusnumber", 405),
        (Method::GET, "/trackings/batch", 405),
        (Method::DELETE, "/trackings/delete", 405),
        (Method::PUT, "/trackings/update", 405),
        (Method::POST, "/trackings/china-ems/LS912989618CN", 405),
        (Method::PUT, "/trackings/china-ems/LS912989618CN/en", 405),
        (Method::POST, "/carriers", 405),
        (Method::GET, "/carriers/detect", 405),
        (Method::GET, "/carriers/en", 404),
    ] {
        let response = house.request(method, path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), u64::from(status));
    }
    assert_eq!(house.sandbox.stats().calls[&Endpoint::NoSuchPath], 3);
    assert_eq!(house.sandbox.stats().calls[&Endpoint::WrongMethod], 11);
}

#[tokio::test]
async fn the_seed_has_two_legs_in_two_precisions() {
    let house = House::open().await;
    let tracking = house.get(SEED_PATH).await["data"].take();
    assert_eq!(tracking["status"], "transit");
    assert_eq!(tracking["origin_info"]["carrier_code"], "china-ems");
    assert_eq!(
        tracking["origin_info"]["trackinfo"][0]["Date"]
            .as_str()
            .unwrap()
            .len(),
        19
    );
    assert_eq!(tracking["destination_info"]["carrier_code"], "usps");
    assert_eq!(
        tracking["destination_info"]["trackinfo"][0]["Date"]
            .as_str()
            .unwrap()
            .len(),
        16
    );
    assert_eq!(
        tracking["destination_info"]["trackinfo"][0]["Details"],
        "SAN JOSE CA DISTRIBUTION CENTER"
    );
    assert!(tracking["created_at"].as_str().unwrap().ends_with("+08:00"));
}

#[tokio::test]
async fn the_seed_moves_with_the_clock_and_its_last_event_with_it() {
    let house = House::open().await;
    let before = house.get(SEED_PATH).await["data"].take();
    house.sandbox.advance(Duration::from_secs(27 * 3600));
    let after = house.get(SEED_PATH).await["data"].take();
    let event = after["lastEvent"].as_str().unwrap();
    assert!(
        event.starts_with("Arrived at USPS Regional Destination Facility,DES MOINES"),
        "{event}"
    );
    assert!(event.ends_with(after["lastUpdateTime"].as_str().unwrap()));
    assert!(before["updated_at"].as_str() < after["updated_at"].as_str());
    assert_eq!(
        after["itemTimeLength"],
        before["itemTimeLength"].as_i64().unwrap() + 1
    );
    assert_eq!(after["stayTimeLength"], 0);
}

#[tokio::test]
async fn the_text_escapes_slashes_keeps_chinese_and_is_called_json() {
    let house = House::open().await;
    let response = house.send(SEED_PATH).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let text = response.text().await.unwrap();
    assert!(
        text.contains(r"http:\/\/www.ems.com.cn\/") && text.contains("到达处理中心,来自中国 郑州")
    );
}

#[tokio::test]
async fn single_get_judges_number_carrier_language_and_existence() {
    let house = House::open().await;
    for (path, expected) in [
        ("/trackings/china-ems/ls912989618cn", 200),
        ("/trackings/china-ems/LS912989618CN/en", 200),
        ("/trackings/china-ems/LS912989618CN/english", 4012),
        ("/trackings/china-ems/%21%21%21%21%21", 4014),
        ("/trackings/china-ems/%FF%FE", 4012),
        ("/trackings/no-such-carrier/LS912989618CN", 4015),
        ("/trackings/china-post/LS912989618CN", 4031),
    ] {
        assert_eq!(house.code(path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn realtime_rows_lack_what_realtime_lacks_and_cost_one() {
    let house = House::open().await;
    let body = json!({"tracking_number": SEED.1, "carrier_code": SEED.0, "order_create_time": "2017/8/27 16:51"});
    let answer = house.post("/trackings/realtime", body).await;
    let row = &answer["data"]["items"][0];
    for absent in [
        "created_at",
        "updated_at",
        "customer_name",
        "customer_email",
        "title",
        "order_id",
        "archived",
    ] {
        assert!(row.get(absent).is_none(), "{absent}");
    }
    assert_eq!(row["order_create_time"], "2017/8/27 16:51");
    assert_eq!(
        (&row["track_update"], &row["destination_code"]),
        (&json!(true), &json!("US"))
    );
    assert_eq!(house.sandbox.stats().quota_left, 9_999.0);
}

#[tokio::test]
async fn realtime_finds_nothing_about_a_stranger() {
    let house = House::open().await;
    let body = json!({"tracking_number": "LS000000000CN", "carrier_code": "china-ems"});
    let row = house.post("/trackings/realtime", body).await["data"]["items"][0].take();
    assert_eq!(
        (&row["status"], &row["substatus"]),
        (&json!("notfound"), &json!("notfound002"))
    );
    assert_eq!(row["origin_info"]["trackinfo"], Value::Null);
    assert_eq!(row["origin_info"]["phone"], "11183");
    assert_eq!(row["lastEvent"], Value::Null);
    let path = "/trackings/china-ems/LS000000000CN";
    assert_eq!(
        house.code(path).await,
        4031,
        "realtime adds nothing to the account"
    );
}

#[tokio::test]
async fn the_shuttle_turns_over_every_ten_minutes() {
    let house = House::open().await;
    let path = format!("/trackings/{}/{}", SHUTTLE.0, SHUTTLE.1);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let tracking = house.get(&path).await["data"].take();
        assert_eq!(
            tracking["origin_info"]["trackinfo"]
                .as_array()
                .unwrap()
                .len(),
            30
        );
        statuses.push(tracking["status"].as_str().unwrap().to_owned());
        house.sandbox.advance(Duration::from_secs(600));
    }
    assert_eq!(statuses, ["transit", "pickup", "transit", "pickup"]);
}
