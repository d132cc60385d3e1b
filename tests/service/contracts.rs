//! How fresh the caller wants his answer, and what he gets if it cannot be.

use std::time::Duration;

use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::look::{
    FIELDS, MINUTE, argument, broken, code, house_that_knows, look, retitle, settled, slow,
    stale_reason,
};
use crate::support::{House, SEED, until};

#[tokio::test]
async fn the_callers_age_decides_whether_anything_is_fetched() {
    for (minutes, terms, reason, calls) in [
        (6, r#"maxAge: "PT10M""#, Value::Null, 1),
        (6, r#"maxAge: "PT5M""#, Value::Null, 2),
        (0, r#"maxAge: "PT0S""#, Value::Null, 2),
        (11, "otherwise: WAIT", Value::Null, 2),
        (15, r#"maxAge: "PT1H""#, json!("ACCEPTED"), 1),
        (
            15,
            r#"maxAge: "PT1H", otherwise: ERROR"#,
            json!("ACCEPTED"),
            1,
        ),
        (6, r#"maxAge: "PT5M", otherwise: ERROR"#, Value::Null, 2),
        (
            6,
            r#"maxAge: "PT5M", otherwise: STALE"#,
            json!("REVALIDATING"),
            2,
        ),
        (3_000, "otherwise: STALE", json!("REVALIDATING"), 2),
    ] {
        let house = house_that_knows(minutes * MINUTE).await;
        let answer = house.ask(&look(terms)).await;
        assert_eq!(*stale_reason(&answer), reason, "{terms}: {answer}");
        until("the call", || house.calls(Endpoint::List) >= calls).await;
        // A list call that had left before this one would have arrived before it.
        let answer = house.ask("{ statusCounts { total } }").await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        assert_eq!(house.calls(Endpoint::List), calls, "{terms}");
    }
}

#[tokio::test]
async fn after_the_deadline_the_old_one_is_given_and_the_newer_one_is_there_for_the_next() {
    let house = house_that_knows(11 * MINUTE).await;
    house.sandbox.fault(slow(3_000));
    let asked = Instant::now();
    let answer = house.ask(&look(r#"deadline: "PT0.2S""#)).await;
    assert_eq!(*stale_reason(&answer), "TIMEOUT", "{answer}");
    assert!(asked.elapsed() < Duration::from_secs(3));
    settled(&house).await;
    assert_eq!(house.calls(Endpoint::List), 2);
}

#[tokio::test]
async fn who_would_wait_for_a_slot_past_his_deadline_is_answered_at_once_and_does_not_ask_in_vain()
{
    let house = House::open().await;
    house.ask(&look("")).await;
    let terms = |otherwise: &str| {
        look(&format!(
            r#"maxAge: "PT0S", deadline: "PT0.01S", otherwise: {otherwise}"#
        ))
    };
    let answer = house.ask(&terms("WAIT")).await;
    assert_eq!(*stale_reason(&answer), "THROTTLED", "{answer}");
    until("the call", || house.calls(Endpoint::List) == 2).await;
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn who_joins_a_call_that_left_before_he_asked_is_told_of_no_earlier_moment_than_he_accepts() {
    let house = House::without_limits().await;
    house.sandbox.fault(slow(1_500));
    let usual = look("");
    let later = async {
        until("the call", || house.calls(Endpoint::List) == 1).await;
        let seen = Instant::now();
        until("a while", || seen.elapsed() > Duration::from_millis(20)).await;
        let newest = look(r#"maxAge: "PT0S", otherwise: ERROR"#);
        let accepts = look(r#"maxAge: "PT10S", otherwise: ERROR"#);
        tokio::join!(house.ask(&newest), house.ask(&accepts))
    };
    let (first, (newest, accepts)) = tokio::join!(house.ask(&usual), later);
    let fetched_at = |answer: &Value| {
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"]["tracking"]["freshness"]["fetchedAt"].clone()
    };
    assert_eq!(house.calls(Endpoint::List), 2);
    assert_eq!(fetched_at(&accepts), fetched_at(&first));
    assert_ne!(fetched_at(&newest), fetched_at(&first));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_servers_patience_whatever_his_deadline() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.patience = Duration::from_millis(300);
    })
    .await;
    house.sandbox.fault(slow(5_000));
    let asked = Instant::now();
    let answer = house.ask(&look(r#"deadline: "PT20S""#)).await;
    assert_eq!(code(&answer), "TIMEOUT", "{answer}");
    assert!(asked.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn who_wants_no_old_answer_gets_the_reason_instead() {
    let wait = r#"maxAge: "PT1M", otherwise: WAIT, deadline: "PT0.3S""#;
    let error = r#"maxAge: "PT1M", otherwise: ERROR, deadline: "PT0.3S""#;
    for (fault, reason) in [
        (slow(2_000), "TIMEOUT"),
        (broken(500), "UPSTREAM_UNAVAILABLE"),
        (broken(429), "THROTTLED"),
    ] {
        for (terms, is_error) in [(wait, false), (error, true)] {
            let house = house_that_knows(5 * MINUTE).await;
            house.sandbox.fault(fault.clone());
            let answer = house.ask(&look(terms)).await;
            if is_error {
                assert_eq!(code(&answer), reason, "{answer}");
            } else {
                assert_eq!(*stale_reason(&answer), reason, "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn during_a_silence_nobody_is_told_that_a_newer_one_is_on_its_way() {
    let house = house_that_knows(11 * MINUTE).await;
    house.sandbox.fault(broken(429));
    house.ask(&look("otherwise: WAIT")).await;
    house.sandbox.clear_calls();
    for terms in ["", "otherwise: STALE", "otherwise: WAIT"] {
        let answer = house.ask(&look(terms)).await;
        assert_eq!(*stale_reason(&answer), "THROTTLED", "{terms}: {answer}");
    }
    assert_eq!(house.sandbox.calls().len(), 0);
}

#[tokio::test]
async fn one_parcel_under_several_contracts_of_one_operation_is_fetched_once_and_each_is_kept() {
    let house = house_that_knows(15 * MINUTE).await;
    retitle(&house, "red shoes").await;
    let field = |name: &str, terms: &str| {
        format!(
            "{name}: tracking(ref: {SEED}{}) {{ {FIELDS} }}",
            argument(terms)
        )
    };
    let asks = [
        field("usual", ""),
        field("patient", r#"maxAge: "PT1H""#),
        field("hasty", r#"maxAge: "PT1M", otherwise: STALE"#),
        field("strict", r#"maxAge: "PT0S", otherwise: ERROR"#),
        format!(
            "many: trackingsByRef(refs: [{SEED}], freshness: {{ maxAge: \"PT0S\" }}) {{ {FIELDS} }}"
        ),
    ];
    let answer = house.ask(&format!("{{ {} }}", asks.join(" "))).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let data = &answer["data"];
    for (tracking, reason) in [
        (&data["usual"], json!("REVALIDATING")),
        (&data["patient"], json!("ACCEPTED")),
        (&data["hasty"], json!("REVALIDATING")),
        (&data["strict"], Value::Null),
        (&data["many"][0], Value::Null),
    ] {
        assert_eq!(tracking["freshness"]["staleReason"], reason, "{answer}");
        let is_new = tracking["title"] == "red shoes";
        assert_eq!(is_new, reason.is_null(), "{answer}");
    }
    assert_eq!(house.calls(Endpoint::List), 2);
}

#[tokio::test]
async fn a_duration_that_makes_no_sense_is_refused_before_anything_is_asked() {
    let house = House::without_limits().await;
    for (duration, reason) in [
        ("-PT1S", "negative"),
        ("P1M", "months"),
        ("P31D", "30 days"),
        ("15 minutes", "ISO 8601"),
    ] {
        let variables = json!({ "age": duration });
        let by_variable = format!(
            "query($age: Duration) {{ tracking(ref: {SEED}, freshness: {{ maxAge: $age }}) {{ status }} }}"
        );
        for answer in [
            house.ask(&look(&format!("maxAge: {duration:?}"))).await,
            house.ask_with(&by_variable, variables).await,
        ] {
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
            assert!(
                error["message"].as_str().unwrap().contains(reason),
                "{answer}"
            );
        }
    }
    let both = format!(
        "{{ tracking(ref: {SEED}, language: \"en\", freshness: {{ maxAge: \"PT1M\" }}) {{ status }} }}"
    );
    assert_eq!(code(&house.ask(&both).await), "BAD_USER_INPUT");
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}
