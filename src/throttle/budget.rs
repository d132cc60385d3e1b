//! How much of the account's limits is used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;
use tokio::time::Instant;

use super::ledger::LaneUse;
use super::{Lane, Micros};

/// In seconds: what waits longer than the usual patience is refused.
const WAITS: [f64; 9] = [0.01, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How a lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneBudget {
    /// Which; pages of lists are in the list lane.
    pub lane: Lane,
    /// How many calls a second; 0 means that there is no limit.
    pub limit: u32,
    /// How many left in the last second.
    pub used: usize,
    /// How many wait.
    pub queued: usize,
    /// When the next may leave; `None` means at once.
    pub next_slot: Option<Instant>,
    /// Until when nothing leaves after a 429.
    pub closed_until: Option<Instant>,
}

impl LaneBudget {
    pub(super) fn new(
        lane: Lane,
        standing: LaneUse,
        instant: impl Fn(Micros) -> Option<Instant>,
    ) -> Self {
        Self {
            lane,
            limit: standing.limit,
            used: standing.used,
            queued: standing.queued,
            next_slot: standing.opens.and_then(&instant),
            closed_until: standing.closed_until.and_then(&instant),
        }
    }
}

/// What this process did so far.
#[derive(Debug)]
pub(super) struct Tally {
    list: AtomicU64,
    realtime: AtomicU64,
    other: AtomicU64,
    refused: AtomicU64,
    silences: AtomicU64,
    waits: Waits,
}

/// How long calls of this process waited for their turns, in seconds. Clones share it.
#[derive(Debug, Clone)]
pub struct Waits {
    /// In the list lane, pages included: for each call that of its parcels which waited longest.
    pub list: Histogram,
    /// In the realtime lane.
    pub realtime: Histogram,
    /// In the lane for everything else.
    pub other: Histogram,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            list: Histogram::new(WAITS),
            realtime: Histogram::new(WAITS),
            other: Histogram::new(WAITS),
        }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            list: AtomicU64::new(0),
            realtime: AtomicU64::new(0),
            other: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            silences: AtomicU64::new(0),
            waits: Waits::default(),
        }
    }
}

/// What a process did since it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Calls that left in the list lane, pages included.
    pub list: u64,
    /// Calls in the realtime lane.
    pub realtime: u64,
    /// Calls in the lane for everything else.
    pub other: u64,
    /// How often somebody was refused a turn.
    pub refused: u64,
    /// How often the upstream answered 429.
    pub silences: u64,
}

impl Tally {
    pub(super) fn left(&self, lane: Lane) {
        let figure = match lane {
            Lane::List | Lane::Page => &self.list,
            Lane::Realtime => &self.realtime,
            Lane::Other => &self.other,
        };
        figure.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes after which time a call has got its turn.
    pub(super) fn waited(&self, lane: Lane, time: Duration) {
        let waits = match lane {
            Lane::List | Lane::Page => &self.waits.list,
            Lane::Realtime => &self.waits.realtime,
            Lane::Other => &self.waits.other,
        };
        waits.observe(time.as_secs_f64());
    }

    pub(super) fn waits(&self) -> Waits {
        self.waits.clone()
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn silence(&self) {
        self.silences.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> Counts {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        Counts {
            list: read(&self.list),
            realtime: read(&self.realtime),
            other: read(&self.other),
            refused: read(&self.refused),
            silences: read(&self.silences),
        }
    }
}
