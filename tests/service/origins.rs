//! Pages of other origins: which may ask, how browsers are told, and what protects those who visit them.

use std::time::Duration;

use parcelgraph::settings::Settings;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::House;

const SHOP: &str = "https://shop.example";

/// As a shop has it set up.
fn with_shop(settings: &mut Settings) {
    settings.transport.origins = "https://shop.example https://*.shop.example"
        .parse()
        .unwrap();
}

async fn send(house: &House, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, format!("http://{}{path}", house.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn preflight(house: &House, origin: &str) -> HeaderMap {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "content-type,authorization",
        ),
    ];
    let response = send(house, Method::OPTIONS, "/graphql", &headers).await;
    assert_eq!(response.status(), 200);
    response.headers().clone()
}

#[tokio::test]
async fn no_foreign_page_may_ask_unless_it_is_named() {
    let (closed, house) = (House::open().await, House::with(with_shop).await);
    for (house, origin, may) in [
        (&closed, SHOP, false),
        (&house, SHOP, true),
        (&house, "https://eu.shop.example", true),
        (&house, "https://evil.example", false),
        (&house, "null", false),
    ] {
        let told = preflight(house, origin).await;
        let allowed = told.get("access-control-allow-origin");
        let allowed = allowed.map(|origin| origin.to_str().unwrap());
        assert_eq!(allowed, may.then_some(origin), "{origin}");
        assert_eq!(told.get("access-control-allow-credentials"), None);
        let body = json!({ "query": "{ __typename }" });
        let response = house.post(&[("origin", origin)], &body).await;
        let allowed = response.headers().get("access-control-allow-origin");
        assert_eq!(allowed.is_some(), may, "{origin}");
    }
}

#[tokio::test]
async fn a_preflight_tells_what_a_page_may_send_and_for_how_long() {
    let house = House::with(with_shop).await;
    let told = preflight(&house, SHOP).await;
    let text = |name: &str| told[name].to_str().unwrap();
    for name in [
        "content-type",
        "authorization",
        "idempotency-key",
        "parcelgraph-extensions",
        "last-event-id",
        "graphql-require-preflight",
        "apollo-require-preflight",
        "x-apollo-operation-name",
        "apollographql-client-name",
        "apollographql-client-version",
        "traceparent",
        "tracestate",
        "x-requested-with",
    ] {
        let allowed = text("access-control-allow-headers");
        assert!(
            allowed.split(',').any(|allowed| allowed == name),
            "{allowed}"
        );
    }
    assert_eq!(text("access-control-allow-methods"), "GET,POST");
    assert_eq!(text("access-control-max-age"), "7200");
    assert_eq!(text("vary"), "origin, accept");
}

