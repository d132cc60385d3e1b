//! What one operation costs the upstream.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::TrackerError;
use super::ingredients::{Basis, Ingredients};
use crate::model::{ClientId, Quota};
use crate::telemetry::{self, Mark};

/// How much a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Load {
    /// One question or change; it is not made for more.
    One,
    /// Any number of keys or rows.
    Many,
}

/// A call that left. No two are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Departure {
    number: u64,
    /// How much it carries.
    pub(super) load: Load,
    /// When it left.
    pub(super) at: Instant,
    /// The span in which it left.
    mark: Mark,
}

impl Departure {
    /// A call that leaves now.
    pub(super) fn now(load: Load) -> Self {
        static DEPARTURES: AtomicU64 = AtomicU64::new(0);
        Self {
            number: DEPARTURES.fetch_add(1, Ordering::Relaxed),
            load,
            at: Instant::now(),
            mark: Mark::here(),
        }
    }
}

/// Adds up what is done for one operation, by whomever. A call that several operations wait for counts for each of them;
/// quota counts for the one that spent it.
#[derive(Debug, Default)]
pub struct Usage {
    client: ClientId,
    /// When nobody waits for its answer any more.
    ends: Option<Instant>,
    departures: Mutex<HashSet<Departure>>,
    realtime_calls: AtomicU64,
    keys_batched: AtomicU64,
    cache_hits: AtomicU64,
    waited_us: AtomicU64,
    quota_tenths: AtomicU64,
    /// What its questions may still cost by the documented prices, whether they were answered or not.
    reserved_tenths: AtomicU64,
    /// Work was set going that goes on by itself.
    is_committed: AtomicBool,
    /// What its answer is made of.
    ingredients: Ingredients,
}

/// What one operation may spend on questions, so that a slip does not cost the whole account: 20 air waybills.
const MAX_SPENDING: Quota = Quota::whole(400);

/// What an operation has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UsageReport {
    /// Calls that the operation waited for, of every kind.
    pub calls: u64,
    /// Realtime calls among them; what they cost is not documented, so they are not in `quota_spent`.
    pub realtime_calls: u64,
    /// How many keys or rows of the operation rode in calls for many.
    pub keys_batched: u64,
    /// How many answers were there already.
    pub cache_hits: u64,
    /// How long that of its parts waited for a slot of the upstream's that waited longest.
    pub waited: Duration,
    /// What it spent by the documented prices.
    pub quota_spent: Quota,
}

impl Usage {
    /// What an operation of this client costs.
    pub fn of(client: ClientId) -> Self {
        Self {
            client,
            ..Self::default()
        }
    }

    /// The same for one that waits for everything together no longer than this, and not for each thing that long.
    pub fn within(self, patience: Duration) -> Self {
        Self {
            ends: Some(Instant::now() + patience),
            ..self
        }
    }

    /// The same for one whose answer may be given again.
    pub fn noting_ingredients(self) -> Self {
        Self {
            ingredients: Ingredients::wanted(),
            ..self
        }
    }

    /// What its answer was made of; `None` if that will not last, or if nobody wanted to know.
    pub fn basis(&self) -> Option<Basis> {
        self.ingredients.basis()
    }

    pub(super) fn ingredients(&self) -> &Ingredients {
        &self.ingredients
    }

    /// How long it still waits for something, where nobody waits longer than `most`.
    pub(super) fn patience(&self, most: Duration) -> Duration {
        let left = |ends: Instant| ends.saturating_duration_since(Instant::now());
        self.ends.map_or(most, |ends| left(ends).min(most))
    }

    /// For whom it is done.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// A call that somebody waited for who asked at `asked`; what left earlier was not waited for.
    pub(super) fn add_call(&self, asked: Instant, departure: Departure) {
        self.departures().insert(departure);
        telemetry::link(departure.mark);
        let waited = departure.at.saturating_duration_since(asked).as_micros();
        let waited = u64::try_from(waited).unwrap_or(u64::MAX);
        self.waited_us.fetch_max(waited, Ordering::Relaxed);
    }

    fn departures(&self) -> MutexGuard<'_, HashSet<Departure>> {
        self.departures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_realtime_call(&self) {
        add(&self.realtime_calls, 1);
    }

    pub(super) fn add_keys(&self, keys: usize) {
        add(&self.keys_batched, keys as u64);
    }

    /// Notes that this many answers were at hand.
    pub fn add_hits(&self, hits: usize) {
        add(&self.cache_hits, hits as u64);
    }

    pub(super) fn add_quota(&self, quota: Quota) {
        add(&self.quota_tenths, quota.tenths());
    }

    /// Sets so much aside for questions, or refuses because an operation may not spend that much.
    pub(super) fn reserve(&self, quota: Quota) -> Result<(), TrackerError> {
        let reserve = |reserved: u64| {
            let reserved = reserved.saturating_add(quota.tenths());
            (reserved <= MAX_SPENDING.tenths()).then_some(reserved)
        };
        let reserved = &self.reserved_tenths;
        let done = reserved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve);
        done.map(drop)
            .map_err(|_| TrackerError::TooCostly { most: MAX_SPENDING })
    }

    /// Work was set going, or joined, that spends something whether this operation waits for it or not.
    pub(super) fn commit(&self) {
        self.is_committed.store(true, Ordering::Relaxed);
    }

    /// Whether something was spent or will be, so that to do the operation again is to do it twice.
    pub fn is_committed(&self) -> bool {
        let report = self.report();
        let is_spent = report.calls > 0 || report.quota_spent > Quota::ZERO;
        is_spent || self.is_committed.load(Ordering::Relaxed)
    }

    /// What was added up so far.
    pub fn report(&self) -> UsageReport {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        UsageReport {
            calls: self.departures().len() as u64,
            realtime_calls: read(&self.realtime_calls),
            keys_batched: read(&self.keys_batched),
            cache_hits: read(&self.cache_hits),
            waited: Duration::from_micros(read(&self.waited_us)),
            quota_spent: Quota::of_tenths(read(&self.quota_tenths)),
        }
    }
}

fn add(figure: &AtomicU64, more: u64) {
    figure.fetch_add(more, Ordering::Relaxed);
}
