//! A subscription over either transport, and how it ends.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::news::News;
use super::socket::Socket;
use super::sse::Sse;

/// How a subscriber is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    WebSocket,
    Sse,
}

/// What is subscribed to.
#[derive(Debug, Clone)]
pub struct Operation {
    pub query: String,
    pub variables: Value,
}

impl Operation {
    pub fn body(&self) -> Value {
        json!({ "query": self.query, "variables": self.variables })
    }
}

/// Why there is nothing more to read.
#[derive(Debug)]
pub enum End {
    /// The server closed the socket, with that code; an SSE stream with 0.
    Closed(u16),
    /// The subscription is over, which none of ours ever is.
    Completed,
    /// The server does not want it.
    Refused(String),
    /// Nobody is there, or the connection broke.
    Broken(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// An open subscription.
#[derive(Debug)]
pub enum Stream {
    Socket(Socket),
    Sse(Sse),
}

impl Stream {
    /// Subscribes, and goes on behind a cursor if there is one.
    pub async fn open(
        transport: Transport,
        address: SocketAddr,
        operation: &Operation,
        after: Option<&str>,
    ) -> Result<Self, End> {
        match transport {
            Transport::WebSocket => {
                let mut operation = operation.clone();
                operation.variables["after"] = json!(after);
                Ok(Self::Socket(Socket::open(address, &operation).await?))
            }
            Transport::Sse => Ok(Self::Sse(Sse::open(address, operation, after).await?)),
        }
    }

    /// The next news. Nothing is lost if nobody waits any longer.
    pub async fn next(&mut self) -> Result<News, End> {
        match self {
            Self::Socket(socket) => Ok(News::of(&socket.next().await?)),
            Self::Sse(sse) => {
                let (response, id) = sse.next().await?;
                let news = News::of(&response);
                if news.cursor != id {
                    return Err(End::Refused(format!("the id {id:?} of {response}")));
                }
                Ok(news)
            }
        }
    }
}
