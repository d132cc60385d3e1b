//! The end of a server: what was begun is finished, and whoever watches is sent to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind, SHUTTLE};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::{House, Socket, until};

const WATCH: &str =
    "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind } }";

fn operation() -> Value {
    let (carrier, number) = SHUTTLE;
    let parcel = json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
    json!({ "query": WATCH, "variables": { "refs": [parcel] } })
}

/// A connection that is kept open between requests.
struct Connection(TcpStream);

impl Connection {
    async fn open(house: &House) -> Self {
        Self(TcpStream::connect(&house.address).await.unwrap())
    }

    async fn ask(&mut self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.contains("\r\n\r\n") || !answer.ends_with('\n') {
            let mut buffer = [0; 1_024];
            let read = timeout(Duration::from_secs(20), self.0.read(&mut buffer)).await;
            let length = read.expect("it answers").unwrap();
            assert!(length > 0, "it ended after {answer:?}");
            answer += std::str::from_utf8(&buffer[..length]).unwrap();
        }
        answer
    }

    async fn has_ended(&mut self) {
        let end = timeout(Duration::from_secs(20), self.0.read_u8()).await;
        assert!(end.expect("it ends").is_err());
    }
}

#[tokio::test]
async fn nobody_new_is_let_in_and_open_connections_end_with_their_next_answer() {
    let mut house = House::open().await;
    let [mut one, mut other] = [
        Connection::open(&house).await,
        Connection::open(&house).await,
    ];
    for connection in [&mut one, &mut other] {
        let answer = connection.ask("/health/ready").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
    house.stop();
    let address = house.address.clone();
    until("the closed door", || {
        std::net::TcpStream::connect(&address).is_err()
    })
    .await;
    let answer = one.ask("/health/ready").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    one.has_ended().await;
    other.has_ended().await;
    house.has_stopped().await;
}

#[tokio::test]
async fn sockets_are_closed_with_the_code_for_a_restart() {
    let mut house = House::without_limits().await;
    let mut watching = Socket::begin(&house.address, "graphql-transport-ws").await;
    watching
        .say(json!({ "type": "subscribe", "id": "1", "payload": operation() }))
        .await;
    assert_eq!(watching.next().await["type"], "next");
    let mut idle = Socket::begin(&house.address, "graphql-ws").await;
    house.stop();
    for socket in [&mut watching, &mut idle] {
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 1012);
        assert_eq!(reason, "Service Restart: reconnect with your cursor");
    }
    drop((watching, idle));
    house.has_stopped().await;
}

#[tokio::test]
async fn streams_end_in_a_way_that_makes_clients_come_back() {
    let mut house = House::without_limits().await;
    let accept = "text/event-stream";
    let sse = house.post(&[("accept", accept)], &operation()).await;
    let multipart = "multipart/mixed;subscriptionSpec=1.0";
    let multipart = house.post(&[("accept", multipart)], &operation()).await;
    assert_eq!(sse.status(), StatusCode::OK);
    house.stop();
    let (sse, multipart) = (sse.text().await.unwrap(), multipart.text().await.unwrap());
    assert!(sse.ends_with("retry: 1000\n\n"), "{sse}");
    assert!(!sse.contains("event: complete"), "{sse}");
    let parts: Vec<_> = multipart.split("\r\n--graphql").collect();
    let last = parts[parts.len() - 2].split("\r\n\r\n").last().unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["payload"], Value::Null);
    assert_eq!(last["errors"][0]["extensions"]["code"], "THROTTLED");
    assert_eq!(*parts.last().unwrap(), "--\r\n");
    house.has_stopped().await;
}

const PARCEL: &str = r#"{ tracking(ref: { key: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" } }) { status } }"#;

/// Lets the next list call take so long, or for ever.
fn delay(house: &House, fault: FaultKind) {
    house.sandbox.fault(Fault::new(fault).on(Endpoint::List));
}

#[tokio::test]
async fn what_was_begun_is_answered_over_every_transport() {
    for protocol in ["", "graphql-transport-ws", "graphql-ws"] {
        let mut house = House::without_limits().await;
        delay(&house, FaultKind::Slow { delay_ms: 2_500 });
        let (status, asked) = if protocol.is_empty() {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = client
                .post(house.graphql())
                .json(&json!({ "query": PARCEL }));
            let asked = tokio::spawn(async move {
                let response = request.send().await.unwrap();
                response.json::<Value>().await.unwrap()
            });
            (["data", "tracking", "status"].as_slice(), asked)
        } else {
            let start = match protocol {
                "graphql-ws" => "start",
                _ => "subscribe",
            };
            let mut socket = Socket::begin(&house.address, protocol).await;
            let payload = json!({ "query": PARCEL });
            socket
                .say(json!({ "type": start, "id": "1", "payload": payload }))
                .await;
            let asked = tokio::spawn(async move {
                let answer = socket.next().await;
                assert_eq!(socket.closed().await.0, 1012);
                answer
            });
            (["payload", "data", "tracking", "status"].as_slice(), asked)
        };
        until("the call", || house.calls(Endpoint::List) == 1).await;
        house.stop();
        let answer = asked.await.unwrap();
        let told = status.iter().fold(&answer, |value, field| &value[field]);
        assert_eq!(told, "TRANSIT", "{answer}");
        house.has_stopped().await;
    }
}

