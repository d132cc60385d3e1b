//! Several replicas of one account, which know and show the same.

use std::time::Duration;

use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Client, Fleet, Gateway, SEED};

async fn look(gateway: &Gateway) -> Value {
    let look = format!("{{ tracking(ref: {SEED}) {{ title status freshness {{ fetchedAt }} }} }}");
    gateway.ask(&look).await
}

async fn title(gateway: &Gateway) -> Value {
    look(gateway).await["data"]["tracking"]["title"].clone()
}

async fn update(gateway: &Gateway, title: &str) {
    let update = format!(
        r#"mutation {{ updateTracking(input: {{ ref: {SEED}, title: "{title}" }}) {{ userErrors {{ code }} }} }}"#
    );
    let answer = gateway.ask(&update).await;
    assert_eq!(answer["data"]["updateTracking"]["userErrors"], json!([]));
}

async fn count(gateway: &Gateway) -> Value {
    let list = gateway.ask("{ trackings(first: 1) { totalCount } }").await;
    list["data"]["trackings"]["totalCount"].clone()
}

#[tokio::test]
async fn a_parcel_that_one_replica_asked_for_is_known_to_all_even_to_those_who_come_later() {
    let mut fleet = Fleet::without_limits(2).await;
    let seen = look(&fleet.gateways[0]).await;
    assert!(seen["data"]["tracking"]["status"].is_string(), "{seen}");
    fleet.knows(1).await;
    fleet.grow().await;
    for gateway in &fleet.gateways {
        assert_eq!(look(gateway).await, seen);
    }
    assert_eq!(fleet.calls(Endpoint::List), 1);
}

#[tokio::test]
async fn a_change_on_one_replica_is_seen_at_once_on_every_other() {
    let fleet = Fleet::without_limits(2).await;
    let [one, other] = &fleet.gateways[..] else {
        unreachable!()
    };
    for gateway in [one, other] {
        assert_eq!(title(gateway).await, Value::Null);
        fleet.knows(1).await;
    }
    for round in 0..10 {
        let (writer, reader) = [(one, other), (other, one)][round % 2];
        update(writer, &format!("shoes {round}")).await;
        assert_eq!(title(reader).await, format!("shoes {round}"));
    }
    assert_eq!(fleet.calls(Endpoint::List), 1, "nobody had to ask again");
}

#[tokio::test]
async fn a_tracking_that_comes_or_goes_on_one_replica_does_so_on_every_other() {
    let fleet = Fleet::without_limits(2).await;
    let [one, other] = &fleet.gateways[..] else {
        unreachable!()
    };
    look(other).await;
    fleet.knows(1).await;
    let before = count(other).await.as_u64().unwrap();
    one.ask(&format!(
        "mutation {{ deleteTracking(ref: {SEED}) {{ deletedId }} }}"
    ))
    .await;
    let gone = look(other).await;
    assert_eq!(gone["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(count(other).await, before - 1);
    other
        .ask(r#"mutation { createTracking(input: { carrierCode: "china-ems", trackingNumber: "LS912989618CN", title: "again" }) { userErrors { code } } }"#)
        .await;
    assert_eq!(title(one).await, "again");
    assert_eq!(count(one).await, before);
}

#[tokio::test]
async fn while_redis_is_away_replicas_answer_and_what_changed_is_known_to_all_when_it_is_back() {
    let mut fleet = Fleet::without_limits(2).await;
    look(&fleet.gateways[0]).await;
    fleet.knows(1).await;
    look(&fleet.gateways[1]).await;
    fleet.redis.kill();
    update(&fleet.gateways[0], "red shoes").await;
    assert_eq!(title(&fleet.gateways[0]).await, "red shoes");
    assert_eq!(title(&fleet.gateways[1]).await, Value::Null);
    fleet.redis.restart().await;
    fleet.is_linked().await;
    let other = &fleet.gateways[1];
    let end = Instant::now() + Duration::from_secs(5);
    while title(other).await != "red shoes" {
        assert!(Instant::now() < end, "the other never heard");
    }
    assert_eq!(fleet.calls(Endpoint::List), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_on_one_replica_sees_what_another_learned() {
    let fleet = Fleet::without_limits(2).await;
    let url = format!("ws://{}/graphql", fleet.gateways[0].address);
    let watch = format!(
        "subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind tracking {{ title }} }} }}"
    );
    let mut client = Client::start("subscribe.mjs", &[&url, &watch, "{}", "2"]);
    assert_eq!(client.next().await, json!({ "connected": true }));
    let snapshot = client.next().await;
    assert_eq!(snapshot["data"]["trackingUpdated"]["kind"], "SNAPSHOT");
    fleet.knows(1).await;
    update(&fleet.gateways[1], "red shoes").await;
    let event = client.next().await["data"]["trackingUpdated"].clone();
    assert_eq!(
        event,
        json!({ "kind": "CHANGED", "tracking": { "title": "red shoes" } })
    );
    assert_eq!(fleet.calls(Endpoint::List), 1);
}
