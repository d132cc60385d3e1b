//! What the probes say, and whether it is true.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use parcelgraph::auth::{JwtSettings, KeySource, Scopes, StaticToken};
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use parcelgraph::settings::Settings;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use crate::support::{Gateway, House, Redis, SEED, until};

const DEADLINE: Duration = Duration::from_secs(30);

async fn probe(gateway: &Gateway, path: &str) -> (u16, String) {
    let url = format!("http://{}{path}", gateway.address);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).timeout(DEADLINE).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn is_ready(gateway: &Gateway) -> bool {
    assert_eq!(
        probe(gateway, "/health/live").await,
        (200, "live\n".to_owned())
    );
    probe(gateway, "/health/ready").await == (200, "ready\n".to_owned())
}

async fn says_why_not(gateway: &Gateway, why: &str) {
    assert_eq!(
        probe(gateway, "/health/live").await,
        (200, "live\n".to_owned())
    );
    assert_eq!(
        probe(gateway, "/health/ready").await,
        (503, format!("{why}\n"))
    );
}

async fn becomes_ready(gateway: &Gateway) {
    let end = Instant::now() + DEADLINE;
    while !is_ready(gateway).await {
        assert!(Instant::now() < end, "it does not become ready");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What is known of the parcel, as fresh as it can be had.
async fn look(house: &House) -> Value {
    let terms = r#"maxAge: "PT0S", deadline: "PT10S", otherwise: STALE"#;
    let query = format!(
        "{{ tracking(ref: {SEED}, freshness: {{ {terms} }}) {{ status freshness {{ stale }} }} }}"
    );
    let answer = house.ask(&query).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["tracking"]["freshness"]["stale"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_upstream_a_server_is_ready_with_what_it_knows() {
    let house = House::without_limits().await;
    assert_eq!(look(&house).await, false);
    house.sandbox.stop();
    until("its end", || {
        std::net::TcpStream::connect(house.sandbox.address()).is_err()
    })
    .await;
    sleep(Duration::from_millis(20)).await;
    assert_eq!(look(&house).await, true);
    assert!(is_ready(&house).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_silence_a_server_is_ready_with_what_it_knows() {
    let house = House::without_limits().await;
    look(&house).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 429 }).on(Endpoint::List));
    sleep(Duration::from_millis(20)).await;
    for _ in 0..2 {
        assert_eq!(look(&house).await, true);
        assert!(is_ready(&house).await);
    }
}

fn shared(redis: &Redis, replicas: u32) -> impl FnOnce(&mut Settings) {
    let url = redis.url().parse().unwrap();
    move |settings| {
        settings.redis = Some(url);
        settings.replicas = replicas;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_loses_redis_stays_ready_with_its_share() {
    let mut redis = Redis::start().await;
    let house = House::without_limits_and(shared(&redis, 2)).await;
    becomes_ready(&house).await;
    look(&house).await;
    redis.kill();
    let link = house.link.clone().unwrap();
    until("the loss", || link.session().is_none()).await;
    assert!(is_ready(&house).await);
    look(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_has_never_met_the_others_can_answer_nothing_and_is_not_ready() {
    let mut redis = Redis::start().await;
    redis.kill();
    let house = House::without_limits_and(shared(&redis, 2)).await;
    says_why_not(&house, "Redis was not reached yet").await;
    // The only one knows its share.
    let only = House::without_limits_and(shared(&redis, 1)).await;
    assert!(is_ready(&only).await);
    redis.restart().await;
    becomes_ready(&house).await;
    look(&house).await;
}

async fn issuer(keys: Option<&'static str>) -> JwtSettings {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    if let Some(keys) = keys {
        let router = Router::new().route("/keys", get(move || async move { keys }));
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    JwtSettings {
        secret: None,
        keys: Some(KeySource::Url(url.parse().unwrap())),
        issuer: "https://issuer.example".to_owned(),
        audience: "parcelgraph".to_owned(),
        leeway: Duration::ZERO,
    }
}

#[tokio::test]
async fn a_server_that_can_let_in_nobody_is_not_ready() {
    let keys = include_str!("../cases/keys/jwks.json");
    let (gone, there) = (issuer(None).await, issuer(Some(keys)).await);
    let of = |jwt: &JwtSettings, change: fn(&mut Settings)| {
        let jwt = Some(jwt.clone());
        House::with(move |settings: &mut Settings| {
            settings.access.anonymous = None;
            settings.access.jwt = jwt;
            change(settings);
        })
    };
    let house = of(&gone, |_| ()).await;
    says_why_not(&house, "there are no keys of the issuer yet").await;
    let house = of(&there, |_| ()).await;
    becomes_ready(&house).await;
    // Somebody else may ask.
    let everybody = of(&gone, |settings| {
        settings.access.anonymous = Some(Scopes::ALL)
    })
    .await;
    assert!(is_ready(&everybody).await);
    let shop = of(&gone, |settings| {
        let token = StaticToken::parse("shop", &"a".repeat(64), "tracking:read");
        settings.access.tokens = vec![token.unwrap()];
    });
    let shop = shop.await;
    assert!(is_ready(&shop).await);
}
