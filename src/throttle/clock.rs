//! The clock by which turns are given.

use std::time::Duration;

use tokio::time::Instant;

use super::Micros;
use super::limits::micros;
use crate::redis_link::Link;

/// What the own clock showed when it was started: long enough after zero that every period reaches back.
pub(super) const START: Micros = 1_000_000_000_000;

/// A clock in microseconds.
#[derive(Debug)]
pub(super) enum Clock {
    /// This process's own.
    Own(Instant),
    /// That of the Redis that the fleet shares.
    Shared(Link),
}

impl Clock {
    pub(super) fn own() -> Self {
        Self::Own(Instant::now())
    }

    /// What it shows; `None` while Redis was never reached.
    pub(super) fn now(&self) -> Option<Micros> {
        match self {
            Self::Own(started) => Some(START + micros(started.elapsed())),
            Self::Shared(link) => link.now(),
        }
    }

    /// What it shows at an instant.
    pub(super) fn at(&self, instant: Instant) -> Option<Micros> {
        match self {
            Self::Own(started) => Some(START + micros(instant.saturating_duration_since(*started))),
            Self::Shared(link) => link.at(instant),
        }
    }

    /// When it shows this.
    pub(super) fn instant(&self, at: Micros) -> Option<Instant> {
        match self {
            Self::Own(started) => {
                started.checked_add(Duration::from_micros(at.saturating_sub(START)))
            }
            Self::Shared(link) => link.instant(at),
        }
    }
}
