//! How long an answer takes from our socket to those who wait for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parcelgraph::cache::Cache;
use parcelgraph::model::TrackingKey;
use parcelgraph::sandbox::{self, Limits, Sandbox};
use parcelgraph::throttle::Throttle;
use parcelgraph::tracker::{Ask, Tracker};
use parcelgraph::upstream::{ListQuery, MAX_NUMBERS};

use crate::figures::Figures;
use crate::redis::Redis;
use crate::scene::Scene;
use crate::stage;
use crate::upstream::Upstream;

/// So long may the last one of those wait for whom a call was made, one for each number that it carries.
const BAR: Duration = Duration::from_millis(1);

const ROUNDS: usize = 100;

/// In this time replicas settle among themselves who asks for what; nothing tells when they have.
const AGREEMENT: Duration = Duration::from_millis(20);

pub async fn measure(figures: &mut Figures, redis: &Redis) {
    let rounds = figures.rounds(ROUNDS);
    let (keys, body) = full_answer().await;
    let mut upstream = Upstream::answering(&body);
    let name = format!("list call, {} kB, until it is read", body.len() / 1_000);
    if figures.wants(&name) {
        let times = decoding(&mut upstream, &keys, rounds).await;
        figures.show(&name, times);
    }

    let throttle = Throttle::new(&stage::UNLIMITED);
    let alone = stage::tracker(upstream.base_url(), throttle, Cache::in_memory(1_000));
    let asks: Arc<[Ask]> = keys.iter().map(stage::ask_anew).collect();
    let mut scene = Scene {
        caller: alone.clone(),
        waiting: alone,
        agreement: Duration::ZERO,
        asks,
        upstream,
    };
    for waiters in [1, 40, 1_000] {
        let name = format!("list call, memory, to the last of {waiters}");
        if figures.wants(&name) {
            let times = scene.rounds(rounds, waiters).await;
            match waiters <= MAX_NUMBERS {
                true => figures.judge(&name, times, BAR),
                false => figures.show(&name, times),
            }
        }
    }

    if !figures.wants("list call, redis") {
        return;
    }
    let one = replica(&scene, redis, "one").await;
    scene.agreement = AGREEMENT;
    scene.caller = one.clone();
    scene.waiting = one;
    let times = scene.rounds(rounds, 40).await;
    figures.show("list call, redis, to the last of 40", times);
    scene.waiting = replica(&scene, redis, "another").await;
    let times = scene.rounds(rounds, 40).await;
    figures.show("list call, redis, to the last of 40 elsewhere", times);
}

/// One of two replicas of an account.
async fn replica(scene: &Scene, redis: &Redis, name: &str) -> Arc<Tracker> {
    let link = stage::link(&redis.url()).await;
    let throttle = Throttle::in_fleet(&stage::UNLIMITED, 2, link.clone(), name.to_owned());
    let cache = Cache::shared(1_000, link);
    stage::tracker(scene.upstream.base_url(), throttle, cache)
}

/// As many parcels as a call can be about, and what the sandbox says of them.
async fn full_answer() -> (Vec<TrackingKey>, Vec<u8>) {
    let settings = sandbox::Settings {
        speed: 0.0,
        limits: Limits::OFF,
        ..sandbox::Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let query = ListQuery {
        page: 1,
        limit: MAX_NUMBERS as u32,
        ..ListQuery::default()
    };
    let client = stage::client(&sandbox.base_url());
    let page = client.list(&query).await.unwrap();
    let keys = page.items.into_iter().map(|item| item.unwrap().key);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http
        .get(format!("{}/trackings/get", sandbox.base_url()))
        .query(&[("page", 1), ("limit", MAX_NUMBERS)])
        .header("Trackingmore-Api-Key", "sandbox")
        .send();
    let body = answer.await.unwrap().bytes().await.unwrap();
    sandbox.stop();
    (keys.collect(), body.to_vec())
}

/// How long it takes until such an answer is read, and anybody can be given anything.
async fn decoding(upstream: &mut Upstream, keys: &[TrackingKey], rounds: usize) -> Vec<Duration> {
    let client = stage::client(upstream.base_url());
    let query = ListQuery {
        page: 1,
        limit: MAX_NUMBERS as u32,
        numbers: keys.iter().map(|key| key.number.clone()).collect(),
        ..ListQuery::default()
    };
    let mut times = Vec::new();
    for _ in 0..rounds {
        let (client, query) = (client.clone(), query.clone());
        let call = tokio::spawn(async move {
            let page = client.list(&query).await.unwrap();
            (page, Instant::now())
        });
        upstream.called().await;
        let sent = upstream.answer().await;
        let (page, read) = call.await.unwrap();
        assert_eq!(page.items.len(), MAX_NUMBERS);
        times.push(read - sent);
    }
    times
}