#[tokio::test]
async fn every_page_may_ask_where_the_operator_says_so() {
    let house = House::with(|settings| settings.transport.origins = "*".parse().unwrap()).await;
    let told = preflight(&house, "https://anywhere.example").await;
    assert_eq!(told["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn what_a_foreign_page_could_have_sent_unasked_is_refused() {
    let house = House::with(with_shop).await;
    for (header, status) in [
        (("accept", "*/*"), 403),
        (("sec-fetch-site", "cross-site"), 403),
        (("sec-fetch-site", "same-site"), 403),
        (("origin", "https://evil.example"), 403),
        (("content-type", "text/plain"), 403),
        (("sec-fetch-site", "same-origin"), 200),
        (("sec-fetch-site", "none"), 200),
        (("origin", SHOP), 200),
        (("content-type", "application/json"), 200),
        (("graphql-require-preflight", "1"), 200),
        (("apollo-require-preflight", "1"), 200),
        (("x-apollo-operation-name", "A"), 200),
        // Whoever shows a token was not sent by a page that does not know it. This one is none.
        (("authorization", "Bearer nonsense"), 401),
    ] {
        let path = "/graphql?query=%7B__typename%7D";
        let response = send(&house, Method::GET, path, &[header]).await;
        assert_eq!(response.status(), status, "{header:?}");
        if status == 403 {
            let text = response.text().await.unwrap();
            assert!(text.contains("GraphQL-Require-Preflight: 1"), "{text}");
        }
    }
}

#[tokio::test]
async fn sockets_are_opened_by_the_same_pages() {
    let house = House::with(with_shop).await;
    let own = format!("http://{}", house.address);
    for (origin, status) in [
        (Some("https://evil.example"), 403),
        (Some("null"), 403),
        (Some(SHOP), 101),
        (Some("https://eu.shop.example"), 101),
        (Some(own.as_str()), 101),
        (None, 101),
    ] {
        let mut headers = vec![
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "graphql-transport-ws"),
        ];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let response = send(&house, Method::GET, "/graphql", &headers).await;
        assert_eq!(response.status(), status, "{origin:?}");
    }
}

#[tokio::test]
async fn a_page_that_lets_its_name_point_here_is_told_nothing() {
    let house = House::open().await;
    let foreign = ("host", "evil.example");
    let rebound = [
        foreign,
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "same-origin"),
    ];
    for (path, status) in [
        ("/graphql?query=%7B__typename%7D", 421),
        ("/", 421),
        ("/metrics", 421),
        ("/health/live", 200),
        ("/health/ready", 200),
    ] {
        let response = send(&house, Method::GET, path, &rebound).await;
        assert_eq!(response.status(), status, "{path}");
    }
    let body = json!({ "query": "{ __typename }" });
    let response = house.post(&[foreign], &body).await;
    assert_eq!(response.status(), 421);
    let text = response.text().await.unwrap();
    assert!(
        text.contains("--hosts") && text.contains("FORBIDDEN"),
        "{text}"
    );
    let named = House::with(|settings| settings.transport.hosts = "shop.example".parse().unwrap());
    let named = named.await;
    for (host, status) in [
        ("shop.example:8080", 200),
        ("evil.example", 421),
        ("localhost", 200),
    ] {
        let response = named.post(&[("host", host)], &body).await;
        assert_eq!(response.status(), status, "{host}");
    }
}

#[tokio::test]
async fn figures_are_kept_by_nobody() {
    let house = House::open().await;
    let closed = House::with(|settings| settings.access.anonymous = None).await;
    let poor = House::with(|settings| {
        settings.access.anonymous = Some("tracking:read".parse().unwrap());
    });
    for (house, status) in [(house, 200), (closed, 401), (poor.await, 403)] {
        let response = send(&house, Method::GET, "/metrics", &[]).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn browsers_are_told_with_everything_not_to_guess_and_not_to_tell() {
    let house = House::open().await;
    for path in ["/", "/graphql", "/health/live", "/metrics", "/nowhere"] {
        let response = send(&house, Method::GET, path, &[]).await;
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(
            headers["cross-origin-resource-policy"], "same-origin",
            "{path}"
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
}

#[tokio::test]
async fn the_playground_may_do_little_and_is_there_only_if_wanted() {
    let house = House::open().await;
    let page = send(&house, Method::GET, "/", &[]).await;
    assert_eq!(page.headers()["x-frame-options"], "DENY");
    assert_eq!(page.headers()["cross-origin-opener-policy"], "same-origin");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|found| found == part), "{policy}");
    }
    assert!(
        policy.contains(&format!(" ws://{}", house.address)),
        "{policy}"
    );
    let without = House::with(|settings| settings.transport.has_playground = false).await;
    for path in ["/", "/assets/small.js"] {
        let page = send(&without, Method::GET, path, &[]).await;
        assert_eq!(page.status(), 404);
    }
}

#[tokio::test]
async fn a_shops_page_can_read_that_the_server_is_crowded() {
    let house = House::with(|settings| {
        with_shop(settings);
        settings.transport.max_connections = Some(4);
        settings.transport.request_timeout = Duration::from_secs(600);
    })
    .await;
    let slow = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let live = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(&house.address).await.unwrap();
        // It is inside once it is answered.
        stream.write_all(live.as_bytes()).await.unwrap();
        stream.read_exact(&mut [0; 12]).await.unwrap();
        stream.write_all(slow.as_bytes()).await.unwrap();
        busy.push(stream);
    }
    let accept = "application/graphql-response+json";
    let headers = [("origin", SHOP), ("accept", accept)];
    let response = house.post(&headers, &json!({ "query": "{a}" })).await;
    assert_eq!(response.status(), 429);
    let told = response.headers();
    assert_eq!(told["access-control-allow-origin"], SHOP);
    assert_eq!(told["retry-after"], "10");
    assert_eq!(told["connection"], "close");
    assert!(told["content-type"].to_str().unwrap().starts_with(accept));
}
