//! The link to a Redis that comes and goes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parcelgraph::redis_link::{Away, Link, PATIENCE, Script, Settings};
use tokio::time::Instant;

use crate::support::{House, Proxy, Redis, SEED, until};

/// Redis is used again so soon after it is back.
const RECOVERY: Duration = Duration::from_secs(2);

/// What a call may take more than it was allowed to, on a machine that does other things as well.
const SLACK: Duration = Duration::from_millis(350);

fn link(url: String) -> Link {
    Link::open(Settings {
        url,
        secret: b"account".to_vec(),
        patience: PATIENCE,
    })
    .unwrap()
}

async fn connected(url: String) -> Link {
    let link = link(url);
    until("a session", || link.session().is_some()).await;
    link
}

async fn ping(link: &Link) -> Result<String, Away> {
    link.ask(&redis::cmd("PING")).await
}

/// Calls until Redis is away, and tells how long the slowest call took.
async fn slowest_until_away(link: &Link) -> Duration {
    let end = Instant::now() + Duration::from_secs(10);
    let mut slowest = Duration::ZERO;
    loop {
        let start = Instant::now();
        let answer = ping(link).await;
        slowest = slowest.max(start.elapsed());
        if answer.is_err() {
            assert_eq!(link.session(), None);
            return slowest;
        }
        assert!(start < end, "Redis is not away");
    }
}

async fn is_back_soon(link: &Link) {
    let start = Instant::now();
    until("a session", || link.session().is_some()).await;
    assert!(start.elapsed() < RECOVERY, "{:?}", start.elapsed());
    assert_eq!(ping(link).await.unwrap(), "PONG");
}

#[tokio::test]
async fn a_redis_that_was_never_there_costs_nothing() {
    let mut redis = Redis::start().await;
    redis.kill();
    let link = link(redis.url());
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(ping(&link).await, Err(Away));
        assert_eq!(link.tell("topic", b"news").await, Err(Away));
    }
    assert!(start.elapsed() < SLACK);
    assert_eq!((link.session(), link.now()), (None, None));
    redis.restart().await;
    is_back_soon(&link).await;
}

#[tokio::test]
async fn a_redis_that_is_killed_is_away_until_it_is_restarted() {
    let mut redis = Redis::start().await;
    let link = connected(redis.url()).await;
    assert_eq!(link.session(), Some(1));
    redis.kill();
    assert!(slowest_until_away(&link).await < PATIENCE + SLACK);
    redis.restart().await;
    is_back_soon(&link).await;
    assert_eq!(link.session(), Some(2));
}

#[tokio::test]
async fn a_redis_that_stands_still_is_waited_for_once() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    redis.stop_the_clock();
    let start = Instant::now();
    let calls = (0..100).map(|_| ping(&link));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer, Err(Away));
    }
    assert!(start.elapsed() < PATIENCE + SLACK, "{:?}", start.elapsed());
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(ping(&link).await, Err(Away));
    }
    assert!(start.elapsed() < SLACK);
    redis.go_on();
    is_back_soon(&link).await;
}

#[tokio::test]
async fn a_redis_that_stands_still_is_noticed_without_calls() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    redis.stop_the_clock();
    let start = Instant::now();
    until("the end of the session", || link.session().is_none()).await;
    assert!(start.elapsed() < Duration::from_secs(1));
    redis.go_on();
    is_back_soon(&link).await;
}

#[tokio::test]
async fn a_redis_that_answers_slowly_is_away() {
    let redis = Redis::start().await;
    let proxy = Proxy::before(&redis.url()).await;
    let link = connected(proxy.url()).await;
    proxy.delay(Duration::from_millis(400));
    assert!(slowest_until_away(&link).await < PATIENCE + SLACK);
    proxy.mend();
    is_back_soon(&link).await;
}

#[tokio::test]
async fn a_network_that_cuts_or_swallows_is_a_redis_that_is_away() {
    let redis = Redis::start().await;
    let proxy = Proxy::before(&redis.url()).await;
    let link = connected(proxy.url()).await;
    for fault in [Proxy::cut, Proxy::swallow] {
        fault(&proxy);
        assert!(slowest_until_away(&link).await < PATIENCE + SLACK);
        proxy.mend();
        is_back_soon(&link).await;
    }
}

