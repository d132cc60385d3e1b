//! What fails in a call that strangers share fails for the one whom it concerns.

use std::time::Duration;

use futures_util::future::join;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{House, SEED, ask_all, codes, create, create_many, number, until};

#[tokio::test]
async fn the_one_who_makes_a_shared_call_fail_is_found_and_fails_alone() {
    let house = House::with_other_calls(4, Duration::from_millis(1_500)).await;
    // All four, the first two, and the first alone.
    let refusals = Fault::new(FaultKind::Meta { code: 4014 }).times(3);
    house.sandbox.fault(refusals);
    let operations: Vec<String> = (0..4).map(|row| create("dhl", &number(row))).collect();
    let answers = ask_all(&house, &operations).await;
    let codes = codes(&answers, "createTracking");
    assert_eq!((codes["OK"], codes["INVALID"]), (3, 1), "{codes:?}");
    let fills: Vec<_> = house
        .sandbox
        .calls()
        .iter()
        .map(|call| call.numbers)
        .collect();
    assert_eq!(fills, [4, 2, 1, 1, 2]);
    assert_eq!(house.sandbox.stats().quota_left, 9_997.0);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn a_conflict_that_may_be_about_any_of_several_is_told_to_the_one_who_caused_it() {
    let house = House::without_limits().await;
    let refusals = Fault::new(FaultKind::Meta { code: 4016 }).times(2);
    house.sandbox.fault(refusals);
    let answer = house.ask(&create_many(0..2)).await;
    let results = &answer["data"]["createTrackings"]["results"];
    assert_eq!(results[0]["userErrors"][0]["code"], "ALREADY_EXISTS");
    assert!(results[1]["tracking"].is_object(), "{answer}");
}

#[tokio::test]
async fn when_not_even_one_can_be_paid_for_no_further_one_is_tried() {
    let house = House::without_limits().await;
    let refusals = Fault::new(FaultKind::Meta { code: 4021 }).times(1_000);
    house.sandbox.fault(refusals);
    let answer = house.ask(&create_many(0..50)).await;
    let errors = answer["errors"].as_array().unwrap().iter();
    let exhausted = errors.filter(|error| error["extensions"]["code"] == "QUOTA_EXHAUSTED");
    assert_eq!(exhausted.count(), 50, "{answer}");
    let fills: Vec<_> = house
        .sandbox
        .calls()
        .iter()
        .map(|call| call.numbers)
        .collect();
    assert_eq!(fills, [40, 20, 10, 5, 2, 1]);
}

#[tokio::test]
async fn when_a_shared_call_is_cut_off_each_is_told_that_his_may_have_been_carried_out() {
    let house = House::open().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Cut).on(Endpoint::Batch));
    let operations: Vec<String> = (0..3).map(|row| create("dhl", &number(row))).collect();
    for answer in ask_all(&house, &operations).await {
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
        assert!(error["message"].as_str().unwrap().contains("may have been"));
    }
    assert_eq!(house.sandbox.calls().len(), 1);
    let look = r#"{ tracking(ref: { key: { carrierCode: "dhl", trackingNumber: "NEW0000002" } }) { status } }"#;
    let known = house.ask(look).await;
    assert_eq!(known["data"]["tracking"]["status"], "PENDING", "{known}");
}

#[tokio::test]
async fn who_hangs_up_before_his_call_leaves_pays_nothing_and_the_others_are_served() {
    let house = House::open().await;
    let hangs_up = create("dhl", &number(0));
    let patience = Duration::from_millis(300);
    assert!(timeout(patience, house.ask(&hangs_up)).await.is_err());
    let stays = house.ask(&create("dhl", &number(1))).await;
    assert_eq!(
        stays["data"]["createTracking"]["userErrors"],
        json!([]),
        "{stays}"
    );
    let calls = house.sandbox.calls();
    assert_eq!((calls.len(), calls[0].numbers), (1, 1));
    assert_eq!(house.sandbox.stats().quota_left, 9_999.0);
}

#[tokio::test]
async fn who_hangs_up_after_his_call_left_is_served_all_the_same() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 400 }).on(Endpoint::Update));
    let update = format!(
        r#"mutation {{ updateTracking(input: {{ ref: {SEED}, title: "blue shoes" }}) {{ userErrors {{ code }} }} }}"#
    );
    let patience = Duration::from_millis(200);
    assert!(timeout(patience, house.ask(&update)).await.is_err());
    // A later change of the same tracking waits for it.
    let later = format!(
        r#"mutation {{ updateTracking(input: {{ ref: {SEED}, orderId: "7" }}) {{ tracking {{ title orderId }} }} }}"#
    );
    let answer = house.ask(&later).await;
    assert_eq!(
        answer["data"]["updateTracking"]["tracking"],
        json!({ "title": "blue shoes", "orderId": "7" })
    );
}

#[tokio::test]
async fn who_would_wait_in_vain_is_told_at_once_when_to_come_back() {
    let house = House::with_other_calls(1, Duration::from_secs(3)).await;
    let operations: Vec<String> = (0..200).map(|row| create("dhl", &number(row))).collect();
    let answers = ask_all(&house, &operations).await;
    let codes = codes(&answers, "createTracking");
    assert_eq!((codes["OK"], codes["THROTTLED"]), (80, 120), "{codes:?}");
    let refused = answers.iter().filter_map(|answer| answer.get("errors"));
    for error in refused {
        assert_eq!(error[0]["extensions"]["retryAfter"], 9, "{error}");
    }
    assert_eq!(house.sandbox.stats().quota_left, 9_920.0);
}

#[tokio::test]
async fn a_list_may_take_longer_than_a_caller_waits_for_one_call() {
    let house = House::with(|settings| settings.tracker.patience = Duration::from_secs(2)).await;
    let answer = house.ask(&create_many(0..90)).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let fills: Vec<_> = house
        .sandbox
        .calls()
        .iter()
        .map(|call| call.numbers)
        .collect();
    assert_eq!(fills, [40, 40, 10]);
}

#[tokio::test]
async fn who_loses_patience_behind_a_change_that_is_out_is_told_that_his_was_not_sent() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.patience = Duration::from_millis(400);
        settings.call_timeout = Duration::from_millis(1_500);
    })
    .await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Hang).on(Endpoint::Update));
    let update = |title: &str| {
        format!(
            "mutation {{ updateTracking(input: {{ ref: {SEED}, title: \"{title}\" }}) {{ userErrors {{ code }} }} }}"
        )
    };
    let (hangs, waits) = (update("hangs"), update("waits"));
    let behind = async {
        until("the first change", || house.calls(Endpoint::Update) == 1).await;
        let answer = house.ask(&waits).await;
        assert_eq!(house.calls(Endpoint::Update), 1);
        answer
    };
    let (hangs, waits) = join(house.ask(&hangs), behind).await;
    assert_eq!(waits["errors"][0]["extensions"]["code"], "THROTTLED");
    let error = &hangs["errors"][0];
    assert_eq!(error["extensions"]["code"], "TIMEOUT", "{hangs}");
    assert!(error["message"].as_str().unwrap().contains("may have been"));
    let look = format!("{{ tracking(ref: {SEED}) {{ title }} }}");
    let known = house.ask(&look).await;
    assert_eq!(known["data"]["tracking"]["title"], "hangs", "{known}");
}
