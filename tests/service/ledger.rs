//! The rule of all lanes as Redis keeps it: the common table of cases, and what only Redis does.

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, Script, Value};

use crate::support::Redis;

#[path = "../cases/table.rs"]
mod table;

use table::{BEGINNING, Case, Deed, after_beginning};

/// A script of the throttle: the rule, and a step.
macro_rules! script {
    ($step:literal) => {
        concat!(
            include_str!("../../src/throttle/scripts/ledger.lua"),
            "\n",
            include_str!(concat!("../../src/throttle/scripts/", $step, ".lua"))
        )
    };
}

/// What is said to who sits down: the seat, the silence, when the fleet came together, and who sits where.
type Seated = (i64, u64, u64, Vec<String>, u64);

/// A ledger in Redis under a name of its own, at times that the test says.
struct Twin {
    redis: MultiplexedConnection,
    key: String,
    rules: String,
}

impl Twin {
    async fn open(url: &str, key: String, rules: String) -> Self {
        let client = redis::Client::open(url).unwrap();
        let redis = client.get_multiplexed_async_connection().await.unwrap();
        Self { redis, key, rules }
    }

    async fn run<T: FromRedisValue>(&mut self, script: &str, now: u64, args: &[String]) -> T {
        let script = Script::new(script);
        let mut call = script.key(&self.key);
        call.key(format!("{}:stored:", self.key));
        call.arg(&self.rules).arg(now).arg(args);
        call.invoke_async(&mut self.redis).await.unwrap()
    }

    async fn does(&mut self, deed: Deed, now: u64) -> String {
        match deed {
            Deed::Ask {
                lane,
                call,
                client,
                patience,
            } => {
                let patience = patience.map_or(String::new(), |patience| patience.to_string());
                let args = [lane, call.to_string(), client, patience];
                let said: Vec<Value> = self.run(script!("ask"), now, &args).await;
                return verdict(&said);
            }
            Deed::Leave(lane, call) => {
                let args = [lane, call.to_string()];
                self.run::<()>(script!("leave"), now, &args).await;
            }
            Deed::Answered(lane, call) => {
                let args = [lane, call.to_string()];
                self.run::<()>(script!("answered"), now, &args).await;
            }
            Deed::Delayed(lane, call) => {
                let args = [lane, call.to_string()];
                self.run::<()>(script!("delayed"), now, &args).await;
            }
            Deed::Close(until) => {
                let args = [(until - now).to_string()];
                self.run::<u64>(script!("close"), now, &args).await;
            }
            Deed::Sit {
                name,
                till,
                founded,
                mut holders,
                alone,
            } => {
                let seats: serde_json::Value = serde_json::from_str(&self.rules).unwrap();
                holders.resize(
                    usize::try_from(seats["plan"]["seats"].as_u64().unwrap()).unwrap(),
                    String::new(),
                );
                let never = "0".to_owned();
                let (till, founded) = (till.to_string(), founded.to_string());
                let mut args = vec![name, till, never.clone(), founded, never];
                args.extend(holders);
                for (lane, call, at) in alone {
                    args.extend([lane, call.to_string(), at.to_string()]);
                }
                let said: Seated = self.run(script!("sit_down"), now, &args).await;
                return match said.0 {
                    -1 => "no seat".to_owned(),
                    seat => format!("seat {seat}"),
                };
            }
            Deed::Limit { name, calls } => {
                let mut rules: serde_json::Value = serde_json::from_str(&self.rules).unwrap();
                rules[&name]["calls"] = calls.into();
                self.rules = rules.to_string();
            }
            Deed::Stand(name) => self.run::<()>(script!("stand_up"), now, &[name]).await,
        }
        String::new()
    }

    /// A list call for what is in the pool asks for its turn. Keys are kept for two seconds.
    async fn carry(&mut self, now: u64, call: &str, seats: usize) -> Vec<String> {
        let args = [call.to_owned(), seats.to_string(), "2000000".to_owned()];
        let said: Vec<Value> = self.run(script!("carry"), now, &args).await;
        let words = said[1.min(said.len())..]
            .iter()
            .filter_map(|value| match value {
                Value::BulkString(token) => Some(String::from_utf8(token.clone()).unwrap()),
                _ => None,
            });
        [verdict(&said)].into_iter().chain(words).collect()
    }

    /// Parcels are wanted of which nothing is known.
    async fn want(
        &mut self,
        now: u64,
        client: &str,
        urgency: &str,
        tokens: &[&str],
    ) -> Vec<String> {
        let mut args = [client, urgency, "5000000", "2"]
            .map(str::to_owned)
            .to_vec();
        for token in tokens {
            args.extend([(*token).to_owned(), "7".to_owned()]);
        }
        let said: Vec<Value> = self.run(script!("want"), now, &args).await;
        let word = |value: &Value| match value {
            Value::BulkString(word) => String::from_utf8(word.clone()).unwrap(),
            Value::Int(wait) => format!("full {}", wait / 1_000),
            other => panic!("{other:?}"),
        };
        said.iter().map(word).collect()
    }
}

