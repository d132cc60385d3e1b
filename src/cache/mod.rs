//! What is known of each parcel, and since when.
//!
//! Entries stay until room is needed: whether one is still good enough is not decided here, and neither is what a
//! change means.

#[cfg(test)]
mod tests;

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
        use Completeness::{Doubtful, Partial, Whole};
        let whole = self.tracking.as_ref()?;
        let Some(known) = &later.tracking else {
            // It was there before something may have become of it.
            return (later.completeness == Doubtful).then(|| Self {
                as_of: later.as_of,
                completeness: Doubtful,
                ..self.clone()
            });
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

    /// Has a parcel asked for again, because something may have become of it at a moment: what is known of it from before,
    /// and what is still on its way, is out of date.
    pub fn doubt(&self, key: &TrackingKey, as_of: Instant) {
        self.entries.entry_by_ref(key).and_compute_with(|known| {
            let known = known.map(moka::Entry::into_value);
            let known = known.unwrap_or_else(|| Entry::of(None, as_of));
            Op::Put(Entry {
                as_of: known.as_of.max(as_of),
                completeness: Completeness::Doubtful,
                ..known
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
