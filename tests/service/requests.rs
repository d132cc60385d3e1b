//! GraphQL over HTTP to the letter: what is taken, what is refused, and with which status.

use std::time::Duration;

use parcelgraph::allowance::Rate;
use parcelgraph::auth::Scopes;
use parcelgraph::settings::Settings;
use reqwest::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::House;

const TYPED: &str = "application/graphql-response+json";

const METHODS: &str = "GET, HEAD, POST, OPTIONS";

const PREFLIGHTED: (&str, &str) = ("graphql-require-preflight", "1");

async fn send(house: &House, method: Method, headers: &[(&str, &str)], body: &str) -> Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, house.graphql());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.to_owned()).send().await.unwrap()
}

async fn get(house: &House, parameters: &str, headers: &[(&str, &str)]) -> Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(format!("{}?{parameters}", house.graphql()));
    for (name, value) in [PREFLIGHTED].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn ask(house: &House, accept: &str, query: &str) -> Response {
    let body = json!({ "query": query });
    house.post(&[(ACCEPT.as_str(), accept)], &body).await
}

fn batching(settings: &mut Settings) {
    settings.transport.takes_batches = true;
    settings.transport.max_batch = 3;
}

#[tokio::test]
async fn answers_are_what_the_client_can_read() {
    let house = House::open().await;
    for (accept, content_type) in [
        ("application/json", "application/json; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
        ("application/*", "application/json; charset=utf-8"),
        (TYPED, "application/graphql-response+json; charset=utf-8"),
        (
            "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8;q=0.9",
            "application/graphql-response+json; charset=utf-8",
        ),
    ] {
        let response = ask(&house, accept, "{ __typename }").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_TYPE], content_type, "{accept}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["vary"], "origin, accept");
    }
    for accept in [
        "text/html",
        "application/json;charset=latin1",
        "image/png, text/*",
    ] {
        let response = ask(&house, accept, "{ __typename }").await;
        assert_eq!(response.status(), 406, "{accept}");
        let answer: Value = response.json().await.unwrap();
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("Accept"), "{message}");
    }
}

#[tokio::test]
async fn the_status_tells_of_the_operation_only_to_whom_it_means_something() {
    let house = House::open().await;
    for query in [
        "{",
        "{ a",
        "query A { __typename } query A { __typename }",
        "#",
    ] {
        for (accept, status) in [("application/json", 200), (TYPED, 400)] {
            let response = ask(&house, accept, query).await;
            assert_eq!(response.status(), status, "{query}");
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer.get("data"), None, "{answer}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        }
    }
}

#[tokio::test]
async fn who_may_not_ask_is_told_so_by_the_status_whatever_he_reads() {
    let house = House::with(|settings| settings.access.anonymous = None).await;
    for accept in ["application/json", TYPED] {
        let response = ask(&house, accept, "{ __typename }").await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let house = House::open().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let response = send(&house, method, &[], "{}").await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[ALLOW], METHODS);
        let answer: Value = response.json().await.unwrap();
        assert!(answer["errors"][0]["message"].is_string());
    }
    let mutation = "query=mutation%7B__typename%7D";
    let response = get(&house, mutation, &[]).await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()[ALLOW], METHODS);
}

#[tokio::test]
async fn whatever_is_wrong_is_told_as_the_client_reads_it() {
    let house = House::with(|settings| settings.transport.origins = "*".parse().unwrap()).await;
    let typed = [(ACCEPT.as_str(), TYPED), ("origin", "https://shop.example")];
    let long = format!("query={}", "x".repeat(17_000));
    let large = "x".repeat(33_000);
    let mut larger = typed.to_vec();
    larger.push(("x-large", &large));
    for (response, status) in [
        (send(&house, Method::PUT, &typed, "{}").await, 405),
        (get(&house, &long, &typed).await, 414),
        (get(&house, "query=%ff", &typed).await, 400),
        (get(&house, "query=a", &larger).await, 431),
        (
            get(
                &house,
                "query=a",
                &[&typed[..], &[("host", "evil.example")]].concat(),
            )
            .await,
            421,
        ),
    ] {
        assert_eq!(response.status(), status);
        let headers = response.headers();
        let content_type = "application/graphql-response+json; charset=utf-8";
        assert_eq!(headers[CONTENT_TYPE], content_type, "{status}");
        assert_eq!(headers["cache-control"], "no-store", "{status}");
        // Whoever asks for another server is no page of ours.
        let is_told = headers.contains_key("access-control-allow-origin");
        assert_eq!(is_told, status != 421, "{status}");
    }
}

