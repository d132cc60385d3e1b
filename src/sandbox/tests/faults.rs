//! Every fault, felt by a real client.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{House, code};
use crate::sandbox::{Endpoint, Fault, FaultKind, Settings};

const LIST: &str = "/trackings/get?limit=1";

async fn house_with(kind: FaultKind) -> House {
    let house = House::open().await;
    house.sandbox.fault(Fault::new(kind));
    house
}

/// Sends one list call over a bare socket and reads what comes until the end.
async fn raw(house: &House) -> (Vec<u8>, std::io::Result<usize>) {
    let mut stream = TcpStream::connect(house.sandbox.address()).await.unwrap();
    let request = "GET /v2/trackings/get?limit=1 HTTP/1.1\r\nHost: sandbox\r\nTrackingmore-Api-Key: sandbox\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    let end = stream.read_to_end(&mut received).await;
    (received, end)
}

#[tokio::test]
async fn slow_answers_late_and_in_full() {
    let house = house_with(FaultKind::Slow { delay_ms: 150 }).await;
    let asked = Instant::now();
    assert_eq!(house.code(LIST).await, 200);
    assert!(asked.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn hang_answers_never_but_ends_with_the_sandbox() {
    let house = house_with(FaultKind::Hang).await;
    let patience = Duration::from_millis(100);
    let request = house.request(reqwest::Method::GET, LIST).timeout(patience);
    assert!(request.send().await.unwrap_err().is_timeout());
    assert_eq!(house.sandbox.calls()[0].fault, Some("hang"));
    house.sandbox.fault(Fault::new(FaultKind::Hang));
    let stop = async {
        while house.sandbox.stats().total_calls() < 2 {
            tokio::task::yield_now().await;
        }
        house.sandbox.stop();
    };
    let (answer, ()) = tokio::join!(house.send(LIST), stop);
    assert!(answer.is_err());
    house.sandbox.stopped().await;
}

#[tokio::test]
async fn reset_takes_the_call_and_resets_the_connection() {
    let house = house_with(FaultKind::Reset).await;
    let (received, end) = raw(&house).await;
    assert_eq!(received, b"");
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(house.sandbox.stats().calls[&Endpoint::List], 1);
    assert_eq!(house.code(LIST).await, 200);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_has_created() {
    let house = house_with(FaultKind::Reset).await;
    let body = json!({"tracking_number": "LOST-ANSWER", "carrier_code": "dhl"});
    let request = house
        .request(reqwest::Method::POST, "/trackings/post")
        .json(&body);
    assert!(request.send().await.is_err());
    assert_eq!(house.code("/trackings/dhl/LOST-ANSWER").await, 200);
}

#[tokio::test]
async fn cut_announces_all_and_sends_half() {
    let house = house_with(FaultKind::Cut).await;
    let (received, _) = raw(&house).await;
    let text = String::from_utf8_lossy(&received);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let announced: usize = length.parse().unwrap();
    assert!(body.starts_with(r#"{"meta":{"code":200"#), "{body}");
    assert!(received.len() - head.len() - 4 == announced / 2);
}

#[tokio::test]
async fn a_client_notices_a_cut_body() {
    let house = house_with(FaultKind::Cut).await;
    let response = house.send(LIST).await.unwrap();
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn status_comes_with_an_envelope_or_a_body_of_choice() {
    let house = house_with(FaultKind::Status {
        status: 503,
        body: None,
    })
    .await;
    let response = house.send(LIST).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(code(&response.json().await.unwrap()), 503);
    let body = Some("no".to_owned());
    house
        .sandbox
        .fault(Fault::new(FaultKind::Status { status: 500, body }));
    let response = house.send(LIST).await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.text().await.unwrap().as_str()
        ),
        (500, "no")
    );
}

#[tokio::test]
async fn html_comes_under_502_or_200() {
    let house = house_with(FaultKind::Html { status: 502 }).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Html { status: 200 }));
    for status in [502, 200] {
        let response = house.send(LIST).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "text/html");
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("<h1>502 Bad Gateway</h1>")
        );
    }
    assert_eq!(house.sandbox.calls()[0].meta, None);
}

#[tokio::test]
async fn garbled_and_empty_bodies_are_no_json_under_http_200() {
    for kind in [FaultKind::Garble, FaultKind::Empty] {
        let house = house_with(kind).await;
        let response = house.send(LIST).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.json::<Value>().await.is_err());
    }
}

#[tokio::test]
async fn meta_refuses_and_a_refused_create_has_not_created() {
    let house = house_with(FaultKind::Meta { code: 4019 }).await;
    let body = json!({"tracking_number": "NO-BALANCE", "carrier_code": "dhl"});
    let answer = house.post("/trackings/post", body).await;
    assert_eq!((code(&answer), &answer["data"]), (4019, &json!([])));
    assert_eq!(house.code("/trackings/dhl/NO-BALANCE").await, 4031);
}

#[tokio::test]
async fn an_ordered_429_begins_the_silence_and_breaks_no_limit() {
    for kind in [
        FaultKind::Meta { code: 429 },
        FaultKind::Status {
            status: 429,
            body: None,
        },
    ] {
        let house = House::with(Settings::default()).await;
        house.sandbox.fault(Fault::new(kind));
        assert_eq!(house.code(LIST).await, 429);
        let stats = house.sandbox.stats();
        assert_eq!(stats.total_broken_limits(), 0);
        assert!(stats.silence_left_ms > 60_000.0);
    }
}
