//! Where every answer of the upstream ends: known once, noticed once.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::TrackerError;
use crate::cache::{Cache, Entry};
use crate::live::{Change, Hub};
use crate::model::{Tracking, TrackingKey};

/// A tracking as it was known at some moment.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The tracking.
    pub tracking: Arc<Tracking>,
    /// When the upstream said so.
    pub fetched_at: Timestamp,
    /// Whether it is older than it should be, because the upstream could not be asked.
    pub stale: bool,
}

impl Reading {
    /// A tracking that the upstream told of right now.
    pub(super) fn just_fetched(tracking: Tracking) -> Self {
        Self {
            tracking: Arc::new(tracking),
            fetched_at: Timestamp::now(),
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
    /// Takes in a tracking and tells those who watch if it changed.
    pub(super) fn absorb(&self, tracking: Tracking, as_of: Instant) -> Reading {
        let key = tracking.key.clone();
        let tracking = Arc::new(tracking);
        let stored = self.cache.put(&key, entry(Some(tracking.clone()), as_of));
        if stored.accepted
            && stored
                .before
                .as_ref()
                .is_none_or(|before| tracking.is_news_after(before))
        {
            self.hub.publish(Change {
                before: stored.before,
                after: tracking.clone(),
                at: stored.now.fetched_at,
            });
        }
        reading(&stored.now).unwrap_or(Reading {
            tracking,
            fetched_at: stored.now.fetched_at,
            stale: false,
        })
    }

    /// Remembers that the account has no such tracking.
    pub(super) fn absorb_missing(&self, key: &TrackingKey, as_of: Instant) {
        self.cache.put(key, entry(None, as_of));
    }
}

/// What an entry says to those who accept its age.
pub(super) fn answer(key: &TrackingKey, entry: &Entry) -> Result<Reading, TrackerError> {
    reading(entry).ok_or_else(|| TrackerError::NotFound(key.clone()))
}

fn reading(entry: &Entry) -> Option<Reading> {
    entry.tracking.clone().map(|tracking| Reading {
        tracking,
        fetched_at: entry.fetched_at,
        stale: false,
    })
}

fn entry(tracking: Option<Arc<Tracking>>, as_of: Instant) -> Entry {
    Entry {
        tracking,
        as_of,
        fetched_at: Timestamp::now(),
    }
}
