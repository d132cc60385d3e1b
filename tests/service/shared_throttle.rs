//! Turns that replicas give together.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::model::ClientId;
use parcelgraph::redis_link::{Link, PATIENCE, Settings};
use parcelgraph::throttle::{Lane, Limits, Throttle};
use tokio::time::{Instant, sleep, timeout};

use crate::support::Redis;

const LONG: Duration = Duration::from_secs(60);

fn throttle(redis: &Redis, replicas: u32, name: &str) -> Throttle {
    let link = Link::open(Settings {
        url: redis.url(),
        secret: b"an account".to_vec(),
        patience: PATIENCE,
    });
    Throttle::in_fleet(&Limits::default(), replicas, link.unwrap(), name.to_owned())
}

/// Takes turns one after the other, each for a call that is answered soon.
async fn take_turns(throttle: &Throttle, lane: Lane, count: usize) -> Vec<Instant> {
    let mut given = Vec::new();
    for _ in 0..count {
        let turn = throttle
            .turn(lane, &ClientId::default(), LONG)
            .await
            .unwrap();
        given.push(turn.given());
        turn.spent_on(sleep(Duration::from_millis(5)))
            .await
            .unwrap();
    }
    given
}

/// The shortest time that so many calls took.
fn closest(mut given: Vec<Instant>, calls: usize) -> Duration {
    given.sort();
    let pairs = given.iter().zip(given.iter().skip(calls));
    pairs.map(|(early, late)| *late - *early).min().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_replicas_use_every_slot_of_one_account() {
    let redis = Redis::start().await;
    let names = ["a", "b", "c", "d"];
    let replicas: Vec<_> = names.iter().map(|name| throttle(&redis, 4, name)).collect();
    for (lane, calls, each) in [(Lane::Other, 1, 2), (Lane::Realtime, 3, 6)] {
        let turns = replicas
            .iter()
            .map(|replica| take_turns(replica, lane, each));
        let turns = timeout(LONG, join_all(turns)).await.unwrap();
        let mut given: Vec<Instant> = turns.concat();
        assert!(closest(given.clone(), calls) >= Duration::from_millis(1_020));
        given.sort();
        let took = *given.last().unwrap() - given[0];
        let slots = (given.len() / calls) as u32;
        assert!(
            took < Duration::from_millis(1_050) * slots + Duration::from_millis(500),
            "{took:?}"
        );
    }
}
