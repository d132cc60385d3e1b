//! How somebody shows who he is, over HTTP and when a socket begins, and what happens when it counts no more.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::SinkExt;
use jiff::Timestamp;
use parcelgraph::auth::{Credentials, JwtSettings, KeySource, NewToken, StaticToken};
use parcelgraph::model::{ClientId, TrackingKey};
use parcelgraph::sandbox::SHUTTLE;
use parcelgraph::settings::Settings;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{House, Socket};

const MODERN: &str = "graphql-transport-ws";
const OLD: &str = "graphql-ws";

const WATCH: &str =
    "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind } }";

/// A house that lets in only whom it knows.
struct Closed {
    house: House,
    /// The token of somebody who may read.
    token: String,
    /// The token of somebody who may look at the figures.
    ops: String,
}

impl Closed {
    async fn open() -> Self {
        Self::until(None).await
    }

    /// The token that may read ends then.
    async fn until(end: Option<Timestamp>) -> Self {
        let [reader, ops] = [NewToken::random(), NewToken::random()];
        let tokens = [
            ("reader", &reader, "tracking:read", end),
            ("operator", &ops, "ops", None),
        ];
        let tokens = tokens.map(|(name, new, scopes, end)| {
            let token = StaticToken::parse(name, &new.sha256, scopes).unwrap();
            token
                .until(end.map(|end| end.to_string()).as_deref())
                .unwrap()
        });
        let house = House::without_limits_and(|settings: &mut Settings| {
            settings.access.anonymous = None;
            settings.access.tokens = tokens.to_vec();
        });
        Self {
            house: house.await,
            token: reader.token,
            ops: ops.token,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}{path}", self.house.address);
        let mut request = client.request(Method::GET, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }
}

fn watch() -> Value {
    let (carrier, number) = SHUTTLE;
    let parcel = json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
    json!({ "query": WATCH, "variables": { "refs": [parcel] } })
}

fn init(payload: Value) -> Value {
    json!({ "type": "connection_init", "payload": payload })
}

#[tokio::test]
async fn a_token_stands_in_one_header_behind_one_word() {
    let closed = Closed::open().await;
    let token = closed.token.as_str();
    let typename = json!({ "query": "{ __typename }" });
    for (value, status, challenge) in [
        (format!("Bearer {token}"), 200, None),
        (format!("bearer  {token}"), 200, None),
        (
            format!("Basic {token}"),
            401,
            Some("Bearer error=\"invalid_token\""),
        ),
        (
            token.to_owned(),
            401,
            Some("Bearer error=\"invalid_token\""),
        ),
        (
            "Bearer nonsense".to_owned(),
            401,
            Some("Bearer error=\"invalid_token\""),
        ),
    ] {
        let headers = [("authorization", value.as_str())];
        let response = closed.house.post(&headers, &typename).await;
        assert_eq!(response.status(), status, "{value}");
        let told = response.headers().get("www-authenticate");
        assert_eq!(told.map(|told| told.to_str().unwrap()), challenge);
        let text = response.text().await.unwrap();
        assert!(
            !text.contains(token) && !text.contains("nonsense"),
            "{text}"
        );
    }
    let bearer = format!("Bearer {token}");
    let twice = [
        ("authorization", bearer.as_str()),
        ("authorization", "Bearer x"),
    ];
    let response = closed.house.post(&twice, &typename).await;
    assert_eq!(response.status(), 400);
    let path = "/graphql?query=%7B__typename%7D";
    let response = closed.get(path, &[("authorization", &bearer)]).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn figures_are_for_operators_and_health_is_for_everybody() {
    let closed = Closed::open().await;
    let [reader, ops] = [&closed.token, &closed.ops].map(|token| format!("Bearer {token}"));
    for (value, status) in [(Some(&ops), 200), (Some(&reader), 403), (None, 401)] {
        let headers = value.map(|value| ("authorization", value.as_str()));
        let response = closed.get("/metrics", headers.as_slice()).await;
        assert_eq!(response.status(), status);
    }
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(closed.get(path, &[]).await.status(), 200);
    }
}

#[tokio::test]
async fn a_socket_begins_with_a_token_wherever_clients_put_it() {
    let closed = Closed::open().await;
    let (token, address) = (closed.token.as_str(), &closed.house.address);
    let bearer = format!("Bearer {token}");
    for payload in [
        json!({ "Authorization": bearer }),
        json!({ "authorization": token }),
        json!({ "token": token }),
        json!({ "authToken": token }),
        json!({ "headers": { "Authorization": bearer } }),
    ] {
        for protocol in [MODERN, OLD] {
            let mut socket = Socket::open(address, Some(protocol)).await;
            socket.say(init(payload.clone())).await;
            let ack = socket.next().await;
            assert_eq!(ack["type"], "connection_ack", "{payload}");
        }
    }
    let headers = [
        ("sec-websocket-protocol", MODERN),
        ("authorization", &bearer),
    ];
    for payload in [json!({}), json!({ "token": null })] {
        let mut socket = Socket::open_with(address, &headers).await;
        socket.say(init(payload)).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
    }
    // What is said when it begins counts more.
    let mut socket = Socket::open_with(address, &headers).await;
    socket.say(init(json!({ "token": "nonsense" }))).await;
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test]
async fn whoever_shows_nothing_that_counts_is_told_why_and_sent_away() {
    let closed = Closed::open().await;
    for (payload, says) in [
        (json!({}), "a token is needed"),
        (
            json!({ "Authorization": "Bearer nonsense" }),
            "not known here",
        ),
        (
            json!({ "Authorization": "Basic nonsense" }),
            "cannot be read",
        ),
        (json!({ "Authorization": 5 }), "cannot be read"),
    ] {
        let mut socket = Socket::open(&closed.house.address, Some(MODERN)).await;
        socket.say(init(payload.clone())).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403, "{reason}");
        assert!(
            reason.starts_with("Forbidden: ") && reason.contains(says),
            "{reason}"
        );
        let mut socket = Socket::open(&closed.house.address, Some(OLD)).await;
        socket.say(init(payload)).await;
        let error = socket.next().await;
        assert_eq!(error["type"], "connection_error");
        let message = error["payload"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{message}");
        assert_eq!(socket.closed().await.0, 4403);
    }
}

#[tokio::test]
async fn whoever_is_subscribed_when_his_token_ends_is_sent_away() {
    let end = Timestamp::now() + Duration::from_secs(3);
    let closed = Closed::until(Some(end)).await;
    let bearer = format!("Bearer {}", closed.token);
    let mut socket = Socket::open(&closed.house.address, Some(MODERN)).await;
    socket.say(init(json!({ "Authorization": bearer }))).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": watch() });
    socket.say(subscribe).await;
    assert_eq!(socket.next().await["type"], "next");
    let streams = ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"];
    let streams = streams.map(async |accept| {
        let headers = [("authorization", bearer.as_str()), ("accept", accept)];
        let response = closed.house.post(&headers, &watch()).await;
        assert_eq!(response.status(), 200);
        let text = timeout(Duration::from_secs(20), response.text()).await;
        text.expect("it ends").unwrap()
    });
    let [one, other] = streams;
    let (events, parts, (code, reason)) = tokio::join!(one, other, socket.closed());
    assert!(Timestamp::now() >= end, "nobody is sent away before");
    assert_eq!(code, 4403);
    assert!(reason.contains("has ended"), "{reason}");
    for (text, end) in [
        (&events, "event: complete\ndata:\n\n"),
        (&parts, "--graphql--\r\n"),
    ] {
        assert!(text.contains("SNAPSHOT"), "{text}");
        assert!(text.contains("\"UNAUTHENTICATED\""), "{text}");
        assert!(text.ends_with(end), "{text}");
    }
}

#[tokio::test]
async fn whoever_is_subscribed_with_a_view_token_is_sent_away_soon_after_it_is_revoked() {
    let closed = Closed::open().await;
    let (carrier, number) = SHUTTLE;
    let keys = BTreeSet::from([TrackingKey::parse(carrier, number).unwrap()]);
    let views = closed.house.gate.view_tokens();
    let shown = Credentials::Bearer(closed.token.clone());
    let signer = closed.house.gate.admit(&shown, ClientId::default());
    let view = views
        .sign(keys, Duration::from_secs(3_600), &signer.await.unwrap())
        .unwrap();
    let mut socket = Socket::open(&closed.house.address, Some(MODERN)).await;
    socket.say(init(json!({ "token": view.token }))).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": watch() });
    socket.say(subscribe).await;
    assert_eq!(socket.next().await["type"], "next");
    views.revoke(&view.id).await.unwrap();
    let sent_away = timeout(Duration::from_secs(10), socket.closed()).await;
    let (code, reason) = sent_away.expect("he is sent away");
    assert_eq!(code, 4403, "{reason}");
    let bearer = format!("Bearer {}", view.token);
    let response = closed
        .house
        .post(&[("authorization", &bearer)], &watch())
        .await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn whoever_reads_nothing_is_sent_away_when_his_token_ends_all_the_same() {
    let end = Timestamp::now() + Duration::from_secs(6);
    let closed = Closed::until(Some(end)).await;
    let mut socket = Socket::open(&closed.house.address, Some(MODERN)).await;
    socket.say(init(json!({ "token": closed.token }))).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let query = format!("{{ {}: __typename }}", "x".repeat(100_000));
    let asking = async {
        for id in 0.. {
            let subscribe =
                json!({ "type": "subscribe", "id": id.to_string(), "payload": { "query": query } });
            let sent = socket.raw.send(Message::text(subscribe.to_string())).await;
            if sent.is_err() {
                return;
            }
        }
    };
    // Long before it would be given up because it reads nothing.
    let ended = timeout(Duration::from_secs(20), asking).await;
    ended.expect("it is sent away");
    assert!(Timestamp::now() >= end);
}

/// A house that asks an issuer for his keys who never answers, and that listener.
async fn waiting_for_keys(init_timeout: Duration) -> (House, TcpListener) {
    let issuer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", issuer.local_addr().unwrap());
    let house = House::with(|settings: &mut Settings| {
        settings.transport.init_timeout = init_timeout;
        settings.access.jwt = Some(JwtSettings {
            secret: None,
            keys: Some(KeySource::Url(url.parse().unwrap())),
            issuer: "https://issuer.example".to_owned(),
            audience: "parcelgraph".to_owned(),
            leeway: Duration::ZERO,
        });
    });
    (house.await, issuer)
}

#[tokio::test]
async fn whoever_waits_until_his_token_is_looked_at_is_heard_meanwhile() {
    /// It names a key that the issuer would have to be asked for.
    const TOKEN: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ.e30.AAAA";
    const LONG: Duration = Duration::from_secs(600);
    let beginning = async |house: &House| {
        let mut socket = Socket::open(&house.address, Some(MODERN)).await;
        socket.say(init(json!({ "token": TOKEN }))).await;
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.next().await, json!({ "type": "pong" }));
        socket
    };
    let (house, _issuer) = waiting_for_keys(Duration::from_millis(500)).await;
    assert_eq!(beginning(&house).await.closed().await.0, 4408);
    let (mut house, _issuer) = waiting_for_keys(LONG).await;
    let mut leaving = beginning(&house).await;
    let bye = CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    };
    leaving.send(Message::Close(Some(bye))).await;
    assert_eq!(leaving.closed().await.0, 1000);
    let mut staying = beginning(&house).await;
    house.stop();
    assert_eq!(staying.closed().await.0, 1012);
}
