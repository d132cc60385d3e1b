//! What can be watched.

use async_graphql::{Context, Enum, ID, SimpleObject};
use futures_util::stream::{self, Stream};
use jiff::Timestamp;

use super::context::{tracker, usage};
use super::date_time::DateTime;
use super::error::{ErrorCode, Failure};
use super::outcome::Outcome;
use super::reference::{InvalidRef, TrackingRef, check_count};
use super::refresh::RefreshedPayload;
use super::tracking::Tracking;
use crate::model::TrackingKey;
use crate::tracker::Sight;

pub(super) struct Subscription;

/// Everything that can be watched.
#[async_graphql::Subscription]
impl Subscription {
    /// Watches parcels: first a snapshot of each, then an event for every change. A snapshot may be stale like any other
    /// answer; what is new about the parcel then follows as a change. While somebody watches, the parcels are asked for again
    /// and again in list calls that have room. Costs no quota.
    async fn tracking_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcels, from 1 to 200.")] refs: Vec<TrackingRef>,
    ) -> async_graphql::Result<impl Stream<Item = TrackingEvent>> {
        let keys = parse(&refs).map_err(Failure::into_field_error)?;
        let tracker = tracker(context);
        let watch = tracker
            .watch(usage(context), keys)
            .map_err(|error| Failure::from(error).into_field_error())?;
        Ok(stream::unfold(watch, |mut watch| async {
            let sight = watch.next().await?;
            Some((TrackingEvent::new(sight), watch))
        }))
    }

    /// Waits for the end of a refresh, tells it once and completes. It may have ended before, and any server of the account
    /// may have given the ticket. Costs no quota.
    async fn refreshed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The `id` of the ticket that `refreshTracking` gave, for 15 minutes.")]
        ticket: ID,
    ) -> async_graphql::Result<impl Stream<Item = RefreshedPayload>> {
        let tracker = tracker(context).clone();
        let ticket = tracker.refresh_ticket(&ticket);
        let ticket = ticket.map_err(|invalid| {
            Failure::new(ErrorCode::NotFound, invalid.to_string()).into_field_error()
        })?;
        Ok(stream::once(async move {
            tracker.refreshed(ticket).await.into()
        }))
    }
}

/// Each parcel once, however often it is named.
fn parse(refs: &[TrackingRef]) -> Result<Vec<TrackingKey>, Failure> {
    check_count("refs", refs.len())?;
    if refs.is_empty() {
        return Err(Failure::bad_input(
            "refs is empty: name at least one parcel",
        ));
    }
    let mut keys = refs
        .iter()
        .map(TrackingRef::key)
        .collect::<Result<Vec<_>, InvalidRef>>()?;
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Something that a watcher of parcels should know.
#[derive(SimpleObject)]
pub(super) struct TrackingEvent {
    /// What kind of news it is.
    kind: TrackingEventKind,
    /// When this server learned of it.
    occurred_at: DateTime,
    /// How the parcel stands now; null, with an error that says why, if that cannot be told at the moment.
    tracking: Outcome<Tracking>,
}

/// Kinds of news about a parcel.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingEventKind {
    /// How the parcel stands when watching begins, and again after a watcher was too slow to be told every change.
    Snapshot,
    /// Something about the parcel changed.
    Changed,
}

impl TrackingEvent {
    fn new(sight: Sight) -> Self {
        let (kind, outcome, occurred_at) = match sight {
            Sight::Snapshot(outcome) => {
                let at = match &outcome {
                    Ok(reading) => reading.fetched_at,
                    Err(_) => Timestamp::now(),
                };
                (TrackingEventKind::Snapshot, outcome, at)
            }
            Sight::Change(reading, at) => (TrackingEventKind::Changed, Ok(reading), at),
        };
        Self {
            kind,
            occurred_at: DateTime(occurred_at),
            tracking: outcome.map(Tracking).into(),
        }
    }
}
