//! The HTTP side: every route on one screen, and one file per transport.
//!
//! It knows neither the upstream nor how trackings are found; operations go through the schema's door. The tracker is asked
//! for its figures, and given what TrackingMore sends.

mod accept;
mod arrival;
mod client;
mod doorway;
mod drain;
mod guest;
mod handover;
mod line;
mod metrics;
mod operation;
mod origin;
mod playground;
mod seats;
mod socket;
mod stream;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::{HeaderName, StatusCode};
use axum::middleware;
use axum::routing::{get, post};

use crate::graphql::Door;
use crate::tracker::Tracker;

pub use drain::{Drain, Stop};
use webhook::Webhooks;

pub use playground::DataKind;

use seats::Seats;

/// The largest operation with its variables, in bytes. A list of 200 refs takes about 20 KiB.
const MAX_OPERATION: usize = 256 * 1024;

/// What every request meets.
#[derive(Clone)]
struct Entrance {
    door: Door,
    /// Which header names the client. Without one, and where it is missing, the peer's address does.
    client_header: Option<HeaderName>,
    seats: Seats,
    stop: Stop,
}

impl FromRef<Entrance> for Door {
    fn from_ref(entrance: &Entrance) -> Self {
        entrance.door.clone()
    }
}

/// All routes, for `Drain::serve`. Clients are told apart by that header, or else by the address of the peer.
pub fn router(
    door: Door,
    tracker: Arc<Tracker>,
    data: DataKind,
    client_header: Option<HeaderName>,
    stop: Stop,
) -> Router {
    let (closing, readiness) = (stop.clone(), stop.clone());
    let webhooks = Webhooks::default();
    let seats = Seats::open(stop.clone());
    Router::new()
        .route("/graphql", post(operation::post).get(socket::open))
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(async move || ready(&readiness)))
        .merge(webhook::routes(
            tracker.clone(),
            webhooks.clone(),
            stop.clone(),
        ))
        .merge(metrics::routes(tracker, webhooks, seats.clone()))
        .merge(playground::routes(data))
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                "Nothing here. GraphQL is at /graphql, the playground at /.\n",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_OPERATION))
        .layer(middleware::from_fn_with_state(closing, drain::close))
        .layer(middleware::from_fn(arrival::note))
        .layer(middleware::from_fn(handover::hand_over))
        .with_state(Entrance {
            door,
            client_header,
            seats,
            stop,
        })
}

/// Whether new requests had better come here.
fn ready(stop: &Stop) -> (StatusCode, &'static str) {
    if stop.is_told() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