fn verdict(said: &[Value]) -> String {
    let Value::BulkString(word) = &said[0] else {
        panic!("{said:?}")
    };
    let word = String::from_utf8(word.clone()).unwrap();
    let figure = |at: usize| match said.get(at) {
        Some(Value::Int(figure)) => u64::try_from(*figure).unwrap(),
        _ => 0,
    };
    match (word.as_str(), figure(2)) {
        ("go" | "nothing", _) => word,
        ("full", _) => format!("full {}", figure(1) / 1_000),
        ("wait", position) if position > 0 => {
            format!("wait {} behind {position}", after_beginning(figure(1)))
        }
        _ => format!("{word} {}", after_beginning(figure(1))),
    }
}

async fn run_table(url: &str, tag: &str) {
    let mut wrong = Vec::new();
    for (number, case) in table::cases().iter().enumerate() {
        let mut twin =
            Twin::open(url, format!("{{{tag}}}:{number}"), case.rules().to_string()).await;
        wrong.extend(first_difference(case, &mut twin).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn first_difference(case: &Case, twin: &mut Twin) -> Option<String> {
    for (number, step) in (1..).zip(case.steps()) {
        let deed = format!("{:?}", step.deed);
        let said = twin.does(step.deed, step.at).await;
        if said != step.says {
            let (name, says) = (&case.name, step.says);
            return Some(format!(
                "{name}: step {number}: {deed}: {said:?}, not {says:?}"
            ));
        }
    }
    None
}

#[tokio::test]
async fn the_ledger_in_redis_decides_as_the_table_says() {
    let redis = Redis::start().await;
    run_table(&redis.url(), "cases").await;
}

#[tokio::test]
async fn the_ledger_in_a_cluster_decides_as_the_table_says() {
    let cluster = Redis::cluster().await;
    let owner = cluster.owner("{cases}").await;
    run_table(&cluster.nodes[owner].url(), "cases").await;
}

const MS: u64 = 1_000;

/// One list call a second, for a replica that sat down long ago.
async fn twin(redis: &Redis) -> Twin {
    let limit = |calls| format!(r#"{{"calls":{calls},"period":1000000,"hold":0}}"#);
    let (one, none) = (limit(1), limit(0));
    let rules = format!(r#"{{"list":{one},"realtime":{none},"other":{one},"account":{none}}}"#);
    Twin::open(&redis.url(), "{one}".to_owned(), rules).await
}

fn ask(lane: &str, call: &str) -> [String; 4] {
    [lane, call, "a", ""].map(str::to_owned)
}

#[tokio::test]
async fn a_place_of_which_nothing_is_heard_for_two_and_a_half_seconds_is_lost() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    let mut at = async |ms: u64, call: &str| {
        let said: Vec<Value> = twin
            .run(script!("ask"), BEGINNING + ms * MS, &ask("other", call))
            .await;
        verdict(&said)
    };
    assert_eq!(at(0, "r:1").await, "go");
    assert_eq!(at(0, "r:2").await, "wait 1000");
    assert_eq!(at(0, "r:3").await, "wait 2000 behind 1");
    assert_eq!(at(2_000, "r:3").await, "wait 3050 behind 1");
    assert_eq!(at(2_499, "r:3").await, "wait 3549 behind 1");
    assert_eq!(at(2_500, "r:3").await, "go");
}

#[tokio::test]
async fn what_is_wanted_leaves_in_one_call_and_is_asked_for_once() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    let now = BEGINNING;
    let said = twin.want(now, "a", "person", &["x", "y", "z"]).await;
    assert_eq!(said, ["waiting", "waiting", "waiting"]);
    assert_eq!(twin.carry(now, "r:1", 2).await, ["go", "x", "y"]);
    assert_eq!(
        twin.want(now, "b", "person", &["x", "z"]).await,
        ["flying", "waiting"]
    );
    assert_eq!(twin.carry(now, "s:1", 2).await, ["wait 1000"]);
    assert_eq!(twin.carry(now + 1_000 * MS, "s:1", 2).await, ["go", "z"]);
    assert_eq!(twin.carry(now + 2_000 * MS, "s:2", 2).await, ["nothing"]);
}

#[tokio::test]
async fn keys_of_a_flight_that_is_not_heard_of_are_taken_up_by_who_still_wants_them() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    twin.want(BEGINNING, "a", "person", &["x"]).await;
    twin.carry(BEGINNING, "r:1", 2).await;
    let later = BEGINNING + 1_999 * MS;
    assert_eq!(twin.want(later, "a", "person", &["x"]).await, ["flying"]);
    let later = BEGINNING + 2_000 * MS;
    assert_eq!(twin.want(later, "a", "person", &["x"]).await, ["waiting"]);
    assert_eq!(twin.carry(later, "s:1", 2).await, ["go", "x"]);
}

#[tokio::test]
async fn a_flight_that_goes_on_keeps_its_keys_and_one_that_landed_lets_them_go() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    twin.want(BEGINNING, "a", "person", &["x", "y"]).await;
    twin.carry(BEGINNING, "r:1", 2).await;
    let fly_on = ["2000000", "x", "y", "never-flown"].map(str::to_owned);
    twin.run::<()>(script!("landed"), BEGINNING + 1_900 * MS, &fly_on)
        .await;
    let later = BEGINNING + 3_000 * MS;
    let said = twin.want(later, "a", "person", &["x", "never-flown"]).await;
    assert_eq!(said, ["flying", "waiting"]);
    let landed = ["", "x"].map(str::to_owned);
    twin.run::<()>(script!("landed"), later, &landed).await;
    assert_eq!(
        twin.want(later, "a", "person", &["x", "y"]).await,
        ["waiting", "flying"]
    );
}

#[tokio::test]
async fn what_is_stored_already_is_not_asked_for() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    for (token, at) in [("old", "7"), ("new", "8")] {
        let key = format!("{}:stored:{token}", twin.key);
        redis.ask::<()>(&["HSET", &key, "a", at]).await;
    }
    let said = twin
        .want(BEGINNING, "a", "person", &["old", "new", "unknown"])
        .await;
    assert_eq!(said, ["waiting", "known", "waiting"]);
}

