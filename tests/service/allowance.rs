//! How much callers may ask for, and how they are told.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parcelgraph::allowance::{Account, Allowances, Rate, Spending};
use parcelgraph::model::ClientId;
use parcelgraph::redis_link::{self, Link, Script};
use parcelgraph::settings::Settings;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Fleet, House, Redis, SEED, until};

const ASK: &str = "{ rateLimit { limit cost remaining resetAt } }";

fn points(per_second: u32, burst: u32) -> impl Fn(&mut Settings) + 'static {
    move |settings| settings.access.points = Some(Rate { per_second, burst })
}

#[tokio::test]
async fn a_caller_is_told_how_he_stands_in_the_answer_its_extensions_and_its_headers() {
    let house = House::with(points(10, 100)).await;
    let body = json!({ "query": ASK });
    let response = house
        .post(&[("Parcelgraph-Extensions", "upstream, cost")], &body)
        .await;
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("ratelimit-policy"), "\"points\";q=100;w=10");
    assert_eq!(header("ratelimit"), "\"points\";r=99;t=1");
    let answer: Value = response.json().await.unwrap();
    let limit = &answer["data"]["rateLimit"];
    assert_eq!(limit["limit"], 100);
    assert_eq!(limit["cost"], 1);
    assert_eq!(limit["remaining"], 99);
    assert!(limit["resetAt"].is_string(), "{answer}");
    let cost = json!({ "requested": 1, "limit": 100, "remaining": 99, "restoreRate": 10 });
    assert_eq!(answer["extensions"]["cost"], cost);
    assert!(answer["extensions"]["upstream"].is_object());

    let unknown = house
        .post(&[("Parcelgraph-Extensions", "costs")], &body)
        .await;
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn a_subscriber_is_told_how_he_stands_before_his_events() {
    let house = House::with(points(10, 100)).await;
    let watch = "subscription { refreshed(ticket: \"x\") { __typename } }";
    let watch = json!({ "query": watch });
    let response = house.post(&[("accept", "text/event-stream")], &watch).await;
    assert!(response.headers().contains_key("ratelimit"));
    let watch = format!("subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind }} }}");
    let watch = json!({ "query": watch });
    let response = house.post(&[("accept", "text/event-stream")], &watch).await;
    let limit = response.headers()["ratelimit"].to_str().unwrap();
    assert!(limit.starts_with("\"points\";r="), "{limit}");
}

#[tokio::test]
async fn without_a_limit_there_is_nothing_to_tell() {
    let house = House::without_limits().await;
    let response = house
        .post(
            &[("Parcelgraph-Extensions", "cost")],
            &json!({ "query": ASK }),
        )
        .await;
    assert!(!response.headers().contains_key("ratelimit"));
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["data"], json!({ "rateLimit": null }));
    let cost = json!({ "requested": 1, "limit": null, "remaining": null, "restoreRate": null });
    assert_eq!(answer["extensions"]["cost"], cost);
}

#[tokio::test]
async fn who_has_no_points_left_is_told_when_to_come_back() {
    let house = House::with(points(1, 2)).await;
    house.ask(ASK).await;
    house.ask(ASK).await;
    let response = house
        .post(
            &[("Parcelgraph-Extensions", "cost")],
            &json!({ "query": ASK }),
        )
        .await;
    assert_eq!(response.headers()["ratelimit"], "\"points\";r=0;t=2");
    let answer: Value = response.json().await.unwrap();
    assert!(answer.get("data").is_none(), "{answer}");
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!(*extensions, json!({ "code": "THROTTLED", "retryAfter": 1 }));
    assert_eq!(answer["extensions"]["cost"]["remaining"], 0);
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert!(house.ask(ASK).await["data"]["rateLimit"].is_object());
}

