//! Reading all that changed instead of asking for many.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parcelgraph::live::{EventKind, StatusFilter, Subject};
use parcelgraph::model::TrackingKey;
use parcelgraph::rounds::Duty;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind, Sandbox, Status};

use super::stage::{Replica, account, by_keys_and_sweeps, on_their_way};
use crate::support::{Redis, until};

const DEADLINE: Duration = Duration::from_secs(20);

fn keys_and_sweeps(sandbox: &Sandbox) -> (usize, usize) {
    let (keys, sweeps) = by_keys_and_sweeps(sandbox);
    (keys.len(), sweeps.len())
}

async fn sweeps(sandbox: &Sandbox, count: usize) {
    let (_, before) = keys_and_sweeps(sandbox);
    until("the sweeps", || {
        keys_and_sweeps(sandbox).1 >= before + count
    })
    .await;
}

/// Nudges a parcel and waits until the replica knows its new status.
async fn is_noticed(sandbox: &Sandbox, replica: &Replica, key: &TrackingKey) {
    let before = replica.cache.get(key).and_then(|entry| entry.tracking);
    sandbox.nudge(key.number.as_str()).unwrap();
    until("the news", || {
        let now = replica.cache.get(key).and_then(|entry| entry.tracking);
        now.is_some_and(|now| {
            before
                .as_ref()
                .is_none_or(|before| now.is_news_after(before))
        })
    })
    .await;
}

