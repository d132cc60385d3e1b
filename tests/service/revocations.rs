//! A view token that was revoked opens nothing on any replica.

use std::collections::BTreeSet;
use std::time::Duration;

use parcelgraph::auth::{
    Caller, Credentials, Gate, NotForAll, Refusal, RevokeError, Scopes, Settings, ViewToken,
};
use parcelgraph::model::{ClientId, TrackingKey};
use parcelgraph::redis_link::{self, Link};

use crate::support::{Redis, until};

/// The gate of a replica.
struct Replica {
    gate: Gate,
    link: Link,
}

impl Replica {
    /// One that has reached Redis.
    async fn of(redis: &Redis) -> Self {
        let replica = Self::begun(redis);
        replica.is_linked().await;
        replica
    }

    /// One that knows nothing yet.
    fn begun(redis: &Redis) -> Self {
        let link = Link::open(redis_link::Settings {
            url: redis.url(),
            secret: b"an API key".to_vec(),
            patience: redis_link::PATIENCE,
        });
        let link = link.unwrap();
        let settings = Settings {
            anonymous: Some(Scopes::ALL),
            tokens: Vec::new(),
            jwt: None,
            view_token_secret: None,
        };
        let gate = Gate::open(&settings, b"an API key", Some(&link)).unwrap();
        Self { gate, link }
    }

    async fn is_linked(&self) {
        until("a session", || self.link.session().is_some()).await;
    }

    fn sign(&self) -> ViewToken {
        let key = TrackingKey::parse("china-ems", "LS912989618CN").unwrap();
        let hour = Duration::from_secs(60 * 60);
        let tokens = self.gate.view_tokens();
        let anybody = Caller::trusted(ClientId::default());
        let signed = tokens.sign(BTreeSet::from([key]), hour, &anybody);
        signed.unwrap()
    }

    async fn admit(&self, view: &ViewToken) -> Result<Caller, Refusal> {
        let shown = Credentials::Bearer(view.token.clone());
        self.gate.admit(&shown, ClientId::default()).await
    }

    async fn revoke(&self, view: &ViewToken) -> Result<(), RevokeError> {
        self.gate.view_tokens().revoke(&view.id).await
    }

    /// Waits until it has learned that.
    async fn refuses(&self, view: &ViewToken) {
        let tokens = self.gate.view_tokens();
        until("the revocation", || tokens.is_revoked(&view.id)).await;
        assert_eq!(self.admit(view).await, Err(Refusal::Revoked));
    }
}

#[tokio::test]
async fn a_token_that_one_replica_revokes_is_refused_by_all_of_them_and_by_those_that_come_later() {
    let redis = Redis::start().await;
    let (one, two) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let (revoked, other) = (one.sign(), one.sign());
    assert!(two.admit(&revoked).await.is_ok());
    one.revoke(&revoked).await.unwrap();
    // The others have heard it by then.
    assert_eq!(two.admit(&revoked).await, Err(Refusal::Revoked));
    let three = Replica::of(&redis).await;
    three.refuses(&revoked).await;
    for replica in [&one, &two, &three] {
        assert!(replica.admit(&other).await.is_ok());
    }
}

#[tokio::test]
async fn while_redis_is_away_a_revocation_counts_here_and_for_all_once_it_is_back() {
    let mut redis = Redis::start().await;
    let (one, two) = (Replica::of(&redis).await, Replica::of(&redis).await);
    let (before, during) = (one.sign(), one.sign());
    one.revoke(&before).await.unwrap();
    redis.kill();
    until("the end of the session", || one.link.session().is_none()).await;
    let said = one.revoke(&during).await.unwrap_err();
    assert_eq!(said, RevokeError::NotForAll(NotForAll::Away));
    assert!(said.to_string().contains("try again"));
    assert_eq!(one.admit(&during).await, Err(Refusal::Revoked));
    assert_eq!(two.admit(&before).await, Err(Refusal::Revoked));
    assert!(two.admit(&during).await.is_ok());
    // It comes back with nothing.
    redis.restart().await;
    one.is_linked().await;
    two.refuses(&during).await;
    let three = Replica::of(&redis).await;
    three.refuses(&before).await;
    three.refuses(&during).await;
}

#[tokio::test]
async fn what_redis_forgets_is_told_again_and_what_it_holds_ends() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis).await;
    let view = one.sign();
    one.revoke(&view).await.unwrap();
    redis.flush().await;
    let two = Replica::of(&redis).await;
    two.refuses(&view).await;
    for name in ["revoked", "revoked:revision"] {
        let left: i64 = redis.ask(&["TTL", &one.link.key(name)]).await;
        assert!((1..=31 * 24 * 60 * 60).contains(&left), "{name}: {left}");
    }
    let kept: Vec<String> = redis
        .ask(&["ZRANGE", &one.link.key("revoked"), "0", "-1"])
        .await;
    assert_eq!(kept, [view.id]);
}

#[tokio::test]
async fn who_was_never_told_what_is_revoked_takes_no_view_token_and_says_so() {
    let mut redis = Redis::with_memory().await;
    let one = Replica::of(&redis).await;
    let (revoked, other) = (one.sign(), one.sign());
    one.revoke(&revoked).await.unwrap();
    redis.kill();
    let two = Replica::begun(&redis);
    for view in [&revoked, &other] {
        assert_eq!(two.admit(view).await, Err(Refusal::RevocationsUnknown));
    }
    // Others are let in.
    let nobody = two.gate.admit(&Credentials::None, ClientId::default());
    assert!(nobody.await.is_ok());
    redis.restart().await;
    two.refuses(&revoked).await;
    assert!(two.admit(&other).await.is_ok());
    // Whoever has known it goes on.
    redis.kill();
    until("the end of the session", || two.link.session().is_none()).await;
    assert!(two.admit(&other).await.is_ok());
}

#[tokio::test]
async fn what_finds_no_room_in_redis_counts_here_and_is_told_again() {
    let redis = Redis::start().await;
    let one = Replica::of(&redis).await;
    let view = one.sign();
    let fill =
        "for n = 1, 5000 do redis.call('ZADD', KEYS[1], 4000000000, ARGV[1] .. ':' .. n) end";
    let key = one.link.key("revoked");
    for part in 0..20 {
        let part = part.to_string();
        let _: Option<i64> = redis.ask(&["EVAL", fill, "1", &key, &part]).await;
    }
    let said = one.revoke(&view).await.unwrap_err();
    assert_eq!(said, RevokeError::NotForAll(NotForAll::Full));
    assert_eq!(one.admit(&view).await, Err(Refusal::Revoked));
    let two = Replica::of(&redis).await;
    assert!(two.admit(&view).await.is_ok());
    let _: i64 = redis.ask(&["DEL", &key]).await;
    two.refuses(&view).await;
}
