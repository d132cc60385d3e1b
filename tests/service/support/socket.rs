//! A WebSocket without a client's manners.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(30);

/// A client that sends what it is told to.
pub struct Socket {
    pub raw: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens one with these subprotocols, in the form of the header.
    pub async fn open(address: &str, protocols: Option<&str>) -> Self {
        let protocols = protocols.map(|protocols| ("sec-websocket-protocol", protocols));
        Self::open_with(address, protocols.as_slice()).await
    }

    /// Opens one with these headers.
    pub async fn open_with(address: &str, headers: &[(&'static str, &str)]) -> Self {
        let url = format!("ws://{address}/graphql");
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        let opened = tokio_tungstenite::client_async(request, stream).await;
        let raw = match opened {
            Ok((raw, _)) => raw,
            // The server chose none of them. What it says is to be heard all the same.
            Err(_) => return Box::pin(Self::open_with(address, &[])).await,
        };
        Self { raw }
    }

    /// Opens one and begins.
    pub async fn begin(address: &str, protocol: &str) -> Self {
        let mut socket = Self::open(address, Some(protocol)).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        if protocol == "graphql-ws" {
            assert_eq!(socket.next().await, json!({ "type": "ka" }));
        }
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        let sent = timeout(DEADLINE, self.raw.send(message)).await;
        sent.expect("the server reads").unwrap();
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_)) => {}
                other => panic!("{other:?} instead of a message"),
            }
        }
    }

    /// The next message; `None` if the server closes instead.
    pub async fn said(&mut self) -> Option<Value> {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).ok(),
            _ => None,
        }
    }

    /// With which code and why the server closes, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(_) => {}
                None => panic!("it ended without a word"),
            }
        }
    }

    async fn frame(&mut self) -> Option<Message> {
        let frame = timeout(DEADLINE, self.raw.next()).await;
        frame
            .expect("the server says something")
            .transpose()
            .unwrap()
    }
}