#[tokio::test]
async fn what_would_wait_longer_than_the_patience_is_not_put_into_the_pool() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    let tokens: Vec<String> = (10..22).map(|token| token.to_string()).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    // Two go into a call and five seconds are waited: the eleventh would leave with the sixth call.
    let said = twin.want(BEGINNING, "a", "person", &tokens).await;
    assert_eq!(said[..10], ["waiting"; 10]);
    assert_eq!(said[10..], ["full 5000", "full 5000"]);
    // Another client is served in the second call.
    assert_eq!(
        twin.want(BEGINNING, "b", "person", &["99"]).await,
        ["waiting"]
    );
    assert_eq!(twin.carry(BEGINNING, "r:1", 2).await, ["go", "10", "99"]);
}

#[tokio::test]
async fn background_work_comes_last_and_a_person_lifts_it() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    twin.want(BEGINNING, "", "background", &["1", "2"]).await;
    twin.want(BEGINNING, "a", "person", &["3"]).await;
    twin.want(BEGINNING, "a", "person", &["2"]).await;
    twin.want(BEGINNING, "b", "background", &["2"]).await;
    assert_eq!(twin.carry(BEGINNING, "r:1", 9).await, ["go", "3", "2", "1"]);
}

#[tokio::test]
async fn a_redis_that_knows_less_than_a_replica_remembers_gives_no_turn_for_a_period() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    twin.rules = twin.rules.replace(
        r#"{"list""#,
        r#"{"plan":{"seats":1,"period":1500000,"tolerance":0,"grace":0,"lease":1000000},"list""#,
    );
    let sit = |founded: u64, heard: u64| {
        let until = (BEGINNING + 60_000 * MS).to_string();
        let [founded, heard] = [founded, heard].map(|at| at.to_string());
        let never = "0".to_owned();
        ["a".to_owned(), until, never, founded, heard, String::new()]
    };
    let said: Seated = twin.run(script!("sit_down"), BEGINNING, &sit(0, 0)).await;
    for (heard, opens) in [(0, "go"), (4_900, "wait 6500")] {
        let now = BEGINNING + 5_000 * MS;
        let args = sit(said.2, if heard == 0 { 0 } else { now + heard });
        let _: Seated = twin.run(script!("sit_down"), now, &args).await;
        let lane = if heard == 0 { "other" } else { "list" };
        let said: Vec<Value> = twin.run(script!("ask"), now, &ask(lane, "r:1")).await;
        assert_eq!(verdict(&said), opens);
    }
}

#[tokio::test]
async fn who_sits_down_with_a_silence_closes_the_fleet() {
    let redis = Redis::start().await;
    let mut twin = twin(&redis).await;
    twin.rules = twin.rules.replace(
        r#"{"list""#,
        r#"{"plan":{"seats":1,"period":1500000,"tolerance":0,"grace":0,"lease":1000000},"list""#,
    );
    let until = BEGINNING + 9_000 * MS;
    let sit = |until: u64| {
        let until = until.to_string();
        [
            "a".to_owned(),
            until.clone(),
            until,
            "0".to_owned(),
            "0".to_owned(),
            String::new(),
        ]
    };
    let said: Seated = twin.run(script!("sit_down"), BEGINNING, &sit(until)).await;
    assert_eq!(said.1, until);
    let said: Seated = twin.run(script!("sit_down"), BEGINNING, &sit(0)).await;
    assert_eq!(said.1, until);
    let said: Vec<Value> = twin
        .run(script!("ask"), BEGINNING, &ask("other", "r:1"))
        .await;
    assert_eq!(verdict(&said), "closed 9000");
}
