//! What is kept under a key: one rule for a process alone and for a fleet.

use std::time::Duration;

use parcelgraph::idempotency::{Begun, Claim, Content, Key, MAX_ANSWER, Name, Outcomes};
use parcelgraph::model::ClientId;
use parcelgraph::redis_link::{self, Link};
use tokio::time::Instant;

use crate::support::{Redis, until};

const PATIENCE: Duration = Duration::from_secs(2);

/// Two who know the same: twice the same process, or two replicas.
struct Pair {
    one: Outcomes,
    other: Outcomes,
    redis: Option<Redis>,
}

impl Pair {
    fn alone() -> Self {
        let one = Outcomes::in_memory(PATIENCE);
        Self {
            other: one.clone(),
            one,
            redis: None,
        }
    }

    async fn in_fleet() -> Self {
        let redis = Redis::start().await;
        Self {
            one: replica(&redis, PATIENCE).await.0,
            other: replica(&redis, PATIENCE).await.0,
            redis: Some(redis),
        }
    }

    async fn both() -> [Self; 2] {
        [Self::alone(), Self::in_fleet().await]
    }
}

async fn replica(redis: &Redis, patience: Duration) -> (Outcomes, Link) {
    let link = Link::open(redis_link::Settings {
        url: redis.url(),
        secret: b"an API key".to_vec(),
        patience: redis_link::PATIENCE,
    })
    .unwrap();
    until("a session", || link.session().is_some()).await;
    (Outcomes::in_fleet(patience, link.clone()), link)
}

fn name(client: &str, key: &str) -> Name {
    Name::of(&ClientId::named(client), &Key::parse(key).unwrap())
}

fn shoes() -> Content {
    Content::of(b"order shoes")
}

async fn begin(outcomes: &Outcomes, key: &str) -> Begun {
    outcomes.begin(name("Jane", key), shoes()).await
}

async fn first(outcomes: &Outcomes, key: &str) -> Claim {
    match begin(outcomes, key).await {
        Begun::First(claim) => claim,
        begun => panic!("{begun:?}"),
    }
}

async fn replayed(outcomes: &Outcomes, key: &str) -> Vec<u8> {
    match begin(outcomes, key).await {
        Begun::Replay(answer) => answer.to_vec(),
        begun => panic!("{begun:?}"),
    }
}

#[tokio::test]
async fn what_was_done_is_told_again_to_whom_it_concerns() {
    for Pair { one, other, redis } in Pair::both().await {
        first(&one, "k").await.keep(b"done".to_vec()).await;
        for outcomes in [&one, &other, &one] {
            assert_eq!(replayed(outcomes, "k").await, b"done");
            let boots = Content::of(b"order boots");
            let begun = outcomes.begin(name("Jane", "k"), boots).await;
            assert!(matches!(begun, Begun::Other), "{begun:?}");
        }
        for stranger in [name("Jane", "l"), name("Joe", "k")] {
            let begun = other.begin(stranger, shoes()).await;
            assert!(matches!(begun, Begun::First(_)), "{begun:?}");
        }
        drop(redis);
    }
}

#[tokio::test]
async fn twins_wait_for_the_first_and_are_woken_by_him() {
    for Pair { one, other, redis } in Pair::both().await {
        let claim = first(&one, "k").await;
        let (boots, start) = (Content::of(b"order boots"), Instant::now());
        let begun = other.begin(name("Jane", "k"), boots).await;
        assert!(matches!(begun, Begun::Other), "{begun:?}");
        assert!(start.elapsed() < Duration::from_millis(300));
        let twins = futures_util::future::join_all(
            (0..20).map(|twin| replayed([&one, &other][twin % 2], "k")),
        );
        let work = async {
            tokio::task::yield_now().await;
            claim.keep(b"done".to_vec()).await;
        };
        let (answers, ()) = tokio::join!(twins, work);
        assert!(answers.iter().all(|answer| answer == b"done"));
        drop(redis);
    }
}

#[tokio::test]
async fn a_key_that_is_given_back_goes_to_the_next_who_waits() {
    for Pair { one, other, redis } in Pair::both().await {
        let claim = first(&one, "k").await;
        let (next, ()) = tokio::join!(first(&other, "k"), claim.free());
        next.keep(b"second try".to_vec()).await;
        assert_eq!(replayed(&one, "k").await, b"second try");
        drop(redis);
    }
}

#[tokio::test]
async fn a_twin_waits_no_longer_than_his_patience() {
    for Pair { one, other, redis } in Pair::both().await {
        let claim = first(&one, "k").await;
        for twin in [&one, &other] {
            let start = Instant::now();
            let begun = begin(twin, "k").await;
            assert!(matches!(begun, Begun::Busy), "{begun:?}");
            assert!(start.elapsed() >= PATIENCE);
        }
        claim.keep(b"late".to_vec()).await;
        assert_eq!(replayed(&other, "k").await, b"late");
        drop(redis);
    }
}

