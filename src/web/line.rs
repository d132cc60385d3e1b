//! What is watched of each connection as long as it is there: that its client takes what is sent to it.

use std::io::{self, ErrorKind, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::arrival::limit;
use super::drain::Stop;
use super::threshold::Standing;
use super::traffic::Connected;

/// How long a client may take nothing of what is being sent to it.
const STALL: Duration = Duration::from_secs(30);

/// After how long without a word the system asks whether a client is still there.
const REST: Duration = Duration::from_secs(60);

/// A connection that ends when its client takes nothing for too long.
pub(super) struct Line {
    stream: TcpStream,
    stop: Stop,
    /// Ready when it has been too long; `None` while the client takes what it gets.
    stall: Option<BoxFuture<'static, ()>>,
    _standing: Option<Standing>,
    _connected: Connected,
}

impl Line {
    pub(super) fn new(stream: TcpStream, stop: Stop, standing: Option<Standing>) -> Self {
        // What is sent is complete and small, and somebody waits for it. Without this it is only later.
        let _ = stream.set_nodelay(true);
        // Where these cannot be set, who is gone is only noticed later.
        let _ = watch_acknowledgements(SockRef::from(&stream));
        let _ = SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(REST));
        let connected = stop.traffic().connection();
        Self {
            stream,
            stop,
            stall: None,
            _standing: standing,
            _connected: connected,
        }
    }

    /// Whether the client does not take what is being sent at the moment.
    pub(super) fn is_held_up(&self) -> bool {
        self.stall.is_some()
    }

    /// Whether something has come that was not read.
    pub(super) fn has_unread(&self) -> bool {
        // The system is asked directly, because it knows of what the runtime has not heard of yet.
        let peeked = SockRef::from(&self.stream).peek(&mut [MaybeUninit::uninit()]);
        peeked.is_ok_and(|length| length > 0)
    }

    /// Sends as much of something small as the system takes at once.
    pub(super) fn try_say(&self, bytes: &[u8]) {
        let _ = self.stream.try_write(bytes);
    }

    fn watch<T>(&mut self, cx: &mut Context, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stall = None;
            return sent;
        }
        let stop = &self.stop;
        let stall = self
            .stall
            .get_or_insert_with(|| limit(stop.clone(), STALL).boxed());
        stall
            .poll_unpin(cx)
            .map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Has the system give up a connection when what was sent is not acknowledged for that long. The stall of a write is not
/// enough: signs of life are so small that the system takes thousands of them for a client that is gone.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
fn watch_acknowledgements(socket: SockRef) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(STALL))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "fuchsia")))]
fn watch_acknowledgements(_: SockRef) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::web::Drain;

    /// A line, and its client.
    pub(in crate::web) async fn pair(stop: Stop) -> (Line, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        (Line::new(accepted.unwrap().0, stop, None), client.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let drain = Drain::default();
        let (mut line, _client) = pair(drain.stop()).await;
        let start = Instant::now();
        let error = loop {
            if let Err(error) = line.write_all(&[0; 65_536]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(start.elapsed() >= STALL);
    }

    #[tokio::test]
    async fn a_client_that_takes_its_time_gets_everything() {
        let drain = Drain::default();
        let (mut line, mut client) = pair(drain.stop()).await;
        let size = 8 << 20;
        let sending = tokio::spawn(async move { line.write_all(&vec![0; size]).await });
        let mut got = 0;
        let mut buffer = vec![0; 65_536];
        while got < size {
            let read = client.read(&mut buffer);
            let read = timeout(Duration::from_secs(20), read).await;
            got += read.unwrap().unwrap();
        }
        sending.await.unwrap().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_system_gives_up_clients_that_vanish() {
        let (line, _client) = pair(Drain::default().stop()).await;
        let socket = SockRef::from(&line.stream);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(STALL));
        assert!(socket.keepalive().unwrap());
    }
}
