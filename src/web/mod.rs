//! The HTTP side: every route on one screen, and one file per transport.
//!
//! It knows neither the upstream nor how trackings are found; operations go through the schema's door. The tracker is asked
//! for its figures only.

mod client;
mod metrics;
mod operation;
mod playground;
mod socket;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::{HeaderName, StatusCode};
use axum::routing::{get, post};

use crate::graphql::Door;
use crate::tracker::Tracker;

pub use playground::DataKind;

/// The largest operation with its variables, in bytes. A list of 200 refs takes about 20 KiB.
const MAX_OPERATION: usize = 256 * 1024;

/// What every request meets.
#[derive(Clone)]
struct Entrance {
    door: Door,
    /// Which header names the client. Without one, and where it is missing, the peer's address does.
    client_header: Option<HeaderName>,
}

impl FromRef<Entrance> for Door {
    fn from_ref(entrance: &Entrance) -> Self {
        entrance.door.clone()
    }
}

/// All routes. Clients are told apart by that header, or else by the address of the peer, for which the router has to be
/// served with `ConnectInfo<SocketAddr>`.
pub fn router(
    door: Door,
    tracker: Arc<Tracker>,
    data: DataKind,
    client_header: Option<HeaderName>,
) -> Router {
    Router::new()
        .route("/graphql", post(operation::execute).get(socket::upgrade))
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(async || "ready\n"))
        .merge(metrics::routes(tracker))
        .merge(playground::routes(data))
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                "Nothing here. GraphQL is at /graphql, the playground at /.\n",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_OPERATION))
        .with_state(Entrance {
            door,
            client_header,
        })
}
