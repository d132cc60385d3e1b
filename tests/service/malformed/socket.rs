//! Frames behind a handshake, if it comes to that.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{End, answer};

/// Sends the handshake, the frames when it is answered, and hangs up. The server then closes as well.
pub async fn talk(address: SocketAddr, handshake: &[u8], frames: &[u8], deadline: Duration) -> End {
    let talk = async {
        let Ok(stream) = TcpStream::connect(address).await else {
            return End::Closed;
        };
        let (mut reading, mut writing) = stream.into_split();
        // Whoever has been refused already takes no more.
        let _ = writing.write_all(handshake).await;
        let handshake_taken = answer(&mut reading, false).await;
        if handshake_taken.status() != Some(101) {
            return handshake_taken;
        }
        let _ = writing.write_all(frames).await;
        let _ = writing.shutdown().await;
        // Whatever it says before.
        let _ = reading.read_to_end(&mut Vec::new()).await;
        End::Closed
    };
    timeout(deadline, talk).await.unwrap_or(End::Silence)
}
