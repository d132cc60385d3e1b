//! What became of questions and calls in this process, for operators.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::metrics::histogram::Histogram;

use crate::model::Quota;

/// How many parcels list calls carry; the last is the most.
const PARCELS: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0];

/// What this process did about parcels since it was started.
#[derive(Debug, Clone)]
pub struct Service {
    /// Parcels that were asked for and good enough in memory.
    pub from_memory: u64,
    /// Those that were good enough in Redis.
    pub from_redis: u64,
    /// Those for which the upstream had to be asked.
    pub from_nowhere: u64,
    /// How many parcels list calls carried.
    pub batches: Histogram,
    /// How often somebody wanted a parcel that was wanted already, so that both were served by one call.
    pub joined: u64,
    /// Quota that was spent, by the documented prices.
    pub quota_spent: Quota,
}

/// What was counted so far. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Tally(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    from_memory: AtomicU64,
    from_redis: AtomicU64,
    from_nowhere: AtomicU64,
    batches: Histogram,
    joined: AtomicU64,
    quota_tenths: AtomicU64,
}

impl Default for Tally {
    fn default() -> Self {
        Self(Arc::new(Counts {
            from_memory: AtomicU64::new(0),
            from_redis: AtomicU64::new(0),
            from_nowhere: AtomicU64::new(0),
            batches: Histogram::new(PARCELS),
            joined: AtomicU64::new(0),
            quota_tenths: AtomicU64::new(0),
        }))
    }
}

impl Tally {
    /// Notes where parcels were found that somebody asked for.
    pub(super) fn note_found(&self, in_memory: usize, in_redis: usize, nowhere: usize) {
        for (figure, more) in [
            (&self.0.from_memory, in_memory),
            (&self.0.from_redis, in_redis),
            (&self.0.from_nowhere, nowhere),
        ] {
            if more > 0 {
                figure.fetch_add(more as u64, Ordering::Relaxed);
            }
        }
    }

    /// Notes that a list call leaves with so many parcels.
    #[allow(clippy::cast_precision_loss, reason = "they are few")]
    pub(super) fn note_batch(&self, parcels: usize) {
        self.0.batches.observe(parcels as f64);
    }

    /// Notes that somebody wants what is wanted already.
    pub(super) fn note_joined(&self) {
        self.0.joined.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_spent(&self, quota: Quota) {
        let tenths = quota.tenths();
        self.0.quota_tenths.fetch_add(tenths, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Service {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        Service {
            from_memory: read(&self.0.from_memory),
            from_redis: read(&self.0.from_redis),
            from_nowhere: read(&self.0.from_nowhere),
            batches: self.0.batches.clone(),
            joined: read(&self.0.joined),
            quota_spent: Quota::of_tenths(read(&self.0.quota_tenths)),
        }
    }
}
