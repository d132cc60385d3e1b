//! Replicas that share the rounds.

use std::time::Duration;

use parcelgraph::rounds::Duty;
use parcelgraph::sandbox::{Call, Sandbox};
use tokio::time::sleep;

use super::stage::{INTERVAL, Replica, account, by_keys_and_sweeps, seed, shuttle};
use crate::support::{Redis, until};

/// Two replicas, of which the first one makes the rounds.
async fn two(sandbox: &Sandbox, redis: &Redis) -> [Replica; 2] {
    let first = Replica::open(sandbox, Some(redis)).await;
    until("the rounds", || first.rounds.duty() == Duty::All).await;
    let second = Replica::open(sandbox, Some(redis)).await;
    until("the others", || second.rounds.duty() == Duty::Nothing).await;
    [first, second]
}

fn calls(sandbox: &Sandbox) -> Vec<Call> {
    by_keys_and_sweeps(sandbox).0
}

/// Waits for so many further calls, and gives them.
async fn further(sandbox: &Sandbox, count: usize) -> Vec<Call> {
    let before = calls(sandbox).len();
    until("the calls", || calls(sandbox).len() >= before + count).await;
    calls(sandbox).split_off(before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_replica_polls_what_both_watch_in_one_call_a_round() {
    let sandbox = account(0);
    let redis = Redis::start().await;
    let [first, second] = two(&sandbox, &redis).await;
    let _watches = [first.watch(&[seed()]), second.watch(&[shuttle()])];
    until("a call for both", || {
        calls(&sandbox).last().is_some_and(|call| call.numbers == 2)
    })
    .await;
    let calls = further(&sandbox, 4).await;
    assert!(calls.iter().all(|call| call.numbers == 2), "{calls:?}");
    let is_once_a_round =
        |pair: &[Call]| pair[1].at_ms - pair[0].at_ms >= INTERVAL.as_secs_f64() * 500.0;
    assert!(calls.windows(2).all(is_once_a_round), "{calls:?}");
    let (polls, rests) = (first.polling().await, second.polling().await);
    assert_eq!(
        (polls.is_polling, rests.is_polling),
        (Some(true), Some(false))
    );
    assert_eq!((rests.by_keys, polls.watched, rests.watched), (0, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_polls_what_it_watches() {
    let sandbox = account(0);
    let mut redis = Redis::start().await;
    let [first, second] = two(&sandbox, &redis).await;
    let _watches = [first.watch(&[seed()]), second.watch(&[shuttle()])];
    further(&sandbox, 2).await;
    redis.kill();
    for replica in [&first, &second] {
        until("the loss", || replica.rounds.duty() == Duty::Own).await;
    }
    // One may have been on its way.
    further(&sandbox, 1).await;
    let apart = further(&sandbox, 4).await;
    assert!(apart.iter().all(|call| call.numbers == 1), "{apart:?}");
    for key in [seed(), shuttle()] {
        let names = |call: &Call| call.path.contains(key.number.as_str());
        assert!(apart.iter().any(names), "{apart:?}");
    }
    redis.restart().await;
    until("a call for both", || {
        calls(&sandbox).last().is_some_and(|call| call.numbers == 2)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_polled_once_the_last_watcher_of_all_replicas_has_gone() {
    let sandbox = account(0);
    let redis = Redis::start().await;
    let [first, second] = two(&sandbox, &redis).await;
    let watches = [second.watch(&[seed()]), second.watch(&[shuttle()])];
    further(&sandbox, 3).await;
    drop(watches);
    let mut before = usize::MAX;
    tokio::time::timeout(Duration::from_secs(10), async {
        while before != calls(&sandbox).len() {
            before = calls(&sandbox).len();
            sleep(INTERVAL * 3).await;
        }
    })
    .await
    .expect("the polling ends");
    assert_eq!(first.polling().await.is_polling, Some(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_by_itself_is_asked_for_more_rarely() {
    let sandbox = account(0);
    let redis = Redis::start().await;
    let [first, second] = two(&sandbox, &redis).await;
    let _watch = first.watch(&[shuttle()]);
    further(&sandbox, 2).await;
    second.rounds.note_push();
    until("the sign", || first.rounds.pushes_are_coming()).await;
    further(&sandbox, 1).await;
    let calls = further(&sandbox, 2).await;
    let gap_ms = calls[1].at_ms - calls[0].at_ms;
    // The shuttle may be about to be delivered.
    assert!(gap_ms >= INTERVAL.as_secs_f64() * 1_500.0, "{gap_ms} ms");
}
