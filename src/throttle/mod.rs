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

use lane::Queue;
use window::Window;

/// The calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// `GET /trackings/get`.
    List,
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
    /// How many may wait in one lane.
    pub max_waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            list_per_second: 1,
            realtime_per_second: 3,
            other_per_second: 1,
            silence: Duration::from_secs(120),
            margin: Duration::from_millis(50),
            max_waiting: 100,
        }
    }
}

/// Why there is no turn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoTurn {
    /// The upstream said 429 and asked for silence.
    #[error(
        "TrackingMore asked for a pause after too many calls; it ends in {} s", retry_after.as_secs() + 1
    )]
    Closed {
        /// When the lanes open again.
        retry_after: Duration,
    },
    /// Too many wait already.
    #[error("too many calls wait for their turn; try again in {} s", retry_after.as_secs() + 1)]
    Full {
        /// When the present queue will be through.
        retry_after: Duration,
    },
}

/// Hands out turns for one account.
#[derive(Debug)]
pub struct Throttle {
    list: Queue,
    realtime: Queue,
    other: Queue,
    silence: Duration,
    closed_until: watch::Sender<Option<Instant>>,
}

impl Throttle {
    /// Opens all lanes.
    pub fn new(limits: &Limits) -> Self {
        let period = Duration::from_secs(1) + limits.margin;
        let queue = |calls| Queue::new(Window::new(calls, period), limits.max_waiting);
        Self {
            list: queue(limits.list_per_second),
            realtime: queue(limits.realtime_per_second),
            other: queue(limits.other_per_second),
            silence: limits.silence,
            closed_until: watch::Sender::new(None),
        }
    }

    /// Waits for a turn in the lane; the call may leave when this returns. A caller who stops waiting loses his place
    /// and costs nobody a slot.
    pub async fn turn(&self, lane: Lane) -> Result<(), NoTurn> {
        let queue = self.queue(lane);
        tokio::select! {
            biased;
            retry_after = self.closed() => Err(NoTurn::Closed { retry_after }),
            turn = queue.turn() => turn,
        }
    }

    /// How long it takes to let so many calls through in a lane.
    pub fn time_for(&self, lane: Lane, calls: usize) -> Duration {
        self.queue(lane).time_for(calls)
    }

    fn queue(&self, lane: Lane) -> &Queue {
        match lane {
            Lane::List => &self.list,
            Lane::Realtime => &self.realtime,
            Lane::Other => &self.other,
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
    async fn a_full_lane_says_when_to_come_back() {
        let throttle = Throttle::new(&Limits {
            max_waiting: 2,
            ..Limits::default()
        });
        let turns = futures_util::future::join_all((0..5).map(|_| throttle.turn(Lane::List))).await;
        let refused: Vec<_> = turns
            .iter()
            .filter_map(|turn| turn.as_ref().err())
            .collect();
        assert_eq!(
            refused,
            [&NoTurn::Full {
                retry_after: Duration::from_millis(2_100)
            }]
        );
    }
}
