//! How long a request may take to arrive: its head, and behind that its body.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, poll};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::drain::Stop;
use super::hold::Load;
use super::line::Line;
use super::reception::peer;
use super::shares::Full;

/// What is left of the time for a head or a body once the server is to stop.
pub(super) const LAST_WAIT: Duration = Duration::from_secs(2);

/// For how long it is read on what nobody wants, and how many bytes of it.
const MANNERS: Duration = Duration::from_millis(500);

const MAX_DISCARDED: usize = 2 << 20;

/// How long an answer may wait for the body that it makes needless: what has arrived is read by then.
const AT_ONCE: Duration = Duration::from_millis(5);

/// Which requests came over one connection. It has its end in the connection and in whoever answers.
#[derive(Clone, Default)]
pub(super) struct Visit(Arc<Notes>);

#[derive(Default)]
struct Notes {
    arrived: AtomicU32,
    answered: AtomicU32,
    /// How many bodies are read on that nobody wants.
    unwanted: AtomicU32,
    /// Whether an answer may not be on its way to its end.
    is_sending: AtomicBool,
    taker: Mutex<Option<oneshot::Sender<Line>>>,
    /// Ready when somebody needs the place of whoever rests.
    rest: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Visit {
    /// How many heads have arrived.
    pub(super) fn arrived(&self) -> u32 {
        self.0.arrived.load(Ordering::Relaxed)
    }

    /// Whether one of them has no answer yet, or more of its body still comes, or it made something else of the connection.
    pub(super) fn is_busy(&self) -> bool {
        self.arrived() != self.0.answered.load(Ordering::Relaxed)
            || self.0.unwanted.load(Ordering::Relaxed) > 0
    }

    /// A head has arrived.
    pub(super) fn begin(&self) {
        self.0.arrived.fetch_add(1, Ordering::Relaxed);
        self.get_up();
    }

    /// Its answer is on its way.
    pub(super) fn end(&self) {
        self.0.is_sending.store(true, Ordering::Relaxed);
        self.0.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// All that was to be sent is sent.
    pub(super) fn is_flushed(&self) {
        self.0.is_sending.store(false, Ordering::Relaxed);
    }

    /// Nobody is asked on it from now on, until `rest` is ready: then somebody needs its place.
    pub(super) fn rest(&self, rest: BoxFuture<'static, ()>) {
        *lock(&self.0.rest) = Some(rest);
    }

    /// Something is to be done on it again, so that it does not leave for others.
    pub(super) fn get_up(&self) {
        *lock(&self.0.rest) = None;
    }

    /// Ready when it rests and somebody needs its place.
    pub(super) fn poll_rest(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut rest = lock(&self.0.rest);
        rest.as_mut()
            .map_or(Poll::Pending, |rest| rest.poll_unpin(cx))
    }

    /// The line itself, for whoever answers the last request, unless an answer before is not sent yet. It comes when the answer
    /// would be sent, which goes nowhere.
    pub(super) fn take_line(&self) -> Option<oneshot::Receiver<Line>> {
        if self.0.is_sending.load(Ordering::Relaxed) {
            return None;
        }
        let (taker, line) = oneshot::channel();
        *lock(&self.0.taker) = Some(taker);
        Some(line)
    }

    /// Who wants to have the line now.
    pub(super) fn taker(&self) -> Option<oneshot::Sender<Line>> {
        lock(&self.0.taker).take()
    }

    /// More of a body comes, of which nobody wants to hear, until that is dropped.
    fn read_on(&self) -> Unwanted {
        self.0.unwanted.fetch_add(1, Ordering::Relaxed);
        Unwanted(self.clone())
    }
}

/// A body that is read on.
struct Unwanted(Visit);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.0.unwanted.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(notes: &Mutex<T>) -> MutexGuard<'_, T> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ready after that time, or soon after the server is to stop.
pub(super) async fn limit(mut stop: Stop, time: Duration) {
    tokio::select! {
        () = sleep(time) => {}
        () = async { stop.told().await; sleep(LAST_WAIT).await } => {}
    }
}

/// What comes of reading a body; `None` if that takes too long.
pub(super) async fn in_time<T>(
    stop: &Stop,
    time: Duration,
    reading: impl Future<Output = T>,
) -> Option<T> {
    let mut reading = pin!(reading);
    // Most of what is read is there already.
    if let Poll::Ready(read) = poll!(&mut reading) {
        return Some(read);
    }
    tokio::select! {
        biased;
        read = reading => Some(read),
        () = limit(stop.clone(), time) => None,
    }
}

/// The body of a request, which may still be on its way.
pub(super) struct Coming {
    body: Body,
    visit: Option<Visit>,
    /// Whether the client sends it only once it is asked to, which it is as soon as somebody reads.
    waits: bool,
}

/// Why there is no whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacking {
    /// It is larger than this many bytes.
    TooLarge(usize),
    /// It ended too early.
    CutOff,
    /// It took too long.
    TooLate,
    /// There was no room for it.
    NoRoom(Full),
}

impl Coming {
    /// The body behind that head.
    pub(super) fn new(body: Body, head: &Parts) -> Self {
        let waits = head.headers.contains_key(EXPECT);
        let visit = peer(&head.extensions).map(|peer| peer.visit.clone());
        Self { body, visit, waits }
    }

