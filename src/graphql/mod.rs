//! The schema: thin resolvers over the tracker, and one door for every transport.
//!
//! It knows neither Redis nor the upstream's spelling of things.

mod account;
mod air_waybill;
mod anomaly;
mod answer;
mod area;
mod argument;
mod audience;
mod budget;
mod carrier;
mod carrier_connection;
mod checkpoint;
mod connection;
mod context;
mod country;
mod date_time;
mod direct;
mod document;
mod door;
mod duration;
mod error;
mod events;
mod federation;
mod feed;
mod finished;
mod freshness;
mod house;
mod input;
mod judge;
mod leg;
mod loader;
mod mask;
mod mutation;
mod node;
mod once;
mod opaque;
mod operation;
mod outcome;
mod persisted;
mod query;
mod rate_limit;
mod reference;
mod refresh;
mod report;
mod request;
mod scope;
mod status;
mod status_change;
mod subscription;
mod tally;
mod trace;
mod tracking;
mod tracking_connection;
mod tracking_event;
mod transit;
mod under_way;
mod user_error;
mod verification;
mod warning;
mod written;

use std::sync::Arc;

use async_graphql::registry::Registry;
use async_graphql::{OutputType, Schema, SchemaBuilder, SubscriptionType, ValidationMode};

use crate::auth::ViewTokens;
use crate::idempotency::Outcomes;
use crate::tracker::Tracker;

use document::Documents;
use house::House;
use mutation::Mutation;
use query::Query;
use scope::Guarded;
use subscription::Subscription;

pub use crate::allowance::{Rate, Standing};
pub use crate::idempotency::Key as IdempotencyKey;
pub use answer::Answer;
pub use audience::AudienceFigures;
pub use document::Limits;
pub use door::{Door, Opened};
pub use error::ErrorCode;
pub use events::{Event, Events};
pub use finished::{FinishedFigures, Page};
#[doc(hidden)]
pub use judge::Judge;
pub use operation::{Kind, Operation};
pub use persisted::{Persisted, Trusted, Untrustworthy};
pub use rate_limit::Rates;
pub use report::{Extension, Report, UnknownExtension};
pub use request::{Malformed, Request, Sent};
pub use tally::{Counted, OperationFigures};
pub use written::Written;

/// Opens the door to a tracker. Outcomes are kept of operations that carry an idempotency key.
pub fn door(
    tracker: Arc<Tracker>,
    outcomes: Outcomes,
    view_tokens: ViewTokens,
    limits: Limits,
) -> Door {
    let schema = schema().data(tracker.clone()).data(view_tokens).finish();
    let documents = Documents::open(&sdl(), limits);
    Door::new(House::new(schema, tracker, outcomes, documents))
}

/// The schema in the schema definition language, as it is committed in `schema.graphql`.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().include_specified_by();
    let sdl = schema().finish().sdl_with_options(options);
    sdl.trim_end().to_owned() + "\n"
}

/// The schema as a supergraph of Apollo Federation 2 is composed of it.
pub fn subgraph_sdl() -> String {
    federation::sdl()
}

fn schema() -> SchemaBuilder<Guarded<Query>, Guarded<Mutation>, Guarded<Subscription>> {
    let roots = (
        Guarded(Query::default()),
        Guarded(Mutation::default()),
        Guarded(Subscription),
    );
    Schema::build(roots.0, roots.1, roots.2)
        // Documents are judged before they come here.
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(usize::MAX)
}

/// What the schema says of its types. The library has one of its own, which it does not show.
fn registry() -> Registry {
    let mut registry = Registry::default();
    <Guarded<Query> as OutputType>::create_type_info(&mut registry);
    <Guarded<Mutation> as OutputType>::create_type_info(&mut registry);
    <Guarded<Subscription> as SubscriptionType>::create_type_info(&mut registry);
    registry
}
