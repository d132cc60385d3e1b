//! The schema: thin resolvers over the tracker, and one door for every transport.
//!
//! It knows neither Redis nor the upstream's spelling of things.

mod account;
mod air_waybill;
mod anomaly;
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
mod document;
mod door;
mod duration;
mod error;
mod events;
mod feed;
mod freshness;
mod input;
mod leg;
mod loader;
mod mutation;
mod node;
mod once;
mod opaque;
mod operation;
mod outcome;
mod query;
mod reference;
mod refresh;
mod status;
mod status_change;
mod subscription;
mod tracking;
mod tracking_connection;
mod tracking_event;
mod transit;
mod user_error;
mod variable;
mod verification;
mod warning;

use std::sync::Arc;

use async_graphql::Schema;

use crate::idempotency::Outcomes;
use crate::tracker::Tracker;

use mutation::Mutation;
use query::Query;
use subscription::Subscription;

pub use crate::idempotency::Key as IdempotencyKey;
pub use door::{Answer, Door, Opened, Report};
pub use error::ErrorCode;
pub use events::{Event, Events};
pub use operation::{may_change, subscribes};

/// Opens the door to a tracker. Outcomes are kept of operations that carry an idempotency key.
pub fn door(tracker: Arc<Tracker>, outcomes: Outcomes) -> Door {
    let schema = schema().data(tracker.clone()).finish();
    Door::new(schema, tracker, outcomes)
}

/// The schema in the schema definition language, as it is committed in `schema.graphql`.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().include_specified_by();
    let sdl = schema().finish().sdl_with_options(options);
    sdl.trim_end().to_owned() + "\n"
}

fn schema() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
}
