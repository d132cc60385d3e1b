//! News about a parcel, as subscribers get it.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, SimpleObject};
use jiff::Timestamp;

use super::context::caller;
use super::date_time::DateTime;
use super::freshness::TrackingSource;
use super::mask::shown_knowing;
use super::outcome::Outcome;
use super::reference;
use super::scope::may_see_field;
use super::tracking::Tracking;
use crate::live::{self, EventKind};
use crate::model::{self, LocalTime};
use crate::tracker::{Sight, reading_of};

/// Something that a watcher of parcels should know.
#[derive(SimpleObject)]
#[graphql(complex)]
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
    /// Which parcel it is about; null in `STARTED` and `LAGGED`.
    tracking_id: Option<ID>,
    /// How the parcel stands since; null if it is gone, in `STARTED` and `LAGGED`, and, with an error that says why, if that
    /// cannot be told at the moment.
    tracking: Option<Outcome<Tracking>>,
    /// How the news reached this account's servers; null where there is no tracking.
    source: Option<TrackingSource>,
    /// What was missed; only in `LAGGED`.
    lagged: Option<Lagged>,
    /// What is told of.
    #[graphql(skip)]
    event: Option<Arc<live::Event>>,
}

#[ComplexObject]
impl TrackingEvent {
    /// What changed, field by field; empty where nothing is compared. Changes of what the caller may not see are left out.
    async fn changes(&self, context: &Context<'_>) -> Vec<TrackingChange<'_>> {
        let Some(event) = &self.event else {
            return Vec::new();
        };
        let changes = event.changes.iter();
        let seen = changes.filter(|change| may_see_field(context, &change.field));
        seen.map(|change| TrackingChange {
            change,
            tracking: event.known.tracking.as_deref(),
        })
        .collect()
    }
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

pub(super) struct TrackingChange<'a> {
    change: &'a live::Change,
    /// Of which parcel, if it is still there.
    tracking: Option<&'a model::Tracking>,
}

/// A field of a tracking that changed.
#[Object]
impl TrackingChange<'_> {
    /// The name of the field of `Tracking`; servers of a later version may know more of them.
    async fn field(&self) -> &str {
        &self.change.field
    }

    /// What it was, as text and as the field of `Tracking` shows it; null if it had no value. Of `checkpoints` their number is
    /// told.
    async fn before(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.told(context, self.change.before.as_deref())
    }

    /// What it is now.
    async fn after(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.told(context, self.change.after.as_deref())
    }
}

impl TrackingChange<'_> {
    /// Nobody learns from a change what the tracking itself would not tell him.
    fn told<'a>(&self, context: &Context<'_>, text: Option<&'a str>) -> Option<Cow<'a, str>> {
        let text = text?;
        if !self.change.is_of_words() {
            return Some(Cow::Borrowed(text));
        }
        let is_time = self.tracking.is_some()
            && self.change.is_of_local_time()
            && LocalTime::parse(text).is_some_and(|time| time.precision().is_some());
        Some(match is_time {
            true => Cow::Borrowed(text),
            false => shown_knowing(caller(context), self.tracking, text),
        })
    }
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
            tracking_id: None,
            tracking: None,
            source: None,
            lagged: None,
            event: None,
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
                    tracking: Some(outcome.map(Tracking::from).into()),
                    ..blank(TrackingEventKind::Snapshot)
                }
            }
            Sight::Event(event) => Self {
                occurred_at: DateTime(event.at),
                tracking_id: Some(reference::id_of(&event.key)),
                tracking: reading_of(&event).map(|reading| Outcome::Value(Tracking::from(reading))),
                source: event
                    .known
                    .tracking
                    .as_ref()
                    .map(|_| event.known.source.into()),
                event: Some(event.clone()),
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
