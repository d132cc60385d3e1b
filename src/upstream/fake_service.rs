//! A socket that answers every request in the same, possibly terrible way and remembers what was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{ApiKey, Client, OnConnecting, Settings};

pub(super) const KEY: &str = "0123456789-secret";

/// How a request is met.
#[derive(Clone)]
pub(super) enum Behaviour {
    /// These bytes, then the connection closes.
    Answer(Vec<u8>),
    /// These bytes after a while, then the connection closes.
    AnswerAfter(Duration, Vec<u8>),
    /// These bytes, then silence.
    Stall(Vec<u8>),
    /// The connection closes without a word.
    HangUp,
    /// The connection is torn down with the request still unread.
    Reset,
}

/// A request as it was on the wire.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub line: String,
    /// In lower case.
    pub headers: Vec<String>,
    pub body: String,
}

impl Sent {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(super) struct FakeService {
    address: SocketAddr,
    sent: Arc<Mutex<Vec<Sent>>>,
    task: JoinHandle<()>,
}

impl FakeService {
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(listener, behaviour, sent.clone()));
        Self {
            address,
            sent,
            task,
        }
    }

    /// Answers every request with HTTP 200 and this body.
    pub async fn saying(body: &str) -> Self {
        Self::start(Behaviour::Answer(http("200 OK", body))).await
    }

    pub fn settings(&self) -> Settings {
        settings(&format!("http://{}/v2", self.address))
    }

    pub fn client(&self) -> Client {
        Client::new(self.settings()).unwrap()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

impl Drop for FakeService {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Settings with time-outs that no test waits for.
pub(super) fn settings(base_url: &str) -> Settings {
    Settings {
        base_url: base_url.parse().unwrap(),
        api_key: ApiKey::parse(KEY).unwrap(),
        connect_timeout: Duration::from_secs(20),
        call_timeout: Duration::from_secs(20),
        realtime_timeout: Duration::from_secs(20),
        on_connecting: OnConnecting::default(),
    }
}

/// A complete answer.
pub(super) fn http(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

async fn serve(listener: TcpListener, behaviour: Behaviour, sent: Arc<Mutex<Vec<Sent>>>) {
    // Connections that stall are kept here so that they stay open.
    let mut stalled = Vec::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        if matches!(behaviour, Behaviour::Reset) {
            stream.readable().await.unwrap();
            continue;
        }
        let Some(request) = receive(&mut stream).await else {
            continue;
        };
        sent.lock().unwrap().push(request);
        // The client may have turned away already, so failing to write is no failure here.
        match behaviour.clone() {
            Behaviour::Answer(bytes) => _ = stream.write_all(&bytes).await,
            Behaviour::AnswerAfter(delay, bytes) => {
                tokio::time::sleep(delay).await;
                _ = stream.write_all(&bytes).await;
            }
            Behaviour::Stall(bytes) => {
                _ = stream.write_all(&bytes).await;
                stalled.push(stream);
            }
            Behaviour::HangUp | Behaviour::Reset => {}
        }
    }
}

/// Reads one request; `None` if something else than HTTP came.
async fn receive(stream: &mut TcpStream) -> Option<Sent> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(position) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break position;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<String> = lines.map(str::to_ascii_lowercase).collect();
    let length = headers
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "));
    let end = head_end + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap());
    while bytes.len() < end {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let body = String::from_utf8(bytes[head_end + 4..end].to_vec()).ok()?;
    Some(Sent {
        line,
        headers,
        body,
    })
}
