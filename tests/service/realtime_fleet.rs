//! Asking carriers now, by several replicas of one account.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{self, Endpoint, Fault, FaultKind};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::realtime::{end, payload, refresh};
use crate::support::{Fleet, Gateway, Plan, Process, SEED, until};

/// Another parcel of the sandbox's.
const OTHER: &str = r#"{ key: { carrierCode: "dhl", trackingNumber: "PG000000000DEMO" } }"#;

const WAIT: Option<&str> = Some("PT14S");

fn fault(fleet: &Fleet, kind: FaultKind) {
    fleet.sandbox.fault(Fault::new(kind).on(Endpoint::Realtime));
}

fn reason(answer: &Value) -> &Value {
    &payload(answer)["ticket"]["reason"]
}

/// Asks until an answer is as it should be.
async fn eventually(gateway: &Gateway, operation: &str, is_right: impl Fn(&Value) -> bool) {
    let asking = async {
        loop {
            let answer = gateway.ask(operation).await;
            if is_right(&answer) {
                return;
            }
        }
    };
    let done = timeout(Duration::from_secs(20), asking).await;
    done.expect("the answer becomes right");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_asks_on_two_replicas_make_one_call_and_all_learn_its_end() {
    let fleet = Fleet::without_limits(2).await;
    fault(&fleet, FaultKind::Slow { delay_ms: 1_500 });
    let operation = refresh(SEED, WAIT);
    let asks = fleet.gateways.iter().cycle().take(100);
    let answers = join_all(asks.map(|gateway| gateway.ask(&operation))).await;
    for answer in &answers {
        assert_eq!(reason(answer), "DONE", "{answer}");
        assert_eq!(
            payload(answer)["tracking"]["freshness"]["source"],
            "REALTIME"
        );
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_replica_tells_the_end_of_a_ticket() {
    let fleet = Fleet::without_limits(2).await;
    fault(&fleet, FaultKind::Slow { delay_ms: 3_000 });
    eventually(&fleet.gateways[0], &refresh(SEED, None), |answer| {
        reason(answer) == "ASKING_CARRIER"
    })
    .await;
    let answer = fleet.gateways[1].ask(&refresh(SEED, None)).await;
    assert_eq!(reason(&answer), "ASKING_CARRIER", "{answer}");
    let ticket = payload(&answer)["ticket"].clone();
    for gateway in fleet.gateways.iter().cycle().take(4) {
        let told = end(&gateway.address, &ticket).await;
        let told = &told["data"]["refreshed"];
        assert_eq!(told["ticket"]["reason"], "DONE", "{told}");
        assert_eq!(told["tracking"]["status"], "TRANSIT", "{told}");
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_reaches_those_who_wait_on_other_replicas() {
    let sandbox = sandbox::Settings {
        limits: sandbox::Limits::OFF,
        speed: 0.0,
        ..sandbox::Settings::default()
    };
    let fleet = Fleet::build(2, sandbox, |settings| {
        settings.limits.realtime_per_second = 0;
        settings.realtime_timeout = Duration::from_secs(2);
    })
    .await;
    fault(&fleet, FaultKind::Hang);
    let operation = refresh(SEED, WAIT);
    let asks = fleet.gateways.iter().map(|gateway| gateway.ask(&operation));
    for answer in join_all(asks).await {
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "TIMEOUT", "{answer}");
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_not_asked_for_once_more_by_each_replica() {
    let sandbox = sandbox::Settings {
        speed: 0.0,
        ..sandbox::Settings::default()
    };
    // One call in seven seconds, so that the others join while it waits.
    let fleet = Fleet::build(3, sandbox, |settings| {
        settings.limits.realtime_per_second = 1;
        settings.limits.margin = Duration::from_secs(6);
    })
    .await;
    let answer = fleet.gateways[0].ask(&refresh(OTHER, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    fault(&fleet, FaultKind::Meta { code: 4021 });
    let operation = refresh(SEED, WAIT);
    let asks = fleet.gateways.iter().map(|gateway| gateway.ask(&operation));
    for answer in join_all(asks).await {
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "QUOTA_EXHAUSTED", "{answer}");
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cooldown_holds_on_other_replicas_and_after_a_restart() {
    let mut fleet = Fleet::without_limits(2).await;
    let answer = fleet.gateways[0].ask(&refresh(SEED, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    let told = payload(&answer)["ticket"]["cooldownUntil"].clone();
    fleet.gateways.remove(0);
    fleet.grow().await;
    for gateway in &fleet.gateways {
        let answer = gateway.ask(&refresh(SEED, None)).await;
        assert_eq!(reason(&answer), "COOLING_DOWN", "{answer}");
        assert_eq!(payload(&answer)["tracking"]["status"], "TRANSIT");
        // To a tenth of a second, because each replica reads Redis's clock from afar.
        let until = payload(&answer)["ticket"]["cooldownUntil"].clone();
        let instant = |at: &Value| at.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let apart = instant(&until).duration_since(instant(&told)).abs();
        assert!(apart.as_millis() < 100, "{told} and {until}");
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cooldown_holds_while_redis_is_away_and_when_it_comes_back_empty() {
    let mut fleet = Fleet::without_limits(2).await;
    let answer = fleet.gateways[0].ask(&refresh(SEED, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    // The other one has heard of it when it tells so by itself.
    let known = format!("{{ tracking(ref: {SEED}) {{ freshness {{ realtimeAllowedAt }} }} }}");
    eventually(&fleet.gateways[1], &known, |answer| {
        answer["data"]["tracking"]["freshness"]["realtimeAllowedAt"].is_string()
    })
    .await;
    fleet.redis.kill();
    for gateway in &fleet.gateways {
        until("the end of the session", || {
            gateway.link.as_ref().unwrap().session().is_none()
        })
        .await;
        let answer = gateway.ask(&refresh(SEED, None)).await;
        assert_eq!(reason(&answer), "COOLING_DOWN", "{answer}");
        // Nobody knows what the other one asks.
        let answer = gateway.ask(&refresh(OTHER, WAIT)).await;
        let error = &answer["errors"][0]["extensions"];
        assert_eq!(error["code"], "THROTTLED", "{answer}");
        assert_eq!(error["retryAfter"], 1, "{answer}");
    }
    fleet.redis.restart().await;
    fleet.is_linked().await;
    fleet.grow().await;
    for gateway in &fleet.gateways {
        let answer = gateway.ask(&refresh(SEED, WAIT)).await;
        assert_eq!(reason(&answer), "COOLING_DOWN", "{answer}");
    }
    let answer = fleet.gateways[2].ask(&refresh(OTHER, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    assert_eq!(fleet.calls(Endpoint::Realtime), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_on_its_own_goes_on_without_redis() {
    let mut fleet = Fleet::without_limits(1).await;
    let answer = fleet.gateways[0].ask(&refresh(SEED, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    fleet.redis.kill();
    until("the end of the session", || {
        fleet.gateways[0].link.as_ref().unwrap().session().is_none()
    })
    .await;
    let answer = fleet.gateways[0].ask(&refresh(OTHER, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    fleet.redis.restart().await;
    fleet.grow().await;
    for parcel in [SEED, OTHER] {
        let answer = fleet.gateways[1].ask(&refresh(parcel, WAIT)).await;
        assert_eq!(reason(&answer), "COOLING_DOWN", "{answer}");
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_killed_while_it_waits_loses_the_parcel_to_another() {
    let sandbox = sandbox::Settings {
        speed: 0.0,
        ..sandbox::Settings::default()
    };
    // One call in four seconds.
    let fleet = Fleet::build(1, sandbox, |settings| {
        settings.replicas = 2;
        settings.limits.realtime_per_second = 1;
        settings.limits.margin = Duration::from_secs(3);
    })
    .await;
    let slots = ["--realtime-per-second", "1", "--slot-margin", "3s"];
    let mut dying = process(&fleet, &slots).await;
    let stays = &fleet.gateways[0];
    let answer = stays.ask(&refresh(OTHER, WAIT)).await;
    assert_eq!(reason(&answer), "DONE", "{answer}");
    let answer = dying.ask(&refresh(SEED, None)).await;
    assert_eq!(reason(&answer), "QUEUED", "{answer}");
    assert_eq!(payload(&answer)["ticket"]["position"], 0, "{answer}");
    let ticket = payload(&answer)["ticket"].clone();
    let answer = stays.ask(&refresh(SEED, None)).await;
    assert_eq!(reason(&answer), "QUEUED", "{answer}");
    assert_eq!(payload(&answer)["ticket"]["position"], Value::Null);
    dying.kill().await;
    let told = end(&stays.address, &ticket).await;
    let told = &told["data"]["refreshed"];
    assert_eq!(told["ticket"]["reason"], "DONE", "{told}");
    assert_eq!(fleet.calls(Endpoint::Realtime), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_counts_whose_replica_was_killed_after_it_had_left() {
    let mut fleet = Fleet::without_limits(1).await;
    let mut dying = process(&fleet, &["--realtime-per-second", "0"]).await;
    fault(&fleet, FaultKind::Slow { delay_ms: 30_000 });
    eventually_asks(&dying).await;
    until("the call", || fleet.calls(Endpoint::Realtime) == 1).await;
    dying.kill().await;
    fleet.grow().await;
    for gateway in &fleet.gateways {
        let asked = Instant::now();
        let answer = gateway.ask(&refresh(SEED, WAIT)).await;
        assert_eq!(reason(&answer), "COOLING_DOWN", "{answer}");
        // As soon as it is clear that nobody is at it any more.
        assert!(asked.elapsed() < Duration::from_secs(6));
    }
    assert_eq!(fleet.calls(Endpoint::Realtime), 1);
}

/// One more replica of two, in a process of its own.
async fn process(fleet: &Fleet, flags: &[&str]) -> Process {
    Process::start(Plan {
        upstream_url: fleet.sandbox.base_url(),
        api_key: sandbox::Settings::default().api_key,
        redis_url: Some(fleet.redis.url()),
        replicas: 2,
        clock_off_by: 0,
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    })
    .await
}

/// Asks until the carrier is being asked.
async fn eventually_asks(process: &Process) {
    let asking =
        async { while reason(&process.ask(&refresh(SEED, None)).await) != "ASKING_CARRIER" {} };
    timeout(Duration::from_secs(20), asking)
        .await
        .expect("the carrier is asked");
}
