//! What is said over sockets, to the letter of both subprotocols.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parcelgraph::sandbox::{Endpoint, SHUTTLE};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{House, Socket, age, until};

const MODERN: &str = "graphql-transport-ws";
const OLD: &str = "graphql-ws";

const WATCH: &str = "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind tracking { trackingNumber status } } }";

fn shuttle() -> Value {
    let (carrier, number) = SHUTTLE;
    json!({ "refs": [{ "key": { "carrierCode": carrier, "trackingNumber": number } }] })
}

fn operation(kind: &str, id: &str, query: &str) -> Value {
    json!({ "type": kind, "id": id, "payload": { "query": query, "variables": shuttle() } })
}

fn subscribe(id: &str, query: &str) -> Value {
    operation("subscribe", id, query)
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_told_the_code_of_it() {
    let house = House::without_limits().await;
    let init = || Message::text(r#"{"type":"connection_init"}"#);
    let watch = || Message::text(subscribe("a", WATCH).to_string());
    for (messages, code, says) in [
        (vec![Message::text("nonsense")], 4400, "Invalid message"),
        (
            vec![Message::text(r#"{"type":"hello"}"#)],
            4400,
            "unknown variant",
        ),
        (
            vec![Message::text(r#"{"type":"subscribe","id":"a"}"#)],
            4400,
            "payload",
        ),
        (
            vec![Message::text(
                r#"{"type":"subscribe","id":"a","payload":{"query":"{a}","query":"{b}"}}"#,
            )],
            4400,
            "query is there twice",
        ),
        (vec![init(), Message::binary(vec![1])], 4400, "send text"),
        (vec![watch()], 4401, "Unauthorized"),
        (
            vec![init(), watch(), watch()],
            4409,
            "Subscriber for a already exists",
        ),
        (
            vec![init(), init()],
            4429,
            "Too many initialisation requests",
        ),
        (
            vec![Message::text("x".repeat(300 * 1024))],
            1009,
            "too large",
        ),
    ] {
        let mut socket = Socket::open(&house.address, Some(MODERN)).await;
        for message in messages {
            socket.send(message).await;
        }
        let (got, reason) = socket.closed().await;
        assert_eq!(got, code, "{reason}");
        assert!(reason.contains(says), "{reason}");
    }
}

#[tokio::test]
async fn whoever_breaks_the_rules_of_sockets_themselves_is_told_so() {
    let house = House::without_limits().await;
    let socket = Socket::begin(&house.address, MODERN).await;
    let mut stream = socket.raw.into_inner();
    // A text of a client that is not masked.
    stream.write_all(&[0x81, 2, b'{', b'}']).await.unwrap();
    let mut close = [0; 4];
    let reading = timeout(Duration::from_secs(20), stream.read_exact(&mut close));
    reading.await.expect("it is told").unwrap();
    assert_eq!(
        (close[0], u16::from_be_bytes([close[2], close[3]])),
        (0x88, 1002)
    );
}

#[tokio::test]
async fn what_is_announced_is_not_set_aside_even_without_a_limit_of_bodies() {
    let house = House::with(|settings| settings.transport.max_body = usize::MAX).await;
    let socket = Socket::begin(&house.address, MODERN).await;
    let mut stream = socket.raw.into_inner();
    let frame = [0x81, 0xff, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    stream.write_all(&frame).await.unwrap();
    let mut close = [0; 4];
    let reading = timeout(Duration::from_secs(20), stream.read_exact(&mut close));
    reading.await.expect("it is told").unwrap();
    assert_eq!(u16::from_be_bytes([close[2], close[3]]), 1009);
    assert_eq!(
        house.ask("{ __typename }").await["data"]["__typename"],
        "Query"
    );
}

#[tokio::test]
async fn only_sockets_are_opened_and_only_those_of_version_13() {
    let house = House::open().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |headers: &'static [(&str, &str)]| {
        let url = format!("{}?query=%7B__typename%7D", house.graphql());
        let request = client.get(url).header("graphql-require-preflight", "1");
        let headers = headers.iter();
        headers
            .fold(request, |request, (name, value)| {
                request.header(*name, *value)
            })
            .send()
    };
    let other = get(&[
        ("connection", "upgrade, http2-settings"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
    ]);
    assert_eq!(other.await.unwrap().status(), 200);
    let older = get(&[
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "8"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]);
    let older = older.await.unwrap();
    assert_eq!(older.status(), 426);
    assert_eq!(older.headers()["sec-websocket-version"], "13");
    assert_eq!(older.headers()["upgrade"], "websocket");
}

#[tokio::test]
async fn a_client_that_closes_is_answered_with_its_own_code() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    socket.say(subscribe("a", WATCH)).await;
    assert_eq!(socket.next().await["type"], "next");
    let frame = CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    };
    socket.send(Message::Close(Some(frame))).await;
    assert_eq!(socket.closed().await.0, 1000);
}

#[tokio::test]
async fn long_reasons_are_cut_so_that_they_fit_into_a_frame() {
    let house = House::without_limits().await;
    let mut socket = Socket::open(&house.address, Some(MODERN)).await;
    let unknown = "ü".repeat(200);
    socket.say(json!({ "type": unknown })).await;
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 4400);
    assert!(reason.len() <= 123, "{reason}");
}

#[tokio::test]
async fn a_client_that_speaks_no_known_protocol_can_read_why_it_is_sent_away() {
    let house = House::open().await;
    for protocols in [None, Some("mqtt"), Some("")] {
        let mut socket = Socket::open(&house.address, protocols).await;
        let closed = socket.closed().await;
        assert_eq!(closed, (4406, "Subprotocol not acceptable".to_owned()));
    }
    let mut socket = Socket::begin(&house.address, "mqtt, graphql-transport-ws").await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn whoever_does_not_begin_within_three_seconds_is_sent_away() {
    let house = House::open().await;
    let mut socket = Socket::open(&house.address, Some(MODERN)).await;
    // It is answered before its time is over, so that it waits already.
    socket
        .say(json!({ "type": "ping", "payload": { "n": 1 } }))
        .await;
    let pong = json!({ "type": "pong", "payload": { "n": 1 } });
    assert_eq!(socket.next().await, pong);
    age(Duration::from_secs(4)).await;
    let closed = socket.closed().await;
    assert_eq!(
        closed,
        (4408, "Connection initialisation timeout".to_owned())
    );
}

#[tokio::test]
async fn pings_are_answered_with_what_they_brought() {
    let house = House::open().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    for payload in [json!({ "n": 1 }), json!({})] {
        socket
            .say(json!({ "type": "ping", "payload": payload }))
            .await;
        let pong = socket.next().await;
        assert_eq!(pong, json!({ "type": "pong", "payload": payload }));
    }
    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once_and_completed() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    for (query, field) in [
        ("{ __typename }", "__typename"),
        (
            "mutation { deleteTrackings(refs: []) { __typename } }",
            "deleteTrackings",
        ),
    ] {
        socket.say(subscribe("q \"1\"", query)).await;
        let next = socket.next().await;
        assert_eq!([&next["type"], &next["id"]], ["next", "q \"1\""], "{next}");
        assert!(next["payload"]["data"].get(field).is_some(), "{next}");
        let complete = socket.next().await;
        assert_eq!(complete, json!({ "type": "complete", "id": "q \"1\"" }));
    }
}

#[tokio::test]
async fn what_is_refused_before_it_begins_is_an_error_and_nothing_more() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    for query in [
        "{ nonsense }",
        "{",
        "subscription { nonsense }",
        "query A { a } query B { b }",
    ] {
        socket.say(subscribe("a", query)).await;
        let error = socket.next().await;
        assert_eq!([&error["type"], &error["id"]], ["error", "a"], "{error}");
        let code = &error["payload"][0]["extensions"]["code"];
        assert_eq!(code, "BAD_USER_INPUT", "{error}");
    }
    // An error has completed the operation, so that its id is free.
    socket.say(subscribe("a", "{ __typename }")).await;
    assert_eq!(socket.next().await["type"], "next");
}

#[tokio::test]
async fn an_operation_that_is_completed_is_heard_of_no_more() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(20);
    })
    .await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    socket.say(subscribe("a", WATCH)).await;
    let snapshot = socket.next().await;
    assert_eq!(
        snapshot["payload"]["data"]["trackingUpdated"]["kind"],
        "SNAPSHOT"
    );
    socket.say(json!({ "type": "complete", "id": "a" })).await;
    socket
        .say(json!({ "type": "complete", "id": "unknown" }))
        .await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    house.sandbox.nudge(SHUTTLE.1).unwrap();
    // The same id is free again, and what comes now is of the new one.
    socket.say(subscribe("a", WATCH)).await;
    let again = socket.next().await;
    assert_eq!(
        again["payload"]["data"]["trackingUpdated"]["kind"],
        "SNAPSHOT"
    );
}

#[tokio::test]
async fn one_socket_has_room_for_thirty_two_operations() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    for id in 0..32 {
        socket.say(subscribe(&id.to_string(), WATCH)).await;
        assert_eq!(socket.next().await["type"], "next");
    }
    socket.say(subscribe("more", WATCH)).await;
    let error = socket.next().await;
    assert_eq!([&error["type"], &error["id"]], ["error", "more"]);
    let extensions = &error["payload"][0]["extensions"];
    assert_eq!(*extensions, json!({ "code": "THROTTLED", "retryAfter": 1 }));
    socket.say(json!({ "type": "complete", "id": "7" })).await;
    socket.say(subscribe("more", WATCH)).await;
    assert_eq!(socket.next().await["type"], "next");
}

