//! Operations that carry a key are done once, however often they are sent.

use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind, Sandbox};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::realtime::refresh;
use crate::support::{Client, Fleet, Gateway, House, SEED, age, until};

const CREATE: &str = "mutation create($number: String!) { createTracking(input: { carrierCode: \"dhl\", trackingNumber: $number }) { tracking { id status } userErrors { code message } } }";

/// Everything, as the fleet's own servers let everybody do: who may do other things is told other things.
const ALL: &str =
    "tracking:read tracking:write customer:read realtime quota:spend account:read ops";

fn creating(number: &str) -> Value {
    json!({ "query": CREATE, "variables": { "number": number } })
}

/// How many calls could have created something.
fn creates(sandbox: &Sandbox) -> u64 {
    let calls = sandbox.stats().calls;
    calls[&Endpoint::Post] + calls[&Endpoint::Batch]
}

/// An answer as it arrived, and whether it says that it was given before.
async fn send(gateway: &Gateway, key: &str, body: &Value) -> (String, bool) {
    let response = gateway.post(&[("idempotency-key", key)], body).await;
    assert_eq!(response.status(), 200);
    let replayed = response.headers().get("idempotent-replayed");
    let replayed = replayed.is_some_and(|value| value == "true");
    (response.text().await.unwrap(), replayed)
}

async fn answer(gateway: &Gateway, key: &str, body: &Value) -> Value {
    serde_json::from_str(&send(gateway, key, body).await.0).unwrap()
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap()
}

