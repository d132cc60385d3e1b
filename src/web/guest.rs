//! What is watched of each connection while requests come over it: that its client sends what it began to send.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::arrival::{HEAD, Visit, limit};
use super::drain::Stop;
use super::line::Line;

/// A line that also ends when its client does not come to the end of a request's head. Whoever answers a request may take
/// the line away: then nothing comes here any more, and what is sent goes nowhere.
pub(super) struct Guest {
    /// `None` once it is taken away.
    line: Option<Line>,
    stop: Stop,
    visit: Visit,
    /// How many heads had arrived when this was looked at last.
    arrived: u32,
    /// Ready when the head that has begun is too late; `None` between requests.
    late: Option<BoxFuture<'static, ()>>,
}

impl Guest {
    pub(super) fn new(stream: TcpStream, stop: Stop) -> Self {
        Self {
            line: Some(Line::new(stream, stop.clone())),
            late: Some(limit(stop.clone(), HEAD).boxed()),
            stop,
            visit: Visit::default(),
            arrived: 0,
        }
    }

    pub(super) fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The line to send on, unless it is taken away. That happens here, because nothing is left to be sent before: the HTTP
    /// library begins an answer when the one before is on its way.
    fn line(&mut self) -> Option<Pin<&mut Line>> {
        if let Some(taker) = self.visit.taker()
            && let Some(line) = self.line.take()
        {
            // It ends here if nobody waits for it any more.
            let _ = taker.send(line);
        }
        self.line.as_mut().map(Pin::new)
    }

    /// Notes that so many bytes came. Those that come between an answer and the next head are the beginning of that.
    fn hear(&mut self, bytes: usize) {
        let arrived = self.visit.arrived();
        if arrived != self.arrived {
            self.arrived = arrived;
            self.late = None;
        }
        if bytes > 0 && self.late.is_none() && !self.visit.is_busy() {
            self.late = Some(limit(self.stop.clone(), HEAD).boxed());
        }
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(line) = &mut self.line else {
            return Poll::Ready(Ok(()));
        };
        let before = buffer.filled().len();
        let read = Pin::new(line).poll_read(cx, buffer);
        self.hear(buffer.filled().len() - before);
        match &mut self.late {
            Some(late) if read.is_pending() => late
                .poll_unpin(cx)
                .map(|()| Err(ErrorKind::TimedOut.into())),
            _ => read,
        }
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.line() {
            Some(line) => line.poll_write(cx, bytes),
            None => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.line() {
            Some(line) => line.poll_write_vectored(cx, parts),
            None => Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.line();
        line.map_or(Poll::Ready(Ok(())), |line| line.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.line();
        line.map_or(Poll::Ready(Ok(())), |line| line.poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::web::Drain;
    use crate::web::arrival::LAST_WAIT;

    async fn pair(stop: Stop) -> (Guest, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        (Guest::new(accepted.unwrap().0, stop), client.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_to_its_end_is_given_up_and_rest_is_not() {
        let drain = Drain::default();
        let mut buffer = [0; 16];
        let (mut silent, _client) = pair(drain.stop()).await;
        let error = silent.read(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let (mut guest, mut client) = pair(drain.stop()).await;
        client.write_all(b"GET ").await.unwrap();
        assert_eq!(guest.read(&mut buffer).await.unwrap(), 4);
        guest.visit.begin();
        let ten_minutes = Duration::from_secs(600);
        for _ in 0..2 {
            let reading = timeout(ten_minutes, guest.read(&mut buffer)).await;
            assert!(reading.is_err(), "it is busy, and then at rest");
            if guest.visit.is_busy() {
                guest.visit.end();
            }
        }
        client.write_all(b"GET ").await.unwrap();
        assert_eq!(guest.read(&mut buffer).await.unwrap(), 4);
        let start = Instant::now();
        let error = guest.read(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(start.elapsed() <= HEAD + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn half_a_head_has_two_seconds_once_the_server_stops() {
        let drain = Drain::default();
        let (mut guest, mut client) = pair(drain.stop()).await;
        client.write_all(b"GET ").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(guest.read(&mut buffer).await.unwrap(), 4);
        // The drain is gone, which is an end as well.
        drop(drain);
        let start = Instant::now();
        assert!(guest.read(&mut buffer).await.is_err());
        assert!(start.elapsed() <= LAST_WAIT + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn whoever_takes_the_line_away_has_it_for_himself() {
        let drain = Drain::default();
        let (mut guest, mut client) = pair(drain.stop()).await;
        guest.write_all(b"before ").await.unwrap();
        let line = guest.visit.take_line();
        guest.write_all(b"nowhere ").await.unwrap();
        assert_eq!(guest.read(&mut [0; 16]).await.unwrap(), 0);
        guest.shutdown().await.unwrap();
        drop(guest);
        line.await.unwrap().write_all(b"behind").await.unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "before behind");
    }
}