#[tokio::test]
async fn the_old_protocol_is_spoken_as_its_clients_expect() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(20);
    })
    .await;
    let mut socket = Socket::begin(&house.address, OLD).await;
    socket.say(operation("start", "1", WATCH)).await;
    let data = socket.next().await;
    assert_eq!([&data["type"], &data["id"]], ["data", "1"], "{data}");
    house.sandbox.nudge(SHUTTLE.1).unwrap();
    let data = socket.next().await;
    assert_eq!(
        data["payload"]["data"]["trackingUpdated"]["kind"],
        "CHANGED"
    );
    // The same id again takes the place of the first.
    socket.say(operation("start", "1", "{ __typename }")).await;
    assert_eq!(
        socket.next().await["payload"]["data"]["__typename"],
        "Query"
    );
    assert_eq!(
        socket.next().await,
        json!({ "type": "complete", "id": "1" })
    );
    socket.say(operation("start", "2", "{ nonsense }")).await;
    let error = socket.next().await;
    assert_eq!([&error["type"], &error["id"]], ["error", "2"]);
    assert!(error["payload"]["message"].is_string(), "{error}");
    socket.say(operation("start", "3", WATCH)).await;
    assert_eq!(socket.next().await["type"], "data");
    socket.say(json!({ "type": "stop", "id": "3" })).await;
    socket.say(json!({ "type": "connection_terminate" })).await;
    assert_eq!(socket.closed().await.0, 1000);
}

