//! What replicas know of parcels while Redis is away, forgetful or spoilt, and after that.

use std::sync::atomic::Ordering;
use std::time::Duration;

use parcelgraph::model::Status;
use tokio::time::Instant;

use crate::support::replica::{Replica, entry, key, pair, seconds, titled};
use crate::support::{Proxy, Redis, until};

#[tokio::test]
async fn a_change_to_older_knowledge_and_younger_knowledge_come_together_everywhere() {
    let redis = Redis::start().await;
    let proxy = Proxy::before(&redis.url()).await;
    let one = Replica::of(&redis.url()).await;
    let other = Replica::of(&proxy.url()).await;
    let (key, at) = (key(1), seconds());
    one.cache.put(&key, entry(&key, Status::Transit, at(1)));
    one.cache.settled().await;
    proxy.cut();
    other.is_alone().await;
    other.cache.put(&key, entry(&key, Status::Delivered, at(2)));
    one.cache.amend(&key, at(3), titled).unwrap();
    one.cache.settled().await;
    proxy.mend();
    other.is_linked().await;
    let late = Replica::of(&redis.url()).await;
    let came_together = |replica: &Replica| {
        replica.status(&key) == Some(Status::Delivered)
            && replica.title(&key).as_deref() == Some("red shoes")
    };
    until("it to come together", || {
        came_together(&one) && came_together(&other)
    })
    .await;
    other.cache.settled().await;
    late.fetch(&key).await;
    assert!(came_together(&late), "in the store");
}

#[tokio::test]
async fn without_redis_each_knows_what_it_knew_and_tells_the_rest_later() {
    let mut redis = Redis::start().await;
    let [one, other] = pair(&redis).await;
    let (old, new, at) = (key(1), key(2), seconds());
    one.cache.put(&old, entry(&old, Status::Transit, at(1)));
    one.cache.settled().await;
    redis.kill();
    one.is_alone().await;
    other.is_alone().await;
    let asked = Instant::now();
    for _ in 0..100 {
        one.cache.amend(&old, at(2), titled).unwrap();
        one.cache.put(&new, entry(&new, Status::Pickup, at(2)));
        one.cache.settled().await;
        other.fetch(&new).await;
    }
    assert!(asked.elapsed() < Duration::from_millis(100), "nobody waits");
    assert_eq!(other.status(&old), Some(Status::Transit));
    let outdated = other.outdated.load(Ordering::Relaxed);
    redis.restart().await;
    until("the news", || {
        other.status(&new) == Some(Status::Pickup) && other.title(&old).is_some()
    })
    .await;
    assert!(
        other.outdated.load(Ordering::Relaxed) > outdated,
        "lists may have changed meanwhile"
    );
}

