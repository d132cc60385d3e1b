//! GraphQL over HTTP with answers that go on: server-sent events and multipart.

use std::time::Duration;

use parcelgraph::sandbox::SHUTTLE;
use reqwest::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{House, age};

const JSON: &str = "application/json; charset=utf-8";
const SSE: &str = "text/event-stream";
const MULTIPART: &str = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json";

const WATCH: &str = "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind tracking { trackingNumber } } }";

/// What browsers tell of the page that asks.
const OF_PAGES: [&str; 2] = ["origin", "sec-fetch-site"];

/// It completes at once.
const REFRESHED: &str = "subscription { refreshed(ticket: \"none\") { __typename } }";

fn operation(query: &str) -> Value {
    let (carrier, number) = SHUTTLE;
    let parcel = json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
    json!({ "query": query, "variables": { "refs": [parcel] } })
}

async fn house() -> House {
    House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(20);
    })
    .await
}

async fn post(house: &House, accept: &str, query: &str) -> Response {
    house.post(&[("accept", accept)], &operation(query)).await
}

async fn get(house: &House, headers: &[(&str, &str)], query: &[(&str, &str)]) -> Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(house.graphql()).query(query);
    if headers.iter().all(|(name, _)| !OF_PAGES.contains(name)) {
        request = request.header("graphql-require-preflight", "1");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// What comes up to this text, which has to come.
async fn up_to(response: &mut Response, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let chunk = timeout(Duration::from_secs(20), response.chunk()).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("nothing comes behind {text:?}"));
        let chunk = chunk.unwrap().expect("it goes on");
        text += std::str::from_utf8(&chunk).unwrap();
    }
    text
}

fn content_type(response: &Response) -> &str {
    response.headers()[CONTENT_TYPE].to_str().unwrap()
}

#[tokio::test]
async fn events_are_sent_as_they_come() {
    let house = house().await;
    let mut response = post(&house, SSE, WATCH).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(content_type(&response).starts_with(SSE));
    assert_eq!(response.headers()["cache-control"], "no-store");
    for kind in ["SNAPSHOT", "CHANGED"] {
        let text = up_to(&mut response, "}\n\n").await;
        let (head, data) = text.split_once("data: ").unwrap();
        assert!(head.contains("event: next\n"), "{text}");
        let result: Value = serde_json::from_str(data).unwrap();
        assert_eq!(result["data"]["trackingUpdated"]["kind"], kind);
        house.sandbox.nudge(SHUTTLE.1).unwrap();
    }
}

#[tokio::test]
async fn what_is_said_once_is_one_event_and_the_end() {
    let house = house().await;
    for query in [
        "{ __typename }",
        "{ nonsense }",
        "subscription { nonsense }",
        REFRESHED,
    ] {
        let text = post(&house, SSE, query).await.text().await.unwrap();
        let mut events = text.trim_start_matches(":\n\n").split("\n\n");
        let next = events.next().unwrap();
        let data = next.strip_prefix("event: next\ndata: ").unwrap();
        let result: Value = serde_json::from_str(data).unwrap();
        assert!(result.is_object(), "{text}");
        let rest: Vec<_> = events.collect();
        assert_eq!(rest, ["event: complete\ndata:", ""], "{text}");
    }
}