#[tokio::test]
async fn old_clients_hear_of_the_server_before_they_give_it_up() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, OLD).await;
    for _ in 0..4 {
        age(Duration::from_secs(15)).await;
        assert_eq!(socket.next().await, json!({ "type": "ka" }));
    }
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_given_up() {
    let house = House::without_limits().await;
    let socket = Socket::begin(&house.address, MODERN).await;
    let mut stream = socket.raw.into_inner();
    for _ in 0..2 {
        age(Duration::from_secs(31)).await;
        let mut ping = [0; 2];
        stream.read_exact(&mut ping).await.unwrap();
        assert_eq!(ping, [0x89, 0]);
    }
    age(Duration::from_secs(31)).await;
    let end = timeout(Duration::from_secs(20), stream.read_u8()).await;
    assert!(end.expect("it is given up").is_err());
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    for _ in 0..5 {
        age(Duration::from_secs(31)).await;
        let ping = socket.raw.next().await.unwrap().unwrap();
        assert_eq!(ping, Message::Ping(vec![].into()));
        socket.raw.flush().await.unwrap();
        socket.say(json!({ "type": "pong" })).await;
    }
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

/// Asks without reading until the server reads no more, and tells how often. Every answer is about as long as its question.
async fn ask_until_nobody_reads(socket: &mut Socket) -> usize {
    let echo = format!("{{ {}: __typename }}", "x".repeat(100_000));
    for asked in 0..2_000 {
        let question = subscribe(&asked.to_string(), &echo).to_string();
        let sending = socket.raw.send(Message::text(question));
        match timeout(Duration::from_secs(3), sending).await {
            Ok(sent) => sent.expect("the server has not given up yet"),
            Err(_) => return asked,
        }
    }
    panic!("the server reads on without being read");
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_read_no_more_and_given_up() {
    let house = House::without_limits().await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    let asked = ask_until_nobody_reads(&mut socket).await;
    age(Duration::from_secs(31)).await;
    let mut answers = 0;
    while let Ok(Some(Ok(_))) = timeout(Duration::from_secs(20), socket.raw.next()).await {
        answers += 1;
    }
    assert!(answers > 0 && answers < asked, "{answers} of {asked}");
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_keep_a_server_that_stops() {
    let mut house = House::without_limits_and(|settings| {
        settings.drain = Duration::from_secs(600);
    })
    .await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    ask_until_nobody_reads(&mut socket).await;
    house.stop();
    house.has_stopped().await;
}

#[tokio::test]
async fn nothing_is_polled_once_a_socket_is_gone_whose_client_said_nothing() {
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(20);
    })
    .await;
    let mut socket = Socket::begin(&house.address, MODERN).await;
    socket.say(subscribe("a", WATCH)).await;
    socket.next().await;
    until("polling", || house.calls(Endpoint::List) >= 3).await;
    drop(socket);
    let mut before = 0;
    timeout(Duration::from_secs(20), async {
        while before != house.calls(Endpoint::List) {
            before = house.calls(Endpoint::List);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .expect("the polling ends");
}
