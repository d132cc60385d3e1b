//! The part of a supergraph that this service is: Apollo Federation 2.
//!
//! A gateway names parcels by their keys and asks for all of an operation at once. The library has fields for this of its own, but
//! they give nothing at all if one parcel is wrong, and print another schema than ours.

mod entity;
mod subgraph;

use std::sync::LazyLock;

use async_graphql::{Context, Object, SimpleObject};
use futures_util::future::join_all;

use super::direct::Direct;
use super::outcome::Outcome;
use super::reference::check_count;
use super::scope::{all, for_view_tokens, requires};
use crate::auth::Scope;

use entity::{Any, Entity, entity};

pub(super) use subgraph::sdl;

/// What a gateway asks.
#[derive(Default)]
pub(super) struct FederationQuery;

/// What this service is in a supergraph.
#[derive(SimpleObject)]
#[graphql(name = "_Service")]
struct Service<'a> {
    /// Its schema with the keys of its entities, in the schema definition language.
    sdl: &'a str,
}

#[Object]
impl FederationQuery {
    /// What this service is in a supergraph, for a gateway of Apollo Federation 2. Asks TrackingMore nothing and costs no quota.
    #[graphql(name = "_service")]
    async fn service(&self) -> Service<'static> {
        static SDL: LazyLock<String> = LazyLock::new(sdl);
        Service { sdl: &SDL }
    }

    /// Parcels that a gateway names by their keys, in its order. One that cannot be given is null, beside an error with its
    /// path; the others do not suffer. Costs no quota.
    #[graphql(
        name = "_entities",
        directive = requires::apply(all(&[Scope::TrackingRead])),
        directive = for_view_tokens::apply()
    )]
    async fn entities(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The keys, 200 at most, each with `__typename`, and `id` or `carrierCode` and `trackingNumber`."
        )]
        representations: Vec<Any>,
    ) -> Outcome<Vec<Outcome<Direct<Entity>>>> {
        if let Err(failure) = check_count("representations", representations.len()) {
            return Outcome::Failed(failure);
        }
        let entities = representations.iter().map(|any| entity(context, any));
        Outcome::Value(join_all(entities).await)
    }
}
