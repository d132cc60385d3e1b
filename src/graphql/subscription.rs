//! What can be watched.

use async_graphql::{Context, ID};
use futures_util::stream::{self, Stream};

use super::context::{feed, tracker};
use super::error::{ErrorCode, Failure};
use super::feed::tell;
use super::reference::{InvalidRef, TrackingRef, check_count};
use super::refresh::RefreshedPayload;
use super::scope::{all, check_view, for_view_tokens, requires};
use super::status_change::StatusChangeFilter;
use super::tracking_event::TrackingEvent;
use crate::auth::Scope;
use crate::live::Subject;
use crate::model::TrackingKey;

pub(super) struct Subscription;

/// Everything that can be watched.
#[async_graphql::Subscription]
impl Subscription {
    /// Watches parcels: without `after` first a snapshot of each, then an event for every change, each once and in order. A
    /// snapshot may be stale like any other answer; what is new about the parcel then follows as a change. While somebody
    /// watches, the parcels are asked for again and again in list calls that have room. Costs no quota.
    #[graphql(
        directive = requires::apply(all(&[Scope::TrackingRead])),
        directive = for_view_tokens::apply()
    )]
    async fn tracking_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcels, from 1 to 200.")] refs: Vec<TrackingRef>,
        #[graphql(
            desc = "The `cursor` of the last event that was received, to be told all that came later instead of snapshots. If it \
                    is too old for that, `LAGGED` and snapshots come first."
        )]
        after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = TrackingEvent>> {
        let keys = parse(&refs).map_err(Failure::into_field_error)?;
        for key in &keys {
            check_view(context, key).map_err(Failure::into_field_error)?;
        }
        tell(context, Subject::Parcels(keys), after).map_err(Failure::into_field_error)
    }

    /// Watches the whole account: an event for every parcel whose status changes or that is added, each once and in order.
    /// Without `after`, `STARTED` comes first, with a cursor to go on from. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn status_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which changes; all of them if it is left out.")] filter: Option<
            StatusChangeFilter,
        >,
        #[graphql(
            desc = "The `cursor` of the last event that was received, to be told all that came later. If it is too old for \
                    that, `LAGGED` comes first."
        )]
        after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = TrackingEvent>> {
        let filter = filter.unwrap_or_default();
        let filter = filter.parse(context).map_err(Failure::into_field_error)?;
        tell(context, Subject::Statuses(filter), after).map_err(Failure::into_field_error)
    }

    /// Waits for the end of a refresh, tells it once and completes. It may have ended before, and any server of the account
    /// may have given the ticket. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
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
        feed(context).open();
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
