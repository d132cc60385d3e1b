//! What operators see of the poller.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// What is asked for because it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// Whether this replica asks: for all while Redis is there, else for itself; `None` if it never does.
    pub is_polling: Option<bool>,
    /// How many parcels are watched here.
    pub watched: usize,
    /// How many list calls asked for parcels by their numbers.
    pub by_keys: u64,
    /// How many list calls asked for all that changed, or for all there is.
    pub by_sweeps: u64,
    /// When the upstream answered the poller last; `None` if it never did.
    pub answered_at: Option<Timestamp>,
    /// For how long something has been due to which the upstream has not answered.
    pub behind: Duration,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    is_on_duty: AtomicBool,
    by_keys: AtomicU64,
    by_sweeps: AtomicU64,
    progress: Mutex<Progress>,
}

/// How far the poller is.
#[derive(Debug, Default)]
struct Progress {
    answered_at: Option<Timestamp>,
    /// Since when something is due.
    due_since: Option<Instant>,
}

impl Tally {
    pub(super) fn note_duty(&self, is_on_duty: bool) {
        self.is_on_duty.store(is_on_duty, Ordering::Relaxed);
    }

    /// Notes that something is due now. What was asked for in vain stays due whenever it is tried again.
    pub(super) fn note_due(&self) {
        self.progress().due_since.get_or_insert_with(Instant::now);
    }

    /// Notes that there is nothing to be asked for.
    pub(super) fn note_rest(&self) {
        self.progress().due_since = None;
    }

    /// Notes an answer of the upstream.
    pub(super) fn note_answer(&self) {
        let mut progress = self.progress();
        progress.answered_at = Some(Timestamp::now());
        progress.due_since = None;
    }

    pub(super) fn note_keys(&self) {
        self.by_keys.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_sweep(&self) {
        self.by_sweeps.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, watched: usize) -> Polling {
        let progress = self.progress();
        let behind = progress.due_since.map(|since| since.elapsed());
        Polling {
            answered_at: progress.answered_at,
            behind: behind.unwrap_or_default(),
            is_polling: Some(self.is_on_duty.load(Ordering::Relaxed)),
            watched,
            by_keys: self.by_keys.load(Ordering::Relaxed),
            by_sweeps: self.by_sweeps.load(Ordering::Relaxed),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_behind_from_when_something_is_due_until_it_is_answered_or_nothing_is_wanted() {
        let tally = Tally::default();
        let behind = || tally.read(0).behind.as_secs();
        assert_eq!((behind(), tally.read(0).answered_at), (0, None));
        tally.note_due();
        advance(Duration::from_secs(30)).await;
        tally.note_due();
        advance(Duration::from_secs(30)).await;
        assert_eq!(behind(), 60);
        tally.note_answer();
        assert_eq!(behind(), 0);
        assert!(tally.read(0).answered_at.is_some());
        tally.note_due();
        advance(Duration::from_secs(30)).await;
        tally.note_rest();
        assert_eq!(behind(), 0);
    }
}