#[tokio::test]
async fn a_browser_that_is_refused_does_not_come_back_for_ever() {
    let house = house().await;
    for query in ["{ nonsense }", "{", "subscription { nonsense }"] {
        // As its EventSource asks, which comes back whenever a stream ends.
        let response = get(&house, &[("accept", SSE)], &[("query", query)]).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(!content_type(&response).starts_with(SSE), "{query}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn parts_are_sent_as_they_come_each_with_its_end() {
    let house = house().await;
    let mut response = post(&house, MULTIPART, WATCH).await;
    assert!(content_type(&response).contains("boundary=\"graphql\""));
    assert_eq!(up_to(&mut response, "--graphql").await, "\r\n--graphql");
    for kind in ["SNAPSHOT", "CHANGED"] {
        let text = up_to(&mut response, "\r\n--graphql").await;
        let body = text.strip_prefix("\r\ncontent-type: application/json\r\n\r\n");
        let body = body.unwrap().strip_suffix("\r\n--graphql").unwrap();
        let part: Value = serde_json::from_str(body).unwrap();
        let event = &part["payload"]["data"]["trackingUpdated"];
        assert_eq!(event["kind"], kind, "{part}");
        house.sandbox.nudge(SHUTTLE.1).unwrap();
    }
}

#[tokio::test]
async fn whoever_can_read_json_gets_single_answers_in_it() {
    let house = house().await;
    for accept in [
        MULTIPART,
        "text/event-stream;q=0.9, */*",
        "*/*",
        "text/html, */*;q=0.1",
    ] {
        let response = post(&house, accept, "{ __typename }").await;
        assert_eq!(content_type(&response), JSON, "{accept}");
    }
    let only = "multipart/mixed;subscriptionSpec=\"1.0\"";
    let text = post(&house, only, "{ __typename }").await.text().await;
    let text = text.unwrap();
    assert!(
        text.contains(r#"{"payload":{"data":{"__typename":"Query"}"#),
        "{text}"
    );
    assert!(text.ends_with("\r\n--graphql--\r\n"), "{text}");
}

#[tokio::test]
async fn a_subscription_by_whoever_can_read_no_events_is_told_how_to_ask() {
    let house = house().await;
    for accept in [
        "*/*",
        "application/json",
        "multipart/mixed, */*;q=0.1",
        "text/event-stream;q=0, application/json",
    ] {
        // It is refused before anything of it is begun.
        let response = post(&house, accept, WATCH).await;
        assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE, "{accept}");
        let answer: Value = response.json().await.unwrap();
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("Accept: text/event-stream"), "{message}");
    }
}

#[tokio::test]
async fn signs_of_life_come_while_nothing_happens() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::ZERO;
    })
    .await;
    for (accept, event, sign) in [
        (SSE, "}\n\n", ":\n\n"),
        (MULTIPART, "}\r\n--graphql", "\r\n\r\n{}\r\n--graphql"),
    ] {
        let mut response = post(&house, accept, WATCH).await;
        up_to(&mut response, event).await;
        for _ in 0..3 {
            age(Duration::from_secs(15)).await;
            up_to(&mut response, sign).await;
        }
    }
}

#[tokio::test]
async fn what_changes_nothing_can_be_asked_in_the_address() {
    let house = house().await;
    let query =
        "query A { __typename } query B($n: Int!) { carriers(first: $n) { nodes { code } } }";
    let response = get(
        &house,
        &[],
        &[
            ("query", query),
            ("operationName", "B"),
            ("variables", r#"{"n":1}"#),
            ("extensions", "{}"),
        ],
    )
    .await;
    assert_eq!(content_type(&response), JSON);
    let answer: Value = response.json().await.unwrap();
    let nodes = answer["data"]["carriers"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 1);

    // As a browser's EventSource does.
    let variables = operation(WATCH)["variables"].to_string();
    let parameters = [("query", WATCH), ("variables", &variables)];
    let mut response = get(&house, &[("accept", SSE)], &parameters).await;
    assert!(up_to(&mut response, "}\n\n").await.contains("SNAPSHOT"));
}

#[tokio::test]
async fn nothing_is_changed_by_an_address() {
    let house = house().await;
    let change = "mutation B { deleteTrackings(refs: []) { __typename } }";
    let both = format!("query A {{ __typename }} {change}");
    for accept in ["*/*", SSE] {
        for parameters in [
            &[("query", change)][..],
            &[("query", both.as_str()), ("operationName", "B")],
        ] {
            let response = get(&house, &[("accept", accept)], parameters).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.headers()[ALLOW], "GET, HEAD, POST, OPTIONS");
        }
    }
}

#[tokio::test]
async fn an_address_that_says_nothing_sensible_is_told_what_is_wrong() {
    let house = house().await;
    let typename = ("query", "{ __typename }");
    for (headers, parameters, status, says) in [
        (&[][..], &[][..], 400, "the parameter query"),
        (&[], &[("query", " ")], 200, "query is missing"),
        (&[], &[typename, ("variables", "[1]")], 400, "variables"),
        (&[], &[typename, ("variables", "{")], 400, "variables"),
        (&[], &[typename, ("extensions", "5")], 400, "extensions"),
        (&[], &[typename, typename], 400, "query is there twice"),
        (&[("last-event-id", "ü")], &[typename], 400, "Last-Event-ID"),
        (
            &[("origin", "https://evil.example")],
            &[typename],
            403,
            "origins",
        ),
        (
            &[("sec-fetch-site", "cross-site")],
            &[typename],
            403,
            "origins",
        ),
        (&[("sec-fetch-site", "none")], &[typename], 200, ""),
        (&[("sec-fetch-site", "same-origin")], &[typename], 200, ""),
    ] {
        let response = get(&house, headers, parameters).await;
        assert_eq!(response.status().as_u16(), status, "{says}");
        let text = response.text().await.unwrap();
        assert!(text.contains(says), "{text}");
    }
}

#[tokio::test]
async fn bad_requests_are_refused_before_anything_streams() {
    let house = house().await;
    for accept in [SSE, MULTIPART] {
        let response = house.post(&[(ACCEPT.as_str(), accept)], &json!({})).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(content_type(&response), JSON);
    }
}
