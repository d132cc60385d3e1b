//! What goes over the wire, and what a well-behaved service makes of it.

use serde_json::json;

use super::fake_service::{Behaviour, FakeService, KEY, http, settings};
use super::fixture_tests::fixture;
use futures_util::FutureExt;
use futures_util::future::ready;

use super::{Client, Code, Connecting, Error, Kind, ListQuery, OnConnecting, Page, Settings};
use crate::model::{Language, NewTracking, RealtimeOptions, Status, TrackingKey, TrackingNumber};

fn key() -> TrackingKey {
    TrackingKey::parse("china-ems", "LS912989618CN").unwrap()
}

#[tokio::test]
async fn every_call_carries_the_key_the_type_and_a_name_once() {
    let service = FakeService::saying(r#"{"meta":{"code":4017},"data":[]}"#).await;
    let client = service.client();
    client.list(&ListQuery::default()).await.unwrap_err();
    client.single(&key(), None).await.unwrap_err();
    client.create(&NewTracking::bare(key())).await.unwrap_err();
    client
        .realtime(&key(), &RealtimeOptions::default())
        .await
        .unwrap_err();
    let sent = service.sent();
    assert_eq!(sent.len(), 4);
    for request in sent {
        for header in [
            format!("trackingmore-api-key: {KEY}"),
            "content-type: application/json".to_owned(),
            "accept: application/json".to_owned(),
            format!("user-agent: parcelgraph/{}", env!("CARGO_PKG_VERSION")),
        ] {
            let (name, _) = header.split_once(": ").unwrap();
            let same_name = |line: &&String| line.starts_with(&format!("{name}:"));
            let found: Vec<&String> = request.headers.iter().filter(same_name).collect();
            assert_eq!(found, [&header], "{}", request.line);
        }
    }
}

#[tokio::test]
async fn a_list_names_page_limit_and_comma_separated_numbers() {
    let service = FakeService::saying(&fixture("trackings_get.200.json")).await;
    let query = ListQuery {
        page: 1,
        limit: 80,
        numbers: ["RR050349575PH", "300403513351"]
            .map(|number| TrackingNumber::parse(number).unwrap())
            .to_vec(),
        status: Some(Status::Delivered),
        archived: Some(true),
        ..ListQuery::default()
    };
    let page = service.client().list(&query).await.unwrap();
    assert_eq!((page.items.len(), page.total), (1, Some(56)));
    assert_eq!((page.page, page.limit), (Some(1), Some(25)));
    assert_eq!(
        service.sent()[0].line,
        "GET /v2/trackings/get?page=1&limit=80&numbers=RR050349575PH%2C300403513351\
         &status=delivered&archived=true HTTP/1.1"
    );
}

#[tokio::test]
async fn a_query_beyond_the_documented_size_is_not_sent() {
    let service = FakeService::saying("").await;
    let number = TrackingNumber::parse("RR050349575PH").unwrap();
    let query = ListQuery {
        numbers: vec![number; 41],
        ..ListQuery::default()
    };
    let refusal = service.client().list(&query).await.unwrap_err();
    assert_eq!(refusal.kind(), Kind::BatchTooLarge);
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn one_tracking_is_a_path_with_or_without_a_language() {
    let service = FakeService::saying(&fixture("trackings_single.200.json")).await;
    let mut settings = service.settings();
    settings.base_url.set_path("/v2/");
    let client = Client::new(settings).unwrap();
    for language in [None, Language::parse("EN").ok()] {
        let tracking = client.single(&key(), language).await.unwrap();
        assert_eq!(tracking.status, Status::Delivered);
    }
    let lines: Vec<String> = service.sent().into_iter().map(|sent| sent.line).collect();
    let path = "GET /v2/trackings/china-ems/LS912989618CN";
    assert_eq!(
        lines,
        [format!("{path} HTTP/1.1"), format!("{path}/en HTTP/1.1"),]
    );
}

#[tokio::test]
async fn an_empty_list_has_two_spellings() {
    for name in ["trackings_get.empty.200.json", "trackings_get.4031.json"] {
        let service = FakeService::saying(&fixture(name)).await;
        let page = service.client().list(&ListQuery::default()).await.unwrap();
        assert_eq!((page.items, page.total), (vec![], Some(0)));
    }
    assert!(Page::default().items.is_empty());
}

#[tokio::test]
async fn an_empty_realtime_answer_is_none() {
    let service = FakeService::saying(&fixture("trackings_realtime.empty.200.json")).await;
    assert_eq!(
        service
            .client()
            .realtime(&key(), &RealtimeOptions::default())
            .await,
        Ok(None)
    );
}

#[tokio::test]
async fn a_tracking_that_nobody_created_is_not_found() {
    for (name, code) in [
        ("trackings_single.4031.json", Code::NoContent),
        ("trackings_single.4017.json", Code::DoesNotExist),
    ] {
        let service = FakeService::saying(&fixture(name)).await;
        let refusal = service.client().single(&key(), None).await.unwrap_err();
        assert_eq!(refusal.kind(), Kind::NotFound);
        assert_eq!(refusal.upstream_code(), Some(code.number()));
    }
}

#[tokio::test]
async fn an_empty_success_on_creating_means_that_it_was_there() {
    let service = FakeService::saying(r#"{"meta":{"code":200},"data":[]}"#).await;
    let new = NewTracking::bare(key());
    let refusal = service.client().create(&new).await.unwrap_err();
    assert_eq!(refusal.kind(), Kind::Conflict);
    assert!(!refusal.outcome_unknown());
}

#[tokio::test]
async fn nothing_that_can_be_printed_shows_the_key() {
    let message = format!("key {KEY} is wrong");
    let body = json!({"meta": {"code": 4001, "message": message}}).to_string();
    let service = FakeService::start(Behaviour::Answer(http("401 Unauthorized", &body))).await;
    let client = service.client();
    let error = client.single(&key(), None).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Refused {
            code: Code::InvalidApiKey,
            ..
        }
    ));
    for printed in [
        format!("{:?}", service.settings()),
        format!("{client:?}"),
        format!("{error:?}"),
        error.to_string(),
    ] {
        assert!(
            printed.contains("****") || printed.contains("Sensitive"),
            "{printed}"
        );
        assert!(!printed.contains(KEY), "{printed}");
    }
}

#[test]
fn an_address_with_a_password_builds_no_client_and_stays_unsaid() {
    let refusal = Client::new(settings("https://me:hush@host/v2")).unwrap_err();
    assert!(!format!("{refusal} {refusal:?}").contains("hush"));
}

#[tokio::test]
async fn every_new_connection_is_told_of_from_start_to_end() {
    let service = FakeService::saying(r#"{"meta":{"code":4017},"data":[]}"#).await;
    let (told, heard) = std::sync::mpsc::channel();
    let on_connecting = OnConnecting::new(move |connecting| {
        told.send(connecting).unwrap();
        ready(true).boxed()
    });
    let client = Client::new(Settings {
        on_connecting: on_connecting.clone(),
        ..service.settings()
    })
    .unwrap();
    for call in 1..=2 {
        client.single(&key(), None).await.unwrap_err();
        // This service closes every connection after one answer.
        let heard: Vec<_> = heard.try_iter().collect();
        assert!(
            matches!(heard[..], [Connecting::Started, Connecting::Opened { .. }]),
            "call {call}: {heard:?}"
        );
    }
    let nobody = Client::new(Settings {
        on_connecting,
        ..settings("http://127.0.0.1:1/v2")
    });
    nobody.unwrap().single(&key(), None).await.unwrap_err();
    let heard: Vec<_> = heard.try_iter().collect();
    assert_eq!(heard, [Connecting::Started, Connecting::Failed]);
}
