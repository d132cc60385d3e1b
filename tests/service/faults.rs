//! An upstream that misbehaves.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

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

fn success(data: &Value) -> Fault {
    let body = json!({ "meta": { "code": 200 }, "data": data });
    Fault::new(FaultKind::Status {
        status: 200,
        body: Some(body.to_string()),
    })
}

#[tokio::test]
async fn a_place_about_which_the_answer_cannot_be_read_is_not_called_near() {
    let house = House::without_limits().await;
    house.sandbox.fault(success(&json!({ "remote": [
        { "far_express_company": "ups", "two_code": "JP", "far_country": "Japan", "far_city_postcode": "762-1094" },
        { "far_express_company": "tnt" },
    ] })));
    let asks = r#"{ remoteAreas(areas: [
        { countryCode: "JP", postcode: "7621094" } { countryCode: "NZ", postcode: "Papaaroha" }
    ]) { remote couriers } }"#;
    let answer = house.ask(asks).await;
    assert_eq!(
        answer["data"]["remoteAreas"],
        json!([{ "remote": true, "couriers": ["ups"] }, null])
    );
    assert_eq!(code(&answer), "UPSTREAM_INVALID", "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["remoteAreas", 1]));
}

#[tokio::test]
async fn an_item_that_names_no_parcel_keeps_its_place_in_the_list() {
    let house = House::without_limits().await;
    let item = |number: &str| json!({ "tracking_number": number, "carrier_code": "dhl" });
    let items = json!([item("FIRST001"), { "status": "transit" }, item("THIRD003")]);
    house
        .sandbox
        .fault(success(&json!({ "total": 3, "items": items })));
    let answer = house
        .ask("{ trackings(first: 3) { nodes { trackingNumber } } }")
        .await;
    assert_eq!(
        answer["data"]["trackings"]["nodes"],
        json!([{ "trackingNumber": "FIRST001" }, null, { "trackingNumber": "THIRD003" }])
    );
    assert_eq!(
        answer["errors"][0]["path"],
        json!(["trackings", "nodes", 1]),
        "{answer}"
    );
}

#[tokio::test]
async fn a_parcel_that_a_nameless_item_may_be_about_is_not_called_missing() {
    let house = House::without_limits().await;
    house.sandbox.fault(success(&json!({ "items": [{}] })));
    let answer = house.ask(&tracking(&parcel(0))).await;
    assert_eq!(code(&answer), "UPSTREAM_INVALID", "{answer}");
    let answer = house.ask(&tracking(&parcel(0))).await;
    assert_eq!(code(&answer), "NOT_FOUND", "{answer}");
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
    let asks = format!(
        "{{ tracking(ref: {SEED}, freshness: {{ otherwise: WAIT }}) {{ status freshness {{ stale }} }} }}"
    );
    let answer = house.ask(&asks).await;
    assert_eq!(answer["data"]["tracking"]["status"], "TRANSIT");
    assert_eq!(answer["data"]["tracking"]["freshness"]["stale"], true);
    let answer = house.ask(&asks).await;
    assert_eq!(answer["data"]["tracking"]["freshness"]["stale"], false);
    assert_eq!(house.calls(Endpoint::List), 3);
}

#[tokio::test]
async fn when_the_upstream_fails_an_older_list_is_given_and_marked_as_stale() {
    let house = House::without_limits().await;
    let list =
        "{ trackings(first: 2) { totalCount nodes { status freshness { stale staleReason } } } }";
    house.ask(list).await;
    age(Duration::from_secs(31)).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }));
    let stale = house.ask(list).await;
    assert_eq!(
        stale["data"]["trackings"]["nodes"][1]["freshness"],
        json!({ "stale": true, "staleReason": "UPSTREAM_UNAVAILABLE" })
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

    // The rest of the time goes by while these are asked for.
    for seconds in [1, 60, 49] {
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

    house.sandbox.advance(Duration::from_secs(11));
    age(Duration::from_secs(11)).await;
    let answer = house.ask(&tracking(&parcel(1))).await;
    assert_eq!(code(&answer), "NOT_FOUND", "{answer}");
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn every_code_of_the_service_has_its_place_in_the_closed_list() {
    let house = House::without_limits().await;
    let asks = format!(r#"{{ tracking(ref: {SEED}, language: "en") {{ status }} }}"#);
    for (number, code) in [
        (202, "QUOTA_EXHAUSTED"),
        (203, "UPSTREAM_INVALID"),
        (401, "UNAUTHENTICATED"),
        (402, "QUOTA_EXHAUSTED"),
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
        (405, "UPSTREAM_INVALID"),
        (409, "CONFLICT"),
        (500, "UPSTREAM_UNAVAILABLE"),
        (503, "UPSTREAM_UNAVAILABLE"),
        (4001, "UNAUTHENTICATED"),
        (4002, "UNAUTHENTICATED"),
        (4012, "BAD_USER_INPUT"),
        (4013, "BAD_USER_INPUT"),
        (4014, "BAD_USER_INPUT"),
        (4015, "BAD_USER_INPUT"),
        (4016, "CONFLICT"),
        (4017, "NOT_FOUND"),
        (4018, "FORBIDDEN"),
        (4019, "QUOTA_EXHAUSTED"),
        (4020, "INTERNAL"),
        (4021, "QUOTA_EXHAUSTED"),
        (4031, "NOT_FOUND"),
        (4032, "NOT_FOUND"),
        (4033, "BAD_USER_INPUT"),
        (4999, "BAD_USER_INPUT"),
        (5001, "UPSTREAM_UNAVAILABLE"),
        // The last one, because nothing is called for a while after it.
        (429, "THROTTLED"),
    ] {
        house
            .sandbox
            .fault(Fault::new(FaultKind::Meta { code: number }));
        let answer = house.ask(&asks).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{number}: {answer}");
        if code != "NOT_FOUND" {
            assert_eq!(extensions["upstreamCode"], number, "{answer}");
        }
        assert!(!answer.to_string().contains("sandbox"), "{answer}");
    }
}

#[tokio::test]
async fn what_is_refused_as_a_whole_is_not_asked_for_again_without_end() {
    for (number, most) in [(4021, 1), (4014, 22)] {
        let house = House::without_limits().await;
        house
            .sandbox
            .fault(Fault::new(FaultKind::Meta { code: number }).times(1_000));
        let refs: Vec<String> = (0..40).map(parcel).collect();
        let asks = format!(
            "{{ trackingsByRef(refs: [{}]) {{ status }} }}",
            refs.join(", ")
        );
        let answer = house.ask_for_costs(&asks).await;
        assert_eq!(answer["errors"].as_array().unwrap().len(), 40);
        let calls = house.calls(Endpoint::List);
        assert!(calls <= most, "{calls} calls for {number}");
        assert_eq!(answer["extensions"]["upstream"]["calls"], calls);
    }
}
