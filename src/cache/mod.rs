//! What is known of each parcel, and since when.
//!
//! Entries stay until room is needed: whether one is still good enough is not decided here, and neither is what a
//! change means.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use moka::ops::compute::{CompResult, Op};
use moka::sync;
use tokio::time::Instant;

use crate::model::{Tracking, TrackingKey};

/// What the upstream said of one parcel, and when.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The tracking, or `None` when the account has no such tracking.
    pub tracking: Option<Arc<Tracking>>,
    /// The moment that the answer speaks of; never later than it arrived.
    pub as_of: Instant,
    /// The moment since which it ages. It is earlier than `as_of` where only a part of it was changed since.
    pub aging_since: Instant,
    /// The moment since which it ages, on the calendar.
    pub fetched_at: Timestamp,
    /// Whether anything is missing in it.
    pub completeness: Completeness,
}

/// Whether an answer holds everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Everything that the account knows of the parcel.
    Whole,
    /// Only what couriers say. It serves those who accept anything, until there is better.
    Partial,
    /// Everything, but something may have changed since. It serves those who accept anything, until there is better.
    Doubtful,
}

impl Entry {
    /// What was learned of a moment that has just passed.
    pub fn of(tracking: Option<Arc<Tracking>>, as_of: Instant) -> Self {
        let age = SignedDuration::try_from(as_of.elapsed()).unwrap_or_default();
        Self {
            tracking,
            as_of,
            aging_since: as_of,
            fetched_at: Timestamp::now().saturating_sub(age).unwrap_or_default(),
            completeness: Completeness::Whole,
        }
    }

    /// A whole answer that was overtaken by a partial one still knows what that one lacks, and one that was overtaken by a
    /// change of a part knows the rest better.
    fn completed_by(&self, later: &Self) -> Option<Self> {
        use Completeness::{Partial, Whole};
        let (Some(whole), Some(known)) = (&self.tracking, &later.tracking) else {
            return None;
        };
        let is_whole = self.completeness == Whole;
        if is_whole && later.completeness == Partial {
            return Some(Self {
                tracking: Some(Arc::new(whole.refreshed_by(known))),
                completeness: Whole,
                ..later.clone()
            });
        }
        let is_younger = self.aging_since > later.aging_since;
        (is_whole && is_younger).then(|| Self {
            tracking: Some(Arc::new(whole.with_the_shops_part_of(known))),
            as_of: later.as_of,
            completeness: later.completeness,
            ..self.clone()
        })
    }
}

/// What a newer entry did to the cache.
#[derive(Debug)]
pub struct Stored {
    /// The tracking that was known before, if any.
    pub before: Option<Arc<Tracking>>,
    /// What is known now.
    pub now: Entry,
    /// Whether the given entry became what is known; an answer that was overtaken by a later one does not.
    pub accepted: bool,
}

/// Bounded by the number of parcels; those that were used least fall first.
#[derive(Debug, Clone)]
pub struct Cache {
    entries: sync::Cache<TrackingKey, Entry>,
}

impl Cache {
    /// Room for so many parcels, in memory.
    pub fn in_memory(max_parcels: u64) -> Self {
        Self {
            entries: sync::Cache::new(max_parcels),
        }
    }

    /// What is known of a parcel, however old.
    pub fn get(&self, key: &TrackingKey) -> Option<Entry> {
        self.entries.get(key)
    }

    /// Forgets that there is no such tracking; a tracking stays.
    pub fn forget_missing(&self, key: &TrackingKey) {
        self.entries.entry_by_ref(key).and_compute_with(|known| {
            let is_missing = known.is_some_and(|known| known.value().tracking.is_none());
            if is_missing { Op::Remove } else { Op::Nop }
        });
    }

    /// Changes a part of what is known of a tracking, as of a moment. The rest does not get any younger by that.
    pub fn amend(
        &self,
        key: &TrackingKey,
        as_of: Instant,
        change: impl FnOnce(&Tracking) -> Tracking,
    ) -> Option<Stored> {
        let mut before = None;
        let done = self.entries.entry_by_ref(key).and_compute_with(|known| {
            let known = known.map(moka::Entry::into_value);
            before = known.as_ref().and_then(|known| known.tracking.clone());
            match (known, &before) {
                (Some(known), Some(tracking)) => Op::Put(Entry {
                    tracking: Some(Arc::new(change(tracking))),
                    as_of: known.as_of.max(as_of),
                    ..known
                }),
                _ => Op::Nop,
            }
        });
        match done {
            CompResult::ReplacedWith(entry) => Some(Stored {
                before,
                now: entry.into_value(),
                accepted: true,
            }),
            _ => None,
        }
    }

    /// Has a parcel asked for again, because what is known of it may be out of date.
    pub fn doubt(&self, key: &TrackingKey) {
        self.entries.entry_by_ref(key).and_compute_with(|known| {
            known.map_or(Op::Nop, |known| {
                Op::Put(Entry {
                    completeness: Completeness::Doubtful,
                    ..known.into_value()
                })
            })
        });
    }

