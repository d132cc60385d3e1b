//! Whether what messages say is shown before the list says so. Too many that were not true end that for a while, so that
//! false ones do not fill the log of events.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many messages that are not true are forgiven at once.
const MAX_REFUTED: u32 = 100;

/// How long it takes until one more is forgiven.
const FORGIVEN: Duration = Duration::from_secs(30);

/// Until when all that were not true will be forgiven.
#[derive(Debug, Default)]
pub(super) struct Trust(Mutex<Option<Instant>>);

impl Trust {
    /// A message was not true.
    pub(super) fn note_refuted(&self, now: Instant) {
        let mut forgiven = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = forgiven.map_or(now, |at| at.max(now));
        // More than is counted does not make it any longer.
        *forgiven = Some((from + FORGIVEN).min(now + FORGIVEN * MAX_REFUTED));
    }

    /// Whether so many were not true that nothing is shown that only a message says.
    pub(super) fn is_lost(&self, now: Instant) -> bool {
        let forgiven = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forgiven.is_some_and(|at| at > now + FORGIVEN * (MAX_REFUTED - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_messages_that_are_not_true_cost_the_trust_and_time_brings_it_back() {
        let trust = Trust::default();
        let start = Instant::now();
        for _ in 1..MAX_REFUTED {
            trust.note_refuted(start);
            assert!(!trust.is_lost(start));
        }
        for _ in 0..1_000 {
            trust.note_refuted(start);
            assert!(trust.is_lost(start));
        }
        assert!(!trust.is_lost(start + FORGIVEN));
        trust.note_refuted(start + FORGIVEN);
        assert!(trust.is_lost(start + FORGIVEN));
        assert!(!trust.is_lost(start + 2 * FORGIVEN));
    }
}
