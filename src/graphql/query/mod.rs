//! What can be asked for.

mod account;
mod carrier;
mod logistics;
mod tracking;

use async_graphql::MergedObject;

use super::federation::FederationQuery;

/// Everything that can be read.
#[derive(MergedObject, Default)]
pub(super) struct Query(
    tracking::TrackingQuery,
    carrier::CarrierQuery,
    logistics::LogisticsQuery,
    account::AccountQuery,
    FederationQuery,
);
