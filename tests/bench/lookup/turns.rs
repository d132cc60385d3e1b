//! What it costs to be let through, and to know that everybody knows.

use std::time::{Duration, Instant};

use parcelgraph::cache::Cache;
use parcelgraph::model::ClientId;
use parcelgraph::throttle::{Lane, Throttle};

use crate::figures::Figures;
use crate::redis::Redis;
use crate::stage;

const PATIENCE: Duration = Duration::from_secs(20);

pub async fn measure(figures: &mut Figures, redis: &Redis) {
    let name = "turn, memory";
    if figures.wants(name) {
        let throttle = Throttle::new(&stage::UNLIMITED);
        let times = turns(&throttle, figures.rounds(500)).await;
        figures.show(name, times);
    }
    let name = "turn, redis";
    if figures.wants(name) {
        let link = stage::link(&redis.url()).await;
        let throttle = Throttle::in_fleet(&stage::UNLIMITED, 2, link, "a replica".to_owned());
        // The first one waits until the fleet has come together.
        turns(&throttle, 1).await;
        let times = turns(&throttle, figures.rounds(2_000)).await;
        figures.show(name, times);
        throttle.retire(Duration::from_secs(1)).await;
    }
    let name = "change that all of 2 replicas have heard of, redis";
    if figures.wants(name) {
        let writer = Cache::shared(1_000, stage::link(&redis.url()).await);
        let reader = Cache::shared(1_000, stage::link(&redis.url()).await);
        let mut times = Vec::new();
        for number in 0..figures.rounds(1_000) {
            let key = stage::key(number);
            let started = Instant::now();
            writer.put(&key, stage::entry(&key));
            writer.settled().await;
            times.push(started.elapsed());
            assert!(reader.get(&key).is_some(), "it has been heard of");
        }
        figures.show(name, times);
    }
}

async fn turns(throttle: &Throttle, rounds: usize) -> Vec<Duration> {
    let client = ClientId::default();
    let mut times = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let turn = throttle.turn(Lane::Other, &client, PATIENCE).await;
        times.push(started.elapsed());
        drop(turn.unwrap());
    }
    times
}
