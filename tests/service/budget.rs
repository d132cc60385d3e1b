//! How much of the account's limits is used.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::realtime::refresh;
use crate::support::{Fleet, Gateway, House, SEED};

const BUDGET: &str = "{ upstreamBudget { lanes { lane limit used queued nextSlotAt closedUntil } quotaLeft quotaFetchedAt } }";

async fn budget(gateway: &Gateway) -> Value {
    gateway.ask(BUDGET).await["data"]["upstreamBudget"].clone()
}

async fn scrape(gateway: &Gateway) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/metrics", gateway.address);
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

#[tokio::test]
async fn an_idle_account_has_all_of_its_limits_and_says_so_for_nothing() {
    let house = House::open().await;
    let idle = |lane: &str, limit: u32| json!({ "lane": lane, "limit": limit, "used": 0, "queued": 0, "nextSlotAt": null, "closedUntil": null });
    // The limits of a process that was just started are taken for used up for a second.
    let end = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let told = budget(&house).await;
        if told["lanes"][1]["used"] == 0 {
            let lanes = json!([idle("LIST", 1), idle("REALTIME", 3), idle("OTHER", 1)]);
            assert_eq!(told["lanes"], lanes);
            assert_eq!(told["quotaLeft"], Value::Null);
            break;
        }
        assert!(tokio::time::Instant::now() < end);
    }
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}

#[tokio::test]
async fn calls_that_left_and_calls_that_wait_are_counted() {
    let house = House::open().await;
    let listed = house.ask("{ trackings(first: 8) { nodes { id } } }").await;
    let nodes = listed["data"]["trackings"]["nodes"].as_array().unwrap();
    for node in nodes {
        let reference = format!("{{ id: {} }}", node["id"]);
        house.ask(&refresh(&reference, None)).await;
    }
    let answer = house.ask_for_costs(BUDGET).await;
    let realtime = &answer["data"]["upstreamBudget"]["lanes"][1];
    assert_eq!(realtime["used"], 3, "{answer}");
    assert!(realtime["queued"].as_u64().unwrap() >= 2, "{answer}");
    assert!(realtime["nextSlotAt"].is_string(), "{answer}");
    let extension = &answer["extensions"]["upstream"]["budget"];
    assert_eq!(extension["lanes"][1]["lane"], "REALTIME", "{answer}");
    assert_eq!(extension["lanes"][1]["limit"], 3, "{answer}");
    let text = scrape(&house).await;
    for line in [
        "parcelgraph_lane_limit{lane=\"list\"} 1",
        "parcelgraph_lane_limit{lane=\"realtime\"} 3",
        "parcelgraph_lane_used{lane=\"realtime\"} ",
        "parcelgraph_lane_queued{lane=\"realtime\"} ",
        "parcelgraph_lane_next_slot_seconds{lane=\"list\"} ",
        "parcelgraph_lane_closed_seconds{lane=\"other\"} 0",
        "parcelgraph_calls_total{lane=\"list\"} 1",
        "parcelgraph_calls_total{lane=\"realtime\"} ",
        "parcelgraph_turns_refused_total 0",
        "parcelgraph_upstream_429_total 0",
        "parcelgraph_cached_parcels ",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("redis_up"), "{text}");
}

#[tokio::test]
async fn the_quota_is_told_when_it_is_known_from_elsewhere() {
    let house = House::without_limits().await;
    assert_eq!(budget(&house).await["quotaLeft"], Value::Null);
    let account = house.ask("{ account { trackingsLeft } }").await;
    let told = budget(&house).await;
    assert_eq!(
        told["quotaLeft"], account["data"]["account"]["trackingsLeft"],
        "{told}"
    );
    assert!(told["quotaFetchedAt"].is_string(), "{told}");
    assert_eq!(told["lanes"][0]["limit"], Value::Null, "{told}");
    assert_eq!(house.sandbox.stats().total_calls(), 1);
    let text = scrape(&house).await;
    assert!(text.contains("parcelgraph_quota_left "), "{text}");
    assert!(!text.contains("parcelgraph_lane_limit{"), "{text}");
}

#[tokio::test]
async fn a_silence_closes_all_lanes_of_the_fleet() {
    let fleet = Fleet::open(2).await;
    let [one, other] = &fleet.gateways[..] else {
        panic!("two replicas")
    };
    let fault = Fault::new(FaultKind::Meta { code: 429 });
    fleet.sandbox.fault(fault.on(Endpoint::List));
    let answer = one
        .ask(&format!("{{ tracking(ref: {SEED}) {{ status }} }}"))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "THROTTLED");
    // The other one hears of it from Redis.
    let end = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let told = budget(other).await;
        let lanes = told["lanes"].as_array().unwrap();
        if lanes.iter().all(|lane| lane["closedUntil"].is_string()) {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "{told}");
    }
    let text = scrape(other).await;
    assert!(
        text.contains("parcelgraph_lane_closed_seconds{lane=\"list\"} 1"),
        "{text}"
    );
    assert!(text.contains("parcelgraph_redis_up 1"), "{text}");
    let text = scrape(one).await;
    assert!(
        text.contains("parcelgraph_calls_total{lane=\"list\"} 1\n"),
        "{text}"
    );
    assert!(
        scrape(one)
            .await
            .contains("parcelgraph_upstream_429_total 1")
    );
}
