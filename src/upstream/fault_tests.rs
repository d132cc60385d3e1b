//! What a client makes of a service, or of something between, that misbehaves.

use std::time::Duration;

use super::fake_service::{Behaviour, FakeService, KEY, http, settings};
use super::fixture_tests::fixture;
use super::{Client, Error, Kind, ListQuery, LooksLike};
use crate::model::{RealtimeOptions, TrackingKey};

const SHORT: Duration = Duration::from_millis(100);

async fn failure_of(behaviour: Behaviour) -> Error {
    let service = FakeService::start(behaviour).await;
    let error = service
        .client()
        .list(&ListQuery::default())
        .await
        .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains(KEY) && !text.contains("127.0.0.1"), "{text}");
    assert!(
        text.contains("GET /trackings/get") && text.len() < 600,
        "{text}"
    );
    error
}

async fn failure_after(bytes: impl Into<Vec<u8>>) -> Error {
    failure_of(Behaviour::Answer(bytes.into())).await
}

async fn failure_within(call_timeout: Duration, behaviour: Behaviour) -> Error {
    let service = FakeService::start(behaviour).await;
    let mut settings = service.settings();
    settings.call_timeout = call_timeout;
    let client = Client::new(settings).unwrap();
    client.list(&ListQuery::default()).await.unwrap_err()
}

#[tokio::test]
async fn silence_and_half_an_answer_followed_by_silence_are_timeouts() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"meta\"".to_vec();
    for bytes in [Vec::new(), half] {
        let error = failure_within(SHORT, Behaviour::Stall(bytes)).await;
        assert!(
            matches!(error, Error::TimedOut { after: SHORT, .. }),
            "{error}"
        );
        assert_eq!(error.kind(), Kind::TimedOut);
        assert!(error.outcome_unknown());
    }
}

