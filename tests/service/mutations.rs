//! Changing things.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{House, SEED, age, until};

fn create(input: &str) -> String {
    format!(
        "mutation {{ createTracking(input: {{ {input} }}) {{ tracking {{ id status title orderId }} userErrors {{ field code message }} }} }}"
    )
}

fn refresh(reference: &str) -> String {
    format!(
        "mutation {{ refreshTracking(ref: {reference}, deadline: \"PT15S\") {{ tracking {{ status createdAt checkpoints {{ description }} }} userErrors {{ field code message }} }} }}"
    )
}

#[tokio::test]
async fn a_new_tracking_is_there_at_once_and_the_call_is_the_documented_one() {
    let house = House::without_limits().await;
    let number = r#"carrierCode: "china-post", trackingNumber: "RR987654326CN""#;
    let asked = format!("{{ tracking(ref: {{ key: {{ {number} }} }}) {{ title }} }}");
    let before = house.ask(&asked).await;
    assert_eq!(before["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let answer = house
        .ask(&create(&format!(
            "{number}, title: \"red shoes\", orderId: \"1001\", orderTime: \"2017/8/27 16:51\", destinationCountryCode: \"us\", language: \"EN\", comment: \" \""
        )))
        .await;
    let payload = &answer["data"]["createTracking"];
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["tracking"]["status"], "PENDING");
    assert_eq!(payload["tracking"]["title"], "red shoes");
    let call = house.sandbox.calls().pop().unwrap();
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("POST", "/v2/trackings/post")
    );
    assert_eq!(
        call.body,
        Some(json!({
            "tracking_number": "RR987654326CN", "carrier_code": "china-post", "title": "red shoes", "order_id": "1001",
            "order_create_time": "2017/8/27 16:51", "destination_code": "US", "lang": "en",
        }))
    );
    assert_eq!(
        house.ask(&asked).await["data"]["tracking"]["title"],
        "red shoes"
    );
}

#[tokio::test]
async fn what_a_person_can_mend_is_data_with_the_path_of_the_argument() {
    let house = House::without_limits().await;
    let seed = r#"carrierCode: "china-ems", trackingNumber: "LS912989618CN""#;
    for (input, field, expected) in [
        (
            r#"carrierCode: "dhl", trackingNumber: "!!""#,
            json!(["input", "trackingNumber"]),
            "INVALID",
        ),
        (
            r#"carrierCode: "", trackingNumber: "12345678""#,
            json!(["input", "carrierCode"]),
            "INVALID",
        ),
        (
            r#"carrierCode: "no-such-carrier", trackingNumber: "12345678""#,
            json!(["input", "carrierCode"]),
            "INVALID",
        ),
        (
            &format!("{seed}, destinationCountryCode: \"USA\""),
            json!(["input", "destinationCountryCode"]),
            "INVALID",
        ),
        (
            &format!("{seed}, language: \"english\""),
            json!(["input", "language"]),
            "INVALID",
        ),
        (seed, json!(["input"]), "ALREADY_EXISTS"),
    ] {
        let answer = house.ask(&create(input)).await;
        assert_eq!(answer.get("errors"), None, "{input}: {answer}");
        let payload = &answer["data"]["createTracking"];
        assert_eq!(payload["tracking"], Value::Null);
        assert_eq!(
            payload["userErrors"][0]["field"], field,
            "{input}: {answer}"
        );
        assert_eq!(
            payload["userErrors"][0]["code"], expected,
            "{input}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_says_so_is_not_repeated_and_can_be_looked_for() {
    let house = House::without_limits().await;
    let number = r#"carrierCode: "dhl", trackingNumber: "NEW0000001""#;
    let look = format!("{{ tracking(ref: {{ key: {{ {number} }} }}) {{ status }} }}");
    let answer = house.ask(&look).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
    house
        .sandbox
        .fault(Fault::new(FaultKind::Cut).on(Endpoint::Post));
    let answer = house.ask(&create(number)).await;
    assert_eq!(answer["data"]["createTracking"], Value::Null);
    let error = &answer["errors"][0];
    assert_eq!(
        error["extensions"]["code"], "UPSTREAM_UNAVAILABLE",
        "{answer}"
    );
    assert!(
        error["message"].as_str().unwrap().contains("may have"),
        "{answer}"
    );
    assert_eq!(house.calls(Endpoint::Post), 1);
    let answer = house.ask(&look).await;
    assert_eq!(answer["data"]["tracking"]["status"], "PENDING", "{answer}");
}

#[tokio::test]
async fn a_list_that_was_on_its_way_meanwhile_does_not_hide_a_new_tracking() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 500 }).on(Endpoint::List));
    let list = "{ trackings(first: 1) { totalCount } }";
    let creating = async {
        until("the list call", || house.calls(Endpoint::List) == 1).await;
        house
            .ask(&create(
                r#"carrierCode: "dhl", trackingNumber: "NEW0000001""#,
            ))
            .await
    };
    let (before, _) = tokio::join!(house.ask(list), creating);
    let after = house.ask(list).await;
    let total = |answer: &Value| answer["data"]["trackings"]["totalCount"].as_u64().unwrap();
    assert_eq!(total(&after), total(&before) + 1);
}

