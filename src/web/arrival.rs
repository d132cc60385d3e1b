//! How long a request may take to arrive: its head, and behind that its body.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::doorway::Caller;
use super::drain::Stop;
use super::line::Line;
use super::operation::refusal;
use super::{Entrance, MAX_OPERATION};

/// How long the head of a request may take to arrive, and the first one to begin.
pub(super) const HEAD: Duration = Duration::from_secs(30);

/// How long its body may take.
const BODY: Duration = Duration::from_secs(10);

/// What is left of either once the server is to stop.
pub(super) const LAST_WAIT: Duration = Duration::from_secs(2);

/// Which requests came over one connection. It has its end in the connection and in whoever answers.
#[derive(Clone, Default)]
pub(super) struct Visit(Arc<Notes>);

#[derive(Default)]
struct Notes {
    arrived: AtomicU32,
    answered: AtomicU32,
    taker: Mutex<Option<oneshot::Sender<Line>>>,
}

impl Visit {
    /// How many heads have arrived.
    pub(super) fn arrived(&self) -> u32 {
        self.0.arrived.load(Ordering::Relaxed)
    }

    /// Whether one of them has no answer yet, or made something else of the connection.
    pub(super) fn is_busy(&self) -> bool {
        self.arrived() != self.0.answered.load(Ordering::Relaxed)
    }

    /// A head has arrived.
    pub(super) fn begin(&self) {
        self.0.arrived.fetch_add(1, Ordering::Relaxed);
    }

    /// Its answer is on its way.
    pub(super) fn end(&self) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// The line itself, for whoever answers the last request. It comes when the answer would be sent, which goes nowhere.
    pub(super) fn take_line(&self) -> oneshot::Receiver<Line> {
        let (taker, line) = oneshot::channel();
        *self.0.taker() = Some(taker);
        line
    }

    /// Who wants to have the line now.
    pub(super) fn taker(&self) -> Option<oneshot::Sender<Line>> {
        self.0.taker().take()
    }
}

impl Notes {
    fn taker(&self) -> MutexGuard<'_, Option<oneshot::Sender<Line>>> {
        self.taker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that a head has arrived, and when it is answered.
pub(super) async fn note(request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<ConnectInfo<Caller>>();
    let Some(visit) = visit.map(|ConnectInfo(caller)| caller.visit.clone()) else {
        return next.run(request).await;
    };
    visit.begin();
    let response = next.run(request).await;
    // What a socket's client sends from here on is no head.
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        visit.end();
    }
    response
}

/// Ready after that time, or soon after the server is to stop.
pub(super) async fn limit(mut stop: Stop, time: Duration) {
    tokio::select! {
        () = sleep(time) => {}
        () = async { stop.told().await; sleep(LAST_WAIT).await } => {}
    }
}

/// What comes of reading a body; `None` if that takes too long.
pub(super) async fn in_time<T>(stop: &Stop, reading: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        read = reading => Some(read),
        () = limit(stop.clone(), BODY) => None,
    }
}

/// A body that has arrived as a whole.
pub(super) struct Whole(pub(super) Bytes);

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is larger than a body may be.
    TooLarge,
    /// The client sent less than it had said.
    Cut,
    /// It did not come in time.
    Late,
}

impl FromRequest<Entrance> for Whole {
    type Rejection = Missing;

    async fn from_request(request: Request, at: &Entrance) -> Result<Self, Missing> {
        match in_time(&at.stop, Bytes::from_request(request, at)).await {
            None => Err(Missing::Late),
            Some(Ok(body)) => Ok(Self(body)),
            Some(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Missing::TooLarge)
            }
            Some(Err(_)) => Err(Missing::Cut),
        }
    }
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::TooLarge => {
                let message = format!("the operation is larger than {} KiB", MAX_OPERATION / 1024);
                return refusal(StatusCode::PAYLOAD_TOO_LARGE, &message);
            }
            Self::Cut => (StatusCode::BAD_REQUEST, "the body ended too early"),
            Self::Late => (
                StatusCode::REQUEST_TIMEOUT,
                "the body took too long to arrive",
            ),
        };
        refusal(status, message)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;
    use crate::web::Drain;

    #[tokio::test(start_paused = true)]
    async fn a_body_has_ten_seconds_and_two_once_the_server_stops() {
        let drain = Drain::default();
        let stop = drain.stop();
        let start = Instant::now();
        assert_eq!(in_time(&stop, pending::<()>()).await, None);
        assert_eq!(start.elapsed(), BODY);
        let reading = tokio::spawn(async move { in_time(&stop, pending::<()>()).await });
        drop(drain);
        assert_eq!(reading.await.unwrap(), None);
        assert_eq!(start.elapsed(), BODY + LAST_WAIT);
        let stop = Drain::default().stop();
        assert_eq!(in_time(&stop, async { 5 }).await, Some(5));
    }
}
