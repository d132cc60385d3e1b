//! What operations cost, and that nothing is paid for twice.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{House, SEED, age, until};

#[tokio::test]
async fn the_costs_of_an_operation_are_added_up() {
    let house = House::without_limits().await;
    let answer = house
        .ask_for_costs(
            r#"mutation {
                one: createTracking(input: { carrierCode: "dhl", trackingNumber: "NEW0000001" }) { userErrors { code } }
                more: createTrackings(inputs: [
                    { carrierCode: "dhl", trackingNumber: "NEW0000002" }
                    { carrierCode: "dhl", trackingNumber: "NEW0000003" }
                    { carrierCode: "dhl", trackingNumber: "NEW0000001" }
                ]) { results { userErrors { code } } }
            }"#,
        )
        .await;
    let upstream = &answer["extensions"]["upstream"];
    assert_eq!(upstream["quotaSpent"], 3.0, "{answer}");
    assert_eq!(
        (&upstream["calls"], &upstream["keysBatched"]),
        (&json!(2), &json!(3))
    );
    let asks = r#"{
        detectCarriers(number: "RN123456789CN") { code }
        airWaybills(numbers: ["172-28891936", "172-28891937"]) { number }
    }"#;
    let first = house.ask_for_costs(asks).await;
    assert_eq!(
        first["extensions"]["upstream"]["quotaSpent"], 40.2,
        "{first}"
    );
    let again = house.ask_for_costs(asks).await;
    let upstream = &again["extensions"]["upstream"];
    assert_eq!(
        (&upstream["quotaSpent"], &upstream["calls"]),
        (&json!(0.0), &json!(0))
    );
    assert_eq!(upstream["cacheHits"], 3);
    assert_eq!(house.sandbox.stats().quota_left, 10_000.0 - 3.0 - 40.2);
}

#[tokio::test]
async fn many_parcels_are_one_call_and_then_none() {
    let house = House::without_limits().await;
    let asks = format!(
        "{{ trackingsByRef(refs: [{SEED}, {{ key: {{ carrierCode: \"dhl\", trackingNumber: \"NOSUCHNUMBER1\" }} }}]) {{ status }} }}"
    );
    let first = house.ask_for_costs(&asks).await["extensions"]["upstream"].clone();
    assert_eq!(
        (&first["calls"], &first["keysBatched"]),
        (&json!(1), &json!(2))
    );
    let second = house.ask_for_costs(&asks).await["extensions"]["upstream"].clone();
    assert_eq!(
        (&second["calls"], &second["cacheHits"]),
        (&json!(0), &json!(2))
    );
}

#[tokio::test]
async fn costs_are_told_only_to_who_asks_for_them() {
    let house = House::open().await;
    assert_eq!(house.ask("{ __typename }").await.get("extensions"), None);
    let response = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(house.graphql())
        .header("Parcelgraph-Extensions", "weather")
        .json(&json!({ "query": "{ __typename }" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    let answer: Value = response.json().await.unwrap();
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("upstream")
    );
}

#[tokio::test]
async fn a_question_that_was_paid_for_and_lost_is_not_repeated_by_itself() {
    let house = House::without_limits().await;
    for (endpoint, asks) in [
        (
            Endpoint::AirCargo,
            r#"{ airWaybills(numbers: ["172-28891936"]) { number } }"#,
        ),
        (
            Endpoint::Detect,
            r#"{ detectCarriers(number: "RN123456789CN") { code } }"#,
        ),
    ] {
        house.sandbox.fault(Fault::new(FaultKind::Cut).on(endpoint));
        let answer = house.ask(asks).await;
        let error = &answer["errors"][0];
        assert_eq!(
            error["extensions"]["code"], "UPSTREAM_UNAVAILABLE",
            "{answer}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("quota may have been spent") && message.contains("account"),
            "{answer}"
        );
        assert_eq!(house.calls(endpoint), 1);
    }
}

#[tokio::test]
async fn the_account_shows_at_once_what_was_spent_here() {
    let house = House::without_limits().await;
    let left = "{ account { trackingsLeft } }";
    assert_eq!(
        house.ask(left).await["data"]["account"]["trackingsLeft"],
        10_000
    );
    house.ask(r#"mutation { createTracking(input: { carrierCode: "dhl", trackingNumber: "NEW0000001" }) { userErrors { code } } }"#).await;
    assert_eq!(
        house.ask(left).await["data"]["account"]["trackingsLeft"],
        9_999
    );
    assert_eq!(
        house.ask(left).await["data"]["account"]["trackingsLeft"],
        9_999
    );
    assert_eq!(house.calls(Endpoint::UserInfo), 2);
}

#[tokio::test]
async fn when_the_account_cannot_be_asked_older_figures_are_given_and_marked() {
    let house = House::without_limits().await;
    let asks = "{ account { trackingsLeft stale } }";
    house.ask(asks).await;
    age(Duration::from_secs(31)).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }));
    let answer = house.ask(asks).await;
    assert_eq!(
        answer["data"]["account"],
        json!({ "trackingsLeft": 10_000, "stale": true })
    );
}