#[tokio::test]
async fn bodies_are_taken_as_they_are() {
    let house = House::open().await;
    let headers = |encoding| {
        [
            ("content-type", "application/json"),
            ("content-encoding", encoding),
        ]
    };
    let body = "{\"query\":\"{__typename}\"}";
    let response = send(&house, Method::POST, &headers("gzip"), body).await;
    assert_eq!(response.status(), 415);
    assert_eq!(response.headers()["accept-encoding"], "identity");
    let response = send(&house, Method::POST, &headers("identity"), body).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_batch_tells_in_headers_what_its_sender_has_to_know() {
    let house = House::with(|settings| {
        batching(settings);
        settings.access.points = Some(Rate {
            per_second: 1,
            burst: 2,
        });
    })
    .await;
    let one = json!({ "query": "{ __typename }" });
    let response = house.post(&[], &json!([one, one])).await;
    let headers = response.headers();
    assert_eq!(headers["ratelimit"], "\"points\";r=0;t=2");
    assert!(!headers.contains_key("retry-after"));
    let response = house.post(&[], &json!([one, one])).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["retry-after"], "1");
}

#[tokio::test]
async fn bodies_are_taken_as_json_and_refused_in_one_sentence() {
    let house = House::open().await;
    let json = [(CONTENT_TYPE.as_str(), "application/json")];
    for (body, status, says) in [
        ("", 400, "the body is empty"),
        ("{\"query\":", 400, "ends too early (line 1, column 9)"),
        (
            "{\"query\":\"{a}\"} {}",
            400,
            "is no JSON (line 1, column 17)",
        ),
        (
            "{\"query\":\"{__typename}\",\"query\":\"{a}\"}",
            400,
            "query is there twice",
        ),
        ("\u{feff}{\"query\":\"{__typename}\"}", 200, ""),
        ("{\"query\":\"{__typename}\",\"surprise\":{}}", 200, ""),
        (
            "{\"query\":\"{__typename}\",\"variables\":null,\"extensions\":{\"a\":1}}",
            200,
            "",
        ),
    ] {
        let response = send(&house, Method::POST, &json, body).await;
        assert_eq!(response.status(), status, "{body}");
        let text = response.text().await.unwrap();
        assert!(text.contains(says), "{text}");
        assert!(!text.contains("Error("), "{text}");
    }
    for charset in ["utf-8", "UTF-8", "\"utf-8\""] {
        let content_type = format!("application/json; charset={charset}");
        let headers = [(CONTENT_TYPE.as_str(), content_type.as_str())];
        let body = "{\"query\":\"{__typename}\"}";
        let response = send(&house, Method::POST, &headers, body).await;
        assert_eq!(response.status(), 200, "{charset}");
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_each_for_itself() {
    let house = House::with(batching).await;
    let batch = json!([
        { "query": "{ a: __typename }" },
        { "query": 5 },
        { "query": "subscription { refreshed(ticket: \"x\") { __typename } }" },
    ]);
    let response = house.post(&[], &batch).await;
    assert_eq!(response.status(), 200);
    let answers: Value = response.json().await.unwrap();
    assert_eq!(answers[0], json!({ "data": { "a": "Query" } }));
    let message = |at: usize| answers[at]["errors"][0]["message"].as_str().unwrap();
    assert!(message(1).contains("query must be a text"), "{answers}");
    assert!(message(2).contains("cannot be in a batch"), "{answers}");
    assert_eq!(answers.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_operations_of_a_batch_share_their_calls() {
    let house = House::without_limits_and(batching).await;
    let look = |number: &str| {
        let key = format!("{{ key: {{ carrierCode: \"dhl\", trackingNumber: \"{number}\" }} }}");
        json!({ "query": format!("{{ trackingsByRef(refs: [{key}]) {{ status }} }}") })
    };
    let batch = json!([look("COLD000001"), look("COLD000002"), look("COLD000003")]);
    let response = house.post(&[], &batch).await;
    let answers: Vec<Value> = response.json().await.unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(house.calls(parcelgraph::sandbox::Endpoint::List), 1);
}

#[tokio::test]
async fn what_is_no_batch_or_too_large_a_one_is_refused_as_a_whole() {
    let house = House::with(batching).await;
    let one = json!({ "query": "{ __typename }" });
    let refused = async |headers: &[(&str, &str)], batch: Value, status: u16, says: &str| {
        let response = house.post(headers, &batch).await;
        assert_eq!(response.status(), status);
        let text = response.text().await.unwrap();
        assert!(text.contains(says), "{text}");
    };
    refused(&[], json!([]), 400, "the batch is empty").await;
    refused(&[], json!([one, one, one, one]), 400, "at most 3").await;
    let key = [("idempotency-key", "once")];
    refused(&key, json!([one]), 400, "Idempotency-Key").await;
    let events = [("accept", "text/event-stream")];
    refused(&events, json!([one]), 406, "Accept").await;
    let closed = House::open().await;
    let response = closed.post(&[], &json!([one])).await;
    assert_eq!(response.status(), 400);
    assert!(response.text().await.unwrap().contains("batches are off"));
}

#[tokio::test]
async fn a_batch_is_for_whom_may_ask() {
    let house = House::with(|settings| {
        batching(settings);
        settings.access.anonymous = None;
    })
    .await;
    let batch = json!([{ "query": "{ __typename }" }]);
    assert_eq!(house.post(&[], &batch).await.status(), 401);
    let open = House::with(|settings| settings.access.anonymous = Some(Scopes::NONE)).await;
    assert_eq!(open.post(&[], &batch[0]).await.status(), 200);
}

/// What comes back of these bytes at once, and whether anything more does within a moment.
async fn at_once(house: &House, bytes: &str) -> (String, bool) {
    let mut stream = TcpStream::connect(&house.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut told = vec![0; 4096];
    let begun = Instant::now();
    let length = stream.read(&mut told).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(300), "{bytes}");
    let mut more = [0; 1];
    let more = timeout(Duration::from_secs(2), stream.read(&mut more)).await;
    let is_closed = matches!(more, Ok(Ok(0) | Err(_)));
    let told = String::from_utf8_lossy(&told[..length]).to_ascii_lowercase();
    (told, is_closed)
}

#[tokio::test]
async fn nobody_waits_for_a_body_that_nobody_wants() {
    let house = House::open().await;
    let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\n";
    let text = format!("{head}Content-Type: text/plain\r\n");
    let json = format!("{head}Content-Type: application/json\r\n");
    for (request, status) in [
        (format!("{text}Content-Length: 1000\r\n\r\n"), 415),
        (
            format!("{text}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"),
            415,
        ),
        (
            format!("{text}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
            415,
        ),
        (format!("{json}Content-Length: 10000000\r\n\r\n"), 413),
        (
            format!("{json}Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n"),
            413,
        ),
    ] {
        let (told, is_closed) = at_once(&house, &request).await;
        assert!(told.starts_with(&format!("http/1.1 {status} ")), "{told}");
        assert!(told.contains("\r\nconnection: close\r\n"), "{told}");
        assert!(is_closed, "{request}");
    }
    for (request, status) in [
        (format!("{text}Content-Length: 3\r\n\r\nabc"), 415),
        (
            format!("{text}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            415,
        ),
        (format!("{json}Content-Length: 3\r\n\r\nabc"), 400),
    ] {
        let (told, is_closed) = at_once(&house, &request).await;
        assert!(told.starts_with(&format!("http/1.1 {status} ")), "{told}");
        assert!(!told.contains("connection: close"), "{told}");
        assert!(!is_closed, "{request}");
    }
}

#[tokio::test]
async fn whoever_is_refused_before_his_body_is_read_hears_why_all_the_same() {
    let house = House::with(|settings| settings.access.anonymous = None).await;
    let json = [(CONTENT_TYPE.as_str(), "application/json")];
    let text = [(CONTENT_TYPE.as_str(), "text/plain")];
    let body = "x".repeat(1 << 20);
    for _ in 0..10 {
        let response = send(&house, Method::POST, &json, &body).await;
        assert_eq!(response.status(), 401);
        let response = send(&house, Method::POST, &text, &body).await;
        assert_eq!(response.status(), 415);
    }
    let open = House::open().await;
    for _ in 0..10 {
        assert_eq!(send(&open, Method::POST, &json, &body).await.status(), 413);
    }
}
