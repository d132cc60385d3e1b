//! A client of `graphql-transport-ws`. It holds no buffers while nothing comes.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::stream::{End, Operation};
use super::wire::{Wire, forwarded_for, in_time, nonsense};

/// The kinds of frames, as RFC 6455 numbers them.
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A socket with one subscription.
#[derive(Debug)]
pub struct Socket(Wire);

impl Socket {
    /// Connects and subscribes.
    pub async fn open(address: SocketAddr, operation: &Operation) -> Result<Self, End> {
        let mut socket = Self(Wire::open(address).await?);
        let request = format!(
            "GET /graphql HTTP/1.1\r\nHost: {address}\r\n{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
            forwarded_for()
        );
        socket.0.send(request.as_bytes()).await?;
        let head = socket.0.head().await?;
        if head.status != 101 {
            return Err(End::Refused(format!("status {}", head.status)));
        }
        socket.say(&json!({ "type": "connection_init" })).await?;
        let acknowledged = in_time(async { Ok(socket.text().await) }).await??;
        if !acknowledged.contains("connection_ack") {
            return Err(End::Refused(acknowledged));
        }
        let payload = operation.body();
        socket
            .say(&json!({ "id": "1", "type": "subscribe", "payload": payload }))
            .await?;
        Ok(socket)
    }

    /// The next message as it is written.
    pub async fn text(&mut self) -> Result<String, End> {
        loop {
            let (kind, payload) = self.frame().await?;
            match kind {
                TEXT => {
                    let text = String::from_utf8(payload);
                    return Ok(text.map_err(|_| nonsense("text that is no UTF-8"))?);
                }
                PING => self.send(PONG, &payload).await?,
                CLOSE => {
                    let code = payload
                        .first_chunk()
                        .map_or(1005, |code| u16::from_be_bytes(*code));
                    return Err(End::Closed(code));
                }
                _ => {}
            }
        }
    }

    /// The next response of the subscription.
    pub async fn next(&mut self) -> Result<Value, End> {
        loop {
            let text = self.text().await?;
            let mut message: Value =
                serde_json::from_str(&text).map_err(|_| nonsense("a message that is no JSON"))?;
            match message["type"].as_str() {
                Some("next") => return Ok(message["payload"].take()),
                Some("error") => return Err(End::Refused(text)),
                Some("complete") => return Err(End::Completed),
                Some("ping") => self.say(&json!({ "type": "pong" })).await?,
                _ => {}
            }
        }
    }

    async fn say(&mut self, message: &Value) -> io::Result<()> {
        self.send(TEXT, message.to_string().as_bytes()).await
    }

    /// Sends a frame. Clients mask what they send; a mask of zeros leaves it as it is.
    async fn send(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | kind];
        match u8::try_from(payload.len()) {
            Ok(length) if length < 126 => frame.push(0x80 | length),
            _ => {
                frame.push(0x80 | 126);
                let length = u16::try_from(payload.len()).expect("operations are short");
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.0.send(&frame).await
    }

    /// The next frame's kind and what is in it. What was read of it stays if nobody waits any longer.
    async fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        loop {
            if let Some((kind, start, end)) = measure(self.0.unread())? {
                let payload = self.0.unread()[start..end].to_vec();
                self.0.used(end);
                return Ok((kind, payload));
            }
            self.0.read().await?;
        }
    }
}

/// The kind of a frame, and where its payload begins and ends; `None` if it is not complete. Servers do not mask, and ours
/// says everything in one frame.
fn measure(unread: &[u8]) -> io::Result<Option<(u8, usize, usize)>> {
    let [first, length, rest @ ..] = unread else {
        return Ok(None);
    };
    if first & 0x80 == 0 || length & 0x80 != 0 {
        return Err(nonsense("a frame that is masked or only a part"));
    }
    let (start, length) = match (length, rest) {
        (126, [high, low, ..]) => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        (126, _) => return Ok(None),
        (127, _) => return Err(nonsense("a frame of more than 64 KiB")),
        (length, _) => (2, usize::from(*length)),
    };
    let end = start + length;
    Ok((unread.len() >= end).then_some((first & 0xf, start, end)))
}
