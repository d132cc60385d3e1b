//! The log of events that replicas share: one event for each change, told to all, in one order.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parcelgraph::live::{
    Cursor, Event, EventKind, Follower, Kept, Known, Live, Position, StatusFilter, Subject, TooOld,
};
use parcelgraph::model::{Completeness, Source, Status, Tracking, TrackingKey};
use parcelgraph::redis_link::{self, Link};
use tokio::time::{Instant, timeout};

use crate::support::replica::key;
use crate::support::{Redis, until};

const DEADLINE: Duration = Duration::from_secs(20);

/// A log as one of several replicas has it.
struct Replica {
    live: Live,
    link: Link,
}

impl Replica {
    async fn of(redis: &Redis) -> Self {
        Self::keeping(redis, 1_000).await
    }

    async fn keeping(redis: &Redis, events: usize) -> Self {
        let link = Link::open(redis_link::Settings {
            url: redis.url(),
            secret: b"an API key".to_vec(),
            patience: redis_link::PATIENCE,
        })
        .unwrap();
        let age = Duration::from_secs(3_600);
        let replica = Self {
            live: Live::in_fleet(Kept { events, age }, 1_000, link.clone()),
            link,
        };
        replica.is_linked().await;
        replica
    }

    async fn is_linked(&self) {
        until("a session", || self.link.session().is_some()).await;
        self.live.end().await;
    }

    /// Notes that a parcel has that title now.
    fn observe(&self, key: &TrackingKey, title: usize) {
        let mut tracking = Tracking::bare(key.clone(), Status::Transit);
        tracking.metadata.title = Some(title.to_string().into());
        self.observe_as(key, Some(tracking), Source::List);
    }

    fn observe_as(&self, key: &TrackingKey, tracking: Option<Tracking>, source: Source) {
        let known = Known {
            tracking: tracking.map(Arc::new),
            as_of: Instant::now(),
            aging_since: Instant::now(),
            fetched_at: Timestamp::now(),
            source,
            completeness: Completeness::Whole,
        };
        self.live.observe(key, known);
    }

    /// Waits until everything that was observed of a parcel is written.
    async fn writes(&self, key: &TrackingKey) {
        self.live.settled(std::slice::from_ref(key)).await;
    }

    /// Waits until it has read so many events.
    async fn has_read(&self, events: u64) {
        until("the events", || self.live.figures().told == events).await;
    }

    fn follow(&self, keys: &[TrackingKey]) -> Follower {
        self.live.follow(parcels(keys))
    }

    /// The titles that a parcel got behind a place.
    fn titles_after(&self, key: &TrackingKey, cursor: &Cursor) -> Result<Vec<usize>, TooOld> {
        let subject = parcels(std::slice::from_ref(key));
        let events = self.live.after(&subject, cursor, 1_000)?.events;
        Ok(events.iter().map(|event| title(event)).collect())
    }
}

fn parcels(keys: &[TrackingKey]) -> Arc<Subject> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    Arc::new(Subject::Parcels(keys))
}

fn title(event: &Event) -> usize {
    let tracking = event.known.tracking.as_ref().unwrap();
    tracking.metadata.title.as_ref().unwrap().parse().unwrap()
}

async fn next(follower: &mut Follower) -> Result<Arc<Event>, TooOld> {
    let next = timeout(DEADLINE, follower.next()).await;
    next.expect("there is an event")
}

#[tokio::test]
async fn what_two_replicas_see_alike_is_one_event_for_both() {
    let redis = Redis::start().await;
    let (one, other) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let key = key(1);
    let mut followers = [
        one.follow(std::slice::from_ref(&key)),
        other.follow(std::slice::from_ref(&key)),
    ];
    for title in 0..30 {
        one.observe(&key, title);
        other.observe(&key, title);
        one.writes(&key).await;
        other.writes(&key).await;
    }
    let mut seen = Vec::new();
    for follower in &mut followers {
        let mut cursors = Vec::new();
        for expected in 1..30 {
            let event = next(follower).await.unwrap();
            assert_eq!((title(&event), event.kind), (expected, EventKind::Changed));
            let [change] = &event.changes[..] else {
                panic!("{event:?}")
            };
            let before = (expected - 1).to_string();
            assert_eq!(
                (change.field.as_str(), change.before.as_deref()),
                ("title", Some(&*before))
            );
            cursors.push(event.cursor);
        }
        seen.push(cursors);
    }
    assert_eq!(seen[0], seen[1]);
    let length: usize = redis.ask(&["XLEN", &one.link.key("events")]).await;
    assert_eq!(length, 29);
}

