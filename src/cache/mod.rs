//! What is known of each parcel, and since when: in memory, and by all replicas of the account if they share a Redis.
//!
//! Entries stay until room is needed: whether one is still good enough is not decided here, and neither is what a
//! change means.

mod news;
mod outbox;
mod room;
mod shared;
mod shelf;
#[cfg(test)]
mod tests;
mod validity;
mod vault;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::model::{Completeness, Source, Tracking, TrackingKey};
use crate::redis_link::Link;

use news::ParcelNews;
use shared::Shared;
use shelf::{Shelf, Teller};

pub use validity::{Epoch, Found, Validity};

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
    /// Where the newest part of it comes from.
    pub source: Source,
    /// Whether anything is missing in it.
    pub completeness: Completeness,
}

impl Entry {
    /// What was learned of a moment that has just passed.
    pub fn of(tracking: Option<Arc<Tracking>>, as_of: Instant, source: Source) -> Self {
        let age = SignedDuration::try_from(as_of.elapsed()).unwrap_or_default();
        Self {
            tracking,
            as_of,
            aging_since: as_of,
            fetched_at: Timestamp::now().saturating_sub(age).unwrap_or_default(),
            source,
            completeness: Completeness::Whole,
        }
    }

    /// What is known when this comes after that was known, if it is anything new. What is later counts, but it may be about
    /// a part only, and then the rest of the other may be younger.
    fn after(&self, known: &Self) -> Option<Self> {
        if known.as_of > self.as_of {
            self.completed_by(known)
        } else {
            Some(known.under_the_change_in(self).unwrap_or(self.clone()))
        }
    }

    /// Whether a reader of both would learn the same, whenever that was.
    fn says_the_same_as(&self, other: &Self) -> bool {
        self.completeness == other.completeness && self.tracking == other.tracking
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
        if self.completeness == Whole && later.completeness == Partial {
            return Some(Self {
                tracking: Some(Arc::new(whole.refreshed_by(known))),
                completeness: Whole,
                ..later.clone()
            });
        }
        self.under_the_change_in(later)
    }

