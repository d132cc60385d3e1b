//! One observed change of a tracking, and what is observed of one.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::cursor::Cursor;
use super::summary::{Change, Summary};
use crate::model::{Completeness, Source, Tracking, TrackingKey};

/// What is known of a parcel at some moment.
#[derive(Debug, Clone)]
pub struct Known {
    /// The tracking, or `None` when the account has no such tracking.
    pub tracking: Option<Arc<Tracking>>,
    /// The moment that it is of.
    pub as_of: Instant,
    /// The moment since which it ages; earlier if only a part was changed since.
    pub aging_since: Instant,
    /// The same on the calendar.
    pub fetched_at: Timestamp,
    /// Where the newest part of it comes from.
    pub source: Source,
    /// Whether anything is missing in it.
    pub completeness: Completeness,
}

impl Known {
    /// What of it would be news.
    pub fn summary(&self) -> Option<Summary> {
        let tracking = self.tracking.as_ref()?;
        Some(Summary::of(tracking, self.completeness))
    }

    /// Whether it came into the account at a moment or later.
    pub(super) fn was_added_since(&self, moment: Option<Timestamp>) -> bool {
        let added = self.tracking.as_ref().and_then(|known| known.created_at);
        moment.is_some_and(|moment| added.is_some_and(|added| added >= moment))
    }

    /// What is known later has a later one.
    pub(super) fn moment(&self) -> (Instant, Instant) {
        (self.as_of, self.aging_since)
    }
}

/// What became of a tracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// It came into the account.
    Created,
    /// Something about it changed.
    Changed,
    /// The upstream vouches for what a pushed message had said.
    Confirmed,
    /// It is no longer in the account.
    Deleted,
}

/// One observed change of a tracking. All replicas and transports tell it alike.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the log; of one that has none yet, where the log ended.
    pub cursor: Cursor,
    /// Whether it has a place. One that has none is told once more when it has.
    pub is_logged: bool,
    /// Which tracking.
    pub key: TrackingKey,
    /// What became of it.
    pub kind: EventKind,
    /// What changed.
    pub changes: Vec<Change>,
    /// When it was noticed.
    pub at: Timestamp,
    /// What is known since.
    pub known: Known,
    /// The state that it led to; `None` if the tracking is gone.
    pub summary: Option<Arc<Summary>>,
}

impl Event {
    /// Whether the parcel stands elsewhere since.
    pub fn is_of_status(&self) -> bool {
        self.kind == EventKind::Created || self.changes.iter().any(Change::is_of_status)
    }
}