#[tokio::test]
async fn realtime_calls_have_their_own_patience() {
    let answer = http("200 OK", &fixture("trackings_realtime.200.json"));
    let service = FakeService::start(Behaviour::AnswerAfter(3 * SHORT, answer)).await;
    let mut settings = service.settings();
    settings.call_timeout = SHORT;
    let client = Client::new(settings).unwrap();
    let key = TrackingKey::parse("china-ems", "LS912989618CN").unwrap();
    let impatient = client.single(&key, None).await.unwrap_err();
    assert_eq!(impatient.kind(), Kind::TimedOut);
    assert!(
        client
            .realtime(&key, &RealtimeOptions::default())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_broken_connection_leaves_the_outcome_open() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"meta\"".to_vec();
    let no_length = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"meta\"".to_vec();
    for behaviour in [
        Behaviour::HangUp,
        Behaviour::Reset,
        Behaviour::Answer(b"HTTP/1.1 200".to_vec()),
        Behaviour::Answer(b"no HTTP at all\r\n\r\n".to_vec()),
        Behaviour::Answer(half),
        Behaviour::Answer(no_length),
    ] {
        let error = failure_of(behaviour).await;
        assert!(matches!(error, Error::Interrupted { .. }), "{error}");
        assert!(error.outcome_unknown());
        assert_eq!(error.kind(), Kind::Unavailable);
    }
}

#[tokio::test]
async fn a_request_that_failed_is_not_repeated() {
    let service = FakeService::start(Behaviour::HangUp).await;
    service
        .client()
        .list(&ListQuery::default())
        .await
        .unwrap_err();
    assert_eq!(service.sent().len(), 1);
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let broken_tls = FakeService::start(Behaviour::Reset).await;
    // It waits for the end of an HTTP request, so the handshake never gets an answer.
    let silent_tls = FakeService::saying("").await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    for base_url in [
        format!("http://{nobody}/v2"),
        format!("https://{}/v2", broken_tls.address()),
        format!("https://{}/v2", silent_tls.address()),
    ] {
        let mut settings = settings(&base_url);
        settings.connect_timeout = SHORT;
        let client = Client::new(settings).unwrap();
        let error = client.list(&ListQuery::default()).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(!error.outcome_unknown());
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
}

#[tokio::test]
async fn an_address_that_is_too_long_is_not_sent() {
    let service = FakeService::saying("").await;
    let query = ListQuery {
        orders: vec!["order-of-a-person".repeat(6_000)],
        ..ListQuery::default()
    };
    let error = service.client().list(&query).await.unwrap_err();
    assert!(matches!(error, Error::Unsendable { .. }), "{error:?}");
    assert_eq!(error.kind(), Kind::BadInput);
    assert!(!error.outcome_unknown() && service.sent().is_empty());
    let text = format!("{error} {error:?}");
    assert!(
        !text.contains("person") && !text.contains("127.0.0.1"),
        "{text}"
    );
}

#[tokio::test]
async fn a_web_page_is_told_by_its_status_or_by_its_looks() {
    let page = fixture("errors/error.non_json.html");
    let gateway = failure_after(http("502 Bad Gateway", &page)).await;
    assert!(matches!(gateway, Error::Http { status: 502, .. }));
    assert_eq!(gateway.kind(), Kind::Unavailable);
    assert!(gateway.outcome_unknown());
    let portal = failure_after(http("200 OK", &page)).await;
    assert!(matches!(
        portal,
        Error::NotJson {
            looks_like: LooksLike::Html,
            status: 200,
            ..
        }
    ));
    assert_eq!(portal.kind(), Kind::Invalid);
}

#[tokio::test]
async fn an_empty_body_is_named_as_such() {
    let empty = failure_after(http("200 OK", "")).await;
    assert!(matches!(
        empty,
        Error::NotJson {
            looks_like: LooksLike::Empty,
            ..
        }
    ));
    let no_content = failure_after("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert!(matches!(no_content, Error::NotJson { status: 204, .. }));
}

#[tokio::test]
async fn garbled_json_is_undecodable() {
    let garbled = failure_after(http("200 OK", r#"{"meta":{"code":200},,"data":[]}"#)).await;
    assert!(matches!(garbled, Error::Undecodable { .. }), "{garbled}");
    assert!(garbled.outcome_unknown());
}

#[tokio::test]
async fn too_many_requests_look_alike_in_http_and_in_the_envelope() {
    let envelope = fixture("errors/error.429.json");
    for answer in [
        http(
            "429 Too Many Requests\r\nretry-after: 120",
            "<html>slow down",
        ),
        http("429 Too Many Requests\r\nretry-after: 120", &envelope),
        http("200 OK\r\nretry-after: 120", &envelope),
        b"HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 99\r\n\r\nhalf".to_vec(),
    ] {
        let error = failure_after(answer).await;
        assert_eq!(error.kind(), Kind::TooManyRequests);
        assert_eq!(error.upstream_code(), Some(429));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
        assert!(!error.outcome_unknown());
    }
    let silent = failure_after(http("200 OK", &envelope)).await;
    assert_eq!(silent.retry_after(), None);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = FakeService::saying(&fixture("trackings_get.200.json")).await;
    let target = format!("302 Found\r\nlocation: http://{}/", elsewhere.address());
    let error = failure_after(http(&target, "")).await;
    assert!(matches!(error, Error::Http { status: 302, .. }), "{error}");
    assert!(elsewhere.sent().is_empty());
}

#[tokio::test]
async fn a_body_over_the_bound_is_not_read_to_its_end() {
    let length = 16 * 1024 * 1024 + 1;
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
    let unannounced = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    for behaviour in [
        Behaviour::Stall(announced.into_bytes()),
        Behaviour::Stall([unannounced, vec![b' '; length]].concat()),
    ] {
        let service = FakeService::start(behaviour).await;
        let error = service.client().carriers(None).await.unwrap_err();
        assert!(is_too_long(&error), "{error}");
    }
}

#[tokio::test]
async fn a_page_of_a_list_may_be_four_times_as_long() {
    let body = " ".repeat(17 * 1024 * 1024) + &fixture("trackings_get.200.json");
    let service = FakeService::saying(&body).await;
    let page = service.client().list(&ListQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let length = 64 * 1024 * 1024 + 1;
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
    let error = failure_of(Behaviour::Stall(announced.into_bytes())).await;
    assert!(is_too_long(&error), "{error}");
}

fn is_too_long(error: &Error) -> bool {
    matches!(error, Error::Undecodable { reason, .. } if reason.contains("bytes"))
}