#[tokio::test]
async fn a_redis_that_stands_still_keeps_nobody_long_and_is_told_when_it_goes_on() {
    let redis = Redis::start().await;
    let [one, other] = pair(&redis).await;
    let (key, at) = (key(1), seconds());
    one.cache.put(&key, entry(&key, Status::Transit, at(1)));
    one.cache.settled().await;
    redis.stop_the_clock();
    let asked = Instant::now();
    one.cache.put(&key, entry(&key, Status::Delivered, at(2)));
    one.cache.settled().await;
    one.fetch(&key).await;
    other.fetch(&key).await;
    assert!(
        asked.elapsed() < Duration::from_millis(600),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(one.status(&key), Some(Status::Delivered));
    assert_eq!(other.status(&key), Some(Status::Transit));
    redis.go_on();
    until("the news", || other.status(&key) == Some(Status::Delivered)).await;
}

#[tokio::test]
async fn after_an_outage_what_others_told_meanwhile_is_asked_for_before_it_is_served() {
    let redis = Redis::start().await;
    let proxy = Proxy::before(&redis.url()).await;
    let one = Replica::of(&redis.url()).await;
    let other = Replica::of(&proxy.url()).await;
    let (key, at) = (key(1), seconds());
    one.cache.put(&key, entry(&key, Status::Transit, at(1)));
    one.cache.settled().await;
    proxy.cut();
    other.is_alone().await;
    one.cache.put(&key, entry(&key, Status::Delivered, at(2)));
    one.cache.settled().await;
    other.catch_up(&key).await;
    assert_eq!(other.status(&key), Some(Status::Transit));
    proxy.mend();
    other.is_linked().await;
    other.catch_up(&key).await;
    assert_eq!(other.status(&key), Some(Status::Delivered));
    // From now on it is in step, and Redis is not asked.
    let asked = redis.ask::<String>(&["INFO", "commandstats"]).await;
    let looks = |stats: &str| {
        let line = stats.lines().find(|line| line.contains("cmdstat_hmget"));
        line.map(str::to_owned)
    };
    other.catch_up(&key).await;
    let then = redis.ask::<String>(&["INFO", "commandstats"]).await;
    assert_eq!(looks(&asked), looks(&then));
}

#[tokio::test]
async fn a_redis_that_forgot_everything_is_filled_again_by_those_who_know() {
    let mut redis = Redis::start().await;
    let one = Replica::of(&redis.url()).await;
    let key = key(1);
    one.cache
        .put(&key, entry(&key, Status::Transit, Instant::now()));
    one.cache.settled().await;
    redis.restart().await;
    one.is_alone().await;
    one.is_linked().await;
    one.catch_up(&key).await;
    one.cache.settled().await;
    let late = Replica::of(&redis.url()).await;
    late.fetch(&key).await;
    assert_eq!(late.status(&key), Some(Status::Transit));
}

#[tokio::test]
async fn what_cannot_be_read_in_redis_is_not_known_and_makes_room() {
    let server = Redis::start().await;
    let one = Replica::of(&server.url()).await;
    let (key, at) = (key(1), seconds());
    let put = |second| {
        one.cache
            .put(&key, entry(&key, Status::Transit, at(second)))
    };
    put(1);
    one.cache.settled().await;
    let name = server
        .ask::<Vec<String>>(&["KEYS", "*:t1:*"])
        .await
        .remove(0);
    let sealed = one.link.seal(b"2\nlearned dhl/0000000001 5 {}");
    let moment = one.link.at(at(5)).unwrap().to_string();
    let future = (one.link.now().unwrap() + 3_600_000_000).to_string();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut spoil = redis::cmd("HSET");
    spoil.arg(&name).arg("v").arg(&sealed);
    spoil.exec_async(&mut connection).await.unwrap();
    for (second, spoilt) in [
        (10, vec!["TTL", &name]),
        (20, vec!["HSET", &name, "v", "garbage"]),
        (30, vec!["HSET", &name, "v", "garbage", "a", &moment]),
        (40, vec!["HSET", &name, "a", &future]),
        (50, vec!["HSET", &name, "a", "garbage"]),
        (51, vec!["HDEL", &name, "a"]),
        (52, vec!["DEL", &name]),
        (53, vec!["SET", &name, "garbage"]),
    ] {
        if spoilt[0] == "SET" {
            server.ask::<()>(&["DEL", &name]).await;
        }
        server.ask::<redis::Value>(&spoilt).await;
        let late = Replica::of(&server.url()).await;
        late.fetch(&key).await;
        assert_eq!(late.status(&key), None, "{spoilt:?}");
        put(second);
        one.cache.settled().await;
        let late = Replica::of(&server.url()).await;
        late.fetch(&key).await;
        assert_eq!(late.status(&key), Some(Status::Transit), "{spoilt:?}");
    }
}

#[tokio::test]
async fn what_was_stored_and_not_told_is_told_by_who_finds_it() {
    let server = Redis::start().await;
    let one = Replica::of(&server.url()).await;
    let (key, at) = (key(1), seconds());
    one.cache.put(&key, entry(&key, Status::Transit, at(1)));
    one.cache.settled().await;
    let late = Replica::of(&server.url()).await;
    let parcels: Vec<String> = server.ask(&["KEYS", "*:t1:*"]).await;
    let moment = one.link.at(at(3)).unwrap().to_string();
    server
        .ask::<i64>(&["HSET", &parcels[0], "a", &moment])
        .await;
    one.cache.put(&key, entry(&key, Status::Transit, at(2)));
    one.cache.settled().await;
    assert_eq!(late.status(&key), Some(Status::Transit));
}
