//! What the HTTP side takes and refuses.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::House;

async fn send(
    house: &House,
    method: Method,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> (StatusCode, String) {
    let response = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .request(method, format!("http://{}{path}", house.address))
        .header(CONTENT_TYPE, content_type)
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn malformed_requests_are_told_what_is_wrong() {
    let house = House::open().await;
    for (content_type, body, status, says) in [
        (
            "text/plain",
            r#"{"query":"{__typename}"}"#.to_owned(),
            415,
            "application/json",
        ),
        (
            "application/x-www-form-urlencoded",
            "query={__typename}".to_owned(),
            415,
            "application/json",
        ),
        ("application/json", "{".to_owned(), 400, "line 1, column 1"),
        ("application/json", "[]".to_owned(), 400, "batches are off"),
        ("application/json", "{}".to_owned(), 400, "query is missing"),
        ("application/json", "5".to_owned(), 400, "JSON object"),
        (
            "application/json",
            r#"{"query":5}"#.to_owned(),
            400,
            "query must be a text",
        ),
        (
            "application/json; charset=utf-16",
            r#"{"query":"{__typename}"}"#.to_owned(),
            415,
            "UTF-8",
        ),
        ("application/json", "x".repeat(300 * 1024), 413, "256 KiB"),
        ("application/json", "[".repeat(100_000), 400, "too early"),
    ] {
        let (got, text) = send(&house, Method::POST, "/graphql", content_type, body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(got.as_u16(), status, "{text}");
        let error = &answer["errors"][0];
        assert!(error["message"].as_str().unwrap().contains(says), "{text}");
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn other_methods_and_paths_say_where_to_go() {
    let house = House::open().await;
    let (status, text) = send(&house, Method::GET, "/graphql", "application/json", "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("graphql-transport-ws"));
    let (status, text) = send(&house, Method::PUT, "/graphql", "", "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(text.contains("by POST"));
    let (status, text) = send(&house, Method::GET, "/nowhere", "", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(text.contains("/graphql"));
    for path in ["/health/live", "/health/ready", "/"] {
        assert_eq!(
            send(&house, Method::GET, path, "", "").await.0,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn documents_that_cost_more_than_their_bytes_are_refused_and_the_server_lives_on() {
    let house = House::open().await;
    let doubling: String = (0..40)
        .map(|level| {
            format!(
                " fragment f{level} on Query {{ ...f{0} ...f{0} }}",
                level + 1
            )
        })
        .collect();
    for query in [
        format!("{}{}", "{a".repeat(20_000), "}".repeat(20_000)),
        format!(
            "{{ tracking(ref: {}{}) {{ status }} }}",
            "[".repeat(3_000),
            "]".repeat(3_000)
        ),
        format!(
            "query($x: Int = {}1{}) {{ __typename }}",
            "{a:".repeat(3_000),
            "}".repeat(3_000)
        ),
        format!("{{ ...f0 }} {doubling} fragment f40 on Query {{ __typename }}"),
    ] {
        let answer = house.ask(&query).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "QUERY_TOO_COMPLEX", "{query:.100}");
        assert_eq!(answer.get("data"), None);
    }
    assert_eq!(
        house.ask("{ __typename }").await["data"]["__typename"],
        "Query"
    );
}
