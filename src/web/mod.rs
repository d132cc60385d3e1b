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
mod reloads;
mod request;
mod room;
mod rules;
mod seats;
mod settings;
mod shares;
mod shedding;
mod socket;
mod stream;
mod tag;
mod threshold;
mod traffic;
mod webhook;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};

use crate::auth::Gate;
use crate::current::Current;
use crate::graphql::Door;
use crate::tracker::Tracker;

pub use cors::{InvalidOrigin, Origins};
pub use drain::{Drain, Stop};
pub use hosts::{Hosts, InvalidHost};
pub use playground::DataKind;
pub use reloads::Reloads;
pub(crate) use request::read_anything;
pub use rules::Rules;
pub use seats::{Capacity, capacity};
pub use settings::Settings;
pub(crate) use socket::read_frames;
pub use webhook::NOT_TAKEN;

use hold::Hold;
use room::Room;
use seats::Seats;
use shedding::Shedding;

/// What every request meets.
struct Entrance {
    door: Door,
    gate: Gate,
    rules: Current<Rules>,
    seats: Seats,
    /// Where sockets wait that have not begun.
    lobby: Room,
    /// Where requests are kept until they are read.
    hold: Hold,
    shedding: Shedding,
    stop: Stop,
}

/// All routes, for `Drain::serve`.
pub fn router(
    door: Door,
    gate: Gate,
    tracker: Arc<Tracker>,
    data: DataKind,
    (rules, reloads): (Current<Rules>, Reloads),
    stop: Stop,
) -> Router {
    let settings = rules.get().settings.clone();
    let (readiness, keys, calls) = (stop.clone(), gate.clone(), tracker.clone());
    let webhooks = webhook::none_yet();
    let seats = Seats::open(settings.max_sockets, stop.clone());
    let entrance = Arc::new(Entrance {
        door: door.clone(),
        gate: gate.clone(),
        lobby: Room::new(seats.count()),
        seats: seats.clone(),
        hold: Hold::new(settings.body_memory),
        shedding: Shedding::start(),
        stop: stop.clone(),
        rules: rules.clone(),
    });
    let page = match settings.has_playground {
        true => playground::routes(data),
        false => Router::new(),
    };
    let figures = metrics::routes(metrics::Sources {
        tracker: tracker.clone(),
        webhooks: webhooks.clone(),
        seats,
        door,
        gate,
        reloads,
        traffic: stop.traffic().clone(),
        shedding: entrance.shedding.clone(),
    });
    let hold = entrance.hold.clone();
    let messages = webhook::routes(tracker, webhooks, hold, rules.clone(), stop.clone());
    let nothing = async || {
        (
            StatusCode::NOT_FOUND,
            "Nothing here. GraphQL is at /graphql.\n",
        )
    };
    let of_these = from_fn_with_state(Some(rules), reception::let_in);
    let of_any = || from_fn_with_state(None, reception::let_in);
    Router::new()
        .merge(figures)
        .merge(page)
        .layer(of_these)
        .route(
            "/graphql",
            any(move |request| endpoint::ask(entrance, request)),
        )
        // Messages are signed, and whether all is well is no secret.
        .merge(messages.layer(of_any()))
        .route("/health/live", get(async || "live\n"))
        .route(
            "/health/ready",
            get(async move || ready(&readiness, &keys, &calls)),
        )
        .fallback_service(any(nothing).layer(of_any()))
        .layer(from_fn_with_state(stop, reception::receive))
}

/// Whether new requests had better come here. They had not where nobody can be given an answer: where what is known may be
/// stale, they had.
fn ready(stop: &Stop, gate: &Gate, tracker: &Tracker) -> (StatusCode, &'static str) {
    let why = if stop.is_told() {
        "stopping\n"
    } else if gate.waits_for_keys() {
        "there are no keys of the issuer yet\n"
    } else if tracker.is_apart() {
        "Redis was not reached yet\n"
    } else {
        return (StatusCode::OK, "ready\n");
    };
    (StatusCode::SERVICE_UNAVAILABLE, why)
}
