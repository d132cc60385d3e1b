//! What is given again while Redis comes and goes.

use std::time::Duration;

use parcelgraph::graphql::Opened;
use parcelgraph::model::Status;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::replica::{Replica, entry, key, titled};
use crate::support::{Proxy, Redis, Room};

const QUERY: &str = "{ tracking(ref: { key: { carrierCode: \"dhl\", trackingNumber: \"0000000001\" } }) { title } }";

async fn title(room: &Room) -> Value {
    let Opened::Answer(answer) = room.open(&room.door, QUERY, json!({})).await else {
        panic!("it goes on");
    };
    let answer: Value = serde_json::from_str(&answer.to_json()).unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["tracking"]["title"].clone()
}

fn hits(room: &Room) -> u64 {
    room.door.finished_figures().hits
}

#[tokio::test]
async fn an_answer_from_before_an_outage_is_not_given_after_it_nor_one_from_it() {
    let redis = Redis::start().await;
    let proxy = Proxy::before(&redis.url()).await;
    let one = Replica::of(&proxy.url()).await;
    let other = Replica::of(&redis.url()).await;
    let room = Room::around(one.cache.clone(), 10);
    let key = key(1);
    let start = Instant::now();
    one.cache.put(&key, entry(&key, Status::Transit, start));
    one.cache.settled().await;
    for _ in 0..2 {
        assert_eq!(title(&room).await, Value::Null);
    }
    assert_eq!(hits(&room), 1);
    proxy.cut();
    one.is_alone().await;
    // Nobody can tell whether it is still so, but that is all that is known here.
    for _ in 0..2 {
        assert_eq!(title(&room).await, Value::Null);
    }
    assert_eq!(hits(&room), 2, "the first of them was made anew");
    let later = start + Duration::from_millis(200);
    other.fetch(&key).await;
    other.cache.amend(&key, later, titled).unwrap();
    other.cache.settled().await;
    proxy.mend();
    one.is_linked().await;
    assert_eq!(title(&room).await, "red shoes");
    assert_eq!(hits(&room), 2);
    assert_eq!(title(&room).await, "red shoes");
    assert_eq!(hits(&room), 3);
}

#[tokio::test]
async fn what_another_replica_changed_is_not_given_again_here_once_that_is_settled() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis.url()).await;
    let other = Replica::of(&redis.url()).await;
    let room = Room::around(one.cache.clone(), 10);
    let key = key(1);
    one.cache
        .put(&key, entry(&key, Status::Transit, Instant::now()));
    one.cache.settled().await;
    other.fetch(&key).await;
    for _ in 0..2 {
        assert_eq!(title(&room).await, Value::Null);
    }
    assert_eq!(hits(&room), 1);
    other.cache.amend(&key, Instant::now(), titled).unwrap();
    other.cache.settled().await;
    assert_eq!(title(&room).await, "red shoes");
    assert_eq!(hits(&room), 1);
}