fn id(answer: &Value) -> &Value {
    &answer["data"]["createTracking"]["tracking"]["id"]
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_byte_for_byte_and_makes_one_call() {
    let house = House::without_limits().await;
    let (first, replayed) = send(&house, "k", &creating("NEW0000001")).await;
    assert!(!replayed && first.contains("\"id\":\""), "{first}");
    for quoted in ["k", "\"k\""] {
        let again = send(&house, quoted, &creating("NEW0000001")).await;
        assert_eq!(again, (first.clone(), true));
    }
    assert_eq!(creates(&house.sandbox), 1);
}

#[tokio::test]
async fn another_operation_under_a_key_is_a_conflict() {
    let house = House::without_limits().await;
    send(&house, "k", &creating("NEW0000001")).await;
    let mut named = creating("NEW0000001");
    named["operationName"] = json!("create");
    for other in [creating("NEW0000002"), named] {
        assert_eq!(code(&answer(&house, "k", &other).await), "CONFLICT");
    }
    assert_eq!(creates(&house.sandbox), 1);
}

#[tokio::test]
async fn the_order_of_the_fields_of_variables_makes_no_other_operation() {
    let house = House::without_limits().await;
    let query = "mutation($input: CreateTrackingInput!) { createTracking(input: $input) { tracking { id } } }";
    let with = |input: &str| -> Value {
        let body = format!(
            "{{ \"query\": {}, \"variables\": {{ \"input\": {input} }} }}",
            json!(query)
        );
        serde_json::from_str(&body).unwrap()
    };
    let one = with(r#"{ "carrierCode": "dhl", "trackingNumber": "NEW0000001" }"#);
    let other = with(r#"{ "trackingNumber": "NEW0000001", "carrierCode": "dhl" }"#);
    let first = send(&house, "k", &one).await.0;
    assert_eq!(send(&house, "k", &other).await, (first, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_concurrent_twins_make_one_call() {
    let house = House::without_limits().await;
    let slow = FaultKind::Slow { delay_ms: 300 };
    house.sandbox.fault(Fault::new(slow));
    let body = creating("NEW0000001");
    let answers = join_all((0..50).map(|_| send(&house, "k", &body))).await;
    assert!(answers.iter().all(|(text, _)| *text == answers[0].0));
    let firsts = answers.iter().filter(|(_, replayed)| !replayed).count();
    assert_eq!((firsts, creates(&house.sandbox)), (1, 1));
}

#[tokio::test]
async fn a_key_belongs_to_its_client() {
    let house = House::without_limits_and(|settings| {
        settings.client_header = Some("x-client".parse().unwrap());
    })
    .await;
    for (client, number) in [("Jane", "NEW0000001"), ("Joe", "NEW0000002")] {
        let headers = [("idempotency-key", "k"), ("x-client", client)];
        let response = house.post(&headers, &creating(number)).await;
        assert!(response.headers().get("idempotent-replayed").is_none());
        let answer: Value = response.json().await.unwrap();
        assert!(id(&answer).is_string(), "{answer}");
    }
    assert_eq!(creates(&house.sandbox), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_counts_over_the_socket_as_well_for_the_client_who_opened_it() {
    let house = House::without_limits_and(|settings| {
        settings.client_header = Some("x-client".parse().unwrap());
    })
    .await;
    let url = format!("ws://{}/graphql", house.address);
    let variables = json!({ "number": "NEW0000001" }).to_string();
    let arguments = [url.as_str(), CREATE, &variables, "1"];
    let environment = [
        ("EXTENSIONS", r#"{ "idempotencyKey": "k" }"#),
        ("HEADERS", r#"{ "x-client": "Jane" }"#),
    ];
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut client = Client::with(&environment, "subscribe.mjs", &arguments);
        client.next().await;
        answers.push(client.next().await);
    }
    let headers = [("idempotency-key", "k"), ("x-client", "Jane")];
    let posted = house.post(&headers, &creating("NEW0000001")).await;
    answers.push(posted.json().await.unwrap());
    assert!(id(&answers[0]).is_string(), "{answers:?}");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(creates(&house.sandbox), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_runs_again_whatever_key_it_carries() {
    let house = House::without_limits().await;
    let url = format!("ws://{}/graphql", house.address);
    let query = format!("subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind }} }}");
    let environment = [("EXTENSIONS", r#"{ "idempotencyKey": "k" }"#)];
    for _ in 0..2 {
        let mut client = Client::with(&environment, "subscribe.mjs", &[&url, &query]);
        client.next().await;
        let event = client.next().await;
        assert_eq!(event["data"]["trackingUpdated"]["kind"], "SNAPSHOT");
    }
}

#[tokio::test]
async fn keys_that_are_none_or_contradict_each_other_are_refused() {
    let house = House::without_limits().await;
    let mut body = creating("NEW0000001");
    for bad in ["", "two words", &"k".repeat(256)] {
        let response = house.post(&[("idempotency-key", bad)], &body).await;
        assert_eq!(response.status(), 400, "{bad}");
        assert_eq!(code(&response.json().await.unwrap()), "BAD_USER_INPUT");
    }
    let twice = [("idempotency-key", "k"), ("idempotency-key", "l")];
    assert_eq!(house.post(&twice, &body).await.status(), 400);
    for inside in [json!("l"), json!(""), json!(5)] {
        body["extensions"] = json!({ "idempotencyKey": inside });
        assert_eq!(code(&answer(&house, "k", &body).await), "BAD_USER_INPUT");
    }
    assert_eq!(creates(&house.sandbox), 0);
    body["extensions"] = json!({ "idempotencyKey": "k" });
    assert!(id(&answer(&house, "k", &body).await).is_string());
}

#[tokio::test]
async fn a_refusal_by_this_server_is_not_kept() {
    let house = House::without_limits().await;
    let refused = answer(&house, "k", &creating("")).await;
    let errors = &refused["data"]["createTracking"]["userErrors"];
    assert_eq!(errors[0]["code"], "INVALID", "{refused}");
    let invalid = json!({ "query": "mutation { noSuchField }" });
    assert_eq!(code(&answer(&house, "k", &invalid).await), "BAD_USER_INPUT");
    let (text, replayed) = send(&house, "k", &creating("NEW0000001")).await;
    assert!(!replayed && text.contains("\"id\":\""), "{text}");
}

#[tokio::test]
async fn who_is_told_to_come_back_can_come_back_with_the_same_key() {
    let house = House::without_limits().await;
    let busy = FaultKind::Meta { code: 429 };
    house.sandbox.fault(Fault::new(busy));
    let body = creating("NEW0000001");
    // The first is turned away by TrackingMore, the second by this server.
    for _ in 0..2 {
        assert_eq!(code(&answer(&house, "k", &body).await), "THROTTLED");
    }
    assert_eq!(creates(&house.sandbox), 1);
    age(Duration::from_secs(121)).await;
    house.sandbox.advance(Duration::from_secs(121));
    let answer = answer(&house, "k", &body).await;
    assert!(id(&answer).is_string(), "{answer}");
}

#[tokio::test]
async fn a_failure_whose_outcome_is_open_is_kept() {
    let house = House::without_limits().await;
    house.sandbox.fault(Fault::new(FaultKind::Cut));
    let (first, _) = send(&house, "k", &creating("NEW0000001")).await;
    assert!(first.contains("carried out all the same"), "{first}");
    assert_eq!(
        send(&house, "k", &creating("NEW0000001")).await,
        (first, true)
    );
    assert_eq!(creates(&house.sandbox), 1);
}

#[tokio::test]
async fn a_client_who_hangs_up_finds_the_outcome_when_he_asks_again() {
    let house = House::without_limits().await;
    let slow = FaultKind::Slow { delay_ms: 300 };
    house.sandbox.fault(Fault::new(slow));
    let body = creating("NEW0000001");
    tokio::select! {
        _ = send(&house, "k", &body) => panic!("the answer is late"),
        () = until("the call", || creates(&house.sandbox) > 0) => {}
    }
    let (text, replayed) = send(&house, "k", &body).await;
    assert!(replayed && text.contains("\"id\":\""), "{text}");
    assert_eq!(creates(&house.sandbox), 1);
}

#[tokio::test]
async fn a_question_that_costs_quota_can_be_repeated_for_nothing() {
    let house = House::without_limits().await;
    let body = json!({ "query": "{ detectCarriers(number: \"RN123456789CN\") { code } }" });
    let first = send(&house, "k", &body).await.0;
    assert_eq!(send(&house, "k", &body).await, (first, true));
    let free = json!({ "query": "{ __typename }" });
    for _ in 0..2 {
        assert!(!send(&house, "l", &free).await.1, "nothing was asked");
    }
}

#[tokio::test]
async fn a_refresh_that_waits_for_its_turn_is_kept_with_its_ticket() {
    let house = House::open().await;
    let listed = house.ask("{ trackings(first: 5) { nodes { id } } }").await;
    let nodes = listed["data"]["trackings"]["nodes"].as_array().unwrap();
    let refreshes = nodes.iter().map(|node| {
        let reference = format!("{{ id: {} }}", node["id"]);
        json!({ "query": refresh(&reference, None) })
    });
    let refreshes: Vec<_> = refreshes.collect();
    for (key, body) in ["a", "b", "c", "d"].iter().zip(&refreshes) {
        send(&house, key, body).await;
    }
    let (first, replayed) = send(&house, "k", &refreshes[4]).await;
    assert!(!replayed && first.contains("QUEUED"), "{first}");
    until("five calls", || house.calls(Endpoint::Realtime) == 5).await;
    assert_eq!(send(&house, "k", &refreshes[4]).await, (first, true));
}

#[tokio::test]
async fn a_refresh_that_joined_another_is_kept() {
    let house = House::without_limits().await;
    let slow = Fault::new(FaultKind::Slow { delay_ms: 1_000 });
    house.sandbox.fault(slow.on(Endpoint::Realtime));
    house.ask(&refresh(SEED, None)).await;
    let joins = json!({ "query": refresh(SEED, Some("PT10S")) });
    let (first, replayed) = send(&house, "k", &joins).await;
    assert!(!replayed && first.contains("DONE"), "{first}");
    assert_eq!(send(&house, "k", &joins).await, (first, true));
    assert_eq!(house.calls(Endpoint::Realtime), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_on_two_replicas_make_one_call() {
    let fleet = Fleet::without_limits(2).await;
    let slow = FaultKind::Slow { delay_ms: 300 };
    fleet.sandbox.fault(Fault::new(slow));
    let body = creating("NEW0000001");
    let twins = (0..20).map(|twin| send(&fleet.gateways[twin % 2], "k", &body));
    let answers = join_all(twins).await;
    assert!(answers.iter().all(|(text, _)| *text == answers[0].0));
    let firsts = answers.iter().filter(|(_, replayed)| !replayed).count();
    assert_eq!((firsts, creates(&fleet.sandbox)), (1, 1));
    for gateway in &fleet.gateways {
        let conflict = answer(gateway, "k", &creating("NEW0000002")).await;
        assert_eq!(code(&conflict), "CONFLICT");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_a_replica_remembers_for_itself() {
    let mut fleet = Fleet::without_limits(1).await;
    fleet.redis.kill();
    let gateway = &fleet.gateways[0];
    let (first, _) = send(gateway, "k", &creating("NEW0000001")).await;
    assert!(first.contains("\"id\":\""), "{first}");
    assert_eq!(
        send(gateway, "k", &creating("NEW0000001")).await,
        (first, true)
    );
    assert_eq!(creates(&fleet.sandbox), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_replica_dies_at_work_the_others_say_so_and_repeat_nothing() {
    let fleet = Fleet::without_limits(1).await;
    let mut replica = Command::new(env!("CARGO_BIN_EXE_parcelgraph"))
        .env_clear()
        // Other tests have the processors as well.
        .env("SHED_AFTER", "0")
        .env("TRACKINGMORE_API_KEY", "sandbox")
        .env("UPSTREAM_URL", fleet.sandbox.base_url())
        .env("REDIS_URL", fleet.redis.url())
        .env("REPLICAS", "2")
        .env("LISTEN", "127.0.0.1:0")
        .env("ANONYMOUS", ALL)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(
        replica.stdout.take().unwrap(),
    ));
    let line = lines.next_line().await.unwrap().unwrap();
    let url = line.split_whitespace().last().unwrap().to_owned();
    fleet.sandbox.fault(Fault::new(FaultKind::Hang));
    let request = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = request.post(url).header("idempotency-key", "k");
    let asked = tokio::spawn(request.json(&creating("NEW0000001")).send());
    until("the call", || creates(&fleet.sandbox) > 0).await;
    replica.kill().await.unwrap();
    assert!(asked.await.unwrap().is_err());
    let told = answer(&fleet.gateways[0], "k", &creating("NEW0000001")).await;
    assert_eq!(code(&told), "CONFLICT");
    // It may have been carried out.
    assert_eq!(told.get("data"), Some(&Value::Null));
    let message = told["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("Nothing was repeated"), "{message}");
    assert_eq!(creates(&fleet.sandbox), 1);
}
