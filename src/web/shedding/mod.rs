//! Turns requests away while the server is late with those that it has, so that it is in time for the rest.
//!
//! How late it is, a pulse tells that waits its turn among all that is to be done. A server that is late for a moment catches up by
//! itself. One that is late all the time takes on more than it can do: what it took on would be late by more and more, and most of
//! it of no use to anybody any more.

mod askers;
mod pulse;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::ClientId;

use askers::Askers;
use pulse::{FEW, Felt, Micros, Pulse};

/// How late it may be once it has been late all the time, and how many tasks may wait behind those that threads have at hand.
const STRICT: (Micros, usize) = (5_000, FEW);

/// The same for those who ask for less than others.
const FOR_MODEST: (Micros, usize) = (10_000, 1_000);

/// So many times in a row it has to have been late: one pause of the machine is no overload.
const TIMES: u64 = 2;

/// For how long it stays strict when it has turned many away.
const LASTS: Micros = 1_000_000;

/// What turns requests away. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Shedding(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pulse: Pulse,
    strict_until: AtomicU64,
    askers: Mutex<Askers>,
    shed: AtomicU64,
}

/// The server is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late;

impl Shedding {
    /// Nobody was turned away yet. It has a task of the present runtime.
    pub(super) fn start() -> Self {
        Self(Arc::new(Inner {
            pulse: Pulse::start(),
            strict_until: AtomicU64::new(0),
            askers: Mutex::default(),
            shed: AtomicU64::new(0),
        }))
    }

    /// Whether the server takes on a request of that client, if it may be late by so much now and then; zero is for any.
    pub(super) fn admit(&self, client: &ClientId, after: Duration) -> Result<(), Late> {
        match after.is_zero() {
            true => Ok(()),
            false => self.0.judge(self.0.pulse.felt(), after, client),
        }
    }

    /// How many requests were turned away.
    pub(super) fn count(&self) -> u64 {
        self.0.shed.load(Ordering::Relaxed)
    }
}

impl Inner {
    fn judge(&self, felt: Felt, after: Duration, client: &ClientId) -> Result<(), Late> {
        let after = u64::try_from(after.as_micros()).unwrap_or(Micros::MAX);
        let was_strict = felt.now < self.strict_until.load(Ordering::Relaxed);
        let is_overloaded = felt.late_for >= after && felt.late_times >= TIMES;
        if !was_strict && !is_overloaded {
            return Ok(());
        }
        let askers = self.askers.lock();
        let mut askers = askers.unwrap_or_else(PoisonError::into_inner);
        let (late_by, queued) = match askers.note(client, felt.now) {
            true => FOR_MODEST,
            false => STRICT,
        };
        let queue = self.pulse.queued();
        if felt.late_by <= late_by && queue <= queued {
            return Ok(());
        }
        // Else a moment in which it is late would keep it strict for one that is not.
        let is_behind = is_overloaded || queue > FEW;
        if askers.note_shed() && is_behind {
            let until = felt.now + LASTS;
            self.strict_until.fetch_max(until, Ordering::Relaxed);
        }
        self.shed.fetch_add(1, Ordering::Relaxed);
        Err(Late)
    }
}

#[cfg(test)]
mod tests;
