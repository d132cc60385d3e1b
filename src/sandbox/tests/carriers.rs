//! The carrier list and the guessing of carriers.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{House, code};
use crate::sandbox::Endpoint;

const DETECT: &str = "/carriers/detect";

async fn list(house: &House, lang: Option<&str>) -> Value {
    let request = house.request(Method::GET, "/carriers/");
    let request = match lang {
        Some(lang) => request.header("Lang", lang),
        None => request,
    };
    request.send().await.unwrap().json().await.unwrap()
}

fn names(answer: &Value) -> Vec<&Value> {
    let rows = answer["data"].as_array().unwrap();
    rows.iter().map(|row| &row["name"]).collect()
}

async fn detected(house: &House, number: &str) -> Vec<String> {
    let answer = house
        .post(DETECT, json!({ "tracking_number": number }))
        .await;
    let rows = answer["data"].as_array().unwrap();
    rows.iter()
        .map(|row| row["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_list_has_over_forty_carriers_and_a_meta_of_one_code() {
    let house = House::open().await;
    let answer = house.get("/carriers").await;
    assert_eq!(answer["meta"], json!({"code": 200}));
    assert_eq!(list(&house, None).await, answer, "with or without a slash");
    let rows = answer["data"].as_array().unwrap();
    let codes: HashSet<&str> = rows
        .iter()
        .map(|row| row["code"].as_str().unwrap())
        .collect();
    assert!(codes.len() == rows.len() && rows.len() >= 40);
}

#[tokio::test]
async fn carriers_come_in_all_documented_spellings() {
    let house = House::open().await;
    let answer = list(&house, None).await;
    let rows = answer["data"].as_array().unwrap();
    let count = |test: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| test(row)).count();
    for (start, end) in [("//", "/"), ("http://", "/"), ("www.", "")] {
        let spelled = |row: &Value| {
            let homepage = row["homepage"].as_str().unwrap();
            homepage.starts_with(start) && homepage.ends_with(end)
        };
        assert!(count(&spelled) >= 3, "{start}");
    }
    assert!(count(&|row| row["homepage"] == "") >= 2);
    let without_phone = count(&|row| row["phone"] == "");
    assert!((rows.len() / 15..=rows.len() / 7).contains(&without_phone));
    let of_kind = |kind: &str| count(&|row| row["type"] == kind);
    assert_eq!(of_kind("express") + of_kind("globalpost"), rows.len());
    assert!(of_kind("express") > 5 && of_kind("globalpost") > 5);
    assert_eq!(
        count(&|row| row["picture"].as_str().unwrap().starts_with("//cdn")),
        rows.len()
    );
    assert_eq!(count(&|row| row.get("name_cn").is_none()), 2);
    for optional in ["track_url", "country_code"] {
        let with = count(&|row| row.get(optional).is_some());
        assert!(with > 0 && with < rows.len(), "{optional}");
    }
}

#[tokio::test]
async fn names_are_chinese_for_both_chinese_languages_and_english_for_the_rest() {
    let house = House::open().await;
    let english = list(&house, None).await;
    for lang in ["en", "es", "ru", "it", "xx", ""] {
        assert_eq!(
            names(&list(&house, Some(lang)).await),
            names(&english),
            "{lang}"
        );
    }
    for lang in ["cn", "tw"] {
        let answer = list(&house, Some(lang)).await;
        assert_eq!(names(&answer)[0], "中国 EMS");
        assert!(
            names(&answer).contains(&&json!("Aramex")),
            "who has no Chinese name keeps its own"
        );
    }
    let calls = house.sandbox.calls();
    let langs: Vec<Option<&str>> = calls.iter().map(|call| call.lang.as_deref()).collect();
    assert_eq!(langs[..3], [None, Some("en"), Some("es")]);
    assert_eq!(calls[0].endpoint, Endpoint::Carriers);
}

#[tokio::test]
async fn the_documented_number_is_detected_as_documented() {
    let house = House::open().await;
    let answer = house
        .post(DETECT, json!({"tracking_number": "RN123456789CN"}))
        .await;
    assert_eq!(
        answer["data"],
        json!([{"name": "China post", "code": "china-post"}])
    );
    let body = json!({"tracking_number": "RN123456789CN", "lang": "cn"});
    assert_eq!(
        house.post(DETECT, body).await["data"][0]["name"],
        "中国邮政"
    );
    assert_eq!(house.sandbox.stats().quota_left, 9_999.6);
    let call = &house.sandbox.calls()[0];
    assert_eq!(call.content_type.as_deref(), Some("application/json"));
    assert_eq!(call.numbers, 1);
}

#[tokio::test]
async fn candidates_come_best_first() {
    let house = House::open().await;
    for (number, expected) in [
        ("ls912989618cn", vec!["china-ems"]),
        ("1Z97X17XYW06605211", vec!["ups"]),
        ("712345678901", vec!["fedex", "zto"]),
        ("300403513351", vec!["4px"]),
        ("999999999999", vec!["4px", "sto", "fedex", "zto"]),
        ("QQ123456785CN", vec!["china-ems", "china-post"]),
        ("LZ123456785US", vec!["usps"]),
    ] {
        assert_eq!(detected(&house, number).await, expected, "{number}");
    }
}

#[tokio::test]
async fn every_generated_number_is_detected_as_its_carriers() {
    let house = House::open().await;
    let parcels = house.get("/trackings/get?limit=2000").await["data"]["items"].take();
    for row in parcels.as_array().unwrap().iter().step_by(7) {
        let number = row["tracking_number"].as_str().unwrap();
        let code = row["carrier_code"].as_str().unwrap().to_owned();
        if !number.starts_with("PG") {
            assert!(
                detected(&house, number).await.contains(&code),
                "{number} {code}"
            );
        }
    }
}

#[tokio::test]
async fn detecting_costs_a_fifth_also_when_nothing_is_found() {
    let house = House::open().await;
    house.sandbox.set_quota(0.4);
    let ask = |body: Value| house.post(DETECT, body);
    let nobodys = json!({"tracking_number": "NOBODYS-NUMBER"});
    assert_eq!(code(&ask(json!({})).await), 4013);
    assert_eq!(code(&ask(json!({"tracking_number": "!!!!!"})).await), 4014);
    let answer = ask(nobodys.clone()).await;
    assert_eq!((code(&answer), &answer["data"]), (4032, &json!([])));
    assert_eq!(house.sandbox.stats().quota_left, 0.2);
    assert_eq!(code(&ask(nobodys.clone()).await), 4032);
    assert_eq!(code(&ask(nobodys).await), 4021);
    assert_eq!(house.sandbox.stats().quota_left, 0.0);
}