    /// Takes in what was learned, unless something later is known already.
    pub fn put(&self, key: &TrackingKey, learned: Entry) -> Stored {
        let mut before = None;
        let given = learned.clone();
        let done = self.entries.entry_by_ref(key).and_compute_with(|known| {
            let known = known.map(moka::Entry::into_value);
            before = known.as_ref().and_then(|known| known.tracking.clone());
            let learned = match known {
                Some(known) if known.as_of > given.as_of => given.completed_by(&known),
                _ => Some(given),
            };
            learned.map_or(Op::Nop, Op::Put)
        });
        match done {
            CompResult::Inserted(entry) | CompResult::ReplacedWith(entry) => Stored {
                before,
                now: entry.into_value(),
                accepted: true,
            },
            CompResult::Unchanged(entry) | CompResult::Removed(entry) => Stored {
                before,
                now: entry.into_value(),
                accepted: false,
            },
            CompResult::StillNone(_) => Stored {
                before,
                now: learned,
                accepted: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Status;

    fn key() -> TrackingKey {
        TrackingKey::parse("dhl", "1234567890").unwrap()
    }

    fn entry(status: Status, as_of: Instant) -> Entry {
        Entry {
            tracking: Some(Arc::new(Tracking::bare(key(), status))),
            as_of,
            aging_since: as_of,
            fetched_at: Timestamp::UNIX_EPOCH,
            completeness: Completeness::Whole,
        }
    }

    #[test]
    fn a_later_answer_replaces_and_tells_what_was_known() {
        let cache = Cache::in_memory(10);
        let now = Instant::now();
        assert!(
            cache
                .put(&key(), entry(Status::Transit, now))
                .before
                .is_none()
        );
        let stored = cache.put(
            &key(),
            entry(Status::Delivered, now + Duration::from_secs(1)),
        );
        assert!(stored.accepted);
        assert_eq!(stored.before.unwrap().status, Status::Transit);
    }

    #[test]
    fn an_overtaken_answer_changes_nothing() {
        let cache = Cache::in_memory(10);
        let now = Instant::now();
        cache.put(&key(), entry(Status::Delivered, now));
        let stored = cache.put(&key(), entry(Status::Transit, now - Duration::from_secs(1)));
        assert!(!stored.accepted);
        let known = cache.get(&key()).unwrap().tracking.unwrap();
        assert_eq!(known.status, Status::Delivered);
    }

    #[test]
    fn a_change_of_a_part_makes_the_rest_no_younger() {
        let cache = Cache::in_memory(10);
        let start = Instant::now();
        let later = start + Duration::from_secs(2);
        cache.put(&key(), entry(Status::Transit, start));
        let titled = |known: &Tracking| {
            let mut known = known.clone();
            known.metadata.title = Some("red shoes".into());
            known
        };
        let amended = cache.amend(&key(), later, titled).unwrap().now;
        assert_eq!((amended.as_of, amended.aging_since), (later, start));
        assert!(!cache.put(&key(), entry(Status::Transit, start)).accepted);
        let other = TrackingKey::parse("dhl", "0000000000").unwrap();
        assert!(cache.amend(&other, later, titled).is_none());
    }

    #[test]
    fn news_that_a_change_of_a_part_overtook_is_not_lost_and_neither_is_the_change() {
        let cache = Cache::in_memory(10);
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        cache.put(&key(), entry(Status::Transit, at(0)));
        cache.amend(&key(), at(20), |known| {
            let mut known = known.clone();
            known.metadata.title = Some("red shoes".into());
            known
        });
        let stored = cache.put(&key(), entry(Status::Delivered, at(10)));
        let known = stored.now.tracking.unwrap();
        assert!(stored.accepted);
        assert_eq!(known.status, Status::Delivered);
        assert_eq!(known.metadata.title.as_deref(), Some("red shoes"));
        assert_eq!((stored.now.as_of, stored.now.aging_since), (at(20), at(10)));
    }

    #[test]
    fn what_is_doubted_stays_known_until_there_is_better() {
        let cache = Cache::in_memory(10);
        let start = Instant::now();
        cache.put(&key(), entry(Status::Transit, start));
        cache.doubt(&key());
        let known = cache.get(&key()).unwrap();
        assert!(known.tracking.is_some());
        assert_eq!(known.completeness, Completeness::Doubtful);
        cache.put(
            &key(),
            entry(Status::Delivered, start + Duration::from_secs(1)),
        );
        assert_eq!(cache.get(&key()).unwrap().completeness, Completeness::Whole);
    }

    #[test]
    fn what_is_missing_can_be_forgotten_and_what_is_there_cannot() {
        let cache = Cache::in_memory(10);
        let start = Instant::now();
        cache.put(&key(), Entry::of(None, start));
        cache.forget_missing(&key());
        assert!(cache.get(&key()).is_none());
        cache.put(&key(), entry(Status::Transit, start));
        cache.forget_missing(&key());
        assert!(cache.get(&key()).is_some());
    }

    #[test]
    fn a_whole_answer_that_a_partial_one_overtook_completes_it() {
        let cache = Cache::in_memory(10);
        let start = Instant::now();
        let partial = Entry {
            completeness: Completeness::Partial,
            ..entry(Status::Delivered, start + Duration::from_secs(1))
        };
        cache.put(&key(), partial);
        let mut whole = Tracking::bare(key(), Status::Transit);
        whole.metadata.title = Some("red shoes".into());
        let stored = cache.put(&key(), Entry::of(Some(Arc::new(whole)), start));
        let known = stored.now.tracking.unwrap();
        assert!(stored.accepted);
        assert_eq!(stored.now.completeness, Completeness::Whole);
        assert_eq!(known.status, Status::Delivered);
        assert_eq!(known.metadata.title.as_deref(), Some("red shoes"));
    }
}
