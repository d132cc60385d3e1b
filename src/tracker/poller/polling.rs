//! What operators see of the poller.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What is asked for because it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// Whether this replica asks: for all while Redis is there, else for itself.
    pub is_polling: bool,
    /// How many parcels are watched here.
    pub watched: usize,
    /// How many list calls asked for parcels by their numbers.
    pub by_keys: u64,
    /// How many list calls asked for all that changed, or for all there is.
    pub by_sweeps: u64,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    is_polling: AtomicBool,
    by_keys: AtomicU64,
    by_sweeps: AtomicU64,
}

impl Tally {
    pub(super) fn note_duty(&self, is_polling: bool) {
        self.is_polling.store(is_polling, Ordering::Relaxed);
    }

    pub(super) fn note_keys(&self) {
        self.by_keys.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_sweep(&self) {
        self.by_sweeps.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, watched: usize) -> Polling {
        Polling {
            is_polling: self.is_polling.load(Ordering::Relaxed),
            watched,
            by_keys: self.by_keys.load(Ordering::Relaxed),
            by_sweeps: self.by_sweeps.load(Ordering::Relaxed),
        }
    }
}
