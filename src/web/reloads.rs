//! How often the settings were read again, and whether those in force are the last ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What came of reading them. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Reloads(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    refused: AtomicU64,
    is_refused: AtomicBool,
}

impl Reloads {
    /// They are in force.
    pub fn note_taken(&self) {
        self.0.taken.fetch_add(1, Ordering::Relaxed);
        self.0.is_refused.store(false, Ordering::Relaxed);
    }

    /// They are wrong, and others are in force.
    pub fn note_refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
        self.0.is_refused.store(true, Ordering::Relaxed);
    }

    /// How many were taken, and how many refused.
    pub(super) fn counts(&self) -> [u64; 2] {
        [&self.0.taken, &self.0.refused].map(|count| count.load(Ordering::Relaxed))
    }

    /// Whether those in force are not those that were read last.
    pub(super) fn is_refused(&self) -> bool {
        self.0.is_refused.load(Ordering::Relaxed)
    }
}
