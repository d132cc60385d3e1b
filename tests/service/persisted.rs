//! Documents that have names: those that clients register, and those that the operator listed.

use std::io::Write;

use parcelgraph::allowance::Rate;
use parcelgraph::persisted::{Mode, TextHash};
use parcelgraph::settings::{Settings, Switch};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::{Fleet, House, Redis, SEED, Socket, node, until};

const QUERY: &str = "query Name {\n  __typename\n}";

fn sha(text: &str) -> String {
    TextHash::of(text).to_string()
}

fn extension(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

fn hash_only(text: &str) -> Value {
    json!({ "extensions": extension(&sha(text)) })
}

fn registration(text: &str) -> Value {
    json!({ "query": text, "extensions": extension(&sha(text)) })
}

fn is_answered(answer: &Value) -> bool {
    answer["data"]["__typename"] == "Query"
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

/// The answer to a body, whatever its status.
async fn post(gateway: &crate::support::Gateway, body: Value) -> Value {
    gateway.post(&[], &body).await.json().await.unwrap()
}

fn file(manifest: &Value) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    write!(file, "{manifest}").unwrap();
    file
}

fn trusting(file: &NamedTempFile, mode: Mode) -> impl Fn(&mut Settings) + 'static {
    let file = file.path().to_owned();
    move |settings| settings.operations.trusted_documents = Some((file.clone(), mode))
}

