//! What became of messages since the process was started.

use std::sync::atomic::{AtomicU64, Ordering};

/// How a hint can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Confirmed,
    Refuted,
    Overtaken,
    Unanswered,
    Known,
    Replayed,
}

#[derive(Debug, Default)]
pub(super) struct Counts([AtomicU64; 6]);

/// How many hints ended in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HintCounts {
    /// A list call that left later says the same.
    pub confirmed: u64,
    /// A list call that left later says something else.
    pub refuted: u64,
    /// A list call that left later knows what was told, and what came after it.
    pub overtaken: u64,
    /// No list call could be made that would tell.
    pub unanswered: u64,
    /// They told nothing new.
    pub known: u64,
    /// Another replica had seen their seal with other content.
    pub replayed: u64,
}

impl Counts {
    pub(super) fn add(&self, end: End, hints: usize) {
        self.0[end as usize].fetch_add(hints as u64, Ordering::Relaxed);
    }

    pub(super) fn so_far(&self) -> HintCounts {
        let count = |end: End| self.0[end as usize].load(Ordering::Relaxed);
        HintCounts {
            confirmed: count(End::Confirmed),
            refuted: count(End::Refuted),
            overtaken: count(End::Overtaken),
            unanswered: count(End::Unanswered),
            known: count(End::Known),
            replayed: count(End::Replayed),
        }
    }
}