#[tokio::test]
async fn what_was_paid_for_is_remembered_even_if_nobody_waits_for_it_any_more() {
    let house = House::without_limits().await;
    let asks = r#"{ airWaybills(numbers: ["172-28891936"]) { number } }"#;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 300 }).on(Endpoint::AirCargo));
    let hangs_up = timeout(Duration::from_millis(100), house.ask(asks)).await;
    assert!(hangs_up.is_err());
    let answer = house.ask_for_costs(asks).await;
    assert_eq!(
        answer["data"]["airWaybills"][0]["number"], "172-28891936",
        "{answer}"
    );
    // It was bought for whoever is still there.
    assert_eq!(answer["extensions"]["upstream"]["quotaSpent"], 20.0);
    assert_eq!(house.calls(Endpoint::AirCargo), 1);
}

#[tokio::test]
async fn nothing_is_paid_for_after_its_caller_hung_up_even_while_a_call_of_his_is_out() {
    let house = House::open().await;
    let slow = Fault::new(FaultKind::Slow { delay_ms: 2_500 });
    house.sandbox.fault(slow.on(Endpoint::AirCargo));
    let asks = r#"{ airWaybills(numbers: ["172-28891936", "172-28891937"]) { number } }"#;
    let hangs_up = async {
        tokio::select! {
            answer = house.ask(asks) => panic!("{answer}"),
            () = until("the first call", || house.calls(Endpoint::AirCargo) == 1) => {}
        }
    };
    hangs_up.await;
    // It comes after what waited for the slot before.
    let answer = house.ask("{ statusCounts { total } }").await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    assert_eq!(house.calls(Endpoint::AirCargo), 1);
}

#[tokio::test]
async fn strangers_questions_ride_in_one_call() {
    let house = House::open().await;
    // The first takes the free slot; the others wait for the next one together.
    let asks = |number: usize| {
        format!(
            r#"{{ remoteAreas(areas: [{{ countryCode: "JP", postcode: "{number:07}" }}]) {{ remote }} }}"#
        )
    };
    let operations: Vec<String> = (0..30).map(asks).collect();
    let answers = join_all(operations.iter().map(|operation| house.ask(operation))).await;
    assert!(
        answers.iter().all(|answer| answer.get("errors").is_none()),
        "{answers:?}"
    );
    assert!(house.calls(Endpoint::Remote) <= 2);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn who_waits_for_what_is_being_paid_for_is_told_what_became_of_it() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.patience = Duration::from_millis(300);
        settings.call_timeout = Duration::from_secs(2);
    })
    .await;
    let asks = r#"{ airWaybills(numbers: ["172-28891936"]) { number } }"#;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 800 }).on(Endpoint::AirCargo));
    assert_eq!(
        house.ask(asks).await["data"]["airWaybills"][0]["number"],
        "172-28891936"
    );
    let other = r#"{ airWaybills(numbers: ["172-28891937"]) { number } }"#;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Hang).on(Endpoint::AirCargo));
    let answer = house.ask(other).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "TIMEOUT",
        "{answer}"
    );
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("quota may have been spent"), "{answer}");
    assert_eq!(house.calls(Endpoint::AirCargo), 2);
}

