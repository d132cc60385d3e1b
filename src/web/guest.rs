//! What is watched of each connection while requests come over it: that its client sends what it began to send.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::Settings;
use super::arrival::Visit;
use super::deadline::Deadline;
use super::drain::Stop;
use super::line::Line;
use super::threshold::Standing;

/// How much is read of a head, in bytes: more than any may have that is taken.
const MAX_HEAD: usize = 64 * 1024;

/// How much is read at once, in bytes. The library sets more and more aside for whoever sends much, up to 400 KiB for each.
const MAX_READ: usize = 8 * 1024;

/// What is said of a longer one, as far as that is heard.
const TOO_LONG: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits {
    /// For a head from its beginning to its end, and for the first one to begin.
    head: Duration,
    /// From one request to the next.
    idle: Duration,
}

impl Waits {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            head: settings.head_timeout,
            idle: settings.idle_timeout,
        }
    }
}

/// A line that also ends when its client does not come to the end of a request's head, or asks nothing for long. Whoever
/// answers a request may take the line away: then nothing comes here any more, and what is sent goes nowhere.
pub(super) struct Guest {
    /// `None` once it is taken away.
    line: Option<Line>,
    /// Where it stands; `None` if nobody needs its place.
    standing: Option<Standing>,
    waits: Waits,
    visit: Visit,
    /// How many heads had arrived when this was looked at last.
    arrived: u32,
    /// By when the first head has to be there; `None` once it has begun.
    first: Option<Instant>,
    /// What the client is waited for; `None` while it is answered.
    wait: Option<Wait>,
    /// Until when.
    deadline: Deadline,
    /// How many bytes came of a head that is not there yet.
    heard: usize,
}

/// What a client is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The end of a head that has begun.
    Head,
    /// The next request.
    Rest,
}

impl Guest {
    pub(super) fn new(line: Line, standing: Option<Standing>, waits: Waits, stop: Stop) -> Self {
        let mut guest = Self {
            line: Some(line),
            standing,
            waits,
            visit: Visit::default(),
            arrived: 0,
            first: Some(Instant::now() + waits.head),
            wait: None,
            deadline: Deadline::after(waits.head, stop),
            heard: 0,
        };
        guest.rest(waits.head);
        // Whoever has just come is about to ask.
        guest.deadline.wait(waits.head);
        guest
    }

    /// Waits for the next request for that time, and for as long as nobody needs the place.
    fn rest(&mut self, time: Duration) {
        if let Some(standing) = &self.standing {
            self.visit.rest(standing.rest().boxed());
        }
        self.wait = Some(Wait::Rest);
        self.deadline.rest(time);
    }

