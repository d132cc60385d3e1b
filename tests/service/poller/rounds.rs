//! Who makes the rounds, and what the others tell him.

use std::time::Duration;

use parcelgraph::model::TrackingKey;
use parcelgraph::rounds::{Duty, Rounds, Topic};
use tokio::time::{Instant, sleep};

use super::stage::link;
use crate::support::{Redis, until};

fn rounds(redis: &Redis) -> Rounds {
    Rounds::shared(link(&redis.url()))
}

fn key(number: usize) -> TrackingKey {
    TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
}

fn topic(number: usize) -> Topic {
    Topic::Parcel(key(number))
}

/// Waits until one knows of so many parcels that others watch.
async fn knows_of(rounds: &Rounds, parcels: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let elsewhere = rounds.elsewhere().await;
        if elsewhere.parcels.len() == parcels {
            return;
        }
        assert!(Instant::now() < end, "{elsewhere:?}");
        sleep(Duration::from_millis(10)).await;
    }
}

async fn on_duty(rounds: &Rounds, duty: Duty) {
    until("the duty", || rounds.duty() == duty).await;
}

#[tokio::test]
async fn one_replica_makes_the_rounds_and_hands_them_over_when_it_ends() {
    let redis = Redis::start().await;
    let first = rounds(&redis);
    on_duty(&first, Duty::All).await;
    let second = rounds(&redis);
    on_duty(&second, Duty::Nothing).await;
    assert_eq!(first.duty(), Duty::All);
    first.retire().await;
    assert_eq!(first.duty(), Duty::Nothing);
    let freed = Instant::now();
    on_duty(&second, Duty::All).await;
    let took = freed.elapsed();
    println!("handed over in {took:?}");
    assert!(
        took < Duration::from_millis(1_300),
        "the lease ran out: {took:?}"
    );
}

#[tokio::test]
async fn a_replica_that_dies_loses_the_rounds_and_what_it_watched() {
    let redis = Redis::start().await;
    let first = rounds(&redis);
    on_duty(&first, Duty::All).await;
    first.watch(topic(1));
    let second = rounds(&redis);
    on_duty(&second, Duty::Nothing).await;
    knows_of(&second, 1).await;
    drop(first);
    let died = Instant::now();
    on_duty(&second, Duty::All).await;
    println!("taken over after {:?}", died.elapsed());
    knows_of(&second, 0).await;
    println!("forgotten after {:?}", died.elapsed());
}

#[tokio::test]
async fn the_others_hear_what_is_watched_and_what_is_not_any_more() {
    let redis = Redis::start().await;
    let (one, other) = (rounds(&redis), rounds(&redis));
    one.watch(topic(1));
    one.watch(topic(2));
    one.watch(Topic::Everything);
    knows_of(&other, 2).await;
    assert!(other.elsewhere().await.everything);
    assert!(one.elsewhere().await.parcels.is_empty(), "its own ones");
    one.unwatch(topic(1));
    one.unwatch(Topic::Everything);
    knows_of(&other, 1).await;
    let elsewhere = other.elsewhere().await;
    assert_eq!(
        (elsewhere.parcels, elsewhere.everything),
        (vec![key(2)], false)
    );
}

#[tokio::test]
async fn ten_thousand_watched_parcels_are_told_even_to_a_redis_that_forgot_them() {
    let redis = Redis::start().await;
    let (one, other) = (rounds(&redis), rounds(&redis));
    let began = Instant::now();
    (0..10_000).for_each(|number| one.watch(topic(number)));
    knows_of(&other, 10_000).await;
    println!("told in {:?}", began.elapsed());
    redis.flush().await;
    knows_of(&other, 10_000).await;
}

#[tokio::test]
async fn that_the_upstream_tells_of_changes_is_known_to_all() {
    let redis = Redis::start().await;
    let (one, other) = (rounds(&redis), rounds(&redis));
    until("the link to Redis", || other.duty() != Duty::Own).await;
    assert!(!other.pushes_are_coming());
    one.note_push();
    until("the sign", || other.pushes_are_coming()).await;
}

#[tokio::test]
async fn without_redis_each_makes_its_own_rounds_until_it_is_back() {
    let mut redis = Redis::start().await;
    let both = [rounds(&redis), rounds(&redis)];
    let all_on_duty = || both.iter().filter(|one| one.duty() == Duty::All).count();
    until("one of them", || all_on_duty() == 1).await;
    both[0].watch(topic(1));
    redis.kill();
    for one in &both {
        on_duty(one, Duty::Own).await;
    }
    redis.restart().await;
    until("one of them", || {
        let is_apart = both.iter().any(|one| one.duty() == Duty::Own);
        !is_apart && all_on_duty() == 1
    })
    .await;
    knows_of(&both[1], 1).await;
}