#[tokio::test]
async fn of_what_is_too_large_it_is_known_that_it_was_done() {
    for Pair { one, other, redis } in Pair::both().await {
        let claim = first(&one, "large").await;
        claim.keep(vec![b'x'; MAX_ANSWER]).await;
        assert_eq!(replayed(&other, "large").await.len(), MAX_ANSWER);
        let claim = first(&one, "larger").await;
        claim.keep(vec![b'x'; MAX_ANSWER + 1]).await;
        for outcomes in [&one, &other] {
            let begun = begin(outcomes, "larger").await;
            assert!(matches!(begun, Begun::TooLarge), "{begun:?}");
        }
        drop(redis);
    }
}

#[tokio::test]
async fn what_breaks_off_is_never_done_again() {
    let Pair { one, .. } = Pair::alone();
    drop(first(&one, "k").await);
    let begun = begin(&one, "k").await;
    assert!(matches!(begun, Begun::Unknown), "{begun:?}");
}

#[tokio::test]
async fn who_is_not_heard_of_any_more_leaves_an_unknown_outcome_to_the_others() {
    let redis = Redis::start().await;
    let (one, _) = replica(&redis, PATIENCE).await;
    let (other, _) = replica(&redis, Duration::from_secs(20)).await;
    drop(first(&one, "k").await);
    let start = Instant::now();
    let begun = begin(&other, "k").await;
    assert!(matches!(begun, Begun::Unknown), "{begun:?}");
    assert!(
        start.elapsed() > Duration::from_secs(2),
        "he may be at work"
    );
}

#[tokio::test]
async fn who_works_for_long_is_believed_all_the_while() {
    let redis = Redis::start().await;
    let (one, _) = replica(&redis, PATIENCE).await;
    let (other, _) = replica(&redis, Duration::from_secs(8)).await;
    let claim = first(&one, "k").await;
    let begun = begin(&other, "k").await;
    assert!(matches!(begun, Begun::Busy), "{begun:?}");
    claim.keep(b"done".to_vec()).await;
    assert_eq!(replayed(&other, "k").await, b"done");
}

#[tokio::test]
async fn while_redis_is_away_each_remembers_for_itself() {
    let mut redis = Redis::start().await;
    let (one, link) = replica(&redis, PATIENCE).await;
    redis.kill();
    until("the end of the session", || link.session().is_none()).await;
    first(&one, "k").await.keep(b"done".to_vec()).await;
    assert_eq!(replayed(&one, "k").await, b"done");
}

#[tokio::test]
async fn what_ends_while_redis_is_away_is_told_when_it_is_back() {
    let mut redis = Redis::with_memory().await;
    let (one, here) = replica(&redis, PATIENCE).await;
    let (other, there) = replica(&redis, PATIENCE).await;
    let (kept, freed) = (first(&one, "kept").await, first(&one, "freed").await);
    redis.kill();
    until("the end of the sessions", || {
        here.session().is_none() && there.session().is_none()
    })
    .await;
    kept.keep(b"done".to_vec()).await;
    freed.free().await;
    redis.restart().await;
    until("new sessions", || {
        here.session().is_some() && there.session().is_some()
    })
    .await;
    assert_eq!(replayed(&other, "kept").await, b"done");
    first(&other, "freed").await.free().await;
}

#[tokio::test]
async fn a_redis_that_lost_everything_is_told_who_is_at_work() {
    let redis = Redis::start().await;
    let (one, _) = replica(&redis, PATIENCE).await;
    let (other, _) = replica(&redis, PATIENCE).await;
    let claim = first(&one, "k").await;
    redis.flush().await;
    let end = Instant::now() + Duration::from_secs(10);
    while redis
        .ask::<Vec<String>>(&["KEYS", "*:idem1:*"])
        .await
        .is_empty()
    {
        assert!(Instant::now() < end, "the claim was not renewed");
    }
    let (answer, ()) = tokio::join!(replayed(&other, "k"), claim.keep(b"done".to_vec()));
    assert_eq!(answer, b"done");
}

#[tokio::test]
async fn nothing_of_it_can_be_read_in_redis() {
    let redis = Redis::start().await;
    let (one, _) = replica(&redis, PATIENCE).await;
    let at_work = first(&one, "key-at-work").await;
    let claim = first(&one, "key-done").await;
    claim.keep(b"the answer to Jane".to_vec()).await;
    let keys: Vec<String> = redis.ask(&["KEYS", "*:idem1:*"]).await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    let mut stored = Vec::new();
    for key in &keys {
        stored.extend(key.as_bytes());
        for field in redis.ask::<Vec<Vec<u8>>>(&["HGETALL", key]).await {
            stored.extend(field);
        }
        assert!(redis.ask::<i64>(&["PTTL", key]).await > 86_000_000);
    }
    for word in ["Jane", "key-", "answer", "shoes"] {
        let shows = stored
            .windows(word.len())
            .any(|part| part == word.as_bytes());
        assert!(!shows, "{word}");
    }
    at_work.free().await;
}