#[tokio::test]
async fn what_is_refused_has_its_price_as_well_and_who_cannot_pay_it_is_not_read() {
    let house = House::with(points(1, 5)).await;
    let cost = [("Parcelgraph-Extensions", "cost")];
    let asks = [
        json!({ "query": "{" }),
        json!({ "query": "query A { __typename }", "operationName": "B" }),
        json!({ "query": "query ($a: Int!) { __typename @skip(if: false) }", "variables": {} }),
        json!({ "query": "subscription { trackingUpdated(refs: []) { kind } }" }),
    ];
    for (nth, ask) in asks.iter().enumerate() {
        let response = house.post(&cost, ask).await;
        let left = 4 - nth;
        let told = response.headers()["ratelimit"].to_str().unwrap();
        assert!(
            told.starts_with(&format!("\"points\";r={left};")),
            "{told}: {ask}"
        );
        let answer: Value = response.json().await.unwrap();
        assert!(answer["errors"].is_array(), "{answer}");
    }
    house.ask(ASK).await;
    let answer: Value = house.post(&cost, &asks[0]).await.json().await.unwrap();
    let error = &answer["errors"][0];
    assert_eq!(
        error["extensions"],
        json!({ "code": "THROTTLED", "retryAfter": 1 })
    );
    assert_eq!(
        error["message"],
        "no points are left, and 1 come back each second: try again in 1 s"
    );
}

#[tokio::test]
async fn what_is_new_costs_more_the_more_there_is_to_read_and_once_it_is_known_a_point() {
    let house = House::with(points(1, 100)).await;
    let cost = [("Parcelgraph-Extensions", "cost")];
    let wrong = json!({ "query": format!("{{ {}", "a ".repeat(999)) });
    let right = json!({ "query": format!("{{ {} }}", "__typename ".repeat(150)) });
    let large = json!({ "query": format!("{{ __typename }} # {}", "x".repeat(5_000)) });
    for (ask, price) in [(wrong, 10), (right, 2), (large, 2)] {
        for price in [price, 1, 1] {
            let answer: Value = house.post(&cost, &ask).await.json().await.unwrap();
            assert_eq!(answer["extensions"]["cost"]["requested"], price, "{answer}");
        }
    }
    let poor = House::with(points(1, 5)).await;
    let ask = json!({ "query": "a ".repeat(999) });
    let answer: Value = poor.post(&cost, &ask).await.json().await.unwrap();
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "QUERY_TOO_COMPLEX", "{answer}");
    let told = "this operation costs 10 points, and none may cost more than 5";
    assert!(error["message"].as_str().unwrap().starts_with(told));
}

