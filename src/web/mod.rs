//! The HTTP side: every route on one screen, and one file per transport.
//!
//! It knows neither the upstream nor how trackings are found; operations go through the schema's door. The tracker is asked
//! for its figures, and given what TrackingMore sends.

mod accept;
mod address;
mod admission;
mod allowance;
mod answer;
mod arrival;
mod batch;
mod body;
mod client;
mod coding;
mod cors;
mod csrf;
mod deadline;
mod door;
mod doorway;
mod drain;
mod endpoint;
mod guest;
mod handover;
mod head;
mod hold;
mod hosts;
mod line;
mod metrics;
mod operation;
mod playground;
mod range;
mod reader;
mod reception;
mod refused;
mod request;
mod room;
mod seats;
mod settings;
mod shares;
mod socket;
mod stream;
mod tag;
mod threshold;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use tower_http::cors::CorsLayer;

use crate::auth::Gate;
use crate::graphql::Door;
use crate::tracker::Tracker;

pub use cors::{InvalidOrigin, Origins};
pub use drain::{Drain, Stop};
pub use hosts::{Hosts, InvalidHost};
pub use playground::DataKind;
pub(crate) use request::read_anything;
pub use settings::Settings;
pub(crate) use socket::read_frames;

use hold::Hold;
use room::Room;
use seats::Seats;
use webhook::Webhooks;

/// What every request meets.
struct Entrance {
    door: Door,
    gate: Gate,
    settings: Settings,
    /// What pages are told.
    cors: CorsLayer,
    /// Which header names the client. Without one, and where it is missing, the peer's address does.
    client_header: Option<HeaderName>,
    seats: Seats,
    /// Where sockets wait that have not begun.
    lobby: Room,
    /// Where requests are kept until they are read.
    hold: Hold,
    stop: Stop,
}

/// All routes, for `Drain::serve`. Clients are told apart by that header, or else by the address of the peer.
pub fn router(
    door: Door,
    gate: Gate,
    tracker: Arc<Tracker>,
    data: DataKind,
    settings: Settings,
    client_header: Option<HeaderName>,
    stop: Stop,
) -> Router {
    let readiness = stop.clone();
    let webhooks = Webhooks::default();
    let seats = Seats::open(settings.max_sockets, stop.clone());
    let entrance = Arc::new(Entrance {
        cors: settings.origins.layer(),
        door: door.clone(),
        gate: gate.clone(),
        client_header,
        lobby: Room::new(seats.count()),
        seats: seats.clone(),
        hold: Hold::new(settings.body_memory),
        stop: stop.clone(),
        settings,
    });
    let settings = entrance.settings.clone();
    let page = match settings.has_playground {
        true => playground::routes(data),
        false => Router::new(),
    };
    let figures = metrics::routes(tracker.clone(), webhooks.clone(), seats, door, gate);
    let (time, hold) = (settings.request_timeout, entrance.hold.clone());
    let messages = webhook::routes(tracker, webhooks, hold, time, stop.clone());
    let nothing = async || {
        (
            StatusCode::NOT_FOUND,
            "Nothing here. GraphQL is at /graphql.\n",
        )
    };
    let let_in = |hosts| from_fn_with_state(hosts, reception::let_in);
    Router::new()
        .merge(figures)
        .merge(page)
        .layer(let_in(settings.hosts))
        .route(
            "/graphql",
            any(move |request| endpoint::ask(entrance, request)),
        )
        // Messages are signed, and whether all is well is no secret.
        .merge(messages.layer(let_in(Hosts::Any)))
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(async move || ready(&readiness)))
        .fallback_service(any(nothing).layer(let_in(Hosts::Any)))
        .layer(from_fn_with_state(stop, reception::receive))
}

/// Whether new requests had better come here.
fn ready(stop: &Stop) -> (StatusCode, &'static str) {
    if stop.is_told() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}