/// As many parcels as three calls ask for.
async fn many_on_their_way(sandbox: &Sandbox) -> Vec<TrackingKey> {
    let mut keys = on_their_way(sandbox).await;
    assert!(keys.len() >= 120, "{}", keys.len());
    keys.truncate(120);
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_parcels_that_rarely_change_cost_one_call_a_round() {
    let sandbox = account(600);
    let replica = Replica::open(&sandbox, None).await;
    let keys = many_on_their_way(&sandbox).await;
    let _watch = replica.watch(&keys);
    sweeps(&sandbox, 1).await;
    let (by_keys, _) = keys_and_sweeps(&sandbox);
    sweeps(&sandbox, 2).await;
    assert_eq!(
        keys_and_sweeps(&sandbox).0,
        by_keys,
        "no call for keys meanwhile"
    );
    is_noticed(&sandbox, &replica, &keys[7]).await;
    assert!(replica.polling().await.by_sweeps >= 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_sweeps_say_each_parcel_is_asked_for_by_itself_sometimes() {
    let sandbox = account(600);
    let replica = Replica::open(&sandbox, None).await;
    let keys = many_on_their_way(&sandbox).await;
    let _watch = replica.watch(&keys);
    sweeps(&sandbox, 2).await;
    let (by_keys, _) = keys_and_sweeps(&sandbox);
    until("calls for keys", || {
        keys_and_sweeps(&sandbox).0 >= by_keys + 3
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_fails_loses_no_change() {
    let sandbox = account(600);
    let replica = Replica::open(&sandbox, None).await;
    let keys = many_on_their_way(&sandbox).await;
    let _watch = replica.watch(&keys);
    sweeps(&sandbox, 2).await;
    sandbox.fault(Fault::new(FaultKind::Meta { code: 500 }).on(Endpoint::List));
    is_noticed(&sandbox, &replica, &keys[7]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_the_whole_account_on_any_replica_has_every_change_noticed() {
    let sandbox = account(50);
    let redis = Redis::start().await;
    let first = Replica::open(&sandbox, Some(&redis)).await;
    until("the rounds", || first.rounds.duty() == Duty::All).await;
    let second = Replica::open(&sandbox, Some(&redis)).await;
    let everything = second.watch_all();
    sweeps(&sandbox, 2).await;
    assert_eq!(keys_and_sweeps(&sandbox).0, 0, "nobody watches a parcel");
    let keys = on_their_way(&sandbox).await;
    is_noticed(&sandbox, &second, &keys[0]).await;
    assert_eq!(second.polling().await.by_sweeps, 0);
    drop(everything);
    let mut before = usize::MAX;
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while before != keys_and_sweeps(&sandbox).1 {
            before = keys_and_sweeps(&sandbox).1;
            tokio::time::sleep(super::stage::INTERVAL * 3).await;
        }
    })
    .await
    .expect("the sweeping ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_over_goes_on_with_the_sweeps_of_who_has_left() {
    let sandbox = account(600);
    let redis = Redis::start().await;
    let first = Replica::open(&sandbox, Some(&redis)).await;
    until("the rounds", || first.rounds.duty() == Duty::All).await;
    let second = Replica::open(&sandbox, Some(&redis)).await;
    let keys = many_on_their_way(&sandbox).await;
    let _watch = second.watch(&keys);
    sweeps(&sandbox, 1).await;
    let (by_keys, _) = keys_and_sweeps(&sandbox);
    first.rounds.retire().await;
    until("the rounds", || second.rounds.duty() == Duty::All).await;
    // One of the other's may have been on its way.
    sweeps(&sandbox, 2).await;
    assert_eq!(
        keys_and_sweeps(&sandbox).0,
        by_keys,
        "no call for keys meanwhile"
    );
    assert!(second.polling().await.by_sweeps > 0);
}

/// What those are told who watch the whole account, about so many parcels.
async fn told(
    replica: &Replica,
    parcels: usize,
    change: impl FnOnce(),
) -> Vec<(TrackingKey, EventKind)> {
    let statuses = Arc::new(Subject::Statuses(StatusFilter::default()));
    let mut follower = replica.tracker.follow(statuses);
    change();
    let mut told = Vec::new();
    while told.len() < parcels {
        let next = tokio::time::timeout(DEADLINE, follower.next()).await;
        let event = next.expect("it is told").expect("nothing was missed");
        told.push((event.key.clone(), event.kind));
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_change_of_whatever_parcel_of_the_account_is_told() {
    let sandbox = account(2_500);
    let replica = Replica::open(&sandbox, None).await;
    let _everything = replica.watch_all();
    // By then all that is there was read.
    sweeps(&sandbox, 1).await;
    let keys = on_their_way(&sandbox).await;
    let mut moved = HashSet::new();
    let told = told(&replica, 40, || {
        // From all over the account.
        for key in keys.iter().step_by(keys.len() / 80) {
            if moved.len() < 40 && arrives(&sandbox, key) {
                moved.insert(key.clone());
            }
        }
    })
    .await;
    assert_eq!(moved.len(), 40);
    assert!(told.iter().all(|(_, kind)| *kind == EventKind::Changed));
    let told: HashSet<_> = told.into_iter().map(|(key, _)| key).collect();
    assert_eq!(told, moved);
}

/// Nudges a parcel that is on its way until it is not; false if it stays so.
fn arrives(sandbox: &Sandbox, key: &TrackingKey) -> bool {
    let nudges = std::iter::from_fn(|| sandbox.nudge(key.number.as_str()));
    nudges.take(50).any(|status| status != Status::Transit)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_that_somebody_else_adds_is_told() {
    let sandbox = account(50);
    let replica = Replica::open(&sandbox, None).await;
    let _everything = replica.watch_all();
    sweeps(&sandbox, 1).await;
    let key = TrackingKey::parse("dhl", "PG999999999DASH").unwrap();
    let body = serde_json::json!({ "tracking_number": key.number.as_str(), "carrier_code": "dhl" });
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/trackings/post", sandbox.base_url());
    let create = client.post(url).header("Trackingmore-Api-Key", "sandbox");
    let answer = create
        .json(&body)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(answer.contains("\"code\":201"), "{answer}");
    let nudge = || {
        sandbox.nudge(key.number.as_str()).unwrap();
    };
    assert_eq!(
        told(&replica, 1, nudge).await,
        [(key.clone(), EventKind::Created)]
    );
}
