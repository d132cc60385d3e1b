//! Where every answer of the upstream ends: known once, noticed once.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::TrackerError;
use super::desk::Outcome;
use crate::cache::{Cache, Completeness, Entry};
use crate::live::{Change, Hub};
use crate::model::{Tracking, TrackingKey};

/// A tracking as it was known at some moment.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The tracking.
    pub tracking: Arc<Tracking>,
    /// The moment that it is of: readings of one tracking can overtake each other on their way.
    pub as_of: Instant,
    /// The same moment on the calendar.
    pub fetched_at: Timestamp,
    /// Whether it is older than it should be, because the upstream could not be asked.
    pub stale: bool,
}

impl Reading {
    /// A tracking that the upstream told of right now and that is not remembered.
    pub(super) fn just_fetched(tracking: Tracking) -> Self {
        let tracking = Arc::new(tracking);
        Self::of(&Entry::of(None, Instant::now()), tracking)
    }

    /// The same reading in place of one that could not be had.
    pub(super) fn stale(self) -> Self {
        Self {
            stale: true,
            ..self
        }
    }

    fn of(entry: &Entry, tracking: Arc<Tracking>) -> Self {
        Self {
            tracking,
            as_of: entry.as_of,
            fetched_at: entry.fetched_at,
            stale: false,
        }
    }
}

/// The cache and the hub, filled together.
#[derive(Debug, Clone)]
pub(super) struct Records {
    pub(super) cache: Cache,
    pub(super) hub: Hub,
}

impl Records {
    /// Takes in a tracking and tells those who watch if it changed. Gives what is known then: a later answer may have been
    /// faster.
    pub(super) fn absorb(&self, tracking: Tracking, as_of: Instant) -> Reading {
        self.absorb_entry(Arc::new(tracking), as_of, Completeness::Whole)
    }

    /// The same for a tracking that lacks what only the account knows.
    pub(super) fn absorb_partial(&self, tracking: Tracking, as_of: Instant) -> Reading {
        self.absorb_entry(Arc::new(tracking), as_of, Completeness::Partial)
    }

    fn absorb_entry(
        &self,
        tracking: Arc<Tracking>,
        as_of: Instant,
        completeness: Completeness,
    ) -> Reading {
        let entry = Entry {
            completeness,
            ..Entry::of(Some(tracking.clone()), as_of)
        };
        let reading = Reading::of(&entry, tracking);
        self.take_in(&reading.tracking.key, entry)
            .unwrap_or(reading)
    }

    /// Remembers that the account has no such tracking, unless it was created meanwhile.
    pub(super) fn absorb_missing(&self, key: &TrackingKey, as_of: Instant) -> Outcome {
        self.take_in(key, Entry::of(None, as_of))
    }

    fn take_in(&self, key: &TrackingKey, entry: Entry) -> Outcome {
        let stored = self.cache.put(key, entry);
        let known = answer(key, &stored.now);
        if let Ok(reading) = &known {
            let is_news = |before: &Arc<Tracking>| reading.tracking.is_news_after(before);
            if stored.accepted && stored.before.as_ref().is_none_or(is_news) {
                self.hub.publish(Change {
                    tracking: reading.tracking.clone(),
                    as_of: reading.as_of,
                    at: reading.fetched_at,
                });
            }
        }
        known
    }
}

/// What an entry says to those who accept its age.
pub(super) fn answer(key: &TrackingKey, entry: &Entry) -> Outcome {
    match &entry.tracking {
        Some(tracking) => Ok(Reading::of(entry, tracking.clone())),
        None => Err(TrackerError::NotFound(key.clone())),
    }
}
