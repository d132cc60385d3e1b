//! Events over HTTP, byte by byte: they are sent by the gateway itself, and have to look as if its HTTP library sent them.

use std::time::Duration;

use parcelgraph::sandbox::SHUTTLE;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::House;
use crate::support::push::figure;

const WATCH: &str =
    "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind } }";

/// The address at which that can be watched.
fn path() -> String {
    let (carrier, number) = SHUTTLE;
    let parcel = json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
    let variables = json!({ "refs": [parcel] }).to_string();
    let path = reqwest::Url::parse_with_params(
        "http://x/graphql",
        [("query", WATCH), ("variables", &variables)],
    );
    path.unwrap().as_str()["http://x".len()..].to_owned()
}

/// A request for the events, as a browser's `EventSource` sends it.
fn request(method: &str, version: &str) -> String {
    let path = path();
    format!(
        "{method} {path} {version}\r\nhost: localhost\r\naccept: text/event-stream\r\nsec-fetch-site: same-origin\r\n\r\n"
    )
}

struct Connection(TcpStream);

impl Connection {
    async fn send(house: &House, requests: &str) -> Self {
        let mut stream = TcpStream::connect(&house.address).await.unwrap();
        stream.write_all(requests.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// What comes up to this text, or to the end.
    async fn up_to(&mut self, end: Option<&str>) -> String {
        let mut text = String::new();
        while end.is_none_or(|end| !text.contains(end)) {
            let mut buffer = [0; 1_024];
            let read = timeout(Duration::from_secs(20), self.0.read(&mut buffer)).await;
            let length = read.unwrap_or_else(|_| panic!("nothing comes behind {text:?}"));
            match length.unwrap() {
                0 if end.is_none() => break,
                0 => panic!("it ends behind {text:?}"),
                length => text += std::str::from_utf8(&buffer[..length]).unwrap(),
            }
        }
        text
    }
}

/// What the chunks hold, which have to be complete.
fn joined(mut chunks: &str) -> String {
    let mut text = String::new();
    loop {
        let (size, rest) = chunks.split_once("\r\n").expect("a size");
        let size = usize::from_str_radix(size, 16).unwrap();
        let (chunk, rest) = rest.split_at(size);
        text += chunk;
        chunks = rest.strip_prefix("\r\n").expect("a line's end");
        if size == 0 {
            assert_eq!(chunks, "", "nothing comes behind the last chunk");
            return text;
        }
    }
}

#[tokio::test]
async fn events_are_sent_in_chunks_and_the_connection_ends_with_them() {
    let mut house = House::without_limits().await;
    let mut stream = Connection::send(&house, &request("GET", "HTTP/1.1")).await;
    let mut text = stream.up_to(Some("SNAPSHOT")).await;
    // The connection is the stream's alone.
    let late = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.0.write_all(late).await.unwrap();
    house.stop();
    text += &stream.up_to(None).await;
    let (head, chunks) = text.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.split("\r\n").collect();
    assert_eq!(lines.remove(0), "HTTP/1.1 200 OK");
    lines.sort_unstable();
    let date = lines.iter().position(|line| line.starts_with("date: "));
    let date = lines.remove(date.unwrap()).strip_prefix("date: ").unwrap();
    assert_eq!((date.len(), &date[25..]), (29, " GMT"), "{date}");
    assert_eq!(
        lines,
        [
            "cache-control: no-store",
            "connection: close",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "content-type: text/event-stream; charset=utf-8",
            "cross-origin-resource-policy: same-origin",
            "referrer-policy: no-referrer",
            "transfer-encoding: chunked",
            "vary: origin, accept",
            "x-accel-buffering: no",
            "x-content-type-options: nosniff",
        ]
    );
    let events = joined(chunks);
    assert!(events.starts_with(":\n\nevent: next\nid: "), "{events}");
    assert!(events.ends_with("\n\nretry: 1000\n\n"), "{events}");
    house.has_stopped().await;
}

#[tokio::test]
async fn whoever_knows_no_chunks_gets_the_bare_events() {
    let house = House::without_limits().await;
    let mut stream = Connection::send(&house, &request("GET", "HTTP/1.0")).await;
    let text = stream.up_to(Some("SNAPSHOT")).await;
    assert!(!text.contains("transfer-encoding"), "{text}");
    assert!(text.contains("\r\n\r\n:\n\nevent: next\nid: "), "{text}");
}

#[tokio::test]
async fn whoever_asks_for_the_head_gets_no_events() {
    let house = House::without_limits().await;
    let last = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let requests = request("HEAD", "HTTP/1.1") + last;
    let text = Connection::send(&house, &requests).await.up_to(None).await;
    let (head, rest) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: text/event-stream"), "{text}");
    assert!(rest.starts_with("HTTP/1.1 200"), "{text}");
    assert!(rest.ends_with("live\n"), "{text}");
}

#[tokio::test]
async fn what_was_asked_before_on_the_connection_is_answered_before() {
    let house = House::without_limits().await;
    let before = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let requests = before.repeat(3) + &request("GET", "HTTP/1.1");
    let mut stream = Connection::send(&house, &requests).await;
    let text = stream.up_to(Some("SNAPSHOT")).await;
    let answers: Vec<_> = text.split("HTTP/1.1 200 OK\r\n").collect();
    assert_eq!(answers.len(), 5, "{text}");
    for answer in &answers[1..4] {
        assert!(answer.ends_with("\r\n\r\nlive\n"), "{text}");
    }
    assert!(answers[4].contains("SNAPSHOT"), "{text}");
}

#[tokio::test]
async fn whoever_goes_leaves_his_seat() {
    let house = House::without_limits().await;
    let mut stream = Connection::send(&house, &request("GET", "HTTP/1.1")).await;
    stream.up_to(Some("SNAPSHOT")).await;
    let taken = async || figure(&house, r#"parcelgraph_subscribers{transport="sse"}"#).await;
    assert_eq!(taken().await, 1);
    drop(stream);
    let empty = async { while taken().await > 0 {} };
    let empty = timeout(Duration::from_secs(20), empty).await;
    assert!(empty.is_ok(), "the seat stays taken");
}
