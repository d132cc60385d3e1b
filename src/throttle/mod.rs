//! Whose turn it is to call the upstream.
//!
//! Every lane lets through as many calls as the account's limit allows in *any* sliding second, first come first
//! served, and a 429 closes all lanes at once. It does not know what is called, nor who asks.

mod lane;
mod window;

use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::model::whole_seconds;

use lane::{Line, Queue};
use window::Window;

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
    /// How long a caller waits for a turn. Who would have to wait longer is refused at once, which bounds every queue.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            list_per_second: 1,
            realtime_per_second: 3,
            other_per_second: 1,
            silence: Duration::from_secs(120),
            margin: Duration::from_millis(50),
            patience: Duration::from_secs(15),
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
    patience: Duration,
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
            patience: limits.patience,
            closed_until: watch::Sender::new(None),
        }
    }

    /// Waits for a turn in the lane; the call may leave when this returns. A caller who stops waiting loses his place
    /// and costs nobody a slot.
    pub async fn turn(&self, lane: Lane) -> Result<(), NoTurn> {
        let granted = async {
            match lane {
                Lane::List => self.list.turn(self.patience).await,
                Lane::Realtime => self.realtime.turn(self.patience).await,
                Lane::Other => self.other.turn(self.patience).await,
                Lane::Page => {
                    let time_for = |calls| self.list.time_for(2 * calls);
                    let _head = self.pages.enter(time_for, self.patience).await?;
                    self.list.turn(self.patience).await
                }
            }
        };
        tokio::select! {
            biased;
            retry_after = self.closed() => Err(NoTurn::Closed { retry_after }),
            turn = granted => turn,
        }
    }

    /// How long it takes to let so many batches of wanted parcels through.
    pub fn time_for_batches(&self, batches: usize) -> Duration {
        self.list.time_for(batches)
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
            "TrackingMore answered 429: no call leaves until the silence is over"
        );
        silence
    }

    /// Tells that a connection was opened just now, and how long that may have taken at the most. Calls that were let through
    /// meanwhile may have waited for it, so they count from now: at the receiver their slot begins when they arrive.
    pub fn connection_opened(&self, within: Duration) {
        let now = Instant::now();
        let since = now.checked_sub(within).unwrap_or(now);
        for queue in [&self.list, &self.realtime, &self.other] {
            queue.delay(since, now);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds_of_turns(throttle: &Throttle, lane: Lane, calls: usize) -> Vec<f64> {
        let start = Instant::now();
        let mut seconds = Vec::new();
        for _ in 0..calls {
            throttle.turn(lane).await.unwrap();
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds
    }

    #[tokio::test(start_paused = true)]
    async fn realtime_turns_never_exceed_three_in_any_second() {
        let throttle = Throttle::new(&Limits::default());
        let seconds = seconds_of_turns(&throttle, Lane::Realtime, 10).await;
        for (early, late) in seconds.iter().zip(&seconds[3..]) {
            assert!(late - early >= 1.0499, "{seconds:?}");
        }
        assert!(seconds[2] < 0.001 && seconds[9] < 3.2, "{seconds:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_restart_the_first_call_keeps_its_distance_from_the_last_of_the_process_before()
    {
        for lane in [Lane::List, Lane::Page, Lane::Realtime, Lane::Other] {
            let throttle = Throttle::after_restart(&Limits::default());
            let seconds = seconds_of_turns(&throttle, lane, 1).await;
            assert!(seconds[0] >= 1.0499, "{lane:?}: {seconds:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_does_not_wait_for_another() {
        let throttle = Throttle::new(&Limits::default());
        assert!(seconds_of_turns(&throttle, Lane::List, 2).await[1] >= 1.05);
        assert!(seconds_of_turns(&throttle, Lane::Other, 1).await[0] < 0.001);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_of_zero_is_no_limit() {
        let throttle = Throttle::new(&Limits {
            list_per_second: 0,
            ..Limits::default()
        });
        assert!(seconds_of_turns(&throttle, Lane::List, 1_000).await[999] < 0.001);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_429_nobody_gets_a_turn_for_120_seconds() {
        let throttle = Throttle::new(&Limits::default());
        throttle.close(None);
        tokio::time::advance(Duration::from_secs(119)).await;
        let refusal = throttle.turn(Lane::Realtime).await.unwrap_err();
        let NoTurn::Closed { retry_after } = refusal else {
            panic!("{refusal}")
        };
        assert!(retry_after <= Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        throttle.turn(Lane::Realtime).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_learn_of_the_silence_at_once() {
        let throttle = Throttle::new(&Limits::default());
        throttle.turn(Lane::List).await.unwrap();
        let start = Instant::now();
        let (turn, ()) = tokio::join!(throttle.turn(Lane::List), async {
            tokio::task::yield_now().await;
            throttle.close(Some(Duration::from_secs(300)));
        });
        assert_eq!(
            turn,
            Err(NoTurn::Closed {
                retry_after: Duration::from_secs(300)
            })
        );
        assert!(start.elapsed() < Duration::from_millis(5));
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_costs_nobody_a_slot() {
        let throttle = Throttle::new(&Limits::default());
        throttle.turn(Lane::List).await.unwrap();
        for _ in 0..50 {
            let given_up =
                tokio::time::timeout(Duration::from_millis(1), throttle.turn(Lane::List)).await;
            assert!(given_up.is_err());
        }
        let start = Instant::now();
        throttle.turn(Lane::List).await.unwrap();
        assert!(start.elapsed() < Duration::from_millis(1_010));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_waited_for_its_connection_counts_from_then() {
        let throttle = Throttle::new(&Limits::default());
        let start = Instant::now();
        throttle.turn(Lane::List).await.unwrap();
        tokio::time::advance(Duration::from_millis(400)).await;
        throttle.connection_opened(Duration::from_secs(5));
        throttle.turn(Lane::List).await.unwrap();
        let second = start.elapsed();
        assert!(second >= Duration::from_millis(1_450), "{second:?}");
        throttle.turn(Lane::List).await.unwrap();
        let third = start.elapsed() - second;
        assert!(third < Duration::from_millis(1_100), "{third:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_does_not_hold_up_a_lane_that_rested() {
        let throttle = Throttle::new(&Limits::default());
        throttle.turn(Lane::List).await.unwrap();
        tokio::time::advance(Duration::from_secs(6)).await;
        throttle.connection_opened(Duration::from_secs(5));
        assert!(seconds_of_turns(&throttle, Lane::List, 1).await[0] < 0.001);
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_longer_than_his_patience_is_refused_at_once() {
        let throttle = Throttle::new(&Limits {
            patience: Duration::from_secs(2),
            ..Limits::default()
        });
        let turns = futures_util::future::join_all((0..5).map(|_| throttle.turn(Lane::List))).await;
        let refused: Vec<_> = turns
            .iter()
            .filter_map(|turn| turn.as_ref().err())
            .collect();
        let full = NoTurn::Full {
            retry_after: Duration::from_millis(2_100),
        };
        assert_eq!(refused, [&full, &full]);
    }

    #[tokio::test(start_paused = true)]
    async fn pages_take_every_other_slot_at_the_most() {
        let throttle = Throttle::new(&Limits::default());
        throttle.turn(Lane::List).await.unwrap();
        let start = Instant::now();
        let pages = futures_util::future::join_all((0..7).map(|_| throttle.turn(Lane::Page)));
        let batches = async {
            tokio::task::yield_now().await;
            seconds_of_turns(&throttle, Lane::List, 3).await
        };
        let (pages, batches) = tokio::join!(pages, batches);
        assert!(pages.iter().all(Result::is_ok), "{pages:?}");
        // Slots open every 1.05 s: a page, a batch, a page, a batch and so on.
        for (batch, slot) in batches.iter().zip([2.0, 4.0, 6.0]) {
            assert!((batch - slot * 1.05).abs() < 0.1, "{batches:?}");
        }
        assert!(start.elapsed() < Duration::from_secs(11));
    }
}
