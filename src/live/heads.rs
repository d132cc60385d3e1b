//! What this process remembers of where the log stands with each parcel.

use std::sync::Arc;
use std::time::Duration;

use ahash::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter};
use tokio::time::Instant;

use super::head::Head;
use crate::model::TrackingKey;

/// What was seen once has so much of the room, so that it is not forgotten before it is seen again.
const SEEN_ONCE: f64 = 0.5;

/// Of so many that were forgotten it is remembered that they had been seen.
const FORGOTTEN: usize = 1_000;

/// Bounded by the number of parcels; those that were seen least fall first.
#[derive(Debug)]
pub(super) struct Heads {
    kept: Cache<TrackingKey, Arc<Noted>, UnitWeighter, RandomState>,
    believed: Duration,
}

#[derive(Debug)]
struct Noted {
    head: Head,
    at: Instant,
}

impl Heads {
    /// Remembers so many, each of them for so long.
    pub(super) fn new(max_parcels: u64, believed: Duration) -> Self {
        let most = usize::try_from(max_parcels).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .weight_capacity(max_parcels)
            .estimated_items_capacity(most.min(2 * FORGOTTEN))
            .ghost_allocation(0.5)
            .hot_allocation(1.0 - SEEN_ONCE)
            .build()
            .expect("both capacities are set");
        let (hasher, forgetting) = (RandomState::new(), DefaultLifecycle::default());
        Self {
            kept: Cache::with_options(options, UnitWeighter, hasher, forgetting),
            believed,
        }
    }

    pub(super) fn get(&self, key: &TrackingKey) -> Option<Head> {
        let noted = self.kept.get(key)?;
        (noted.at.elapsed() < self.believed).then(|| noted.head.clone())
    }

    pub(super) fn insert(&self, key: TrackingKey, head: Head) {
        let at = Instant::now();
        self.kept.insert(key, Arc::new(Noted { head, at }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = 1_000;

    fn key(parcel: usize) -> TrackingKey {
        TrackingKey::parse("dhl", &format!("{parcel:010}")).unwrap()
    }

    fn head() -> Head {
        let now = Instant::now();
        Head {
            log: 0,
            revision: 1,
            moment: (now, now),
            summary: None,
            event: None,
        }
    }

    #[test]
    fn those_that_were_seen_least_fall_and_what_was_seen_just_now_stays() {
        let heads = Heads::new(MOST, Duration::MAX);
        let see = |parcel| {
            let known = heads.get(&key(parcel));
            heads.insert(key(parcel), known.unwrap_or_else(head));
        };
        let is_known = |parcel: &usize| heads.get(&key(*parcel)).is_some();
        for _ in 0..3 {
            (0..100).for_each(see);
        }
        (100..10_000).for_each(see);
        (10_000..10_100).for_each(see);
        assert_eq!((0..100).filter(is_known).count(), 100);
        assert_eq!((10_000..10_100).filter(is_known).count(), 100);
        let known = (0..10_100).filter(is_known).count();
        assert!((900..=1_100).contains(&known), "{known}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_is_believed_only_for_so_long() {
        let heads = Heads::new(MOST, Duration::from_secs(10));
        heads.insert(key(1), head());
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(heads.get(&key(1)).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(heads.get(&key(1)).is_none());
    }
}
