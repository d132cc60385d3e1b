//! WebSockets by hand, for what no library sends.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Close = 8,
    Ping = 9,
}

/// Whether a message ends with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    Last,
    NotLast,
}

/// A whole message.
pub fn text(text: &str) -> Vec<u8> {
    frame(
        Opcode::Text,
        Frame::Last,
        text.len() as u64,
        text.as_bytes(),
    )
}

/// A frame that announces so many bytes, which are those of the payload or more. The mask changes nothing.
pub fn frame(opcode: Opcode, last: Frame, announced: u64, payload: &[u8]) -> Vec<u8> {
    let last = if last == Frame::Last { 0x80 } else { 0 };
    let mut bytes = vec![last | opcode as u8];
    match announced {
        0..126 => bytes.push(0x80 | announced as u8),
        126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend((announced as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(announced.to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// Opens a socket and says nothing yet; the head of the answer if it is refused.
pub async fn handshake(address: SocketAddr, protocol: &str) -> Result<TcpStream, String> {
    let request = format!(
        "GET /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: {protocol}\r\n\r\n"
    );
    let opening = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        Ok::<_, io::Error>((stream, String::from_utf8_lossy(&head).into_owned()))
    };
    match timeout(Duration::from_secs(10), opening).await {
        Ok(Ok((stream, head))) if head.starts_with("HTTP/1.1 101") => Ok(stream),
        Ok(Ok((_, head))) => Err(head),
        Ok(Err(error)) => Err(error.to_string()),
        Err(late) => Err(late.to_string()),
    }
}

/// The next frame of a server: what it is, and what it holds; `None` once the connection is closed.
pub async fn next_frame(stream: &mut (impl AsyncRead + Unpin)) -> Option<(u8, Vec<u8>)> {
    let opcode = stream.read_u8().await.ok()? & 0x0f;
    let length = match stream.read_u8().await.ok()? {
        126 => u64::from(stream.read_u16().await.ok()?),
        127 => stream.read_u64().await.ok()?,
        short => u64::from(short),
    };
    let mut payload = Vec::new();
    let read = stream.take(length).read_to_end(&mut payload).await.ok()?;
    (read as u64 == length).then_some((opcode, payload))
}

/// With which code the server closes, whatever it says before; `None` if it closes without one.
pub async fn closing_code(stream: &mut (impl AsyncRead + Unpin)) -> Option<u16> {
    loop {
        if let (8, payload) = next_frame(stream).await? {
            let code = payload.first_chunk().copied();
            return code.map(u16::from_be_bytes);
        }
    }
}
