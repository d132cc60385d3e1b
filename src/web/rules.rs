//! What the HTTP side goes by, which may be changed while requests come.

use axum::http::HeaderName;
use tower_http::cors::CorsLayer;

use super::Settings;

/// The settings, and what is made of them once.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) settings: Settings,
    /// What pages are told.
    pub(super) cors: CorsLayer,
    /// Which header names the client. Without one, and where it is missing, the peer's address does.
    pub(super) client_header: Option<HeaderName>,
}

impl Rules {
    /// Clients are told apart by that header, or else by the address of the peer.
    pub fn new(settings: Settings, client_header: Option<HeaderName>) -> Self {
        Self {
            cors: settings.origins.layer(),
            settings,
            client_header,
        }
    }
}
