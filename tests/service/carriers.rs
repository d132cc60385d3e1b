//! Carriers: a list that is fetched once, and who a number may belong to.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{House, SEED, age};

const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String, $search: String, $country: String) {
    carriers(first: $first, after: $after, last: $last, before: $before, search: $search, countryCode: $country) {
        totalCount edges { cursor node { id code } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

fn codes(answer: &Value) -> Vec<String> {
    let edges = answer["data"]["carriers"]["edges"].as_array().unwrap();
    let code = |edge: &Value| edge["node"]["code"].as_str().unwrap().to_owned();
    edges.iter().map(code).collect()
}

#[tokio::test]
async fn the_list_pages_both_ways_and_is_fetched_once_a_day() {
    let house = House::without_limits().await;
    let all = codes(&house.ask_with(PAGE, json!({ "first": 100 })).await);
    assert!(all.len() >= 40);
    let first = house.ask_with(PAGE, json!({ "first": 7 })).await;
    assert_eq!(codes(&first), all[..7]);
    let info = &first["data"]["carriers"]["pageInfo"];
    let second = house
        .ask_with(PAGE, json!({ "first": 7, "after": info["endCursor"] }))
        .await;
    assert_eq!(codes(&second), all[7..14]);
    let info = &second["data"]["carriers"]["pageInfo"];
    assert_eq!(info["hasPreviousPage"], true);
    let back = house
        .ask_with(PAGE, json!({ "last": 3, "before": info["startCursor"] }))
        .await;
    assert_eq!(codes(&back), all[4..7]);
    let end = house.ask_with(PAGE, json!({ "last": 2 })).await;
    assert_eq!(codes(&end), all[all.len() - 2..]);
    assert_eq!(house.calls(Endpoint::Carriers), 1);
    age(Duration::from_secs(24 * 60 * 60)).await;
    house.ask_with(PAGE, json!({ "first": 1 })).await;
    assert_eq!(house.calls(Endpoint::Carriers), 2);
}

#[tokio::test]
async fn carriers_are_found_by_code_name_chinese_name_and_country() {
    let house = House::without_limits().await;
    for (variables, found) in [
        (json!({ "search": "FEDEX" }), "fedex"),
        (json!({ "search": "china ems" }), "china-ems"),
        (json!({ "search": "中国邮政" }), "china-post"),
        (json!({ "country": "de" }), "dhl-germany"),
    ] {
        let answer = house.ask_with(PAGE, variables.clone()).await;
        assert!(
            codes(&answer).iter().any(|code| code == found),
            "{variables}: {answer}"
        );
    }
    let nothing = house
        .ask_with(PAGE, json!({ "search": "no such carrier" }))
        .await;
    assert_eq!(nothing["data"]["carriers"]["totalCount"], 0);
}

#[tokio::test]
async fn names_come_in_the_language_that_is_asked_for_and_the_id_leads_back() {
    let house = House::without_limits().await;
    let answer = house
        .ask(r#"{ carrier(code: "China-EMS") { id code name chinese: name(language: CN) chineseName homepage logo kind phone country { code } } }"#)
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let carrier = &answer["data"]["carrier"];
    assert_eq!(carrier["code"], "china-ems");
    assert!(carrier["name"].as_str().unwrap().is_ascii());
    assert!(!carrier["chinese"].as_str().unwrap().is_ascii());
    assert!(carrier["homepage"].as_str().unwrap().starts_with("http"));
    let calls = house.sandbox.calls();
    let languages: Vec<_> = calls.iter().map(|call| call.lang.as_deref()).collect();
    assert!(
        languages.contains(&None) && languages.contains(&Some("cn")),
        "{languages:?}"
    );
    assert_eq!(house.calls(Endpoint::Carriers), 2);
    let node = "query($id: ID!) { node(id: $id) { __typename id ... on Carrier { code } } }";
    let node = house.ask_with(node, json!({ "id": carrier["id"] })).await;
    assert_eq!(
        node["data"]["node"],
        json!({ "__typename": "Carrier", "id": carrier["id"], "code": "china-ems" })
    );
}

#[tokio::test]
async fn a_page_of_trackings_with_carriers_names_costs_one_more_call() {
    let house = House::without_limits().await;
    let answer = house
        .ask("{ trackings(first: 50) { nodes { carrier { code name homepage } origin { carrier { name } } } } }")
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    assert_eq!(house.calls(Endpoint::Carriers), 1);
}

#[tokio::test]
async fn when_the_list_cannot_be_had_only_what_comes_from_it_is_null() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }).on(Endpoint::Carriers));
    let answer = house
        .ask(&format!(
            "{{ tracking(ref: {SEED}) {{ status carrier {{ code name }} }} }}"
        ))
        .await;
    assert_eq!(
        answer["data"]["tracking"],
        json!({ "status": "TRANSIT", "carrier": { "code": "china-ems", "name": null } })
    );
    let error = &answer["errors"][0];
    assert_eq!(error["path"], json!(["tracking", "carrier", "name"]));
    assert_eq!(error["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn a_detection_is_paid_for_once_however_many_ask() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 200 }).on(Endpoint::Detect));
    let detect = r#"{ detectCarriers(number: "RN123456789CN") { code } }"#;
    let answers = join_all((0..20).map(|_| house.ask(detect))).await;
    for answer in answers {
        assert_eq!(
            answer["data"]["detectCarriers"][0]["code"], "china-post",
            "{answer}"
        );
    }
    assert_eq!(house.calls(Endpoint::Detect), 1);
    assert_eq!(house.sandbox.stats().quota_left, 9_999.8);
}

#[tokio::test]
async fn a_number_that_fits_no_carrier_is_an_empty_list() {
    let house = House::without_limits().await;
    let answer = house
        .ask(r#"{ detectCarriers(number: "_____") { code } }"#)
        .await;
    assert_eq!(answer, json!({ "data": { "detectCarriers": [] } }));
}
