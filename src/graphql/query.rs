//! What can be asked for.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use futures_util::future::join_all;

use super::connection::{
    DEFAULT_FIRST, TrackingConnection, TrackingFilter, parse_after, parse_first,
};
use super::error::Failure;
use super::loader::load;
use super::node::Node;
use super::outcome::Outcome;
use super::reference::{InvalidRef, TrackingRef, check_count, key_of};
use super::tracking::Tracking;
use crate::model::TrackingKey;
use crate::tracker::Tracker;

pub(super) struct Query;

/// Everything that can be read.
#[Object]
impl Query {
    /// One parcel. Answers come from the cache while they are fresh enough for the parcel's status; otherwise the parcel
    /// rides in the next list call, together with all others that are wanted then. Costs no quota.
    async fn tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
    ) -> Outcome<Tracking> {
        tracking(context, reference.key()).await
    }

    /// Many parcels, in the order in which they are named. One that cannot be given is null, beside an error with its
    /// path; the others do not suffer. Costs no quota.
    async fn trackings_by_ref(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcels, 200 at most.")] refs: Vec<TrackingRef>,
    ) -> Outcome<Vec<Outcome<Tracking>>> {
        if let Err(failure) = check_count("refs", refs.len()) {
            return Outcome::Failed(failure);
        }
        let trackings = refs
            .iter()
            .map(|reference| tracking(context, reference.key()));
        Outcome::Value(join_all(trackings).await)
    }

    /// The account's trackings, in the order in which TrackingMore lists them, which it does not document. TrackingMore
    /// numbers its pages and knows no cursors: a tracking that is added meanwhile can shift the others by one. Pages are
    /// shown again for up to 30 seconds, and for longer, marked as stale, when TrackingMore cannot be asked. Costs no quota.
    async fn trackings(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "How many, from 1 to 100.",
            default_with = "Some(DEFAULT_FIRST)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Go on behind the tracking with this cursor.")] after: Option<String>,
        #[graphql(desc = "Which trackings; all of them if left out.")] filter: Option<
            TrackingFilter,
        >,
    ) -> Outcome<TrackingConnection> {
        connection(context, first, after, filter.unwrap_or_default())
            .await
            .into()
    }

    /// Anything by its id. Costs no quota.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "An id that an earlier answer contained.")] id: ID,
    ) -> Outcome<Node> {
        node(context, &id).await
    }

    /// Many things by their ids, in the order of the ids. One that cannot be given is null, beside an error with its path.
    /// Costs no quota.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Ids that earlier answers contained, 200 at most.")] ids: Vec<ID>,
    ) -> Outcome<Vec<Outcome<Node>>> {
        if let Err(failure) = check_count("ids", ids.len()) {
            return Outcome::Failed(failure);
        }
        Outcome::Value(join_all(ids.iter().map(|id| node(context, id))).await)
    }
}

async fn tracking(
    context: &Context<'_>,
    key: Result<TrackingKey, InvalidRef>,
) -> Outcome<Tracking> {
    match key {
        Ok(key) => load(context, key).await.map(Tracking).into(),
        Err(invalid) => Outcome::Failed(invalid.into()),
    }
}

async fn node(context: &Context<'_>, id: &ID) -> Outcome<Node> {
    match tracking(context, key_of(id)).await {
        Outcome::Value(tracking) => Outcome::Value(tracking.into()),
        Outcome::Failed(failure) => Outcome::Failed(failure),
    }
}

async fn connection(
    context: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
    filter: TrackingFilter,
) -> Result<TrackingConnection, Failure> {
    let count = parse_first(first)?;
    let offset = parse_after(after.as_deref())?;
    let filter = filter.parse()?;
    let tracker = context.data_unchecked::<Arc<Tracker>>();
    let listing = tracker.list(&filter, offset, count).await?;
    Ok(TrackingConnection::new(listing, offset))
}