#[tokio::test]
async fn an_old_answer_does_not_hide_that_a_new_one_may_have_been_paid_for() {
    let house = House::without_limits().await;
    let asks =
        r#"{ airWaybills(numbers: ["172-28891936"]) { number stale } account { trackingsLeft } }"#;
    let first = house.ask(asks).await;
    assert_eq!(first["data"]["airWaybills"][0]["stale"], false);
    age(Duration::from_secs(2 * 60 * 60)).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Cut).on(Endpoint::AirCargo));
    let answer = house.ask(asks).await;
    assert_eq!(answer["data"]["airWaybills"], json!([null]));
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("look at account"),
        "{answer}"
    );
    // Which shows what is left now, and not what was left before.
    let left = house.ask("{ account { trackingsLeft } }").await;
    assert_eq!(left["data"]["account"]["trackingsLeft"], 9_960);
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }).on(Endpoint::AirCargo));
    assert!(
        house.ask(asks).await["errors"].is_array(),
        "a 500 may have been paid for as well"
    );
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 503 }).on(Endpoint::AirCargo));
    assert_eq!(
        house.ask(asks).await["data"]["airWaybills"][0]["stale"],
        true
    );
}

#[tokio::test]
async fn one_operation_cannot_spend_the_whole_account_on_questions() {
    let house = House::without_limits().await;
    let fields: String = (0..3)
        .map(|field| {
            let numbers: Vec<String> = (0..10)
                .map(|row| format!("\"172-1{field}{row:06}\""))
                .collect();
            format!(
                "f{field}: airWaybills(numbers: [{}]) {{ number }} ",
                numbers.join(", ")
            )
        })
        .collect();
    let answer = house.ask_for_costs(&format!("{{ {fields} }}")).await;
    let errors = answer["errors"].as_array().unwrap().iter();
    let codes: Vec<_> = errors
        .map(|error| error["extensions"]["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes
            .iter()
            .filter(|code| **code == "QUERY_TOO_COMPLEX")
            .count(),
        10,
        "{codes:?}"
    );
    assert_eq!(answer["extensions"]["upstream"]["quotaSpent"], 400.0);
}

#[tokio::test]
async fn when_the_quota_is_not_enough_for_all_as_many_are_answered_as_it_is_enough_for() {
    let house = House::without_limits().await;
    house.sandbox.set_quota(100.0);
    let numbers: Vec<String> = (0..10).map(|row| format!("\"172-11{row:06}\"")).collect();
    let asks = format!(
        "{{ airWaybills(numbers: [{}]) {{ number }} }}",
        numbers.join(", ")
    );
    let answer = house.ask(&asks).await;
    let waybills = answer["data"]["airWaybills"].as_array().unwrap();
    assert_eq!(
        waybills
            .iter()
            .filter(|waybill| waybill.is_object())
            .count(),
        5,
        "{answer}"
    );
    let errors = answer["errors"].as_array().unwrap();
    assert!(
        errors
            .iter()
            .all(|error| error["extensions"]["code"] == "QUOTA_EXHAUSTED"),
        "{answer}"
    );
    assert_eq!(house.sandbox.stats().quota_left, 0.0);
}

#[tokio::test]
async fn a_row_that_the_service_does_not_like_fails_alone() {
    let house = House::without_limits().await;
    // The service refuses the whole call, and then again the half with the first area in it.
    house.sandbox.fault(
        Fault::new(FaultKind::Meta { code: 4012 })
            .on(Endpoint::Remote)
            .times(4),
    );
    let areas: Vec<String> = (0..8)
        .map(|area| format!("{{ countryCode: \"JP\", postcode: \"{area:07}\" }}"))
        .collect();
    let asks = format!(
        "{{ remoteAreas(areas: [{}]) {{ postcode }} }}",
        areas.join(", ")
    );
    let answer = house.ask(&asks).await;
    let areas = answer["data"]["remoteAreas"].as_array().unwrap();
    assert!(
        areas[0].is_null() && areas[1..].iter().all(Value::is_object),
        "{answer}"
    );
    assert_eq!(answer["errors"][0]["path"], json!(["remoteAreas", 0]));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_waybill_that_nobody_knows_is_told_what_may_be_meant() {
    let house = House::without_limits().await;
    let answer = house
        .ask(r#"{ airWaybills(numbers: ["172-00028891"]) { number } }"#)
        .await;
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.ends_with("mistyped, so 172-00028895 may be meant"),
        "{message}"
    );
}