    /// All of it, if it has at most so many bytes, comes in time, and finds room. It keeps that for as long as its load is kept.
    pub(super) async fn whole(
        &mut self,
        stop: &Stop,
        time: Duration,
        most: usize,
        load: Load,
    ) -> Result<(Bytes, Load), Lacking> {
        let most = most.min(load.most());
        let announced = self.body.size_hint().lower();
        if usize::try_from(announced).map_or(true, |announced| announced > most) {
            return Err(Lacking::TooLarge(most));
        }
        let read = in_time(stop, time, self.read(most, load)).await;
        read.unwrap_or(Err(Lacking::TooLate))
    }

    /// Nothing is set aside for what is only announced.
    async fn read(&mut self, most: usize, mut load: Load) -> Result<(Bytes, Load), Lacking> {
        let mut whole = Vec::new();
        while let Some(part) = self.next().await {
            let part = part.map_err(|_| Lacking::CutOff)?;
            if whole.len() + part.len() > most {
                return Err(Lacking::TooLarge(most));
            }
            load.grow(part.len()).await.map_err(Lacking::NoRoom)?;
            // Most are whole when they come.
            if whole.is_empty() && self.body.is_end_stream() {
                return Ok((part, load));
            }
            whole.extend_from_slice(&part);
        }
        Ok((whole.into(), load))
    }

    async fn next(&mut self) -> Option<Result<Bytes, axum::Error>> {
        self.waits = false;
        loop {
            let body = &mut self.body;
            let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
            // Trailers say nothing here.
            match frame.map(|frame| frame.into_data()) {
                Ok(Ok(part)) => return Some(Ok(part)),
                Ok(Err(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The answer of whoever does not want it. Many clients send everything before they look at the answer, and would find
    /// the connection broken instead, so it is read on for a while behind the answer.
    pub(super) async fn answered(mut self, mut response: Response) -> Response {
        if !self.waits && timeout(AT_ONCE, self.discard()).await.is_ok() {
            return response;
        }
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
        if !self.waits {
            let unwanted = self.visit.as_ref().map(Visit::read_on);
            tokio::spawn(async move {
                let _ = timeout(MANNERS, self.discard()).await;
                // With the body the connection ends, so that nothing more of it is taken for a head.
                drop((self, unwanted));
            });
        }
        response
    }

    /// Reads what nobody wants.
    async fn discard(&mut self) {
        let mut length = 0;
        while length < MAX_DISCARDED
            && let Some(Ok(part)) = self.next().await
        {
            length += part.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::extract::Request;
    use tokio::time::Instant;

    use super::*;
    use crate::model::ClientId;
    use crate::web::Drain;
    use crate::web::hold::Hold;

    #[tokio::test(start_paused = true)]
    async fn a_body_has_its_time_and_two_seconds_once_the_server_stops() {
        const BODY: Duration = Duration::from_secs(10);
        let drain = Drain::default();
        let stop = drain.stop();
        let start = Instant::now();
        assert_eq!(in_time(&stop, BODY, pending::<()>()).await, None);
        assert_eq!(start.elapsed(), BODY);
        let reading = tokio::spawn(async move { in_time(&stop, BODY, pending::<()>()).await });
        drop(drain);
        assert_eq!(reading.await.unwrap(), None);
        assert_eq!(start.elapsed(), BODY + LAST_WAIT);
        let stop = Drain::default().stop();
        assert_eq!(in_time(&stop, BODY, async { 5 }).await, Some(5));
    }
    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound_and_no_further() {
        for (length, is_read) in [(0, true), (10, true), (11, false)] {
            let parts = (0..length).map(|_| Ok::<_, std::io::Error>(vec![0; 1]));
            let body = Body::from_stream(futures_util::stream::iter(parts));
            let (head, ()) = Request::new(()).into_parts();
            let load = Hold::new(1_000).load(ClientId::default());
            let read = Coming::new(body, &head).read(10, load).await;
            let read = read.map(|(body, _)| body.len());
            assert_eq!(read, is_read.then_some(length).ok_or(Lacking::TooLarge(10)));
        }
    }
}
