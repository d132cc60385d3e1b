//! What a connection may take: so much time, so many bytes, and so much room.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::{House, Socket};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Sends something, and gives what comes until the connection ends.
async fn said(house: &House, text: &str) -> String {
    let mut stream = TcpStream::connect(&house.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let reading = timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes));
    // Whoever is cut off has heard what he has heard.
    let _ = reading.await.expect("the connection ends");
    String::from_utf8(bytes).unwrap()
}

/// One answer.
async fn answer(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 1_024];
    let read = timeout(Duration::from_secs(20), stream.read(&mut buffer)).await;
    let length = read.expect("it is answered").unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn heads_bodies_and_rests_have_their_time() {
    let house = House::with(|settings| {
        settings.transport.head_timeout = Duration::from_millis(300);
        settings.transport.request_timeout = Duration::from_millis(300);
        settings.transport.idle_timeout = Duration::from_millis(300);
    })
    .await;
    let post = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    for (text, says) in [
        ("", ""),
        ("GET / HT", ""),
        (post, "HTTP/1.1 408"),
        (LIVE, "HTTP/1.1 200"),
    ] {
        let start = Instant::now();
        let said = said(&house, text).await;
        assert!(said.starts_with(says), "{said}");
        let took = start.elapsed();
        assert!(
            took >= Duration::from_millis(250) && took < Duration::from_secs(5),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn whoever_asks_again_in_time_may_stay() {
    let house = House::with(|settings| {
        settings.transport.idle_timeout = Duration::from_millis(500);
    })
    .await;
    let mut stream = TcpStream::connect(&house.address).await.unwrap();
    for _ in 0..10 {
        stream.write_all(LIVE.as_bytes()).await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn heads_that_are_too_large_are_told_so() {
    let house = House::open().await;
    let head = |path: &str, headers: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
    };
    let long = format!("/graphql?query={}", "x".repeat(17 * 1024));
    let longer = format!("/graphql?query={}", "x".repeat(60_000));
    let fat = format!("a: {}\r\n", "x".repeat(33 * 1024));
    for (request, status) in [
        (head(&long, ""), "414"),
        (head(&longer, ""), "414"),
        (head("/", &fat), "431"),
        (head("/", &"a: b\r\n".repeat(200)), "431"),
        (head("/health/live", "a: b\r\n"), "200"),
    ] {
        let said = said(&house, &request).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
    }
}

const NOWHERE: &str = "GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Opens a connection and says that on it.
async fn begun(house: &House, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&house.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn whoever_rests_makes_room_for_whoever_knocks() {
    let house = House::with(|settings| settings.transport.max_connections = Some(4)).await;
    let mut streams = Vec::new();
    // One address has half of the room.
    for _ in 0..2 {
        let mut stream = begun(&house, LIVE).await;
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
        streams.push(stream);
    }
    let mut one_more = begun(&house, NOWHERE).await;
    assert!(answer(&mut one_more).await.starts_with("HTTP/1.1 "));
    // The first has rested longest.
    assert_eq!(rest(&mut streams[0]).await, "");
    one_more.write_all(NOWHERE.as_bytes()).await.unwrap();
    assert!(answer(&mut one_more).await.starts_with("HTTP/1.1 "));
}

#[tokio::test]
async fn half_of_a_first_head_makes_room_for_whoever_knocks() {
    let house = House::with(|settings| {
        settings.transport.max_connections = Some(4);
        settings.transport.head_timeout = Duration::from_secs(600);
    })
    .await;
    let mut first = begun(&house, "GET / HT").await;
    let _second = begun(&house, "GET / HT").await;
    let mut one_more = begun(&house, NOWHERE).await;
    assert!(answer(&mut one_more).await.starts_with("HTTP/1.1 "));
    assert_eq!(rest(&mut first).await, "");
}

#[tokio::test]
async fn whoever_only_looks_whether_the_house_stands_waits_for_nobody() {
    let house = House::with(|settings| {
        settings.transport.max_connections = Some(4);
        settings.transport.request_timeout = Duration::from_secs(600);
    })
    .await;
    let slow = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = begun(&house, LIVE).await;
        answer(&mut stream).await;
        stream.write_all(slow.as_bytes()).await.unwrap();
        busy.push(stream);
    }
    let start = Instant::now();
    for path in ["/health/live", "/health/ready"] {
        let said = said(&house, &LIVE.replace("/health/live", path)).await;
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        assert!(said.contains("connection: close"), "{said}");
    }
    let said = said(&house, NOWHERE).await;
    assert!(said.starts_with("HTTP/1.1 429"), "{said}");
    assert!(said.contains("retry-after: 10"), "{said}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_head_without_end_is_given_up() {
    let house = House::open().await;
    let start = Instant::now();
    let mut stream = begun(&house, "GET / HTTP/1.1\r\nx: ").await;
    for _ in 0..100 {
        if stream.write_all(&[b'y'; 10_000]).await.is_err() {
            break;
        }
    }
    let said = rest(&mut stream).await;
    assert!(
        said.is_empty() || said.starts_with("HTTP/1.1 431"),
        "{said}"
    );
    assert!(start.elapsed() < Duration::from_secs(3));
}

const MODERN: &str = "graphql-transport-ws";

#[tokio::test]
async fn there_is_room_for_so_many_subscribers_and_no_more() {
    let house = House::with(|settings| settings.transport.max_sockets = 2).await;
    let first = Socket::begin(&house.address, MODERN).await;
    // One client has half of the seats at the most.
    for (protocol, first) in [(MODERN, None), ("graphql-ws", Some("connection_error"))] {
        let mut socket = Socket::open(&house.address, Some(protocol)).await;
        socket.say(json!({ "type": "connection_init" })).await;
        if let Some(kind) = first {
            assert_eq!(socket.next().await["type"], kind);
        }
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 1013);
        assert!(reason.contains("half of all seats"), "{reason}");
    }
    drop(first);
    let free = async {
        loop {
            let mut socket = Socket::open(&house.address, Some(MODERN)).await;
            socket.say(json!({ "type": "connection_init" })).await;
            if socket.said().await.is_some() {
                break;
            }
        }
    };
    let free = timeout(Duration::from_secs(20), free).await;
    free.expect("the seat is free again");
}

#[tokio::test]
async fn a_seat_is_free_as_soon_as_its_session_has_ended() {
    let house = House::with(|settings| settings.transport.max_sockets = 2).await;
    let mut sockets = Vec::new();
    // So many connections may be open of one address, those that are being closed as well.
    for _ in 0..4 {
        let mut socket = Socket::begin(&house.address, "graphql-ws").await;
        socket.say(json!({ "type": "connection_terminate" })).await;
        // It is told so and does not close its side.
        assert_eq!(socket.closed().await.0, 1000);
        sockets.push(socket);
    }
}

#[tokio::test]
async fn sockets_that_do_not_begin_make_room_for_those_that_do() {
    let house = House::with(|settings| {
        settings.transport.max_sockets = 4;
        settings.transport.init_timeout = Duration::from_secs(600);
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..2 {
        idle.push(Socket::open(&house.address, Some(MODERN)).await);
    }
    let _begun = Socket::begin(&house.address, MODERN).await;
    let (code, reason) = idle[0].closed().await;
    assert_eq!(code, 1013, "{reason}");
}

/// Asks for a socket.
const OPEN: &str = "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    sec-websocket-protocol: graphql-transport-ws\r\n\r\n";

#[tokio::test]
async fn sockets_that_have_begun_are_not_asked_to_make_room() {
    let house = House::with(|settings| {
        settings.transport.max_sockets = 4;
        settings.transport.init_timeout = Duration::from_secs(600);
    })
    .await;
    let mut begun_one = Socket::begin(&house.address, MODERN).await;
    let mut silent = Socket::open(&house.address, Some(MODERN)).await;
    let _silent = Socket::open(&house.address, Some(MODERN)).await;
    let mut one_more = begun(&house, OPEN).await;
    let said = answer(&mut one_more).await;
    assert!(said.starts_with("HTTP/1.1 101"), "{said}");
    assert_eq!(silent.closed().await.0, 1013);
    begun_one.say(json!({ "type": "ping" })).await;
    assert_eq!(begun_one.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn whoever_is_refused_while_he_still_sends_is_answered_once() {
    let house = House::open().await;
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: 300000\r\n\r\n";
    let stream = begun(&house, head).await;
    let (mut reading, mut writing) = stream.into_split();
    let sending = tokio::spawn(async move {
        for _ in 0..30 {
            // It is over when the server has read as much of it as it wants to.
            if writing.write_all(&[b'x'; 8_000]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        writing
    });
    let mut said = Vec::new();
    let hearing = timeout(Duration::from_secs(20), reading.read_to_end(&mut said));
    let _ = hearing.await.expect("the connection ends");
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with("HTTP/1.1 415"), "{said}");
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
    sending.await.unwrap();
}

/// A body of 10,000 bytes, of which the last is missing.
fn almost(client: &str) -> String {
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10000\r\n";
    let body = format!("{{\"query\":\"{{__typename}}\"{}", " ".repeat(9_976));
    format!("{head}x-client: {client}\r\n\r\n{body}")
}

#[tokio::test]
async fn requests_that_are_not_read_yet_take_so_much_memory_and_no_more() {
    let house = House::with(|settings| {
        settings.client_header = Some("x-client".parse().unwrap());
        settings.transport.max_body = 10_000;
        // Each takes it twice.
        settings.transport.body_memory = 80_000;
    })
    .await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    // What is small finds room in any case.
    let query = json!({ "query": "{ __typename }", "other": " ".repeat(5_000) });
    let mut slow = Vec::new();
    for (client, refused, status) in [("a", "a", 429), ("b", "c", 503)] {
        for _ in 0..2 {
            slow.push(begun(&house, &almost(client)).await);
        }
        // They are read a little later.
        let full = async {
            loop {
                let response = house.post(&[("x-client", refused)], &query).await;
                if response.status() == status {
                    break response;
                }
            }
        };
        let full = timeout(Duration::from_secs(20), full).await;
        let response = full.expect("there is no room any more");
        assert_eq!(response.headers()["retry-after"], "1");
    }
    let operation = json!({ "type": "subscribe", "id": "1", "payload": query });
    socket.say(operation.clone()).await;
    let error = socket.next().await;
    let extensions = &error["payload"][0]["extensions"];
    assert_eq!(
        *extensions,
        json!({ "code": "THROTTLED", "retryAfter": 1 }),
        "{error}"
    );
    for mut stream in slow {
        stream.write_all(b"}").await.unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    let response = house.post(&[("x-client", "c")], &query).await;
    assert_eq!(response.status(), 200);
    socket.say(operation).await;
    assert_eq!(socket.next().await["type"], "next");
}
