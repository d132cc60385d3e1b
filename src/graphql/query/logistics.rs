//! Asking about places, ways and air cargo.

use async_graphql::{Context, Object};

use crate::auth::Scope;
use crate::graphql::air_waybill::{AirWaybill, air_waybills};
use crate::graphql::area::{RemoteAreaCheck, RemoteAreaInput, remote_areas};
use crate::graphql::outcome::Outcome;
use crate::graphql::scope::{all, requires};
use crate::graphql::transit::{TransitLaneInput, TransitTime, transit_times};

#[derive(Default)]
pub(super) struct LogisticsQuery;

#[Object]
impl LogisticsQuery {
    /// Whether couriers call places remote, in the order in which the places are named. One that cannot be told is null,
    /// beside an error with its path. Answers are remembered for a day. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn remote_areas(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which places, 200 at most.")] areas: Vec<RemoteAreaInput>,
    ) -> Outcome<Vec<Outcome<RemoteAreaCheck>>> {
        remote_areas(context, &areas).await.into()
    }

    /// How long carriers take from one country to another, in the order in which the lanes are named. One of which
    /// nothing is known is null, beside an error with its path. Answers are remembered for a day. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn transit_times(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which carriers and countries, 200 at most.")] lanes: Vec<
            TransitLaneInput,
        >,
    ) -> Outcome<Vec<Outcome<TransitTime>>> {
        transit_times(context, &lanes).await.into()
    }

    /// Consignments on their way by air, in the order of the numbers. One of which nothing is known is null, beside an
    /// error with its path. Costs 20 quotas for each number that was not asked for within an hour.
    #[graphql(directive = requires::apply(all(&[Scope::QuotaSpend])))]
    async fn air_waybills(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Numbers such as `172-28891936`, 20 at most.")] numbers: Vec<String>,
        #[graphql(
            desc = "In which language texts are wanted, as two letters such as `en`, or `cn` for simplified Chinese."
        )]
        language: Option<String>,
    ) -> Outcome<Vec<Outcome<AirWaybill>>> {
        air_waybills(context, &numbers, language).await.into()
    }
}
