//! What operators see when something is wrong.

use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::scrape::Scrape;
use crate::support::{Fleet, Gateway, House, SEED, Socket, ask_all, number};

async fn scrape(gateway: &Gateway) -> Scrape {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/metrics", gateway.address);
    let response = client.get(url).send().await.unwrap();
    Scrape::read(response.text().await.unwrap())
}

/// The first scrape that shows something, which has to come.
async fn scrape_until(gateway: &Gateway, shows: impl Fn(&Scrape) -> bool) -> Scrape {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let scrape = scrape(gateway).await;
        if shows(&scrape) {
            return scrape;
        }
        assert!(Instant::now() < end, "it is not shown");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_several_want_at_once_goes_in_one_call_and_is_counted_so() {
    // Its first slot opens a second after the start, so that all of them wait for that.
    let house = House::open().await;
    let refs: Vec<_> = (0..5).map(number).collect();
    let refs = refs.iter().map(|number| {
        format!("{{ key: {{ carrierCode: \"dhl\", trackingNumber: \"{number}\" }} }}")
    });
    let refs = refs.collect::<Vec<_>>().join(" ");
    let query = format!("{{ trackingsByRef(refs: [{refs}]) {{ status }} }}");
    ask_all(&house, &[query.clone(), query.clone(), query]).await;
    let scrape = scrape(&house).await;
    assert_eq!(scrape.count_of("parcelgraph_batch_parcels", &[]), 1);
    assert_eq!(scrape.level("parcelgraph_batch_parcels_sum", &[]), 5.0);
    assert_eq!(scrape.count("parcelgraph_parcels_joined", &[]), 10);
    let lane = [("lane", "list")];
    assert_eq!(scrape.count_of("parcelgraph_lane_wait_seconds", &lane), 1);
    let labels = [
        ("operation", "other"),
        ("outcome", "NOT_FOUND"),
        ("type", "query"),
    ];
    assert_eq!(scrape.count("parcelgraph_operations", &labels), 3);
}

#[tokio::test]
async fn a_replica_that_never_polls_shows_no_poller_that_rests() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::ZERO;
    })
    .await;
    let scrape = scrape(&house).await;
    assert!(!scrape.has("parcelgraph_poller_is_polling"));
    assert_eq!(scrape.level("parcelgraph_watched_parcels", &[]), 0.0);
}

#[tokio::test]
async fn a_call_that_was_never_made_shows_that_it_never_failed() {
    let house = House::open().await;
    let labels = [("endpoint", "trackings_post"), ("outcome", "quota")];
    let failed = scrape(&house).await;
    assert_eq!(
        failed.level("parcelgraph_upstream_calls_total", &labels),
        0.0
    );
}

#[tokio::test]
async fn an_outage_of_redis_is_seen() {
    let mut fleet = Fleet::without_limits(1).await;
    assert_eq!(
        scrape(&fleet.gateways[0])
            .await
            .level("parcelgraph_redis_up", &[]),
        1.0
    );
    fleet.redis.kill();
    let gateway = &fleet.gateways[0];
    let is_away = |scrape: &Scrape| scrape.level("parcelgraph_redis_up", &[]) == 0.0;
    scrape_until(gateway, is_away).await;
    let query = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
    gateway.ask(&query).await;
    let silent = |scrape: &Scrape| scrape.level("parcelgraph_redis_last_answer_seconds", &[]);
    let scrape = scrape_until(gateway, |scrape| silent(scrape) > 1.0).await;
    assert_eq!(scrape.count("parcelgraph_redis_outages", &[]), 1);
    fleet.redis.restart().await;
    let gateway = &fleet.gateways[0];
    let is_back = |scrape: &Scrape| scrape.level("parcelgraph_redis_up", &[]) == 1.0;
    let scrape = scrape_until(gateway, is_back).await;
    assert_eq!(scrape.count("parcelgraph_redis_outages", &[]), 1);
    assert!(silent(&scrape) < 5.0);
}

#[tokio::test]
async fn a_poller_that_asks_in_vain_is_seen_to_be_behind_until_it_is_answered() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(100);
    })
    .await;
    let mut socket = Socket::begin(&house.address, "graphql-transport-ws").await;
    let query = format!("subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind }} }}");
    let start = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    socket.say(start).await;
    socket.next().await;
    let behind = |scrape: &Scrape| scrape.level("parcelgraph_poller_behind_seconds", &[]);
    let name = "parcelgraph_poller_last_success_timestamp_seconds";
    let before = scrape_until(&house, |scrape| scrape.has(name)).await;
    assert_eq!(behind(&before), 0.0);
    let fault = Fault::new(FaultKind::Status {
        status: 500,
        body: None,
    });
    house.sandbox.fault(fault.on(Endpoint::List).times(40));
    let during = scrape_until(&house, |scrape| behind(scrape) >= 2.0).await;
    let labels = [("endpoint", "trackings_get"), ("outcome", "unavailable")];
    assert!(during.count("parcelgraph_upstream_calls", &labels) > 1);
    let after = scrape_until(&house, |scrape| behind(scrape) == 0.0).await;
    assert!(after.level(name, &[]) > before.level(name, &[]));
}
