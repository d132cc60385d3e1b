//! The HTTP side: every route on one screen, and one file per transport.
//!
//! It knows neither the upstream nor how trackings are found; operations go through the schema's door.

mod operation;
mod playground;
mod socket;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};

use crate::graphql::Door;

pub use playground::DataKind;

/// The largest operation with its variables, in bytes. A list of 200 refs takes about 20 KiB.
const MAX_OPERATION: usize = 256 * 1024;

/// All routes.
pub fn router(door: Door, data: DataKind) -> Router {
    Router::new()
        .route("/graphql", post(operation::execute).get(socket::upgrade))
        .route("/health/live", get(async || "live\n"))
        .route("/health/ready", get(async || "ready\n"))
        .merge(playground::routes(data))
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                "Nothing here. GraphQL is at /graphql, the playground at /.\n",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_OPERATION))
        .with_state(door)
}
