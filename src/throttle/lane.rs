//! The queue before one limit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::NoTurn;
use super::window::Window;

/// Serves its callers first come first served. Only the head of the queue watches the clock.
#[derive(Debug)]
pub(super) struct Queue {
    head: Semaphore,
    waiting: AtomicUsize,
    max_waiting: usize,
    window: Mutex<Window>,
}

impl Queue {
    pub(super) fn new(window: Window, max_waiting: usize) -> Self {
        Self {
            head: Semaphore::new(1),
            waiting: AtomicUsize::new(0),
            max_waiting,
            window: Mutex::new(window),
        }
    }

    pub(super) async fn turn(&self) -> Result<(), NoTurn> {
        let _place = self.join()?;
        let _head = self
            .head
            .acquire()
            .await
            .expect("the semaphore of a lane is never closed");
        while let Err(opening) = self.with_window(|window| window.take(Instant::now())) {
            sleep_until(opening).await;
        }
        Ok(())
    }

    pub(super) fn time_for(&self, calls: usize) -> Duration {
        self.with_window(|window| window.time_for(calls))
    }

    /// Calls that were let through at `since` or later leave only now.
    pub(super) fn delay(&self, since: Instant, now: Instant) {
        self.with_window(|window| window.delay(since, now));
    }

    /// The head of the queue does not count: it is served next.
    fn join(&self) -> Result<Place<'_>, NoTurn> {
        let place = Place(&self.waiting);
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        if before > self.max_waiting {
            return Err(NoTurn::Full {
                retry_after: self.time_for(self.max_waiting),
            });
        }
        Ok(place)
    }

    fn with_window<T>(&self, act: impl FnOnce(&mut Window) -> T) -> T {
        act(&mut self.window.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place in the queue; leaving gives it up.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
