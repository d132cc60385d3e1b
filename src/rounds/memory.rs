//! What this replica knows about the rounds by itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::sweep::Sweep;

/// How long one message is taken as a sign that others will come.
pub(super) const TRUSTED: Duration = Duration::from_secs(6 * 60 * 60);

#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    pushes_end: Option<Instant>,
    sweep: Option<Sweep>,
}

impl Memory {
    pub(super) fn note_push(&self) {
        self.trust_pushes_for(TRUSTED);
    }

    /// Expects messages for so long from now on, unless they are expected for longer.
    pub(super) fn trust_pushes_for(&self, period: Duration) {
        let mut known = self.known();
        known.pushes_end = known.pushes_end.max(Some(Instant::now() + period));
    }

    /// Until when changes are told without being asked for.
    pub(super) fn pushes_end(&self) -> Option<Instant> {
        self.known().pushes_end
    }

    pub(super) fn sweep(&self) -> Option<Sweep> {
        self.known().sweep
    }

    pub(super) fn set_sweep(&self, sweep: Option<Sweep>) {
        self.known().sweep = sweep;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