    pub(super) fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    pub(super) fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The line to send on, unless it is taken away. That happens here, because nothing is left to be sent before.
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
            self.wait = None;
            self.heard = 0;
        }
        if self.visit.is_busy() {
            self.heard = 0;
            return;
        }
        self.heard += bytes;
        match self.wait {
            None | Some(Wait::Rest) if bytes > 0 => {
                match self.first.take() {
                    // Nobody knows yet whether anything will come of it, so that it rests on.
                    Some(end) => self.deadline.wait_until(end),
                    None => {
                        self.visit.get_up();
                        self.deadline.wait(self.waits.head);
                    }
                }
                self.wait = Some(Wait::Head);
            }
            None if !self.is_held_up() => self.rest(self.waits.idle),
            // Whoever has not got his whole answer does not rest.
            Some(Wait::Rest) if self.is_held_up() => {
                self.visit.get_up();
                self.wait = None;
            }
            _ => {}
        }
    }

    /// Whether more has come of a head than any may have, so that the library does not keep it all.
    fn is_too_long(&self) -> bool {
        let is_head = self.visit.arrived() == self.arrived && !self.visit.is_busy();
        is_head && self.heard >= MAX_HEAD
    }

    fn is_held_up(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_held_up)
    }

    /// Whether the next request is there, though the runtime has not heard of it yet.
    fn has_begun(&self) -> bool {
        let line = self.line.as_ref();
        self.wait == Some(Wait::Rest) && line.is_some_and(Line::has_unread)
    }

    /// Has the library look for the next request when the answer to the last one is on its way, so that the rest begins.
    fn tell<T>(&mut self, cx: &Context, sent: Poll<T>) -> Poll<T> {
        if sent.is_ready() && self.wait.is_none() && !self.visit.is_busy() {
            cx.waker().wake_by_ref();
        }
        sent
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let is_too_long = self.is_too_long();
        let Some(line) = &mut self.line else {
            return Poll::Ready(Ok(()));
        };
        if is_too_long {
            line.try_say(TOO_LONG);
            return Poll::Ready(Err(ErrorKind::InvalidData.into()));
        }
        let most = buffer.remaining().min(MAX_READ);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(most));
        let read = Pin::new(line).poll_read(cx, &mut part);
        let heard = part.filled().len();
        buffer.advance(heard);
        self.hear(heard);
        match self.wait {
            Some(_) if read.is_pending() => {
                let is_over = self.deadline.poll(cx).is_ready();
                let is_over = self.visit.poll_rest(cx).is_ready() || is_over;
                match is_over && !self.has_begun() {
                    true => Poll::Ready(Err(ErrorKind::TimedOut.into())),
                    false => read,
                }
            }
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
        let sent = match self.line() {
            Some(line) => line.poll_write(cx, bytes),
            None => return Poll::Ready(Ok(bytes.len())),
        };
        self.tell(cx, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = match self.line() {
            Some(line) => line.poll_write_vectored(cx, parts),
            None => return Poll::Ready(Ok(parts.iter().map(|part| part.len()).sum())),
        };
        self.tell(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.line();
        let flushed = line.map_or(Poll::Ready(Ok(())), |line| line.poll_flush(cx));
        // The library flushes only when it has nothing left to write.
        if flushed.is_ready() {
            self.visit.is_flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = self.line();
        line.map_or(Poll::Ready(Ok(())), |line| line.poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;
    use crate::model::ClientId;
    use crate::web::arrival::LAST_WAIT;
    use crate::web::room::Room;
    use crate::web::threshold::Threshold;
    use crate::web::{Drain, line};

    const WAITS: Waits = Waits {
        head: Duration::from_secs(5),
        idle: Duration::from_secs(60),
    };

    const SECOND: Duration = Duration::from_secs(1);

    async fn pair(stop: Stop) -> (Guest, TcpStream) {
        pair_in(None, stop).await
    }

    async fn pair_in(standing: Option<Standing>, stop: Stop) -> (Guest, TcpStream) {
        let (line, client) = line::tests::pair(stop.clone()).await;
        (Guest::new(line, standing, WAITS, stop), client)
    }

    /// After which time it is given up.
    async fn given_up(guest: &mut Guest) -> Duration {
        let start = Instant::now();
        let error = guest.read(&mut [0; 16]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_come_to_its_end_is_given_up() {
        let drain = Drain::default();
        let (mut silent, _client) = pair(drain.stop()).await;
        assert!(given_up(&mut silent).await <= WAITS.head + SECOND);
        let (mut guest, mut client) = pair(drain.stop()).await;
        let opened = Instant::now();
        assert!(timeout(3 * SECOND, guest.read(&mut [0; 16])).await.is_err());
        for _ in 0..3 {
            client.write_all(b"GET ").await.unwrap();
            assert_eq!(guest.read(&mut [0; 16]).await.unwrap(), 4);
        }
        given_up(&mut guest).await;
        assert!(opened.elapsed() <= WAITS.head + SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_answered_is_waited_for_and_whoever_rests_only_for_a_while() {
        let drain = Drain::default();
        let (mut guest, mut client) = pair(drain.stop()).await;
        for _ in 0..2 {
            client.write_all(b"GET ").await.unwrap();
            assert_eq!(guest.read(&mut [0; 16]).await.unwrap(), 4);
            guest.visit.begin();
            let long = timeout(600 * SECOND, guest.read(&mut [0; 16])).await;
            assert!(long.is_err(), "it is busy");
            guest.visit.end();
            let rest = timeout(WAITS.idle - SECOND, guest.read(&mut [0; 16])).await;
            assert!(rest.is_err(), "it rests");
        }
        assert!(given_up(&mut guest).await <= 2 * SECOND);
    }

    #[tokio::test]
    async fn a_request_that_has_arrived_is_read_though_the_rest_is_over() {
        let drain = Drain::default();
        let (mut guest, client) = pair(drain.stop()).await;
        let mut buffer = [0; 16];
        assert!(poll!(pin!(guest.read(&mut buffer))).is_pending());
        // The runtime does not hear of it before something is waited for.
        assert_eq!(client.try_write(b"GET ").unwrap(), 4);
        guest.deadline.rest(Duration::ZERO);
        assert!(poll!(pin!(guest.read(&mut buffer))).is_pending());
        assert_eq!(guest.read(&mut buffer).await.unwrap(), 4);
        guest.rest(Duration::ZERO);
        given_up(&mut guest).await;
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_rests_makes_room_when_it_is_needed() {
        let drain = Drain::default();
        let [a, b] = ["a", "b"].map(ClientId::named);
        for begins in [&b""[..], b"GET "] {
            let room = Room::new(1);
            let standing = Threshold::of(room.clone()).reach(a.clone()).await;
            let (mut guest, mut client) = pair_in(standing, drain.stop()).await;
            client.write_all(begins).await.unwrap();
            if !begins.is_empty() {
                assert_eq!(guest.read(&mut [0; 16]).await.unwrap(), 4);
            }
            let (room, b) = (room.clone(), b.clone());
            let knocking = tokio::spawn(async move { room.place(&b, SECOND).await });
            assert!(given_up(&mut guest).await < SECOND);
            knocking.abort();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_answered_keeps_his_place_even_if_nothing_more_is_read_of_him() {
        let drain = Drain::default();
        let [a, b, c] = ["a", "b", "c"].map(ClientId::named);
        let room = Room::new(2);
        let threshold = Threshold::of(room.clone());
        let (mut busy, mut client) = pair_in(threshold.reach(a).await, drain.stop()).await;
        client.write_all(b"GET ").await.unwrap();
        assert_eq!(busy.read(&mut [0; 16]).await.unwrap(), 4);
        busy.visit.begin();
        let (mut resting, _client) = pair_in(threshold.reach(b).await, drain.stop()).await;
        let knocking = tokio::spawn(async move { room.place(&c, SECOND).await });
        assert!(given_up(&mut resting).await < SECOND);
        knocking.abort();
    }

    #[tokio::test]
    async fn a_head_without_end_is_not_read_on() {
        let drain = Drain::default();
        let (mut guest, mut client) = pair(drain.stop()).await;
        client.write_all(&[b'x'; MAX_HEAD]).await.unwrap();
        let mut buffer = vec![0; MAX_HEAD];
        guest.read_exact(&mut buffer).await.unwrap();
        let error = guest.read(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        drop(guest);
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
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
        let line = guest.visit.take_line().unwrap();
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