/// What a run of Apollo Client printed.
async fn apollo(house: &House, times: &str, method: &str) -> Vec<Value> {
    let printed = node("persisted.mjs", &[&house.graphql(), QUERY, times, method]).await;
    printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apollo_client_sends_a_text_once_and_its_hash_from_then_on() {
    for method in ["POST", "GET"] {
        let house = House::open().await;
        let hash = json!({ "method": method, "hasText": false });
        let text = json!({ "method": "POST", "hasText": true });
        let data = json!({ "data": { "__typename": "Query" } });
        let said = apollo(&house, "2", method).await;
        assert_eq!(said, [&hash, &text, &data, &hash, &data].map(Value::clone));
        // Another client need not send it at all.
        assert_eq!(apollo(&house, "1", method).await, [hash, data]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apollo_client_sends_texts_where_none_are_kept() {
    let house = House::with(|settings| settings.operations.persisted_queries = Switch::Off).await;
    let said = apollo(&house, "2", "POST").await;
    let text = json!({ "method": "POST", "hasText": true });
    let data = json!({ "data": { "__typename": "Query" } });
    assert_eq!(said[1..], [&text, &data, &text, &data].map(Value::clone));
}

#[tokio::test]
async fn an_unknown_hash_has_the_status_that_its_media_type_says() {
    let house = House::open().await;
    for (accept, status) in [
        ("application/json", 200),
        ("application/graphql-response+json", 400),
    ] {
        let response = house.post(&[("accept", accept)], &hash_only(QUERY)).await;
        assert_eq!(response.status(), status);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
        assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
        assert!(answer.get("data").is_none());
    }
}

#[tokio::test]
async fn a_text_that_is_not_valid_is_not_kept() {
    let house = House::open().await;
    let broken = "query {";
    assert_eq!(
        code(&post(&house, registration(broken)).await),
        "BAD_USER_INPUT"
    );
    assert_eq!(
        code(&post(&house, hash_only(broken)).await),
        "PERSISTED_QUERY_NOT_FOUND"
    );
}

#[tokio::test]
async fn a_document_is_named_in_an_address_and_over_a_socket_as_well() {
    let house = House::open().await;
    let subscription = format!("subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind }} }}");
    let mut socket = Socket::begin(&house.address, "graphql-transport-ws").await;
    let subscribe = |payload: Value| json!({ "type": "subscribe", "id": "1", "payload": payload });
    socket.say(subscribe(hash_only(&subscription))).await;
    let refused = socket.next().await;
    assert_eq!(refused["type"], "error");
    assert_eq!(
        refused["payload"][0]["extensions"]["code"],
        "PERSISTED_QUERY_NOT_FOUND"
    );
    for payload in [registration(&subscription), hash_only(&subscription)] {
        socket.say(subscribe(payload)).await;
        let event = socket.next().await;
        assert_eq!(
            event["payload"]["data"]["trackingUpdated"]["kind"], "SNAPSHOT",
            "{event}"
        );
        socket.say(json!({ "type": "complete", "id": "1" })).await;
    }

    post(&house, registration(QUERY)).await;
    let address = format!("{}?documentId=sha256:{}", house.graphql(), sha(QUERY));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = client.get(address).header("apollo-require-preflight", "1");
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    assert!(is_answered(&answer), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_told_one_replica_the_others_know() {
    let mut fleet = Fleet::without_limits(2).await;
    assert!(is_answered(
        &post(&fleet.gateways[0], registration(QUERY)).await
    ));
    assert!(is_answered(
        &post(&fleet.gateways[1], hash_only(QUERY)).await
    ));
    let kept: Vec<String> = fleet.redis.ask(&["KEYS", "*:text1:*"]).await;
    assert_eq!(kept.len(), 1);
    let place = kept[0].as_str();
    let days = fleet.redis.ask::<i64>(&["TTL", place]).await / (24 * 60 * 60);
    assert!((29..=30).contains(&days), "{days}");
    let value: Vec<u8> = fleet.redis.ask(&["GET", place]).await;
    assert!(
        !value.windows(10).any(|part| part == b"__typename"),
        "it is encrypted"
    );

    // Two texts in the wrong places are no texts.
    let other = "query Other { __typename }";
    assert_eq!(
        code(&post(&fleet.gateways[0], hash_only(other)).await),
        "PERSISTED_QUERY_NOT_FOUND"
    );
    let without = fleet.redis.url();
    fleet.redis.kill();
    until("the end of the session", || {
        fleet
            .gateways
            .iter()
            .all(|gateway| gateway.link.as_ref().unwrap().session().is_none())
    })
    .await;
    // Each knows what it has seen, and learns on.
    assert!(
        is_answered(&post(&fleet.gateways[1], hash_only(QUERY)).await),
        "{without}"
    );
    assert!(is_answered(
        &post(&fleet.gateways[1], registration(other)).await
    ));
    assert!(is_answered(
        &post(&fleet.gateways[1], hash_only(other)).await
    ));
    assert_eq!(
        code(&post(&fleet.gateways[0], hash_only(other)).await),
        "PERSISTED_QUERY_NOT_FOUND"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_two_thousand_texts_and_forgets_those_that_were_used_the_longest_ago() {
    let fleet = Fleet::without_limits(1).await;
    post(&fleet.gateways[0], registration(QUERY)).await;
    let places: Vec<String> = fleet.redis.ask(&["KEYS", "*:texts1"]).await;
    let index = places[0].as_str();
    let mut command = vec!["ZADD", index];
    let names: Vec<_> = (0..2_000).map(|number| format!("gone{number}")).collect();
    for name in &names {
        command.extend(["1", name]);
    }
    let _: i64 = fleet.redis.ask(&command).await;
    post(&fleet.gateways[0], registration("{ __typename }")).await;
    assert_eq!(fleet.redis.ask::<i64>(&["ZCARD", index]).await, 2_000);
    assert_eq!(
        fleet
            .redis
            .ask::<Vec<String>>(&["KEYS", "*:text1:*"])
            .await
            .len(),
        2
    );
}

#[tokio::test]
async fn listed_documents_are_named_in_every_format_and_way() {
    let id = "0f343b0931126a20f133d67c2b018a3b";
    let hash = sha(QUERY);
    let apollo = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": hash, "name": "Name", "type": "query", "body": QUERY }],
    });
    for (manifest, name) in [
        (json!({ id: QUERY }), id),
        (json!({ &hash: QUERY }), &*hash),
        (apollo, &*hash),
    ] {
        let file = file(&manifest);
        let house = House::with(trusting(&file, Mode::Only)).await;
        for request in [
            json!({ "documentId": name }),
            json!({ "documentId": format!("sha256:{name}") }),
            json!({ "doc_id": name }),
            json!({ "id": name }),
            json!({ "extensions": extension(name) }),
            json!({ "query": QUERY }),
        ] {
            let answer = post(&house, request.clone()).await;
            assert!(is_answered(&answer), "{request}: {answer}");
        }
        for request in [
            json!({ "query": "{ __typename }" }),
            registration("{ __typename }"),
            hash_only("{ __typename }"),
        ] {
            let answer = post(&house, request.clone()).await;
            assert_eq!(code(&answer), "FORBIDDEN", "{request}: {answer}");
        }
    }
}

#[tokio::test]
async fn what_is_not_listed_is_carried_out_and_counted_unless_only_listed_documents_are_taken() {
    let file = file(&json!({ "name": QUERY }));
    for mode in [Mode::Log, Mode::Prefer] {
        let house = House::with(trusting(&file, mode)).await;
        assert!(is_answered(&post(&house, json!({ "query": QUERY })).await));
        assert!(is_answered(
            &post(&house, json!({ "query": "{ __typename }" })).await
        ));
        let address = format!("http://{}/metrics", house.address);
        let metrics = reqwest::get(address).await.unwrap().text().await.unwrap();
        assert!(
            metrics.contains("parcelgraph_unlisted_operations_total 1\n"),
            "{metrics}"
        );
    }
}

#[tokio::test]
async fn a_redis_that_stands_still_keeps_nobody_waiting() {
    let fleet = Fleet::without_limits(1).await;
    fleet.redis.stop_the_clock();
    let begun = std::time::Instant::now();
    let answer = post(&fleet.gateways[0], hash_only(QUERY)).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
    assert!(begun.elapsed().as_millis() < 1_000);
    let _: &Redis = &fleet.redis;
    fleet.redis.go_on();
}

#[tokio::test]
async fn a_registration_costs_ten_points_and_who_has_none_left_is_answered_nevertheless() {
    let house = House::with(|settings| {
        settings.access.points = Some(Rate {
            per_second: 1,
            burst: 20,
        });
    })
    .await;
    let texts = [
        "{ rateLimit { cost remaining } }",
        "{ rateLimit { remaining cost } }",
    ];
    let cost = |answer: &Value| answer["data"]["rateLimit"]["cost"].as_u64().unwrap();
    assert_eq!(cost(&post(&house, registration(texts[0])).await), 11);
    assert_eq!(cost(&post(&house, registration(texts[0])).await), 1);
    assert_eq!(cost(&post(&house, hash_only(texts[0])).await), 1);
    assert_eq!(cost(&post(&house, registration(texts[1])).await), 1);
    let unknown = post(&house, hash_only(texts[1])).await;
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn a_client_registers_a_hundred_texts_a_day() {
    let house = House::without_limits().await;
    let text = |number: usize| format!("query Q{number} {{ __typename }}");
    for number in 0..=100 {
        assert!(is_answered(
            &post(&house, registration(&text(number))).await
        ));
    }
    assert!(is_answered(&post(&house, hash_only(&text(99))).await));
    let unknown = post(&house, hash_only(&text(100))).await;
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
}