#[tokio::test]
async fn a_socket_hears_of_changes_for_as_long_as_it_is_open() {
    let mut house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(20);
    })
    .await;
    let mut socket = Socket::begin(&house.address, "graphql-transport-ws").await;
    socket
        .say(json!({ "type": "subscribe", "id": "1", "payload": operation() }))
        .await;
    assert_eq!(socket.next().await["type"], "next");
    let slow = Fault::new(FaultKind::Slow { delay_ms: 4_000 });
    house.sandbox.fault(slow.on(Endpoint::Batch));
    let create = json!({ "query": r#"mutation { createTrackings(inputs: [
        { carrierCode: "dhl", trackingNumber: "SLOW000001" }
    ]) { results { userErrors { code } } } }"# });
    socket
        .say(json!({ "type": "subscribe", "id": "2", "payload": create }))
        .await;
    until("the call", || house.calls(Endpoint::Batch) == 1).await;
    house.stop();
    let address = house.address.clone();
    until("the closed door", || {
        std::net::TcpStream::connect(&address).is_err()
    })
    .await;
    // Whoever came first leaves first, but for what he still waits for.
    house.sandbox.nudge(SHUTTLE.1).unwrap();
    let change = socket.next().await;
    assert_eq!(change["id"], "1", "{change}");
    assert_eq!(
        change["payload"]["data"]["trackingUpdated"]["kind"],
        "CHANGED"
    );
    assert_eq!(socket.next().await["id"], "2");
    assert_eq!(socket.closed().await.0, 1012);
    drop(socket);
    house.has_stopped().await;
}

#[tokio::test]
async fn what_takes_too_long_does_not_keep_the_server() {
    let mut house = House::without_limits_and(|settings| {
        settings.drain = Duration::from_secs(2);
    })
    .await;
    delay(&house, FaultKind::Hang);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(house.graphql())
        .json(&json!({ "query": PARCEL }));
    let asked = tokio::spawn(request.send());
    until("the call", || house.calls(Endpoint::List) == 1).await;
    let start = Instant::now();
    house.stop();
    house.has_stopped().await;
    // The call itself would go on for 30 seconds.
    assert!(start.elapsed() < Duration::from_secs(12));
    asked.abort();
}

#[tokio::test]
async fn half_a_request_does_not_keep_a_server_that_stops() {
    let mut house = House::without_limits_and(|settings| {
        settings.drain = Duration::from_secs(600);
    })
    .await;
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\n";
    let body = "content-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let mut connections = Vec::new();
    for half in [head.to_owned(), format!("{head}{body}")] {
        let mut connection = Connection::open(&house).await;
        connection.ask("/health/ready").await;
        connection.0.write_all(half.as_bytes()).await.unwrap();
        connections.push(connection);
    }
    house.stop();
    house.has_stopped().await;
    let mut answer = String::new();
    connections[1].0.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_while_the_server_stops_is_answered_or_not_let_in() {
    let mut house = House::without_limits().await;
    let answered = Arc::new(AtomicUsize::new(0));
    let ask = |reconnects: bool| {
        let mut client = reqwest::Client::builder().no_proxy();
        if reconnects {
            client = client.pool_max_idle_per_host(0);
        }
        let (client, url, answered) = (client.build().unwrap(), house.graphql(), answered.clone());
        tokio::spawn(async move {
            loop {
                let request = client
                    .post(&url)
                    .json(&json!({ "query": "{ __typename }" }));
                match request.send().await {
                    Ok(response) => {
                        assert_eq!(response.status(), StatusCode::OK);
                        response.text().await.expect("the whole answer comes");
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => return assert!(error.is_connect(), "{error:?}"),
                }
            }
        })
    };
    let clients: Vec<_> = (0..10).map(|nth| ask(nth % 2 == 0)).collect();
    until("some answers", || answered.load(Ordering::Relaxed) > 100).await;
    house.stop();
    for client in clients {
        let ended = timeout(Duration::from_secs(20), client).await;
        ended.expect("it is not let in any more").unwrap();
    }
    house.has_stopped().await;
}
