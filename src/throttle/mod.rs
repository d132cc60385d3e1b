//! Whose turn it is to call the upstream.
//!
//! Every lane lets through as many calls as the account's limit allows in *any* sliding second, first come first
//! served, and a 429 closes all lanes at once. It does not know what is called, nor who asks.

mod lane;
mod window;

#[cfg(test)]
mod tests;

use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::model::whole_seconds;

use lane::{Line, Queue};
use window::Window;

/// How long it takes at the most from a turn to the first step of connecting, on a busy machine.
const TO_CONNECT: Duration = Duration::from_millis(100);

/// The calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// `GET /trackings/get` for parcels that somebody waits for.
    List,
    /// The same for a page of the whole list. It shares the limit of `List` and takes every other slot at the most, so that
    /// who pages through everything does not shut out those who look for one parcel.
    Page,
    /// `POST /trackings/realtime`.
    Realtime,
    /// Every other call.
    Other,
}

/// What the account may do. The defaults are the documented figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// List calls per second; 0 switches the limit off.
    pub list_per_second: u32,
    /// Realtime calls per second; 0 switches the limit off.
    pub realtime_per_second: u32,
    /// All other calls per second; 0 switches the limit off.
    pub other_per_second: u32,
    /// How long to call nothing after a 429; 0 switches the silence off.
    pub silence: Duration,
    /// What is added to every second, because calls do not arrive at the distance at which they left.
    pub margin: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            list_per_second: 1,
            realtime_per_second: 3,
            other_per_second: 1,
            silence: Duration::from_secs(120),
            margin: Duration::from_millis(50),
        }
    }
}

/// Why there is no turn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoTurn {
    /// The upstream said 429 and asked for silence.
    #[error("TrackingMore asked for a pause after too many calls; it ends in {} s", whole_seconds(*retry_after))]
    Closed {
        /// When the lanes open again.
        retry_after: Duration,
    },
    /// Too many wait already.
    #[error("too many calls wait for their turn; try again in {} s", whole_seconds(*retry_after))]
    Full {
        /// When the present queue will be through.
        retry_after: Duration,
    },
}

/// Hands out turns for one account.
#[derive(Debug)]
pub struct Throttle {
    list: Queue,
    pages: Line,
    realtime: Queue,
    other: Queue,
    silence: Duration,
    /// How many connections are being opened.
    connecting: watch::Sender<usize>,
    closed_until: watch::Sender<Option<Instant>>,
}

impl Throttle {
    /// Opens all lanes of an account that nobody has called for a while.
    pub fn new(limits: &Limits) -> Self {
        Self::with(limits, Window::new)
    }

    /// Opens all lanes of an account that another process may have called just now, as happens at every restart: the first
    /// slots open a second later.
    pub fn after_restart(limits: &Limits) -> Self {
        let now = Instant::now();
        Self::with(limits, |calls, period| Window::full(calls, period, now))
    }

    fn with(limits: &Limits, window: impl Fn(u32, Duration) -> Window) -> Self {
        let period = Duration::from_secs(1) + limits.margin;
        let queue = |calls| Queue::new(window(calls, period));
        Self {
            list: queue(limits.list_per_second),
            pages: Line::default(),
            realtime: queue(limits.realtime_per_second),
            other: queue(limits.other_per_second),
            silence: limits.silence,
            connecting: watch::Sender::new(0),
            closed_until: watch::Sender::new(None),
        }
    }

    /// Waits for a turn in the lane; the call may leave when this returns. Who would have to wait longer than his patience is
    /// refused at once, which bounds every line. A caller who stops waiting loses his place and costs nobody a slot.
    pub async fn turn(&self, lane: Lane, patience: Duration) -> Result<(), NoTurn> {
        let granted = async {
            match lane {
                Lane::List => self.granted(&self.list, patience).await,
                Lane::Realtime => self.granted(&self.realtime, patience).await,
                Lane::Other => self.granted(&self.other, patience).await,
                Lane::Page => {
                    let time_for = |calls| self.time_for(lane, calls);
                    let _head = self.pages.enter(time_for, patience).await?;
                    self.granted(&self.list, patience).await
                }
            }
        };
        tokio::select! {
            biased;
            retry_after = self.closed() => Err(NoTurn::Closed { retry_after }),
            turn = granted => turn,
        }
    }

    async fn granted(&self, queue: &Queue, patience: Duration) -> Result<(), NoTurn> {
        queue.turn(patience, self.connecting.subscribe()).await
    }

    /// How long it takes to let so many calls through, if nobody else waits.
    pub fn time_for(&self, lane: Lane, calls: usize) -> Duration {
        match lane {
            Lane::List => self.list.time_for(calls),
            Lane::Page => self.list.time_for(2 * calls),
            Lane::Realtime => self.realtime.time_for(calls),
            Lane::Other => self.other.time_for(calls),
        }
    }

    /// Closes all lanes after a 429, for the account's silence or for longer if the upstream asks for longer. Says for how
    /// long.
    pub fn close(&self, asked_for: Option<Duration>) -> Duration {
        let silence = asked_for.unwrap_or_default().max(self.silence);
        let until = Instant::now() + silence;
        self.closed_until.send_modify(|closed| {
            *closed = (*closed).max(Some(until));
        });
        tracing::warn!(
            seconds = silence.as_secs(),
            "TrackingMore answered 429: no further call is let through until the silence is over"
        );
        silence
    }

    /// Tells that a connection is being opened. No turn is given until it is decided: the call that waits for it has not left
    /// yet, and the next one must not catch up with it.
    pub fn connection_started(&self) {
        self.connecting.send_modify(|connecting| *connecting += 1);
    }

    /// Tells that a connection was opened just now, and how long that took. The calls that were let through right before it
    /// was begun may have waited for it, so they count from now: at the receiver their slot begins when they arrive. Older
    /// ones had left already and are not held against anybody.
    pub fn connection_opened(&self, took: Duration) {
        let now = Instant::now();
        let since = now.checked_sub(took + TO_CONNECT).unwrap_or(now);
        for queue in [&self.list, &self.realtime, &self.other] {
            queue.delay(since, now);
        }
        self.connection_decided();
    }

    /// Tells that a connection could not be opened; nothing left by it.
    pub fn connection_failed(&self) {
        self.connection_decided();
    }

    fn connection_decided(&self) {
        self.connecting
            .send_modify(|connecting| *connecting = connecting.saturating_sub(1));
    }

    /// Returns, with what is left of it, as soon as there is a silence.
    async fn closed(&self) -> Duration {
        let mut changes = self.closed_until.subscribe();
        loop {
            let until = *changes.borrow_and_update();
            if let Some(left) = until.and_then(|until| until.checked_duration_since(Instant::now()))
                && !left.is_zero()
            {
                return left;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
