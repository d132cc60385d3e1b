//! The end of a wait, of which there are many, one after the other, and hardly any is reached.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, Sleep, sleep_until};

use super::arrival::LAST_WAIT;
use super::drain::{GRACE, Stop};

/// Until when somebody is waited for, who has only a little time more once the server is to stop: two seconds if he has begun
/// something, half a second if not. To put it off costs nothing: the clock is set anew only when it rings too early.
pub(super) struct Deadline {
    ends: Instant,
    /// How long he has once the server is to stop.
    last: Duration,
    clock: Pin<Box<Sleep>>,
    /// `None` once the server is to stop.
    told: Option<BoxFuture<'static, ()>>,
}

impl Deadline {
    pub(super) fn after(time: Duration, mut stop: Stop) -> Self {
        let ends = Instant::now() + time;
        Self {
            ends,
            last: LAST_WAIT,
            clock: Box::pin(sleep_until(ends)),
            told: Some(async move { stop.told().await }.boxed()),
        }
    }

    /// Begins a wait of that time for what has begun.
    pub(super) fn wait(&mut self, time: Duration) {
        self.wait_until(Instant::now() + time);
    }

    pub(super) fn wait_until(&mut self, ends: Instant) {
        self.begin(ends, LAST_WAIT);
    }

    /// Begins a wait of that time for whatever may come.
    pub(super) fn rest(&mut self, time: Duration) {
        self.begin(Instant::now() + time, GRACE);
    }

    fn begin(&mut self, ends: Instant, last: Duration) {
        (self.ends, self.last) = (ends, last);
        if self.told.is_none() {
            self.hurry();
        }
    }

    fn hurry(&mut self) {
        self.ends = self.ends.min(Instant::now() + self.last);
    }

    /// Ready when the wait is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(told) = &mut self.told
            && told.poll_unpin(cx).is_ready()
        {
            self.told = None;
            self.hurry();
        }
        if self.ends < self.clock.deadline() {
            self.clock.as_mut().reset(self.ends);
        }
        loop {
            ready!(self.clock.as_mut().poll(cx));
            if self.clock.deadline() >= self.ends {
                return Poll::Ready(());
            }
            self.clock.as_mut().reset(self.ends);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::web::Drain;

    const SECOND: Duration = Duration::from_secs(1);

    async fn over(deadline: &mut Deadline) -> Duration {
        let start = Instant::now();
        poll_fn(|cx| deadline.poll(cx)).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_as_long_as_it_was_said_last() {
        let drain = Drain::default();
        let mut deadline = Deadline::after(5 * SECOND, drain.stop());
        for seconds in [5, 60, 1, 3] {
            deadline.wait(seconds * SECOND);
            let took = over(&mut deadline).await;
            assert_eq!(took.as_secs(), u64::from(seconds));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_waited_for_has_a_little_time_once_the_server_stops() {
        let drain = Drain::default();
        let mut deadline = Deadline::after(60 * SECOND, drain.stop());
        let waiting = tokio::spawn(async move {
            let first = over(&mut deadline).await;
            deadline.wait(60 * SECOND);
            let second = over(&mut deadline).await;
            deadline.wait(SECOND);
            let third = over(&mut deadline).await;
            deadline.rest(60 * SECOND);
            [first, second, third, over(&mut deadline).await]
        });
        tokio::time::sleep(SECOND).await;
        drop(drain);
        let waited = waiting.await.unwrap().map(|time| time.as_millis() / 100);
        assert_eq!(waited, [30, 20, 10, 5]);
    }
}