#[tokio::test]
async fn a_redis_that_takes_no_writes_is_away() {
    let master = Redis::start().await;
    let redis = Redis::start().await;
    let port = master.url().rsplit_once(':').unwrap().1.to_owned();
    redis.ask::<()>(&["REPLICAOF", "127.0.0.1", &port]).await;
    let link = link(redis.url());
    let end = Instant::now() + Duration::from_secs(10);
    let refused_twice = "errorstat_READONLY:count=2";
    while !redis
        .ask::<String>(&["INFO", "errorstats"])
        .await
        .contains(refused_twice)
    {
        assert_eq!(ping(&link).await, Err(Away));
        assert!(Instant::now() < end, "it was not tried twice");
    }
    redis.ask::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    is_back_soon(&link).await;
}

#[tokio::test]
async fn something_that_is_no_redis_is_away() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = link(format!("redis://{}", server.local_addr().unwrap()));
    for _ in 0..2 {
        let (mut client, _) = server.accept().await.unwrap();
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut client, answer)
            .await
            .unwrap();
        assert_eq!(ping(&link).await, Err(Away));
    }
}

#[tokio::test]
async fn a_script_runs_on_a_redis_that_does_not_know_it() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    let script = Script::new(&[
        "local function both(a, b) return a .. b end",
        "redis.call('SET', KEYS[1], ARGV[1])\nreturn both(redis.call('GET', KEYS[1]), ARGV[2])",
    ]);
    let keys = [link.key("word")];
    for _ in 0..2 {
        let args = [b"a\0".to_vec(), b"b".to_vec()];
        let answer: Vec<u8> = link.run(&script, &keys, &args).await.unwrap();
        assert_eq!(answer, b"a\0b");
        redis.flush().await;
    }
    assert_eq!(link.session(), Some(1));
}

#[tokio::test]
async fn a_command_that_is_refused_fails_alone() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    let wrong = Script::new(&["return redis.call('NONSENSE')"]);
    assert_eq!(link.run::<String>(&wrong, &[], &[]).await, Err(Away));
    assert_eq!(link.ask::<u64>(&redis::cmd("PING")).await, Err(Away));
    assert_eq!(ping(&link).await.unwrap(), "PONG");
    assert_eq!(link.session(), Some(1));
}

/// Messages with their senders, in the order in which they were heard.
type Messages = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// What a link hears of a topic from now on.
fn heard_by(link: &Link) -> Messages {
    let heard = Messages::default();
    let all = heard.clone();
    link.on("topic", move |sender, text| {
        let message = (sender.to_owned(), text.to_vec());
        all.lock().unwrap().push(message);
    });
    heard
}

#[tokio::test]
async fn all_replicas_hear_what_one_of_them_publishes_and_so_does_it_itself() {
    let redis = Redis::start().await;
    let (one, two) = (connected(redis.url()).await, connected(redis.url()).await);
    let heard = [heard_by(&one), heard_by(&two)];
    one.publish("topic", b"news").await.unwrap();
    one.publish("another topic", b"other news").await.unwrap();
    let news = [(one.replica().to_owned(), b"news".to_vec())];
    for heard in heard {
        until("the news", || !heard.lock().unwrap().is_empty()).await;
        assert_eq!(*heard.lock().unwrap(), news);
    }
}

#[tokio::test]
async fn what_was_told_has_been_heard_by_all() {
    let redis = Redis::start().await;
    let links = [
        connected(redis.url()).await,
        connected(redis.url()).await,
        connected(redis.url()).await,
    ];
    let heard = links.each_ref().map(heard_by);
    for count in 1..=50 {
        assert_eq!(links[0].tell("topic", b"news").await, Ok(true));
        for heard in &heard {
            assert_eq!(heard.lock().unwrap().len(), count);
        }
    }
}

#[tokio::test]
async fn a_replica_that_is_silent_is_waited_for_no_longer_than_the_patience() {
    let redis = Redis::start().await;
    let proxy = Proxy::before(&redis.url()).await;
    let (teller, silent) = (connected(redis.url()).await, connected(proxy.url()).await);
    assert_eq!(teller.tell("topic", b"news").await, Ok(true));
    proxy.swallow();
    let start = Instant::now();
    assert_eq!(teller.tell("topic", b"news").await, Ok(false));
    assert!(start.elapsed() < PATIENCE + SLACK);
    drop(silent);
}

