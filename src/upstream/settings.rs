//! What a client is built from.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use thiserror::Error;
use tower::util::MapFutureLayer;

use super::exchange::root_cause;
use super::{ApiKey, OnConnecting};

/// The documented address of version 2.
pub const DOCUMENTED_BASE_URL: &str = "https://api.trackingmore.com/v2";

/// The documented header of version 2; versions 3 and 4 use another one.
const KEY_HEADER: &str = "Trackingmore-Api-Key";

/// Shorter than what servers commonly keep, so that a call seldom meets a connection that is just being closed.
const IDLE_CONNECTION_LIFETIME: Duration = Duration::from_secs(30);

/// Where the service is, who is asking and how long to wait.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address up to and including the version, such as [`DOCUMENTED_BASE_URL`].
    pub base_url: Url,
    /// The account's key.
    pub api_key: ApiKey,
    /// How long a connection may take to open, TLS included.
    pub connect_timeout: Duration,
    /// How long a call may take in all, from opening a connection to the last byte.
    pub call_timeout: Duration,
    /// The same for realtime calls, which wait for the courier; SDKs allow 60 to 90 s.
    pub realtime_timeout: Duration,
    /// Who is told of new connections.
    pub on_connecting: OnConnecting,
}

/// Settings with which no client can work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// The address is not usable. It is not repeated, because it may hold a password.
    #[error(
        "the upstream address must be http or https with a host and without user, password, query or fragment, such as {DOCUMENTED_BASE_URL}"
    )]
    BaseUrl,
    /// The HTTP client could not be set up.
    #[error(
        "no client for the upstream can be made: {0}; if that is about certificates, install the package ca-certificates, or name a bundle of them with SSL_CERT_FILE"
    )]
    Transport(String),
}

impl Settings {
    pub(super) fn http_client(&self) -> Result<reqwest::Client, BuildError> {
        if !is_plain_http(&self.base_url) {
            return Err(BuildError::BaseUrl);
        }
        let on_connecting = self.on_connecting.clone();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("parcelgraph/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers())
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_CONNECTION_LIFETIME)
            .connector_layer(MapFutureLayer::new(move |opening| {
                on_connecting.clone().telling(opening)
            }))
            // A redirect would carry the key to another host.
            .redirect(Policy::none())
            // Every request is counted against a limit, so none may be repeated behind the caller's back.
            .retry(reqwest::retry::never());
        if is_loopback(&self.base_url) {
            // Proxies of the environment are obeyed, but they cannot reach this machine's own loopback.
            builder = builder.no_proxy();
        }
        builder
            .build()
            .map_err(|error| BuildError::Transport(root_cause(&error)))
    }

    fn headers(&self) -> HeaderMap {
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::new();
        headers.insert(KEY_HEADER, self.api_key.header());
        headers.insert(ACCEPT, json.clone());
        // The documentation asks for it on every request, also on those without a body.
        headers.insert(CONTENT_TYPE, json);
        headers
    }
}

/// Reads an address of the service, such as [`DOCUMENTED_BASE_URL`]. Plain `http` is taken, for a sandbox on the same network.
pub fn parse_base_url(text: &str) -> Result<Url, BuildError> {
    let url = Url::parse(text).ok();
    url.filter(is_plain_http).ok_or(BuildError::BaseUrl)
}

fn is_plain_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// Whether it is on this machine, where proxies are not asked.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let named = host == "localhost" || host.ends_with(".localhost");
    named
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_a_plain_http_address_makes_a_client() {
        assert!(is_plain_http(&url(DOCUMENTED_BASE_URL)));
        assert!(is_plain_http(&url("http://127.0.0.1:8081/v2/")));
        for bad in [
            "ftp://host/v2",
            "data:text/plain,x",
            "https://me:secret@host/v2",
            "https://host/v2?key=secret",
            "https://host/v2#top",
        ] {
            assert!(!is_plain_http(&url(bad)), "{bad}");
        }
    }

    #[test]
    fn loopback_is_recognised_by_name_and_by_number() {
        for near in ["localhost", "sandbox.localhost", "127.0.0.2", "[::1]"] {
            assert!(is_loopback(&url(&format!("http://{near}:1/v2"))), "{near}");
        }
        for far in ["api.trackingmore.com", "10.0.0.1", "[2001:db8::1]"] {
            assert!(!is_loopback(&url(&format!("http://{far}/v2"))), "{far}");
        }
    }
}
