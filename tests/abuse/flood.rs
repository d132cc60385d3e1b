//! A thousand subscriptions at once, on one socket and over many.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Number, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::pulse::Pulse;
use crate::sockets::opened;
use crate::support::{next_frame, text};

/// The parcel that the normal query has brought to memory.
const WATCH: &str = r#"subscription { trackingUpdated(refs: [{ key: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" } }]) { kind } }"#;

/// So many are tried.
const MANY: usize = 1_000;

/// So many go on at the most.
const PER_SOCKET: usize = 32;

/// More sockets than there are seats.
const SOCKETS: usize = 1_200;
const SEATS: usize = 1_000;

/// With which code a socket is closed for which there is no seat.
const FULL: u16 = 1013;
const NO_SEAT: &str = "no seat";

/// How many are being opened at once; all that are stay open. The attacker has the same processors as the server, and no
/// optimisation either, so that more would only measure him.
const OPENING: usize = 32;

/// How long all of it may take together.
const DEADLINE: Duration = Duration::from_secs(10);

/// Tells what was wrong about how the server took it.
pub async fn attack(address: SocketAddr, pulse: &Pulse) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(
        timeout(DEADLINE, on_one(address))
            .await
            .unwrap_or_else(|_| Some("one socket: too late".to_owned())),
    );
    pulse.tell("1,000 subscriptions on a socket");
    wrong.extend(over_many(address).await);
    pulse.tell("1,200 sockets with one each");
    // All of them have hung up, so that there is room again.
    let free = async { while watch(address).await != Ok(()) {} };
    if timeout(DEADLINE, free).await.is_err() {
        wrong.push("no seat is free after the flood".to_owned());
    }
    wrong
}

async fn begin(address: SocketAddr) -> Result<TcpStream, String> {
    let mut stream = opened(address).await?;
    let init = text(r#"{"type":"connection_init"}"#);
    let sent = stream.write_all(&init).await;
    sent.map_err(|error| error.to_string())?;
    match next(&mut stream).await {
        Some(ack) if ack["type"] == "connection_ack" => Ok(stream),
        Some(Value::Number(code)) if code == Number::from(FULL) => Err(NO_SEAT.to_owned()),
        other => Err(format!("{other:?} instead of an acknowledgement")),
    }
}

/// What is said next, or the code with which the server closes.
async fn next(stream: &mut TcpStream) -> Option<Value> {
    loop {
        match next_frame(stream).await? {
            (1, text) => return serde_json::from_slice(&text).ok(),
            (8, reason) => {
                return reason
                    .first_chunk()
                    .map(|code| u16::from_be_bytes(*code).into());
            }
            _ => {}
        }
    }
}

fn subscribe(id: usize) -> Vec<u8> {
    let id = id.to_string();
    text(&json!({ "type": "subscribe", "id": id, "payload": { "query": WATCH } }).to_string())
}

async fn on_one(address: SocketAddr) -> Option<String> {
    let mut stream = match begin(address).await {
        Ok(stream) => stream,
        Err(why) => return Some(format!("one socket: {why}")),
    };
    let start = Instant::now();
    let all: Vec<u8> = (0..MANY).flat_map(subscribe).collect();
    let (mut reading, mut writing) = stream.split();
    let (mut begun, mut refused) = (0, 0);
    let hear = async {
        while begun + refused < MANY {
            let Some((opcode, payload)) = next_frame(&mut reading).await else {
                break;
            };
            let said: Value = serde_json::from_slice(&payload).unwrap_or_default();
            match said["type"].as_str() {
                Some("next") => begun += 1,
                Some("error") => refused += 1,
                _ if opcode == 8 => break,
                _ => {}
            }
        }
    };
    let (sent, ()) = tokio::join!(writing.write_all(&all), hear);
    println!(
        "one socket: {begun} subscriptions begun and {refused} refused after {:.1?}",
        start.elapsed()
    );
    let is_right = begun <= PER_SOCKET && (begun + refused == MANY || sent.is_err());
    (!is_right)
        .then(|| format!("one socket: {begun} of {MANY} subscriptions begun, {refused} refused"))
}

/// Opens a socket and watches on it; it ends with this.
async fn watch(address: SocketAddr) -> Result<(), String> {
    subscribed(address).await.map(drop)
}

async fn subscribed(address: SocketAddr) -> Result<TcpStream, String> {
    let mut stream = begin(address).await?;
    let sent = stream.write_all(&subscribe(1)).await;
    sent.map_err(|error| error.to_string())?;
    match next(&mut stream).await {
        Some(next) if next["type"] == "next" => Ok(stream),
        other => Err(format!("{other:?} instead of a snapshot")),
    }
}

async fn over_many(address: SocketAddr) -> Option<String> {
    let start = Instant::now();
    let queue = Arc::new(Semaphore::new(OPENING));
    let mut opening = JoinSet::new();
    for _ in 0..SOCKETS {
        let queue = queue.clone();
        opening.spawn(async move {
            let _place = queue.acquire().await.unwrap();
            timeout(DEADLINE, subscribed(address)).await
        });
    }
    let (mut open, mut refused, mut odd) = (Vec::new(), 0, Vec::new());
    for outcome in opening.join_all().await {
        match outcome {
            Ok(Ok(stream)) => open.push(stream),
            Ok(Err(why)) if why == NO_SEAT => refused += 1,
            Ok(Err(other)) => odd.push(other),
            Err(late) => odd.push(late.to_string()),
        }
    }
    println!(
        "{SOCKETS} sockets: {} open and {refused} refused after {:.1?}",
        open.len(),
        start.elapsed()
    );
    if open.len() > SEATS || refused == 0 {
        return Some(format!(
            "{} sockets are open and {refused} refused",
            open.len()
        ));
    }
    let first = odd.first()?;
    Some(format!("{} sockets ended oddly: {first}", odd.len()))
}
