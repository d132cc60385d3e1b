//! Nobody reads his own change as it was before.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{House, SEED, age, until};

fn look() -> String {
    format!(
        "{{ tracking(ref: {SEED}) {{ title status archived comment freshness {{ fetchedAt }} checkpoints {{ leg }} }} }}"
    )
}

fn update(fields: &str) -> String {
    format!(
        "mutation {{ updateTracking(input: {{ ref: {SEED}, {fields} }}) {{ tracking {{ title }} userErrors {{ code }} }} }}"
    )
}

#[tokio::test]
async fn a_change_is_seen_at_once_without_a_call_and_makes_the_rest_no_younger() {
    let house = House::without_limits().await;
    let before = house.ask(&look()).await["data"]["tracking"].clone();
    let answer = house
        .ask(&update(r#"title: "blue shoes", archived: true"#))
        .await;
    assert_eq!(
        answer["data"]["updateTracking"]["tracking"]["title"], "blue shoes",
        "{answer}"
    );
    let after = house.ask(&look()).await["data"]["tracking"].clone();
    assert_eq!(
        (&after["title"], &after["archived"]),
        (&json!("blue shoes"), &json!(true))
    );
    assert_eq!(after["freshness"], before["freshness"]);
    assert_eq!(after["checkpoints"], before["checkpoints"]);
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test]
async fn what_is_null_or_blank_is_emptied_and_what_is_left_out_stays() {
    let house = House::without_limits().await;
    house
        .ask(&update(r#"title: "blue shoes", orderId: "7""#))
        .await;
    house.ask(&update("title: null")).await;
    let look = format!("{{ tracking(ref: {SEED}) {{ title orderId }} }}");
    let known = house.ask(&look).await["data"]["tracking"].clone();
    assert_eq!(known, json!({ "title": null, "orderId": "7" }));
    let fetch = format!(
        "{{ tracking(ref: {SEED}, freshness: {{ maxAge: \"PT0S\" }}) {{ title orderId }} }}"
    );
    assert_eq!(
        house.ask(&fetch).await["data"]["tracking"],
        known,
        "the service agrees"
    );
}

#[tokio::test]
async fn a_list_call_that_left_before_a_change_does_not_hide_it() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 400 }).on(Endpoint::List));
    let (look, change) = (look(), update(r#"title: "blue shoes""#));
    let changing = async {
        until("the list call", || house.calls(Endpoint::List) == 1).await;
        house.ask(&change).await
    };
    let (_, changed) = tokio::join!(house.ask(&look), changing);
    assert_eq!(
        changed["data"]["updateTracking"]["tracking"]["title"], "blue shoes",
        "{changed}"
    );
    assert_eq!(
        house.ask(&look).await["data"]["tracking"]["title"],
        "blue shoes"
    );
}

#[tokio::test]
async fn a_deleted_tracking_is_gone_at_once_and_can_be_added_again() {
    let house = House::without_limits().await;
    house.ask(&look()).await;
    house
        .ask(&format!(
            "mutation {{ deleteTracking(ref: {SEED}) {{ deletedId }} }}"
        ))
        .await;
    let answer = house.ask(&look()).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "NOT_FOUND",
        "{answer}"
    );
    assert_eq!(house.calls(Endpoint::List), 1);
    house
        .ask(r#"mutation { createTracking(input: { carrierCode: "china-ems", trackingNumber: "LS912989618CN", title: "again" }) { userErrors { code } } }"#)
        .await;
    assert_eq!(
        house.ask(&look()).await["data"]["tracking"]["title"],
        "again"
    );
}

#[tokio::test]
async fn a_parcel_under_a_new_carrier_has_a_new_id_and_the_old_one_leads_nowhere() {
    let house = House::without_limits().await;
    let answer = house
        .ask(&format!(
            r#"mutation {{ changeCarrier(ref: {SEED}, carrierCode: "china-post") {{ tracking {{ id title }} trackingId previousId userErrors {{ code }} }} }}"#
        ))
        .await;
    let payload = &answer["data"]["changeCarrier"];
    assert_eq!(payload["tracking"]["id"], payload["trackingId"], "{answer}");
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let ids = json!({ "ids": [payload["trackingId"], payload["previousId"]] });
    let nodes = house.ask_with(nodes, ids).await;
    assert_eq!(
        nodes["data"]["nodes"],
        json!([{ "id": payload["trackingId"] }, null])
    );
}

#[tokio::test]
async fn forty_updates_of_parcels_that_nobody_asked_for_cost_two_calls() {
    let house = House::without_limits().await;
    let numbers: Vec<String> = {
        let listed = house.sandbox.clone();
        assert!(listed.stats().parcels > 100);
        let answer = house.ask("{ trackings(first: 40) { nodes { id } } }").await;
        let nodes = answer["data"]["trackings"]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        nodes
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let fresh = House::without_limits().await;
    let inputs: Vec<Value> = numbers
        .iter()
        .map(|id| json!({ "ref": { "id": id }, "title": "sale" }))
        .collect();
    let answer = fresh
        .ask_with(
            "mutation($inputs: [UpdateTrackingInput!]!) { updateTrackings(inputs: $inputs) { results { tracking { title } userErrors { code } } } }",
            json!({ "inputs": inputs }),
        )
        .await;
    let results = answer["data"]["updateTrackings"]["results"]
        .as_array()
        .unwrap();
    assert!(
        results.iter().all(|row| row["tracking"]["title"] == "sale"),
        "{answer}"
    );
    assert_eq!(
        (
            fresh.calls(Endpoint::UpdateMore),
            fresh.calls(Endpoint::List)
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn a_translation_is_fetched_once_and_leaves_the_parcel_as_it_is() {
    let house = House::without_limits().await;
    let asks = format!(
        r#"{{ tracking(ref: {SEED}) {{ lastEvent origin {{ checkpoints {{ description }} }} }}
             english: tracking(ref: {SEED}, language: "en") {{ origin {{ checkpoints {{ description }} }} }} }}"#
    );
    for _ in 0..2 {
        let answer = house.ask(&asks).await;
        let text = |name: &str| {
            let checkpoint = &answer["data"][name]["origin"]["checkpoints"][0];
            checkpoint["description"].as_str().unwrap().to_owned()
        };
        assert!(
            text("english").is_ascii() && !text("tracking").is_ascii(),
            "{answer}"
        );
    }
    assert_eq!(
        (house.calls(Endpoint::Single), house.calls(Endpoint::List)),
        (1, 1)
    );
}

#[tokio::test]
async fn a_status_that_is_given_back_to_the_carrier_is_asked_for() {
    let house = House::without_limits().await;
    let set = |status: &str| {
        format!(
            "mutation {{ updateTrackings(inputs: [{{ ref: {SEED}, status: {status} }}]) {{ results {{ tracking {{ status }} }} }} }}"
        )
    };
    let status = |answer: &Value| {
        answer["data"]["updateTrackings"]["results"][0]["tracking"]["status"].clone()
    };
    assert_eq!(status(&house.ask(&set("DELIVERED")).await), "DELIVERED");
    assert_eq!(status(&house.ask(&set("AUTOMATIC")).await), "TRANSIT");
}

#[tokio::test]
async fn a_change_that_was_made_is_no_failure_when_the_tracking_cannot_be_read_after_it() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }).on(Endpoint::List));
    let answer = house.ask(&update(r#"title: "blue shoes""#)).await;
    let payload = &answer["data"]["updateTracking"];
    assert_eq!(
        payload,
        &json!({ "tracking": null, "userErrors": [] }),
        "{answer}"
    );
    assert_eq!(
        answer["errors"][0]["path"],
        json!(["updateTracking", "tracking"])
    );
    assert_eq!(
        house.ask(&look()).await["data"]["tracking"]["title"],
        "blue shoes"
    );
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_looked_for_and_not_remembered_otherwise() {
    let house = House::without_limits().await;
    for (endpoint, changes, title) in [
        (
            Endpoint::Update,
            update(r#"title: "blue shoes""#),
            json!({ "title": "blue shoes" }),
        ),
        (
            Endpoint::UpdateMore,
            format!(
                r#"mutation {{ updateTrackings(inputs: [{{ ref: {SEED}, title: "green shoes" }}]) {{ results {{ userErrors {{ code }} }} }} }}"#
            ),
            json!({ "title": "green shoes" }),
        ),
        (
            Endpoint::Delete,
            format!("mutation {{ deleteTracking(ref: {SEED}) {{ deletedId }} }}"),
            Value::Null,
        ),
    ] {
        let look = format!("{{ tracking(ref: {SEED}) {{ title }} }}");
        house.ask(&look).await;
        house.sandbox.fault(Fault::new(FaultKind::Cut).on(endpoint));
        let answer = house.ask(&changes).await;
        assert!(
            answer["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("may have been"),
            "{answer}"
        );
        assert_eq!(house.ask(&look).await["data"]["tracking"], title);
    }
}

#[tokio::test]
async fn what_cannot_be_emptied_says_so() {
    let house = House::open().await;
    for field in ["archived", "status"] {
        let answer = house
            .ask(&update(&format!("title: \"x\", {field}: null")))
            .await;
        assert_eq!(
            answer["data"]["updateTracking"]["userErrors"][0]["code"], "INVALID",
            "{answer}"
        );
    }
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}

#[tokio::test]
async fn a_translation_follows_its_parcel_and_outlives_changes_of_others() {
    let house = House::without_limits().await;
    let english = format!(r#"{{ tracking(ref: {SEED}, language: "en") {{ title lastEvent }} }}"#);
    house.ask(&english).await;
    house
        .ask(r#"mutation { createTracking(input: { carrierCode: "dhl", trackingNumber: "NEW0000001" }) { userErrors { code } } }"#)
        .await;
    house.ask(&english).await;
    assert_eq!(house.calls(Endpoint::Single), 1);
    house.ask(&update(r#"title: "blue shoes""#)).await;
    assert_eq!(
        house.ask(&english).await["data"]["tracking"]["title"],
        "blue shoes"
    );
    house
        .ask(&format!(
            "mutation {{ deleteTracking(ref: {SEED}) {{ deletedId }} }}"
        ))
        .await;
    let answer = house.ask(&english).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "NOT_FOUND",
        "{answer}"
    );
}

#[tokio::test]
async fn what_lists_never_tell_stays_as_the_shop_sent_it() {
    let house = House::without_limits().await;
    let number = r#"carrierCode: "dhl", trackingNumber: "NEW0000001""#;
    let answer = house
        .ask(&format!(
            r#"mutation {{ createTracking(input: {{ {number}, customerPhone: "+1 555", destinationCountryCode: "US" }}) {{
                tracking {{ customerPhone destinationCountry {{ code }} }} userErrors {{ code }} }} }}"#
        ))
        .await;
    let sent = json!({ "customerPhone": "+1 555", "destinationCountry": { "code": "US" } });
    assert_eq!(
        answer["data"]["createTracking"]["tracking"], sent,
        "{answer}"
    );
    age(Duration::from_secs(3_600)).await;
    let look = format!(
        "{{ tracking(ref: {{ key: {{ {number} }} }}) {{ customerPhone destinationCountry {{ code }} }} }}"
    );
    assert_eq!(house.ask(&look).await["data"]["tracking"], sent);
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test]
async fn an_answer_that_was_slow_does_not_undo_a_later_change() {
    let house = House::without_limits().await;
    house.ask(&look()).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 500 }).on(Endpoint::Update));
    let (slow, quick) = (update(r#"title: "blue shoes""#), update(r#"orderId: "7""#));
    let later = async {
        until("the slow change", || house.calls(Endpoint::Update) == 1).await;
        house.ask(&quick).await
    };
    tokio::join!(house.ask(&slow), later);
    let look = format!("{{ tracking(ref: {SEED}) {{ title orderId }} }}");
    let known = house.ask(&look).await["data"]["tracking"].clone();
    assert_eq!(known, json!({ "title": "blue shoes", "orderId": "7" }));
}

#[tokio::test]
async fn a_call_that_left_before_a_lost_change_does_not_dispel_the_doubt() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 500 }).on(Endpoint::List));
    house
        .sandbox
        .fault(Fault::new(FaultKind::Cut).on(Endpoint::Update));
    let (look, change) = (look(), update(r#"title: "blue shoes""#));
    let changing = async {
        until("the list call", || house.calls(Endpoint::List) == 1).await;
        house.ask(&change).await
    };
    tokio::join!(house.ask(&look), changing);
    assert_eq!(
        house.ask(&look).await["data"]["tracking"]["title"],
        "blue shoes"
    );
}

#[tokio::test]
async fn a_call_that_left_before_a_move_does_not_hide_the_parcel_under_its_new_carrier() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 500 }).on(Endpoint::List));
    let look = r#"{ tracking(ref: { key: { carrierCode: "china-post", trackingNumber: "LS912989618CN" } }) { status } }"#;
    let change = format!(
        r#"mutation {{ changeCarrier(ref: {SEED}, carrierCode: "china-post") {{ tracking {{ status }} }} }}"#
    );
    let changing = async {
        until("the list call", || house.calls(Endpoint::List) == 1).await;
        house.ask(&change).await
    };
    let (_, changed) = tokio::join!(house.ask(look), changing);
    assert!(
        changed["data"]["changeCarrier"]["tracking"].is_object(),
        "{changed}"
    );
    assert_eq!(house.ask(look).await.get("errors"), None);
}