#[tokio::test]
async fn a_replica_that_comes_later_knows_what_was_told_before() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis).await;
    let key = key(1);
    one.observe(&key, 0);
    one.writes(&key).await;
    let start = one.live.end().await;
    for title in 1..=5 {
        one.observe(&key, title);
        one.writes(&key).await;
    }
    let late = Replica::of(&redis).await;
    until("the log", || {
        late.titles_after(&key, &start) == Ok(vec![1, 2, 3, 4, 5])
    })
    .await;
    // It also knows where the log stands, so that what it sees for the first time is no event.
    late.observe(&key, 5);
    late.observe(&key, 6);
    late.writes(&key).await;
    until("the new event", || {
        one.titles_after(&key, &start) == Ok(vec![1, 2, 3, 4, 5, 6])
    })
    .await;
}

#[tokio::test]
async fn what_is_observed_while_redis_is_away_is_told_when_it_is_back_and_in_order() {
    let mut redis = Redis::with_memory().await;
    let (one, other) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let key = key(1);
    one.observe(&key, 0);
    one.writes(&key).await;
    let mut follower = other.follow(std::slice::from_ref(&key));
    redis.kill();
    until("the end of the session", || one.link.session().is_none()).await;
    for title in 1..=3 {
        one.observe(&key, title);
        one.observe(&key, title);
    }
    redis.restart().await;
    for expected in 1..=3 {
        assert_eq!(title(&next(&mut follower).await.unwrap()), expected);
    }
}

#[tokio::test]
async fn when_redis_comes_back_empty_who_follows_is_told_that_something_may_be_lost() {
    let mut redis = Redis::start().await;
    let (one, other) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let key = key(1);
    for title in 0..=1 {
        one.observe(&key, title);
        one.writes(&key).await;
    }
    one.has_read(1).await;
    other.has_read(1).await;
    let before = one.live.end().await;
    let mut follower = other.follow(std::slice::from_ref(&key));
    redis.restart().await;
    assert_eq!(next(&mut follower).await.unwrap_err(), TooOld);
    until("another log", || {
        one.titles_after(&key, &before) == Err(TooOld)
    })
    .await;
    // Each of them remembers by itself how it stood.
    for expected in 2..=4 {
        one.observe(&key, expected);
        other.observe(&key, expected);
        assert_eq!(title(&next(&mut follower).await.unwrap()), expected);
    }
}

#[tokio::test]
async fn the_stream_is_bounded_and_who_goes_back_too_far_is_told_so() {
    let redis = Redis::start().await;
    let one = Replica::keeping(&redis, 10).await;
    let key = key(1);
    one.observe(&key, 0);
    one.writes(&key).await;
    let start = one.live.end().await;
    for title in 1..=25 {
        one.observe(&key, title);
        one.writes(&key).await;
    }
    let length: usize = redis.ask(&["XLEN", &one.link.key("events")]).await;
    assert_eq!(length, 10);
    let late = Replica::keeping(&redis, 10).await;
    for replica in [&one, &late] {
        until("the log", || replica.live.figures().kept == 10).await;
        assert_eq!(replica.titles_after(&key, &start), Err(TooOld));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_as_a_loss_and_not_left_out() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis).await;
    let key = key(1);
    for title in 0..=1 {
        one.observe(&key, title);
        one.writes(&key).await;
    }
    one.has_read(1).await;
    let mut follower = one.follow(std::slice::from_ref(&key));
    let (stream, log) = (one.link.key("events"), one.link.key("log"));
    let id: String = redis.ask(&["HGET", &log, "id"]).await;
    let count: usize = redis.ask(&["HINCRBY", &log, "count", "1"]).await;
    let count = count.to_string();
    redis
        .ask::<String>(&["XADD", &stream, "*", "l", &id, "n", &count, "e", "novel"])
        .await;
    assert_eq!(next(&mut follower).await.unwrap_err(), TooOld);
    one.observe(&key, 2);
    assert_eq!(title(&next(&mut follower).await.unwrap()), 2);
}

#[tokio::test]
async fn what_is_in_redis_says_nothing_of_parcels_and_people() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis).await;
    let key = key(1);
    for name in ["Ada", "Grace"] {
        let mut tracking = Tracking::bare(key.clone(), Status::Transit);
        tracking.metadata.customer_name = Some(format!("{name} Lovelace").into());
        one.observe_as(&key, Some(tracking), Source::List);
        one.writes(&key).await;
    }
    let all: redis::Value = redis
        .ask(&["XRANGE", &one.link.key("events"), "-", "+"])
        .await;
    let mut text = format!("{all:?}");
    for name in redis.ask::<Vec<String>>(&["KEYS", "*h1*"]).await {
        let head: redis::Value = redis.ask(&["HGETALL", &name]).await;
        text.push_str(&format!("{name}{head:?}"));
    }
    assert!(text.len() > 500, "{text}");
    for secret in ["Lovelace", key.number.as_str(), "dhl"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_replicas_and_parcels_keep_one_order_for_each_parcel() {
    let redis = Redis::start().await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(Replica::of(&redis).await);
    }
    let keys: Vec<_> = (0..20).map(key).collect();
    for key in &keys {
        replicas[0].observe(key, 0);
        replicas[0].writes(key).await;
    }
    let mut follower = replicas[1].follow(&keys);
    for title in 1..=20 {
        for (number, key) in keys.iter().enumerate() {
            replicas[number % 3].observe(key, title);
            replicas[(number + title) % 3].observe(key, title);
        }
        for replica in &replicas {
            replica.live.settled(&keys).await;
        }
    }
    let mut last = vec![0; keys.len()];
    for _ in 0..keys.len() * 20 {
        let event = next(&mut follower).await.unwrap();
        let number = keys.iter().position(|key| *key == event.key).unwrap();
        assert_eq!(title(&event), last[number] + 1);
        last[number] += 1;
    }
}