#[tokio::test]
async fn a_refresh_shows_what_the_courier_says_and_keeps_what_only_the_account_knows() {
    let house = House::without_limits().await;
    let answer = house.ask(&refresh(SEED)).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let payload = &answer["data"]["refreshTracking"];
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["tracking"]["status"], "TRANSIT");
    assert!(payload["tracking"]["createdAt"].is_string(), "{answer}");
    assert_eq!(house.calls(Endpoint::Realtime), 1);
}

#[tokio::test]
async fn a_second_refresh_within_two_hours_costs_nothing_and_says_when_to_come_back() {
    let house = House::without_limits().await;
    house.ask(&refresh(SEED)).await;
    let answer = house.ask(&refresh(SEED)).await;
    let payload = &answer["data"]["refreshTracking"];
    assert_eq!(payload["tracking"]["status"], "TRANSIT");
    assert_eq!(payload["userErrors"][0]["code"], "COOLING_DOWN");
    assert_eq!(house.calls(Endpoint::Realtime), 1);
    age(Duration::from_secs(2 * 60 * 60 + 1)).await;
    let answer = house.ask(&refresh(SEED)).await;
    assert_eq!(answer["data"]["refreshTracking"]["userErrors"], json!([]));
    assert_eq!(house.calls(Endpoint::Realtime), 2);
}

#[tokio::test]
async fn concurrent_refreshes_of_one_parcel_share_one_call() {
    let house = House::open().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 300 }).on(Endpoint::Realtime));
    let operation = refresh(SEED);
    let answers = join_all((0..20).map(|_| house.ask(&operation))).await;
    for answer in answers {
        assert_eq!(
            answer["data"]["refreshTracking"]["userErrors"],
            json!([]),
            "{answer}"
        );
    }
    assert_eq!(house.calls(Endpoint::Realtime), 1);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn seven_refreshes_never_make_four_calls_in_any_second() {
    let house = House::open().await;
    let listed = house
        .ask("{ trackings(first: 7) { edges { node { id } } } }")
        .await;
    let edges = listed["data"]["trackings"]["edges"]
        .as_array()
        .unwrap()
        .clone();
    let refreshes = edges.iter().map(|edge| {
        let reference = format!("{{ id: {} }}", edge["node"]["id"]);
        let house = &house;
        async move { house.ask(&refresh(&reference)).await }
    });
    for answer in join_all(refreshes).await {
        assert_eq!(
            answer["data"]["refreshTracking"]["userErrors"],
            json!([]),
            "{answer}"
        );
    }
    assert_eq!(house.calls(Endpoint::Realtime), 7);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn a_realtime_answer_is_kept_even_if_the_account_cannot_be_asked() {
    let house = House::without_limits().await;
    house.sandbox.fault(
        Fault::new(FaultKind::Meta { code: 500 })
            .on(Endpoint::List)
            .times(2),
    );
    let answer = house.ask(&refresh(SEED)).await;
    assert_eq!(
        answer["data"]["refreshTracking"]["tracking"]["status"],
        "TRANSIT"
    );
    let look = format!("{{ tracking(ref: {SEED}) {{ status createdAt freshness {{ stale }} }} }}");
    let known = house.ask(&look).await["data"]["tracking"].clone();
    assert_eq!(known["status"], "TRANSIT");
    assert_eq!(known["freshness"]["stale"], true);
    let whole = house.ask(&look).await["data"]["tracking"].clone();
    assert_eq!(whole["freshness"]["stale"], false);
    assert!(whole["createdAt"].is_string(), "{whole}");
}

#[tokio::test]
async fn a_missing_variable_is_told_before_anything_is_carried_out() {
    let house = House::open().await;
    let operation = "mutation Both($id: ID!) {
        a: createTracking(input: { carrierCode: \"dhl\", trackingNumber: \"NEW0000001\" }) { tracking { id } }
        b: deleteTracking(ref: { id: $id }) { deletedId }
    }";
    for variables in [json!({}), json!({ "id": null })] {
        let answer = house.ask_with(operation, variables).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        assert!(
            answer["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("$id"),
            "{answer}"
        );
    }
    assert_eq!(house.sandbox.stats().total_calls(), 0);
    let optional = "query($first: Int! = 1, $after: String) { trackings(first: $first, after: $after) { nodes { id } } }";
    assert_eq!(house.ask(optional).await.get("errors"), None);
}
