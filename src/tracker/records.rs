//! Where every answer of the upstream ends: known once, noticed once.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{StaleReason, TrackerError, freshness};
use crate::cache::{Cache, Entry};
use crate::live::{Known, Live};
use crate::model::{Completeness, Source, Tracking, TrackingKey};

/// A tracking, or why there is none.
pub(super) type Outcome = Result<Reading, TrackerError>;

/// A tracking as it was known at some moment.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The tracking.
    pub tracking: Arc<Tracking>,
    /// The moment that it is of: readings of one tracking can overtake each other on their way.
    pub as_of: Instant,
    /// The same moment on the calendar.
    pub fetched_at: Timestamp,
    /// Where the newest part of it comes from.
    pub source: Source,
    /// Whether anything is missing in it.
    pub completeness: Completeness,
    /// From when on the next question asks the upstream again; `None` if the answer is not remembered.
    pub next_refresh_at: Option<Timestamp>,
    /// Why it is older than it should be, if it is.
    pub stale: Option<StaleReason>,
}

impl Reading {
    /// A tracking that the upstream told of right now and that is not remembered.
    pub(super) fn just_fetched(tracking: Tracking, source: Source) -> Self {
        let tracking = Arc::new(tracking);
        Self {
            next_refresh_at: None,
            ..Self::of(&Entry::of(None, Instant::now(), source), tracking)
        }
    }

    /// Whether only a message says so, and the upstream was not asked yet.
    pub fn is_hint(&self) -> bool {
        self.completeness == Completeness::Hinted
    }

    /// The same reading in place of one that could not be had.
    pub(super) fn stale(self, reason: StaleReason) -> Self {
        Self {
            stale: Some(reason),
            ..self
        }
    }

    pub(super) fn of(entry: &Entry, tracking: Arc<Tracking>) -> Self {
        Self {
            as_of: entry.as_of,
            fetched_at: entry.fetched_at,
            source: entry.source,
            completeness: entry.completeness,
            next_refresh_at: Some(freshness::due(&tracking.key, entry)),
            stale: None,
            tracking,
        }
    }
}

/// The cache and the log of events, filled together.
#[derive(Debug, Clone)]
pub(super) struct Records {
    pub(super) cache: Cache,
    pub(super) live: Live,
}

impl Records {
    /// Takes in a tracking; if it changed, those who watch are told. Gives what is known then: a later answer may have been
    /// faster.
    pub(super) fn absorb(&self, tracking: Tracking, as_of: Instant, source: Source) -> Reading {
        let known = self
            .cache
            .get(&tracking.key)
            .and_then(|entry| entry.tracking);
        let tracking = match known {
            Some(known) if known.has_more_than(&tracking) => tracking.with_what_lists_lack(&known),
            _ => tracking,
        };
        let tracking = Arc::new(tracking.packed());
        self.absorb_entry(Entry::of(Some(tracking.clone()), as_of, source), tracking)
    }

    /// The same for a tracking that lacks what only the account knows.
    pub(super) fn absorb_partial(
        &self,
        tracking: Tracking,
        as_of: Instant,
        source: Source,
    ) -> Reading {
        let tracking = Arc::new(tracking.packed());
        let entry = Entry {
            completeness: Completeness::Partial,
            ..Entry::of(Some(tracking.clone()), as_of, source)
        };
        self.absorb_entry(entry, tracking)
    }

    /// Takes in a tracking as a message tells of it, and tells those who watch.
    pub(super) fn absorb_hint(&self, tracking: Tracking, as_of: Instant) {
        let tracking = Arc::new(tracking.packed());
        let entry = Entry {
            completeness: Completeness::Hinted,
            ..Entry::of(Some(tracking.clone()), as_of, Source::Webhook)
        };
        self.absorb_entry(entry, tracking);
    }

    fn absorb_entry(&self, entry: Entry, tracking: Arc<Tracking>) -> Reading {
        let reading = Reading::of(&entry, tracking);
        self.take_in(&reading.tracking.key, entry)
            .unwrap_or(reading)
    }

    /// Remembers that the account has no such tracking, unless it was created meanwhile.
    pub(super) fn absorb_missing(&self, key: &TrackingKey, as_of: Instant) -> Outcome {
        self.take_in(key, Entry::of(None, as_of, Source::List))
    }

    /// Notes a change of a part of what is known, as of a moment; the rest is as old as it was. `None` if the tracking is
    /// not known.
    pub(super) fn amend(
        &self,
        key: &TrackingKey,
        as_of: Instant,
        change: impl FnOnce(&Tracking) -> Tracking,
    ) -> Option<Reading> {
        let stored = self.cache.amend(key, as_of, change)?;
        self.observe(key, &stored.now);
        answer(key, &stored.now).ok()
    }

    /// What was fetched after a change. If the call that tells of it had left before, the change is noted here.
    pub(super) fn with_change(
        &self,
        fetched: Reading,
        changed: Instant,
        change: impl FnOnce(&Tracking) -> Tracking,
    ) -> Reading {
        if fetched.as_of >= changed {
            return fetched;
        }
        let amended = self.amend(&fetched.tracking.key, changed, change);
        amended.unwrap_or(fetched)
    }

    /// Ready when every replica knows what was noted of these parcels, and it is in the log. Nobody waits for a Redis that is
    /// away.
    pub(super) async fn settled(&self, keys: &[TrackingKey]) {
        tokio::join!(self.cache.settled(), self.live.settled(keys));
    }

    fn take_in(&self, key: &TrackingKey, entry: Entry) -> Outcome {
        let stored = self.cache.put(key, entry);
        // Also what is no news here: whoever learned it first may not have come to tell it.
        self.observe(key, &stored.now);
        answer(key, &stored.now)
    }

    /// Has the log compare what is known of a parcel here.
    pub(super) fn observe_known(&self, key: &TrackingKey) {
        if let Some(entry) = self.cache.get(key) {
            self.observe(key, &entry);
        }
    }

    fn observe(&self, key: &TrackingKey, entry: &Entry) {
        // That something may have become of a parcel that is not known says nothing.
        if entry.tracking.is_some() || entry.completeness == Completeness::Whole {
            self.live.observe(key, known(entry));
        }
    }

    /// What is known of a parcel by now in place of what was found of it.
    pub(super) fn newest(&self, found: Reading) -> Reading {
        let entry = self.cache.get(&found.tracking.key);
        let later = entry.filter(|entry| entry.as_of > found.as_of);
        later
            .and_then(|entry| Some(Reading::of(&entry, entry.tracking.clone()?)))
            .unwrap_or(found)
    }
}

/// An entry in the words of the log.
fn known(entry: &Entry) -> Known {
    Known {
        tracking: entry.tracking.clone(),
        as_of: entry.as_of,
        aging_since: entry.aging_since,
        fetched_at: entry.fetched_at,
        source: entry.source,
        completeness: entry.completeness,
    }
}

/// What the log says, in the words of the cache.
pub(super) fn entry(known: &Known) -> Entry {
    Entry {
        tracking: known.tracking.clone(),
        as_of: known.as_of,
        aging_since: known.aging_since,
        fetched_at: known.fetched_at,
        source: known.source,
        completeness: known.completeness,
    }
}

/// What an entry says to those who accept its age.
pub(super) fn answer(key: &TrackingKey, entry: &Entry) -> Outcome {
    match &entry.tracking {
        Some(tracking) => Ok(Reading::of(entry, tracking.clone())),
        None => Err(TrackerError::NotFound(key.clone())),
    }
}
