//! A client of GraphQL over SSE, in distinct-connections mode.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;

use super::stream::{End, Operation};
use super::wire::{Wire, forwarded_for, nonsense};

/// One subscription.
#[derive(Debug)]
pub struct Sse {
    wire: Wire,
    /// What came and is not a whole event yet.
    text: String,
}

/// One event of the stream.
#[derive(Debug, Default)]
pub struct Message {
    pub event: String,
    pub data: String,
    pub id: Option<String>,
}

impl Sse {
    /// Connects and subscribes; `last` is the id of the last event that was told before.
    pub async fn open(
        address: SocketAddr,
        operation: &Operation,
        last: Option<&str>,
    ) -> Result<Self, End> {
        let mut wire = Wire::open(address).await?;
        let body = operation.body().to_string();
        let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: {address}\r\n{}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n\
             {last}Content-Length: {}\r\n\r\n{body}",
            forwarded_for(),
            body.len()
        );
        wire.send(request.as_bytes()).await?;
        let head = wire.head().await?;
        let is_stream = head
            .get("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        if head.status != 200 || !is_stream || head.get("transfer-encoding") != Some("chunked") {
            return Err(End::Refused(format!("{head:?}")));
        }
        let text = String::new();
        Ok(Self { wire, text })
    }

    /// The next event. Heartbeats are none.
    pub async fn message(&mut self) -> Result<Message, End> {
        loop {
            while let Some((event, _)) = self.text.split_once("\n\n") {
                let message = Message::parse(event);
                self.text.drain(..event.len() + 2);
                if !message.event.is_empty() {
                    return Ok(message);
                }
            }
            let chunk = self.chunk().await?;
            if chunk.is_empty() {
                return Err(End::Closed(0));
            }
            let chunk = String::from_utf8(chunk);
            self.text += &chunk.map_err(|_| nonsense("a chunk that is no UTF-8"))?;
        }
    }

    /// The next response of the subscription, and the event's id.
    pub async fn next(&mut self) -> Result<(Value, Option<String>), End> {
        let message = self.message().await?;
        match message.event.as_str() {
            "next" => {
                let response = serde_json::from_str(&message.data);
                let response = response.map_err(|_| nonsense("an event that is no JSON"))?;
                Ok((response, message.id))
            }
            "complete" => Err(End::Completed),
            other => Err(End::Refused(other.to_owned())),
        }
    }

    async fn chunk(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some((start, end)) = measure(self.wire.unread())? {
                let chunk = self.wire.unread()[start..end].to_vec();
                self.wire.used(end + 2);
                return Ok(chunk);
            }
            self.wire.read().await?;
        }
    }
}

impl Message {
    fn parse(event: &str) -> Self {
        let mut message = Self::default();
        for line in event.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut message.event),
                "data" => message.data += value,
                "id" => message.id = Some(value.to_owned()),
                _ => {}
            }
        }
        message
    }
}

/// Where the first chunk begins and ends; `None` if it is not complete.
fn measure(unread: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let Some(line) = unread.windows(2).position(|two| two == b"\r\n") else {
        return Ok(None);
    };
    let length = str::from_utf8(&unread[..line]).ok();
    let length = length.and_then(|length| usize::from_str_radix(length, 16).ok());
    let length = length.ok_or_else(|| nonsense("a chunk without a length"))?;
    let (start, end) = (line + 2, line + 2 + length);
    Ok((unread.len() >= end + 2).then_some((start, end)))
}
