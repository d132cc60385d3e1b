//! An upstream that misbehaves.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::Value;

use crate::support::{House, SEED, age};

fn tracking(reference: &str) -> String {
    format!("{{ tracking(ref: {reference}) {{ status freshness {{ stale }} }} }}")
}

fn parcel(number: usize) -> String {
    format!("{{ key: {{ carrierCode: \"dhl\", trackingNumber: \"COLD{number:06}\" }} }}")
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or("none")
}

#[tokio::test]
async fn every_fault_is_a_typed_error_and_the_next_question_is_answered() {
    let house = House::without_limits_and(|settings| {
        settings.call_timeout = Duration::from_millis(400);
        settings.limits.silence = Duration::ZERO;
    })
    .await;
    let status = |status| FaultKind::Status { status, body: None };
    for (number, (fault, expected)) in [
        (FaultKind::Slow { delay_ms: 2_000 }, "TIMEOUT"),
        (FaultKind::Hang, "TIMEOUT"),
        (FaultKind::Reset, "UPSTREAM_UNAVAILABLE"),
        (status(500), "UPSTREAM_UNAVAILABLE"),
        (status(503), "UPSTREAM_UNAVAILABLE"),
        (FaultKind::Meta { code: 500 }, "UPSTREAM_UNAVAILABLE"),
        (FaultKind::Html { status: 502 }, "UPSTREAM_UNAVAILABLE"),
        (FaultKind::Html { status: 200 }, "UPSTREAM_INVALID"),
        (FaultKind::Cut, "UPSTREAM_UNAVAILABLE"),
        (FaultKind::Garble, "UPSTREAM_INVALID"),
        (FaultKind::Empty, "UPSTREAM_INVALID"),
        (FaultKind::Meta { code: 4001 }, "UNAUTHENTICATED"),
        (FaultKind::Meta { code: 4021 }, "QUOTA_EXHAUSTED"),
        (FaultKind::Meta { code: 4018 }, "FORBIDDEN"),
        (FaultKind::Meta { code: 4999 }, "BAD_USER_INPUT"),
    ]
    .into_iter()
    .enumerate()
    {
        house.sandbox.fault(Fault::new(fault.clone()));
        let answer = house.ask(&tracking(&parcel(number))).await;
        assert_eq!(code(&answer), expected, "{fault:?}: {answer}");
        assert_eq!(answer["data"]["tracking"], Value::Null);
        let answer = house.ask(&tracking(&parcel(number))).await;
        assert_eq!(code(&answer), "NOT_FOUND", "after {fault:?}: {answer}");
    }
}

#[tokio::test]
async fn the_service_that_cannot_be_reached_is_a_typed_error() {
    let house = House::without_limits().await;
    house.sandbox.stop();
    house.sandbox.stopped().await;
    let answer = house.ask(&tracking(&parcel(0))).await;
    assert_eq!(code(&answer), "UPSTREAM_UNAVAILABLE", "{answer}");
}

#[tokio::test]
async fn when_the_upstream_fails_an_older_answer_is_given_and_marked_as_stale() {
    let house = House::without_limits().await;
    house.ask(&tracking(SEED)).await;
    age(Duration::from_secs(601)).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }));
    let answer = house.ask(&tracking(SEED)).await;
    assert_eq!(answer["data"]["tracking"]["status"], "TRANSIT");
    assert_eq!(answer["data"]["tracking"]["freshness"]["stale"], true);
    let answer = house.ask(&tracking(SEED)).await;
    assert_eq!(answer["data"]["tracking"]["freshness"]["stale"], false);
    assert_eq!(house.calls(Endpoint::List), 3);
}

#[tokio::test]
async fn when_the_upstream_fails_an_older_list_is_given_and_marked_as_stale() {
    let house = House::without_limits().await;
    let list = "{ trackings(first: 2) { totalCount nodes { status freshness { stale } } } }";
    house.ask(list).await;
    age(Duration::from_secs(31)).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }));
    let stale = house.ask(list).await;
    assert_eq!(
        stale["data"]["trackings"]["nodes"][1]["freshness"]["stale"],
        true
    );
    let fresh = house.ask(list).await;
    assert_eq!(
        fresh["data"]["trackings"]["nodes"][1]["freshness"]["stale"],
        false
    );
    assert_eq!(house.calls(Endpoint::List), 3);
}

#[tokio::test]
async fn after_a_429_in_the_envelope_nothing_is_called_for_120_seconds_while_cached_answers_go_on()
{
    the_silence_is_kept_after(FaultKind::Meta { code: 429 }).await;
}

#[tokio::test]
async fn after_a_429_in_http_nothing_is_called_for_120_seconds_while_cached_answers_go_on() {
    the_silence_is_kept_after(FaultKind::Status {
        status: 429,
        body: Some("slow down".to_owned()),
    })
    .await;
}

async fn the_silence_is_kept_after(fault: FaultKind) {
    let house = House::without_limits_and(|settings| {
        settings.limits.realtime_per_second = 3;
    })
    .await;
    house.ask(&tracking(SEED)).await;
    house.sandbox.fault(Fault::new(fault));
    let answer = house.ask(&tracking(&parcel(0))).await;
    assert_eq!(code(&answer), "THROTTLED", "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["retryAfter"], 120);
    assert_eq!(answer["errors"][0]["extensions"]["upstreamCode"], 429);
    house.sandbox.clear_calls();

    for seconds in [1, 60, 58] {
        house.sandbox.advance(Duration::from_secs(seconds));
        age(Duration::from_secs(seconds)).await;
        let cached = house.ask(&tracking(SEED)).await;
        assert_eq!(cached["data"]["tracking"]["status"], "TRANSIT", "{cached}");
        for operation in [
            tracking(&parcel(1)),
            format!("mutation {{ refreshTracking(ref: {SEED}) {{ tracking {{ id }} }} }}"),
            "mutation { createTracking(input: { carrierCode: \"dhl\", trackingNumber: \"NEW0001\" }) { userErrors { code } } }".to_owned(),
            "{ trackings { totalCount } }".to_owned(),
        ] {
            let refused = house.ask(&operation).await;
            assert_eq!(code(&refused), "THROTTLED", "{operation}: {refused}");
        }
    }
    assert_eq!(house.sandbox.calls().len(), 0);

    house.sandbox.advance(Duration::from_secs(2));
    age(Duration::from_secs(2)).await;
    let answer = house.ask(&tracking(&parcel(1))).await;
    assert_eq!(code(&answer), "NOT_FOUND", "{answer}");
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}
