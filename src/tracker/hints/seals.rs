//! How much has come under each seal. A seal is worth a second of signatures, whoever uses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// About how many parcels messages under one seal are taken. The service finds a change of a parcel every few hours, so that
/// even an account of a million parcels has about a hundred in a second.
pub(super) const MAX_PARCELS: usize = 1_000;

/// How many seals are known; a day has fewer seconds.
const MAX_SEALS: u64 = 100_000;

/// How many parcels messages under each seal spoke of.
#[derive(Debug)]
pub(super) struct Seals(Cache<i64, Arc<AtomicUsize>>);

impl Seals {
    /// Each is known for so long.
    pub(super) fn new(kept: Duration) -> Self {
        let seals = Cache::builder()
            .max_capacity(MAX_SEALS)
            .time_to_live(kept)
            // The usual policy may turn away what is new.
            .eviction_policy(EvictionPolicy::lru());
        Self(seals.build())
    }

    /// Whether messages about so many parcels came under the seal that no other is taken.
    pub(super) fn is_worn(&self, signed_at: Timestamp) -> bool {
        let parcels = self.0.get(&signed_at.as_second());
        parcels.is_some_and(|parcels| parcels.load(Ordering::Relaxed) >= MAX_PARCELS)
    }

    /// A message about one more parcel came under the seal.
    pub(super) fn use_for_one(&self, signed_at: Timestamp) {
        let parcels = self.0.get_with(signed_at.as_second(), Arc::default);
        parcels.fetch_add(1, Ordering::Relaxed);
    }
}
