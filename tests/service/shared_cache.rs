//! What one replica learns the others know, and nobody else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parcelgraph::cache::Entry;
use parcelgraph::model::{Completeness, Status, Tracking, TrackingKey};
use tokio::time::Instant;

use crate::support::Redis;
use crate::support::replica::{Replica, entry, key, pair, seconds, titled};

#[tokio::test]
async fn when_it_is_settled_every_replica_knows_and_one_that_comes_later_can_ask() {
    let redis = Redis::start().await;
    let [one, other] = pair(&redis).await;
    let keys: Vec<_> = (0..70).map(key).collect();
    for key in &keys[..50] {
        one.cache
            .put(key, entry(key, Status::Transit, Instant::now()));
        one.cache.settled().await;
        assert_eq!(other.status(key), Some(Status::Transit));
    }
    for key in &keys[50..] {
        one.cache
            .put(key, entry(key, Status::Pickup, Instant::now()));
    }
    one.cache.amend(&keys[0], Instant::now(), titled).unwrap();
    one.cache.tell_outdated();
    let before = other.outdated.load(Ordering::Relaxed);
    one.cache.settled().await;
    assert!(keys.iter().all(|key| other.status(key).is_some()));
    assert_eq!(other.title(&keys[0]).as_deref(), Some("red shoes"));
    assert_eq!(other.outdated.load(Ordering::Relaxed), before + 1);
    let heard = other.heard.lock().unwrap().clone();
    assert!(keys.iter().all(|key| heard.contains(key)));
    assert!(one.heard.lock().unwrap().is_empty(), "it told itself");

    let late = Replica::of(&redis.url()).await;
    assert_eq!(late.status(&keys[0]), None);
    late.cache.fetch(&keys, |_, _| true).await;
    assert!(keys.iter().all(|key| late.status(key).is_some()));
    assert_eq!(late.title(&keys[0]).as_deref(), Some("red shoes"));
    let (told, known) = (one.cache.get(&keys[7]).unwrap(), late.cache.get(&keys[7]));
    let known = known.unwrap();
    assert!(known.as_of.max(told.as_of) - known.as_of.min(told.as_of) < Duration::from_millis(50));
    assert_eq!(known.fetched_at, told.fetched_at);
}

#[tokio::test]
async fn what_is_older_never_replaces_what_is_newer_in_whatever_order_it_comes() {
    let redis = Redis::start().await;
    let [one, other] = pair(&redis).await;
    let at = seconds();
    let newer = |replica: &Replica, key: &TrackingKey| {
        replica.cache.put(key, entry(key, Status::Delivered, at(2)));
    };
    let older = |replica: &Replica, key: &TrackingKey| {
        replica.cache.put(key, entry(key, Status::Transit, at(1)));
    };
    let keys: Vec<_> = (0..40).map(key).collect();
    for (number, key) in keys.iter().enumerate() {
        match number % 4 {
            0 => (newer(&one, key), older(&other, key)),
            1 => (older(&other, key), newer(&one, key)),
            2 => {
                newer(&one, key);
                one.cache.settled().await;
                ((), older(&other, key))
            }
            _ => {
                older(&other, key);
                other.cache.settled().await;
                ((), newer(&one, key))
            }
        };
    }
    one.cache.settled().await;
    other.cache.settled().await;
    let late = Replica::of(&redis.url()).await;
    late.cache.fetch(&keys, |_, _| true).await;
    for key in &keys {
        for replica in [&one, &other, &late] {
            assert_eq!(replica.status(key), Some(Status::Delivered), "{key}");
        }
    }
}

#[tokio::test]
async fn a_doubt_is_everybodys() {
    let redis = Redis::start().await;
    let [one, other] = pair(&redis).await;
    let (known, unknown, at) = (key(1), key(2), seconds());
    one.cache.put(&known, entry(&known, Status::Transit, at(1)));
    one.cache.settled().await;
    for key in [&known, &unknown] {
        other.cache.doubt(key, at(2));
    }
    other.cache.settled().await;
    let late = Replica::of(&redis.url()).await;
    late.cache
        .fetch(&[known.clone(), unknown.clone()], |_, _| true)
        .await;
    for replica in [&one, &other, &late] {
        for key in [&known, &unknown] {
            assert_eq!(replica.completeness(key), Some(Completeness::Doubtful));
        }
        assert_eq!(replica.status(&known), Some(Status::Transit));
        assert_eq!(replica.status(&unknown), None);
    }
    // What left before the doubt does not dispel it, and what left later does.
    late.cache.put(&known, entry(&known, Status::Pickup, at(1)));
    late.cache.settled().await;
    assert_eq!(one.completeness(&known), Some(Completeness::Doubtful));
    late.cache
        .put(&known, entry(&known, Status::Delivered, at(3)));
    late.cache.settled().await;
    for replica in [&one, &other, &late] {
        assert_eq!(replica.completeness(&known), Some(Completeness::Whole));
        assert_eq!(replica.status(&known), Some(Status::Delivered));
    }
}

#[tokio::test]
async fn nothing_in_redis_tells_of_anybody() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis.url()).await;
    let key = TrackingKey::parse("china-ems", "LS912989618CN").unwrap();
    let mut tracking = Tracking::bare(key.clone(), Status::Delivered);
    tracking.metadata.customer_name = Some("Jane Doe".into());
    let entry = Entry {
        tracking: Some(Arc::new(tracking)),
        ..entry(&key, Status::Delivered, Instant::now())
    };
    one.cache.put(&key, entry);
    one.cache.settled().await;
    let names: Vec<String> = redis.ask(&["KEYS", "*"]).await;
    let mut all = names.join(" ").into_bytes();
    let mut parcels = 0;
    for name in &names {
        if redis.ask::<String>(&["TYPE", name]).await == "string" {
            all.extend(redis.ask::<Vec<u8>>(&["GET", name]).await);
            continue;
        }
        let fields: Vec<Vec<u8>> = redis.ask(&["HVALS", name]).await;
        all.extend(fields.concat());
        assert!(redis.ask::<i64>(&["TTL", name]).await > 3_600);
        parcels += 1;
    }
    assert_eq!(parcels, 1);
    let all = String::from_utf8_lossy(&all).to_lowercase();
    for secret in ["jane", "doe", "ls912989618cn", "china-ems", "delivered"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_serves_as_well_whichever_node_a_replica_was_told_of() {
    let cluster = Redis::cluster().await;
    let one = Replica::of(&cluster.nodes[0].url()).await;
    let other = Replica::of(&cluster.nodes[1].url()).await;
    let keys: Vec<_> = (0..40).map(key).collect();
    for key in &keys {
        one.cache
            .put(key, entry(key, Status::Transit, Instant::now()));
    }
    one.cache.settled().await;
    assert!(keys.iter().all(|key| other.status(key).is_some()));
    let late = Replica::of(&cluster.nodes[2].url()).await;
    late.cache.fetch(&keys, |_, _| true).await;
    assert!(keys.iter().all(|key| late.status(key).is_some()));
}
