//! The queue before one limit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use super::NoTurn;
use super::window::Window;

/// People in a line: first come first served, and who would have to wait too long does not join.
#[derive(Debug)]
pub(super) struct Line {
    head: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            head: Semaphore::new(1),
            waiting: AtomicUsize::new(0),
        }
    }
}

impl Line {
    /// Waits to become the head of the line. `time_for` says how long those in front will take.
    pub(super) async fn enter(
        &self,
        time_for: impl Fn(usize) -> Duration,
        patience: Duration,
    ) -> Result<SemaphorePermit<'_>, NoTurn> {
        let _place = Place(&self.waiting);
        let in_front = self.waiting.fetch_add(1, Ordering::Relaxed);
        // Somebody who is the head already is not in front but on his way.
        let wait = time_for(in_front + 1 - self.head.available_permits());
        if wait >= patience && !wait.is_zero() {
            return Err(NoTurn::Full { retry_after: wait });
        }
        let head = self.head.acquire().await;
        Ok(head.expect("the semaphore of a line is never closed"))
    }
}

/// A place in the line; leaving gives it up.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A line before a limit. Only its head watches the clock.
#[derive(Debug)]
pub(super) struct Queue {
    line: Line,
    window: Mutex<Window>,
}

impl Queue {
    pub(super) fn new(window: Window) -> Self {
        Self {
            line: Line::default(),
            window: Mutex::new(window),
        }
    }

    /// Waits for a slot, and while any connection is being opened.
    pub(super) async fn turn(
        &self,
        patience: Duration,
        mut connecting: watch::Receiver<usize>,
    ) -> Result<(), NoTurn> {
        let time_for = |calls| self.time_for(calls);
        let _head = self.line.enter(time_for, patience).await?;
        loop {
            // The sender lives as long as the lanes do.
            let _ = connecting.wait_for(|connecting| *connecting == 0).await;
            match self.with_window(|window| window.take(Instant::now())) {
                Ok(()) => return Ok(()),
                Err(opening) => sleep_until(opening).await,
            }
        }
    }

    pub(super) fn time_for(&self, calls: usize) -> Duration {
        self.with_window(|window| window.time_for(calls))
    }

    /// Calls that were let through at `since` or later leave only now.
    pub(super) fn delay(&self, since: Instant, now: Instant) {
        self.with_window(|window| window.delay(since, now));
    }

    fn with_window<T>(&self, act: impl FnOnce(&mut Window) -> T) -> T {
        act(&mut self.window.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