    /// A whole answer with the change that was made to what was known before it.
    fn under_the_change_in(&self, later: &Self) -> Option<Self> {
        let (whole, changed) = (self.tracking.as_ref()?, later.tracking.as_ref()?);
        let is_younger = self.aging_since > later.aging_since;
        (self.completeness == Completeness::Whole && is_younger).then(|| Self {
            tracking: Some(Arc::new(whole.with_the_shops_part_of(changed))),
            as_of: later.as_of,
            completeness: match later.completeness {
                // What only a message says is not in the shop's part.
                Completeness::Hinted => Completeness::Whole,
                completeness => completeness,
            },
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
    /// Whether all of it is of a later moment than what was known before, and not only a part of it.
    pub is_younger: bool,
}

/// Bounded by the number of parcels; those that were used least fall first.
#[derive(Debug, Clone)]
pub struct Cache {
    shelf: Shelf,
    fleet: Fleet,
}

/// Who knows what is known here.
#[derive(Debug, Clone)]
enum Fleet {
    /// This process only.
    Alone,
    /// All replicas of the account.
    Shared(Arc<Shared>),
}

impl Cache {
    /// Room for so many parcels, in memory.
    pub fn in_memory(max_parcels: u64) -> Self {
        Self {
            shelf: Shelf::new(max_parcels),
            fleet: Fleet::Alone,
        }
    }

    /// The same in front of a Redis, through which all replicas learn what one of them learns.
    pub fn shared(max_parcels: u64, link: Link) -> Self {
        let shelf = Shelf::new(max_parcels);
        Self {
            fleet: Fleet::Shared(Arc::new(Shared::start(link, shelf.clone()))),
            shelf,
        }
    }

    /// Of how many parcels something is known here.
    pub fn parcels(&self) -> u64 {
        self.shelf.parcels()
    }

    /// About how many bytes that takes.
    pub fn bytes(&self) -> u64 {
        self.shelf.bytes()
    }

    /// What is known of a parcel here, however old.
    pub fn get(&self, key: &TrackingKey) -> Option<Entry> {
        self.shelf.get(key)
    }

    /// The same, for whoever wants to know later whether it is still so.
    pub fn find(&self, key: &TrackingKey) -> Option<Found> {
        // First: what is read in an epoch that is over by then counts for that one.
        let epoch = self.epoch();
        let (entry, validity, in_step) = self.shelf.find(key)?;
        let is_ours = epoch.0.is_none() || epoch.0 == in_step;
        Some(Found {
            entry,
            validity,
            epoch: is_ours.then_some(epoch),
        })
    }

    /// The present epoch. What was read in another one may be behind.
    pub fn epoch(&self) -> Epoch {
        Epoch(match &self.fleet {
            Fleet::Alone => None,
            Fleet::Shared(shared) => shared.session(),
        })
    }

    /// Brings in what the other replicas know of parcels that are not known here or not good, or that may have changed
    /// while Redis was away. Asks nobody where all is good for whatever it is wanted for, and waits 150 ms at the most. Gives
    /// how many parcels became good by that.
    pub async fn fetch<W: AsRef<TrackingKey>>(
        &self,
        wanted: &[W],
        is_good: impl Fn(&W, &Entry) -> bool,
    ) -> usize {
        match &self.fleet {
            Fleet::Alone => 0,
            Fleet::Shared(shared) => shared.fetch(wanted, is_good).await,
        }
    }

    /// Changes a part of what is known of a tracking, as of a moment. The rest does not get any younger by that.
    pub fn amend(
        &self,
        key: &TrackingKey,
        as_of: Instant,
        change: impl FnOnce(&Tracking) -> Tracking,
    ) -> Option<Stored> {
        let learned = |now: &Entry| self.tell(key, || ParcelNews::Learned(now.clone()));
        self.shelf.amend(key, as_of, change, learned)
    }

    /// Has a parcel asked for again, because something may have become of it at a moment: what is known of it from before,
    /// and what is still on its way, is out of date.
    pub fn doubt(&self, key: &TrackingKey, as_of: Instant) {
        let doubted = |now: &Entry| self.tell(key, || ParcelNews::Doubted(now.as_of));
        self.shelf.doubt(key, as_of, Teller::Here, doubted);
    }

    /// Takes in what was learned, unless something later is known already.
    pub fn put(&self, key: &TrackingKey, learned: Entry) -> Stored {
        let learn = |now: &Entry| self.tell(key, || ParcelNews::Learned(now.clone()));
        self.shelf.put(key, learned, Teller::Here, learn)
    }

    /// Takes in what all replicas learn of, unless something later is known already.
    pub fn learn(&self, key: &TrackingKey, learned: Entry) {
        self.shelf.put(key, learned, Teller::Fleet(None), |_| ());
    }

    /// Tells the other replicas that the account's lists and figures are out of date.
    pub fn tell_outdated(&self) {
        if let Fleet::Shared(shared) = &self.fleet {
            shared.tell_outdated();
        }
    }

    /// Ready when every replica knows what was noted here before. While Redis is away, and after 150 ms, nobody waits; the
    /// others learn of it when it is back.
    pub async fn settled(&self) {
        if let Fleet::Shared(shared) = &self.fleet {
            shared.settled().await;
        }
    }

    /// Registers who hears what came from other replicas. It must be quick.
    pub fn on_news(&self, heard: impl Fn(&TrackingKey, &Stored) + Send + Sync + 'static) {
        if let Fleet::Shared(shared) = &self.fleet {
            shared.on_news(Box::new(heard));
        }
    }

    /// Registers who hears that lists and figures are out of date, or may be because Redis was away.
    pub fn on_outdated(&self, heard: impl Fn() + Send + Sync + 'static) {
        if let Fleet::Shared(shared) = &self.fleet {
            shared.on_outdated(Box::new(heard));
        }
    }

    fn tell(&self, key: &TrackingKey, news: impl FnOnce() -> ParcelNews) {
        if let Fleet::Shared(shared) = &self.fleet {
            shared.tell(key, news());
        }
    }
}