#[tokio::test]
async fn accounts_do_not_hear_each_other() {
    let redis = Redis::start().await;
    let ours = connected(redis.url()).await;
    let theirs = Link::open(Settings {
        url: redis.url(),
        secret: b"another account".to_vec(),
        patience: PATIENCE,
    })
    .unwrap();
    until("a session", || theirs.session().is_some()).await;
    let heard = heard_by(&theirs);
    // All who would hear it have heard it when this is done.
    assert_eq!(ours.tell("topic", b"news").await, Ok(true));
    assert_eq!(theirs.tell("topic", b"own news").await, Ok(true));
    assert_eq!(heard.lock().unwrap().len(), 1);
    assert_ne!(ours.key("x"), theirs.key("x"));
}

#[tokio::test]
async fn what_travels_does_not_show_what_is_said() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut spy = client.get_async_pubsub().await.unwrap();
    spy.psubscribe("*").await.unwrap();
    link.publish("topic", b"LS912989618CN").await.unwrap();
    let overheard = futures_util::StreamExt::next(&mut spy.on_message()).await;
    let overheard = overheard.unwrap().get_payload_bytes().to_vec();
    let shows = |word: &[u8]| overheard.windows(word.len()).any(|part| part == word);
    assert!(!shows(b"LS91") && !shows(link.replica().as_bytes()));
}

#[tokio::test]
async fn the_clock_is_that_of_redis_and_goes_on_without_it() {
    let mut redis = Redis::start().await;
    let link = connected(redis.url()).await;
    let differs = |link: &Link| {
        let here = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let here = i64::try_from(here.as_micros()).unwrap();
        (i64::try_from(link.now().unwrap()).unwrap() - here).abs()
    };
    assert!(differs(&link) < 10_000, "{}", differs(&link));
    redis.kill();
    slowest_until_away(&link).await;
    assert!(differs(&link) < 10_000, "{}", differs(&link));
    let now = Instant::now();
    assert_eq!(
        link.instant(link.at(now).unwrap())
            .unwrap()
            .duration_since(now),
        Duration::ZERO
    );
}

#[tokio::test]
async fn the_last_link_closes_its_connections() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    let twin = link.clone();
    drop(link);
    assert_eq!(ping(&twin).await.unwrap(), "PONG");
    drop(twin);
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let clients: String = redis.ask(&["CLIENT", "LIST"]).await;
        // The one that asks.
        if clients.lines().count() == 1 {
            break;
        }
        assert!(Instant::now() < end, "{clients}");
    }
}

#[tokio::test]
async fn a_redis_with_a_memory_knows_what_it_knew() {
    let mut redis = Redis::with_memory().await;
    let link = connected(redis.url()).await;
    let key = link.key("word");
    redis.ask::<()>(&["SET", &key, "there"]).await;
    redis.restart().await;
    until("another session", || link.session() == Some(2)).await;
    let mut get = redis::cmd("GET");
    get.arg(&key);
    assert_eq!(link.ask::<String>(&get).await.unwrap(), "there");
}

#[tokio::test]
async fn a_server_links_itself_to_redis() {
    let redis = Redis::start().await;
    let _house = House::with(|settings| settings.redis = Some(redis.url().parse().unwrap())).await;
    let end = Instant::now() + Duration::from_secs(10);
    while redis.ask::<u64>(&["PUBSUB", "NUMPAT"]).await == 0 {
        assert!(Instant::now() < end, "nobody listens to news");
    }
}

#[tokio::test]
async fn a_server_starts_and_answers_without_its_redis() {
    let mut redis = Redis::start().await;
    redis.kill();
    let house = House::with(|settings| settings.redis = Some(redis.url().parse().unwrap())).await;
    let answer = house
        .ask(&format!("{{ tracking(ref: {SEED}) {{ status }} }}"))
        .await;
    assert_eq!(answer["data"]["tracking"]["status"], "TRANSIT", "{answer}");
}

#[tokio::test]
async fn a_listener_that_panics_ends_the_session_and_no_more() {
    let redis = Redis::start().await;
    let link = connected(redis.url()).await;
    link.on("topic", |_, text| assert!(text.is_empty()));
    assert_eq!(link.tell("topic", b"news").await, Ok(false));
    until("another session", || link.session() == Some(2)).await;
    assert_eq!(link.tell("topic", b"").await, Ok(true));
}