#[tokio::test]
async fn who_cannot_pay_the_whole_price_is_told_when_he_can_pay_it_again() {
    let house = House::with(points(1, 12)).await;
    let begun = Instant::now();
    let dear =
        json!({ "query": "{ a: rateLimit { cost } carriers(first: 8) { nodes { code } } }" });
    let first: Value = house.post(&[], &dear).await.json().await.unwrap();
    let cost = first["data"]["a"]["cost"].as_u64().unwrap();
    assert!(cost > 6, "{first}");
    let second: Value = house.post(&[], &dear).await.json().await.unwrap();
    let wait = second["errors"][0]["extensions"]["retryAfter"]
        .as_u64()
        .unwrap();
    // The point that was paid for the refusal has to come back as well.
    let left = 12 - cost - 1;
    // Some may have come back meanwhile.
    let least = (cost - left).saturating_sub(begun.elapsed().as_secs() + 1);
    assert!((least..=cost - left).contains(&wait), "{second}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_give_a_caller_the_points_of_one() {
    let fleet = Fleet::without_limits_and(2, points(1, 60)).await;
    let begun = Instant::now();
    let ask = json!({ "query": ASK });
    // One after the other on each, so that no answer of Redis is so late that it counts as lost.
    let asks = fleet.gateways.iter().map(async |gateway| {
        let mut granted = 0;
        for _ in 0..100 {
            let answer = gateway.post(&[], &ask).await;
            granted += usize::from(answer.status() == 200);
        }
        granted
    });
    let granted: usize = join_all(asks).await.into_iter().sum();
    let most = 60 + begun.elapsed().as_secs() as usize + 1;
    // Three points are in the float of each, and who took more than he needed keeps them.
    assert!((50..=most).contains(&granted), "{granted}");
}

/// Allowances as a replica has them that shares this Redis.
async fn replica(redis: &Redis, replicas: u32) -> (Allowances, Link) {
    let link = Link::open(redis_link::Settings {
        url: redis.url(),
        secret: b"an API key".to_vec(),
        patience: redis_link::PATIENCE,
    })
    .unwrap();
    until("a session", || link.session().is_some()).await;
    (Allowances::shared(replicas, link.clone()), link)
}

/// How many of so many operations, one after the other, are granted.
async fn granted(
    allowances: &Allowances,
    client: &str,
    rate: Rate,
    operations: usize,
    cost: u32,
) -> usize {
    let client = ClientId::named(client);
    let mut granted = 0;
    for _ in 0..operations {
        let spent = allowances.spend(&client, rate, cost).await;
        granted += usize::from(matches!(spent, Spending::Granted(_)));
    }
    granted
}

const SLOW: Rate = Rate {
    per_second: 1,
    burst: 1_000,
};

async fn trips(redis: &Redis) -> u64 {
    let said: String = redis.ask(&["INFO", "commandstats"]).await;
    let line = said
        .lines()
        .find(|line| line.starts_with("cmdstat_evalsha:"));
    let calls = line.and_then(|line| line.split(['=', ',']).nth(1));
    calls.map_or(0, |calls| calls.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_are_asked_alike_give_alike_and_together_what_there_is() {
    let redis = Redis::start().await;
    let (one, _one) = replica(&redis, 2).await;
    let (two, _two) = replica(&redis, 2).await;
    let begun = Instant::now();
    let (first, second) = tokio::join!(
        granted(&one, "a", SLOW, 1_000, 1),
        granted(&two, "a", SLOW, 1_000, 1),
    );
    let most = 1_000 + begun.elapsed().as_secs() as usize + 1;
    assert!(
        (950..=most).contains(&(first + second)),
        "{first} + {second}"
    );
    assert!(first > 250 && second > 250, "{first} + {second}");
    // Another caller has his own.
    assert_eq!(granted(&two, "b", SLOW, 10, 1).await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn most_operations_do_not_wait_for_redis() {
    let redis = Redis::start().await;
    let (allowances, _link) = replica(&redis, 1).await;
    let rate = Rate {
        per_second: 500,
        burst: 10_000,
    };
    assert_eq!(granted(&allowances, "a", rate, 5_000, 1).await, 5_000);
    let trips = trips(&redis).await;
    assert!((1..200).contains(&trips), "{trips} trips");
    // Who has nothing left costs Redis nothing.
    granted(&allowances, "a", rate, 10_000, 1).await;
    let before = self::trips(&redis).await;
    granted(&allowances, "a", rate, 1_000, 900).await;
    let after = self::trips(&redis).await;
    assert!(after - before < 20, "{} trips", after - before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_replica_has_its_share_and_it_is_made_up_for() {
    let mut redis = Redis::with_memory().await;
    let (one, link) = replica(&redis, 4).await;
    let (two, other) = replica(&redis, 4).await;
    assert_eq!(granted(&one, "a", SLOW, 400, 1).await, 400);
    redis.kill();
    until("the end of the sessions", || {
        link.session().is_none() && other.session().is_none()
    })
    .await;
    // A quarter of the burst, and its float.
    let alone = granted(&one, "a", SLOW, 500, 1).await;
    assert!((240..=280).contains(&alone), "{alone}");
    redis.restart().await;
    until("the sessions", || {
        link.session().is_some() && other.session().is_some()
    })
    .await;
    // What it spent alone is told with the next order.
    let left = 1_000 - 400 - alone;
    let rest = granted(&one, "a", SLOW, 1_000, 1).await + granted(&two, "a", SLOW, 1_000, 1).await;
    assert!(rest <= left + 20, "{rest} of {left}");
    assert!(rest + 100 >= left, "{rest} of {left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stands_still_keeps_nobody_waiting_for_long() {
    let redis = Redis::start().await;
    let (allowances, _link) = replica(&redis, 1).await;
    redis.stop_the_clock();
    let begun = Instant::now();
    assert_eq!(granted(&allowances, "a", SLOW, 10, 90).await, 10);
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    redis.go_on();
}

#[derive(Deserialize)]
struct Case {
    name: String,
    was: Option<(u64, f64, u64, f64)>,
    need: u64,
    want: u64,
    owed: u64,
    gives: (u64, u64, u64),
}

#[tokio::test]
async fn the_bucket_in_redis_decides_as_the_model_of_it() {
    let redis = Redis::start().await;
    let (_, link) = replica(&redis, 1).await;
    let take = Script::new(&[include_str!("../../src/allowance/take.lua")]);
    let cases: Vec<Case> = serde_json::from_str(include_str!("../cases/points.json")).unwrap();
    const POINT: u64 = 1_000_000;
    for (number, case) in cases.iter().enumerate() {
        let key = link.key(&format!("case{number}"));
        if let Some((level, ago, lent, lent_for)) = case.was {
            let time: Vec<u64> = redis.ask(&["TIME"]).await;
            let at = (time[0] * 1_000_000 + time[1]) as f64 - ago * 1e6;
            let ends = at + lent_for * 1e6;
            let [at, ends] = [at, ends].map(|micros| format!("{micros:.0}"));
            let [level, lent] = [level, lent].map(|points| (points * POINT).to_string());
            let _: i64 = redis
                .ask(&["HSET", &key, "l", &level, "a", &at, "g", &lent, "u", &ends])
                .await;
        }
        // What comes back meanwhile is far less than a point.
        let points = [100, 1, case.need, case.want, case.owed, 10].map(|points| points * POINT);
        let args = points.into_iter().chain([10_000_000]);
        let args: Vec<_> = args.map(|number| number.to_string().into_bytes()).collect();
        let said: (u64, u64, u64, u64) = link.run(&take, &[key], &args).await.unwrap();
        let gives = [said.0, said.1, said.2].map(|micros| micros / POINT);
        assert_eq!(<(u64, u64, u64)>::from(gives), case.gives, "{}", case.name);
    }
}

#[tokio::test]
async fn an_idle_caller_can_spend_his_whole_burst_at_once_and_what_no_bucket_holds_is_too_dear() {
    let redis = Redis::start().await;
    let (allowances, _link) = replica(&redis, 4).await;
    let client = ClientId::named("a");
    let spent = allowances.spend(&client, SLOW, 1_001).await;
    assert!(
        matches!(spent, Spending::TooDear { most: 1_000, .. }),
        "{spent:?}"
    );
    // As an operation pays: a point for being read, and then the rest.
    let spent = allowances.spend(&client, SLOW, 1).await;
    assert!(matches!(spent, Spending::Granted(_)), "{spent:?}");
    let spent = allowances.spend_rest(&client, SLOW, 999, 1).await;
    assert!(matches!(spent, Spending::Granted(_)), "{spent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_share_is_spent_once_on_all_replicas_and_who_is_refused_there_keeps_his_own() {
    let redis = Redis::start().await;
    let (one, _one) = replica(&redis, 2).await;
    let (two, _two) = replica(&redis, 2).await;
    let all = ClientId::named("all");
    let spend = async |allowances: &Allowances, name: String, cost| {
        let own = ClientId::named(name);
        let accounts = [&own, &all].map(|client| Account { client, rate: SLOW });
        allowances.spend_of_all(&accounts, cost, 0).await
    };
    let begun = Instant::now();
    let mut granted = 0;
    for nth in 0..30 {
        let allowances = if nth % 2 == 0 { &one } else { &two };
        let (place, spending) = spend(allowances, nth.to_string(), 100).await;
        match spending {
            Spending::Granted(standing) => {
                assert!(standing.remaining <= 900, "it is his own");
                granted += 100;
            }
            Spending::Exhausted { .. } => assert_eq!(place, 1),
            Spending::TooDear { .. } => panic!("{spending:?}"),
        }
    }
    let most = 1_000 + begun.elapsed().as_secs() as usize + 1;
    assert!((800..=most).contains(&granted), "{granted}");
    // What is known to be refused takes nothing from anybody.
    let before = trips(&redis).await;
    let (place, _) = spend(&one, "late".to_owned(), 900).await;
    assert_eq!((place, trips(&redis).await), (1, before));
    assert_eq!(self::granted(&one, "late", SLOW, 1, 1_000).await, 1);
}

#[tokio::test]
async fn whoever_signs_many_view_tokens_does_not_multiply_his_points() {
    let house = House::with(|settings| {
        settings.access.view_points = Rate::per_second(1);
        settings.access.view_signer_points = Some(Rate {
            per_second: 1,
            burst: 50,
        });
    })
    .await;
    let sign = format!(
        "mutation {{ createViewToken(input: {{ refs: [{SEED}], ttl: \"PT1H\" }}) {{ viewToken {{ token }} }} }}"
    );
    let begun = Instant::now();
    let mut granted = 0;
    let mut refusals = Vec::new();
    for _ in 0..8 {
        let answer = house.ask(&sign).await;
        let token = &answer["data"]["createViewToken"]["viewToken"]["token"];
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        for _ in 0..10 {
            let headers = [("authorization", bearer.as_str())];
            let answer: Value = house
                .post(&headers, &json!({ "query": ASK }))
                .await
                .json()
                .await
                .unwrap();
            match answer["errors"][0].as_object() {
                None => granted += 1,
                Some(error) => refusals.push(error.clone()),
            }
        }
    }
    let most = 50 + begun.elapsed().as_secs() + 1;
    assert!((50..=most).contains(&granted), "{granted}");
    let last = refusals.last().unwrap();
    assert_eq!(last["extensions"]["code"], "THROTTLED");
    let message = last["message"].as_str().unwrap();
    let whose = "no points are left to all view tokens of whoever signed this one";
    assert!(message.starts_with(whose), "{message}");
    // Others have theirs.
    assert!(house.ask(ASK).await["data"]["rateLimit"].is_object());
}

/// What paying costs, printed with `--nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paying_is_cheap() {
    let redis = Redis::start().await;
    let (shared, _link) = replica(&redis, 1).await;
    let rate = Rate {
        per_second: 1_000_000,
        burst: 1_000_000,
    };
    for (name, allowances) in [("memory", Allowances::in_memory()), ("float", shared)] {
        let begun = Instant::now();
        assert_eq!(granted(&allowances, "a", rate, 100_000, 1).await, 100_000);
        println!("{name}: {:?} for one", begun.elapsed() / 100_000);
    }
}

#[tokio::test]
async fn a_bucket_is_forgotten_when_it_is_full_again() {
    let redis = Redis::start().await;
    let (allowances, _link) = replica(&redis, 1).await;
    granted(&allowances, "203.0.113.1", SLOW, 1, 200).await;
    let names: Vec<String> = redis.ask(&["KEYS", "*:points2:*"]).await;
    assert_eq!(names.len(), 1);
    assert!(
        !names[0].contains("203"),
        "addresses are private: {}",
        names[0]
    );
    let left: i64 = redis.ask(&["TTL", &names[0]]).await;
    // 300, since a hundred more are in the float.
    assert!((295..=315).contains(&left), "{left}");
}
