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
mod door;
mod doorway;
mod drain;
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

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};

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

use accept::Accepted;
use hold::Hold;
use refused::Refused;
use room::Room;
use seats::Seats;
use webhook::Webhooks;

/// What every request meets.
#[derive(Clone)]
struct Entrance {
    door: Door,
    gate: Gate,
    settings: Arc<Settings>,
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
    let (closing, readiness) = (stop.clone(), stop.clone());
    let webhooks = Webhooks::default();
    let seats = Seats::open(settings.max_sockets, stop.clone());
    // What is wrong with a head is told like all else: also to pages that may ask, and for nobody to keep.
    let endpoint = post(operation::post)
        .get(socket::open)
        .fallback(async |headers: HeaderMap| {
            let refused = Refused::method("send operations by POST, or queries by GET");
            refused.respond(Accepted::of(&headers).json)
        })
        .layer::<_, Infallible>(from_fn(threshold::let_in))
        .layer::<_, Infallible>(from_fn(head::check))
        .layer(settings.origins.layer())
        .layer(from_fn(head::forget));
    let page = match settings.has_playground {
        true => playground::routes(data),
        false => Router::new(),
    };
    let figures = metrics::routes(
        tracker.clone(),
        webhooks.clone(),
        seats.clone(),
        door.clone(),
        gate.clone(),
    );
    let hold = Hold::new(settings.body_memory);
    let time = settings.request_timeout;
    let messages = webhook::routes(tracker, webhooks, hold.clone(), time, stop.clone());
    // Messages are signed, and whether all is well is no secret.
    let for_all = Router::new()
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(async move || ready(&readiness)))
        .merge(messages.layer(from_fn(threshold::let_in)))
        .layer(from_fn(head::check));
    let nothing = async || {
        (
            StatusCode::NOT_FOUND,
            "Nothing here. GraphQL is at /graphql.\n",
        )
    };
    Router::new()
        .merge(figures)
        .merge(page)
        .layer(from_fn(threshold::let_in))
        .layer(from_fn(head::check))
        .route("/graphql", endpoint)
        .layer(from_fn_with_state(settings.hosts.clone(), hosts::check))
        .merge(for_all)
        .fallback_service(any(nothing).layer(from_fn(threshold::let_in)))
        .layer(from_fn(threshold::see_off))
        .layer(from_fn(head::mark))
        .layer(from_fn_with_state(closing, drain::close))
        .layer(from_fn(arrival::note))
        .layer(from_fn(handover::hand_over))
        .with_state(Entrance {
            door,
            gate,
            settings: Arc::new(settings),
            client_header,
            lobby: Room::new(seats.count()),
            seats,
            hold,
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
