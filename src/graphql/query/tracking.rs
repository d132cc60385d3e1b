//! Asking for parcels, and for anything by its id.

use async_graphql::{Context, ID, Object};
use futures_util::future::join_all;

use crate::auth::Scope;
use crate::graphql::argument;
use crate::graphql::carrier::carrier;
use crate::graphql::connection::PageArguments;
use crate::graphql::context::{tracker, usage};
use crate::graphql::direct::Direct;
use crate::graphql::error::Failure;
use crate::graphql::freshness::{FreshnessInput, contract};
use crate::graphql::loader::load;
use crate::graphql::node::Node;
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{NodeId, TrackingRef, check_count};
use crate::graphql::scope::{all, check_no_view, check_view, for_view_tokens, requires};
use crate::graphql::tracking::Tracking;
use crate::graphql::tracking_connection::{TrackingConnection, TrackingFilter, connection};
use crate::model::Language;
use crate::tracker::{Ask, Contract};

#[derive(Default)]
pub(super) struct TrackingQuery;

#[Object]
impl TrackingQuery {
    /// One parcel. Answers come from the cache while they are fresh enough: for the parcel's status, or as `freshness` says.
    /// What is older is given at once and marked as stale while a newer one is fetched, up to ten times as long and a day at
    /// the most; what is older still, not known, or may have changed by a mutation is waited for. To be fetched, the parcel
    /// rides in the next list call, together with all others that are wanted then. Costs no quota.
    #[graphql(
        directive = requires::apply(all(&[Scope::TrackingRead])),
        directive = for_view_tokens::apply()
    )]
    async fn tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
        #[graphql(
            desc = "In which language the courier's texts are wanted, as two letters such as `en`, or `cn` for simplified Chinese. It counts only for couriers that write in several languages. Such an answer takes a call of its own and is remembered for ten minutes; leave it out for the language in which the parcel was added."
        )]
        language: Option<String>,
        #[graphql(
            desc = "How fresh the answer has to be; left out, as the parcel's status allows. It cannot be given along with `language`."
        )]
        freshness: Option<FreshnessInput>,
    ) -> Outcome<Tracking> {
        match (argument::language("language", language), freshness) {
            (Ok(None), freshness) => {
                tracking(context, &reference, contract(context, freshness)).await
            }
            (Ok(Some(language)), None) => translated(context, &reference, language).await.into(),
            (Ok(Some(_)), Some(_)) => Outcome::Failed(Failure::bad_input(
                "freshness cannot be given along with language: such answers are remembered for ten minutes",
            )),
            (Err(failure), _) => Outcome::Failed(failure),
        }
    }

    /// Many parcels, in the order in which they are named. One that cannot be given is null, beside an error with its
    /// path; the others do not suffer. Costs no quota.
    #[graphql(
        directive = requires::apply(all(&[Scope::TrackingRead])),
        directive = for_view_tokens::apply()
    )]
    async fn trackings_by_ref(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcels, 200 at most.")] refs: Vec<TrackingRef>,
        #[graphql(
            desc = "How fresh the answers have to be; left out, as each parcel's status allows."
        )]
        freshness: Option<FreshnessInput>,
    ) -> Outcome<Vec<Outcome<Tracking>>> {
        if let Err(failure) = check_count("refs", refs.len()) {
            return Outcome::Failed(failure);
        }
        let contract = contract(context, freshness);
        let trackings = refs
            .iter()
            .map(|reference| tracking(context, reference, contract));
        Outcome::Value(join_all(trackings).await)
    }

    /// The account's trackings, in the order in which TrackingMore lists them, which it does not document. TrackingMore
    /// numbers its pages and knows no cursors, so a cursor here remembers its tracking and its position: the next page
    /// goes on behind that tracking even if others were added or removed meanwhile, up to 2,000 of them; only if it is
    /// gone itself, the position counts. Who reads on sees the list as it was up to five minutes ago, and who begins at
    /// most half a minute, so that TrackingMore is asked once for up to 2,000 trackings. When TrackingMore cannot be
    /// asked, older pages are shown and their trackings marked as stale. Costs no quota.
    #[allow(clippy::too_many_arguments)]
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn trackings(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "How many from the beginning, from 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes behind the tracking with this cursor.")] after: Option<
            String,
        >,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before the tracking with this cursor.")] before: Option<
            String,
        >,
        #[graphql(
            desc = "Which trackings; all of them if left out. Give the same one along with a cursor."
        )]
        filter: Option<TrackingFilter>,
    ) -> Outcome<TrackingConnection> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        connection(context, arguments, filter.unwrap_or_default())
            .await
            .into()
    }

    /// Anything by its id. Costs no quota.
    #[graphql(
        directive = requires::apply(all(&[Scope::TrackingRead])),
        directive = for_view_tokens::apply()
    )]
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "An id that an earlier answer contained.")] id: ID,
    ) -> Outcome<Direct<Node>> {
        node(context, &id).await
    }

    /// Many things by their ids, in the order of the ids. One that cannot be given is null, beside an error with its path.
    /// Costs no quota.
    #[graphql(
        directive = requires::apply(all(&[Scope::TrackingRead])),
        directive = for_view_tokens::apply()
    )]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Ids that earlier answers contained, 200 at most.")] ids: Vec<ID>,
    ) -> Outcome<Vec<Outcome<Direct<Node>>>> {
        if let Err(failure) = check_count("ids", ids.len()) {
            return Outcome::Failed(failure);
        }
        Outcome::Value(join_all(ids.iter().map(|id| node(context, id))).await)
    }
}

async fn tracking(
    context: &Context<'_>,
    reference: &TrackingRef,
    contract: Contract,
) -> Outcome<Tracking> {
    match reference.key() {
        Ok(key) => match check_view(context, &key) {
            Ok(()) => {
                let ask = Ask { key, contract };
                load(context, ask).await.map(Tracking::from).into()
            }
            Err(refusal) => Outcome::Failed(refusal),
        },
        Err(invalid) => Outcome::Failed(invalid.into()),
    }
}

async fn translated(
    context: &Context<'_>,
    reference: &TrackingRef,
    language: Language,
) -> Result<Tracking, Failure> {
    let key = reference.key()?;
    check_no_view(context)?;
    let reading = tracker(context)
        .look_up_in(usage(context), key, language)
        .await?;
    Ok(Tracking::from(reading))
}

async fn node(context: &Context<'_>, id: &ID) -> Outcome<Direct<Node>> {
    match NodeId::parse(id) {
        Some(NodeId::Tracking(key)) => {
            if let Err(refusal) = check_view(context, &key) {
                return Outcome::Failed(refusal);
            }
            let tracking = load(context, Ask::usual(key)).await;
            tracking
                .map(|reading| Direct(Node::from(Tracking::from(reading))))
                .into()
        }
        Some(NodeId::Carrier(code)) => match check_no_view(context) {
            Ok(()) => {
                let carrier = carrier(context, code).await;
                carrier.map(|carrier| Direct(Node::from(carrier))).into()
            }
            Err(refusal) => Outcome::Failed(refusal),
        },
        None => Outcome::Failed(Failure::bad_input(
            "not an id: give one that an earlier answer contained",
        )),
    }
}
