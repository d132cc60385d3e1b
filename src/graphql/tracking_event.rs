//! News about a parcel, as subscribers get it.

use std::sync::Arc;

use async_graphql::{Enum, ID, SimpleObject};
use jiff::Timestamp;

use super::date_time::DateTime;
use super::freshness::TrackingSource;
use super::outcome::Outcome;
use super::reference;
use super::tracking::Tracking;
use crate::live::{self, EventKind};
use crate::tracker::{Sight, reading_of};

/// Something that a watcher of parcels should know.
#[derive(SimpleObject)]
pub(super) struct TrackingEvent {
    /// Where to go on: a subscription with this as `after` tells all that came later, on any server of the account and over any
    /// transport. Null where going on would miss something: in all but the last of several snapshots, if one of them failed,
    /// and in `LAGGED` where snapshots follow. Null also while the servers' common memory is away: such an event is told once
    /// more to whoever comes back.
    cursor: Option<String>,
    /// What kind of news it is.
    kind: TrackingEventKind,
    /// When it was noticed; for a snapshot, when TrackingMore said so.
    occurred_at: DateTime,
    /// What changed, field by field; empty where nothing is compared.
    changes: Vec<TrackingChange>,
    /// Which parcel it is about; null in `STARTED` and `LAGGED`.
    tracking_id: Option<ID>,
    /// How the parcel stands since; null if it is gone, in `STARTED` and `LAGGED`, and, with an error that says why, if that
    /// cannot be told at the moment.
    tracking: Option<Outcome<Tracking>>,
    /// How the news reached this account's servers; null where there is no tracking.
    source: Option<TrackingSource>,
    /// What was missed; only in `LAGGED`.
    lagged: Option<Lagged>,
}

/// Kinds of news about a parcel.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingEventKind {
    /// How a parcel stands when watching begins, and again after `LAGGED`.
    Snapshot,
    /// It came into the account.
    Created,
    /// Something about it changed.
    Changed,
    /// TrackingMore vouches for what a pushed message had said; nothing else changed.
    Confirmed,
    /// It is no longer in the account.
    Deleted,
    /// Some events were missed and are not kept any more, because the watcher was away or too slow for too long, or because
    /// more changed in the account at once than can be listed. Snapshots follow where single parcels are watched; after
    /// `statusChanged`, read the list again.
    Lagged,
    /// `statusChanged` tells what changes from here on.
    Started,
}

/// A field of a tracking that changed.
#[derive(SimpleObject)]
pub(super) struct TrackingChange {
    /// The name of the field of `Tracking`; servers of a later version may know more of them.
    field: String,
    /// What it was, as text; null if it had no value. Of `checkpoints` their number is told.
    before: Option<String>,
    /// What it is now.
    after: Option<String>,
}

/// That events were missed.
#[derive(SimpleObject)]
pub(super) struct Lagged {
    /// The time of the last event that was not missed; null if none was told before.
    missed_since: Option<DateTime>,
    /// The cursor from which on nothing is missed.
    resume_from: String,
}

impl TrackingEvent {
    pub(super) fn of(sight: Sight, cursor: Option<Arc<str>>, resume_from: &str) -> Self {
        let cursor = cursor.map(|cursor| cursor.to_string());
        let blank = |kind| Self {
            cursor: cursor.clone(),
            kind,
            occurred_at: DateTime(Timestamp::now()),
            changes: Vec::new(),
            tracking_id: None,
            tracking: None,
            source: None,
            lagged: None,
        };
        match sight {
            Sight::Started => blank(TrackingEventKind::Started),
            Sight::Lagged(missed_since) => Self {
                lagged: Some(Lagged {
                    missed_since: missed_since.map(DateTime),
                    resume_from: resume_from.to_owned(),
                }),
                ..blank(TrackingEventKind::Lagged)
            },
            Sight::Snapshot(key, outcome) => {
                let reading = outcome.as_ref().ok();
                let now = Timestamp::now();
                Self {
                    occurred_at: DateTime(reading.map_or(now, |reading| reading.fetched_at)),
                    source: reading.map(|reading| reading.source.into()),
                    tracking_id: Some(reference::id_of(&key)),
                    tracking: Some(outcome.map(Tracking).into()),
                    ..blank(TrackingEventKind::Snapshot)
                }
            }
            Sight::Event(event) => Self {
                occurred_at: DateTime(event.at),
                changes: event.changes.iter().map(TrackingChange::from).collect(),
                tracking_id: Some(reference::id_of(&event.key)),
                tracking: reading_of(&event).map(|reading| Outcome::Value(Tracking(reading))),
                source: event
                    .known
                    .tracking
                    .as_ref()
                    .map(|_| event.known.source.into()),
                ..blank(event.kind.into())
            },
        }
    }
}

impl From<EventKind> for TrackingEventKind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Created => Self::Created,
            EventKind::Changed => Self::Changed,
            EventKind::Confirmed => Self::Confirmed,
            EventKind::Deleted => Self::Deleted,
        }
    }
}

impl From<&live::Change> for TrackingChange {
    fn from(change: &live::Change) -> Self {
        Self {
            field: change.field.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
        }
    }
}
