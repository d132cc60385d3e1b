//! Connections of their own, on which anything can be sent.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{sleep, timeout};

/// Longer than any answer takes.
const MOMENT: Duration = Duration::from_secs(2);

/// What the client does once everything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It waits.
    Wait,
    /// It waits for a moment, and then says that nothing more comes. At once it would be taken for gone.
    HangUp,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Reply {
    pub end: End,
    /// From the first byte that was sent.
    pub took: Duration,
}

/// How the server took it.
#[derive(Debug, Clone)]
pub enum End {
    /// It answered.
    Answer { status: u16, body: String },
    /// It closed the connection without a whole answer.
    Closed,
    /// Neither in time.
    Silence,
}

impl End {
    /// The status of the answer, if there is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Sends these bytes, and reads meanwhile until the server has answered or closed.
pub async fn exchange(
    address: SocketAddr,
    bytes: &[u8],
    after: After,
    deadline: Duration,
) -> Reply {
    let begin = Instant::now();
    let talk = async {
        let Ok(stream) = TcpStream::connect(address).await else {
            return End::Closed;
        };
        let (mut reading, mut writing) = stream.into_split();
        let is_head_request = bytes.starts_with(b"HEAD ");
        let send = async {
            // Whoever has been refused already takes no more.
            let sent = writing.write_all(bytes).await;
            if sent.is_ok() && after == After::HangUp {
                sleep(MOMENT).await;
                let _ = writing.shutdown().await;
            }
            std::future::pending().await
        };
        tokio::select! {
            end = answer(&mut reading, is_head_request) => end,
            () = send => unreachable!("it goes on for ever"),
        }
    };
    let end = timeout(deadline, talk).await.unwrap_or(End::Silence);
    let took = begin.elapsed();
    Reply { end, took }
}

/// Reads one answer to its end.
pub async fn answer(stream: &mut OwnedReadHalf, is_without_body: bool) -> End {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = complete(&bytes, is_without_body) {
            return end;
        }
        match stream.read_buf(&mut bytes).await {
            Ok(1..) => {}
            // Without a length the answer ends with its connection.
            _ => return at_end(&bytes),
        }
    }
}

fn head(bytes: &[u8]) -> Option<(u16, String, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, head, &bytes[end..]))
}

fn complete(bytes: &[u8], is_without_body: bool) -> Option<End> {
    let (status, head, rest) = head(bytes)?;
    let end = |body: &[u8]| {
        let body = String::from_utf8_lossy(body).into_owned();
        Some(End::Answer { status, body })
    };
    if is_without_body || status < 200 || status == 204 || status == 304 {
        return end(b"");
    }
    if head.contains("transfer-encoding: chunked") {
        return rest.ends_with(b"0\r\n\r\n").then(|| end(rest))?;
    }
    let length = head.split("content-length: ").nth(1)?;
    let length: usize = length.split('\r').next()?.parse().ok()?;
    (rest.len() >= length).then(|| end(&rest[..length]))?
}

fn at_end(bytes: &[u8]) -> End {
    match head(bytes) {
        Some((status, head, body)) if !head.contains("content-length: ") => End::Answer {
            status,
            body: String::from_utf8_lossy(body).into_owned(),
        },
        _ => End::Closed,
    }
}