#[tokio::test]
async fn while_redis_is_away_for_long_each_tells_what_it_observes_and_once_more_with_its_place() {
    let mut redis = Redis::with_memory().await;
    let (one, other) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let key = key(1);
    one.observe(&key, 0);
    one.writes(&key).await;
    let end = one.live.end().await;
    let mut follower = one.follow(std::slice::from_ref(&key));
    let mut elsewhere = other.follow(std::slice::from_ref(&key));
    redis.kill();
    until("the end of the session", || one.link.session().is_none()).await;
    let told = async {
        loop {
            // Whoever polls observes it again and again.
            one.observe(&key, 1);
            let next = timeout(Duration::from_millis(100), follower.next()).await;
            if let Ok(event) = next {
                return event.unwrap();
            }
        }
    };
    let event = timeout(DEADLINE, told).await.unwrap();
    assert_eq!((title(&event), event.is_logged), (1, false));
    assert_eq!(event.cursor, end);
    redis.restart().await;
    for follower in [&mut follower, &mut elsewhere] {
        let event = next(follower).await.unwrap();
        assert_eq!((title(&event), event.is_logged), (1, true));
    }
}

#[tokio::test]
async fn when_redis_comes_back_with_less_than_was_read_it_is_another_log() {
    let mut redis = Redis::with_memory().await;
    let one = Replica::of(&redis).await;
    let key = key(1);
    for title in 0..=3 {
        one.observe(&key, title);
        one.writes(&key).await;
    }
    one.has_read(3).await;
    let mut follower = one.follow(std::slice::from_ref(&key));
    let (stream, end) = (one.link.key("events"), one.live.end().await);
    // As if the last one had not been written down before it crashed.
    let last = end.position.to_string();
    assert_eq!(redis.ask::<usize>(&["XDEL", &stream, &last]).await, 1);
    redis.restart().await;
    assert_eq!(next(&mut follower).await.unwrap_err(), TooOld);
    assert_ne!(one.live.end().await.log, end.log);
}

#[tokio::test]
async fn of_a_parcel_to_which_nothing_happened_nothing_was_missed_however_long_ago_that_was() {
    let redis = Redis::start().await;
    let one = Replica::keeping(&redis, 10).await;
    let (quiet, busy) = (key(1), key(2));
    for key in [&quiet, &busy] {
        one.observe(key, 0);
        one.writes(key).await;
    }
    one.observe(&quiet, 1);
    one.writes(&quiet).await;
    until("the event", || one.live.figures().kept == 1).await;
    let (before, after) = (
        Cursor {
            position: Position::default(),
            ..one.live.end().await
        },
        one.live.end().await,
    );
    for title in 1..=25 {
        one.observe(&busy, title);
        one.writes(&busy).await;
    }
    let late = Replica::keeping(&redis, 10).await;
    for replica in [&one, &late] {
        until("the log", || replica.live.figures().kept == 10).await;
        assert_eq!(replica.titles_after(&quiet, &after), Err(TooOld));
        let of_quiet = std::slice::from_ref(&quiet);
        assert!(replica.live.is_unchanged(of_quiet, &after).await);
        assert!(!replica.live.is_unchanged(of_quiet, &before).await);
        assert!(
            !replica
                .live
                .is_unchanged(&[quiet.clone(), busy.clone()], &after)
                .await
        );
        assert!(!replica.live.is_unchanged(&[key(3)], &after).await);
    }
}

#[tokio::test]
async fn missed_changes_are_told_on_every_replica_to_those_who_follow_statuses() {
    let redis = Redis::start().await;
    let (one, other) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let key = key(1);
    one.observe(&key, 0);
    one.writes(&key).await;
    let statuses = Arc::new(Subject::Statuses(StatusFilter::default()));
    let mut of_all = [
        one.live.follow(statuses.clone()),
        other.live.follow(statuses),
    ];
    let mut of_one = other.follow(std::slice::from_ref(&key));
    one.live.note_missed().await.unwrap();
    for follower in &mut of_all {
        assert_eq!(next(follower).await.unwrap_err(), TooOld);
    }
    one.observe(&key, 1);
    assert_eq!(title(&next(&mut of_one).await.unwrap()), 1);
}
