//! Reads bytes as what a client sends over an open socket.

use std::io::{self, Read, Write};

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

use super::dialect::Dialect;

/// As much as a message may be unless set otherwise.
const MOST: usize = 256 * 1024;

/// The client's side of a socket: what it says, and nobody who listens.
struct Client<'a>(&'a [u8]);

/// Reads the bytes as frames, and what these hold, or the bytes themselves, as messages of either dialect.
pub(crate) fn read_frames(bytes: &[u8]) {
    read_message(bytes);
    let config = WebSocketConfig::default()
        .max_message_size(Some(MOST))
        .max_frame_size(Some(MOST))
        // Masks would only hide from a fuzzer what its changes do.
        .accept_unmasked_frames(true);
    let mut socket = WebSocket::from_raw_socket(Client(bytes), Role::Server, Some(config));
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = message {
            read_message(text.as_bytes());
        }
    }
}

fn read_message(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    for dialect in Dialect::ALL {
        // Whether it is one is all the same.
        let _ = dialect.read(text);
    }
}

impl Read for Client<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Client<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
