//! What TrackingMore sends to one of several replicas.

use jiff::{SignedDuration, Timestamp};
use parcelgraph::sandbox::{self, Endpoint, Limits};
use serde_json::{Value, json};

use crate::support::push::{SEED_NUMBER, delivery, end, known, push, send, shows, taking};
use crate::support::{Fleet, look};

async fn fleet() -> Fleet {
    let sandbox = sandbox::Settings {
        speed: 0.0,
        limits: Limits::OFF,
        ..Default::default()
    };
    Fleet::build(2, sandbox, |settings| {
        settings.limits.list_per_second = 0;
        settings.limits.realtime_per_second = 0;
        settings.limits.other_per_second = 0;
        taking(settings);
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_replica_was_told_the_others_show_and_one_list_call_decides() {
    let fleet = fleet().await;
    let [one, other] = &fleet.gateways[..] else {
        panic!("two replicas")
    };
    known(one).await;
    shows(other, "CONFIRMED", "TRANSIT").await;
    let calls = fleet.calls(Endpoint::List);
    fleet.sandbox.fault(look::slow(3_000));
    push(one, delivery(&fleet.sandbox)).await;
    shows(other, "HINTED", "DELIVERED").await;
    end(one, "refuted", 1).await;
    shows(other, "CONFIRMED", "TRANSIT").await;
    // Whoever shows a hint asks for it as well, and what the list does not bear out is looked at twice.
    assert!(fleet.calls(Endpoint::List) - calls <= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_at_another_replica_is_known_and_a_replay_there_is_left_out() {
    let fleet = fleet().await;
    let [one, other] = &fleet.gateways[..] else {
        panic!("two replicas")
    };
    known(one).await;
    shows(other, "CONFIRMED", "TRANSIT").await;
    fleet.sandbox.nudge(SEED_NUMBER).unwrap();
    let genuine = fleet.sandbox.webhook_body(SEED_NUMBER).unwrap();
    push(one, genuine.clone()).await;
    end(one, "confirmed", 1).await;
    let calls = fleet.calls(Endpoint::List);
    push(other, genuine.clone()).await;
    end(other, "known", 1).await;
    let mut replayed: Value = serde_json::from_str(&genuine).unwrap();
    replayed["data"]["status"] = json!("delivered");
    assert_eq!(send(other, replayed.to_string()).await.0, 409);
    let mut third = replayed.clone();
    third["verifyInfo"] = fleet
        .sandbox
        .seal(Timestamp::now() - SignedDuration::from_secs(30));
    third["data"]["status"] = json!("exception");
    push(one, third.to_string()).await;
    end(one, "refuted", 1).await;
    third["data"]["status"] = json!("delivered");
    push(other, third.to_string()).await;
    end(other, "replayed", 1).await;
    // What the list does not bear out is looked at twice.
    assert_eq!(fleet.calls(Endpoint::List) - calls, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_replica_takes_messages_by_itself() {
    let mut fleet = fleet().await;
    known(&fleet.gateways[0]).await;
    fleet.redis.kill();
    for gateway in &fleet.gateways {
        fleet.sandbox.nudge(SEED_NUMBER).unwrap();
        let message = fleet.sandbox.webhook_body(SEED_NUMBER).unwrap();
        push(gateway, message).await;
        end(gateway, "confirmed", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_messages_about_parcels_that_are_known_leave_a_receipt_with_all_replicas() {
    let fleet = fleet().await;
    let one = &fleet.gateways[0];
    known(one).await;
    let seal = fleet.sandbox.seal(Timestamp::now());
    for number in 0..50 {
        let number = format!("{number:010}");
        let data = json!({ "tracking_number": number, "carrier_code": "dhl", "status": "transit" });
        push(one, json!({ "data": data, "verifyInfo": seal }).to_string()).await;
    }
    push(one, delivery(&fleet.sandbox)).await;
    end(one, "refuted", 51).await;
    let receipts: Vec<String> = fleet.redis.ask(&["KEYS", "*:receipt:*"]).await;
    assert_eq!(receipts.len(), 1, "{receipts:?}");
}
