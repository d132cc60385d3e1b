//! Whether a request is one that a foreign page could have a visitor's browser send without asking first.
//!
//! Browsers ask before they send what a page of another origin could not send before there were scripts: a type of content
//! that no form has, or a header of one's own. Whoever sends such a thing either is no page or was allowed to.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};

use super::Origins;
use super::cors::without_usual_port;
use super::request::is_json;

/// Tells how the page that asks is related to this host, where browsers send it.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Headers that are there for nothing else, or that only clients of GraphQL send.
pub(super) const PREFLIGHTED: [&str; 3] = [
    "graphql-require-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
];

/// What is told to whom it is refused.
pub(super) const REFUSAL: &str = "pages of other origins could have sent this without being asked: send the header \
    GraphQL-Require-Preflight: 1, or the operation by POST with the header Content-Type: application/json";

/// Whether it was sent on purpose by somebody who may.
pub(super) fn is_deliberate(headers: &HeaderMap, origins: &Origins) -> bool {
    let was_preflighted = PREFLIGHTED.iter().any(|name| headers.contains_key(*name));
    if was_preflighted || headers.contains_key(AUTHORIZATION) || is_json(headers) {
        return true;
    }
    let site = headers.get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    match (site, headers.contains_key(ORIGIN)) {
        (Some(b"same-origin" | b"none"), _) => true,
        (_, true) => may_ask(headers, origins),
        (_, false) => false,
    }
}

/// Whether the page that asks, if it is one, was served by this host or is of an origin that is allowed.
pub(super) fn may_ask(headers: &HeaderMap, origins: &Origins) -> bool {
    let origin = headers.get(ORIGIN);
    is_same(headers) || origin.is_some_and(|origin| origins.allow(origin))
}

/// Whether the page that asks was served by this host. Clients that are no browsers send no origin.
fn is_same(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let Some(origin) = text(ORIGIN) else {
        return true;
    };
    let (Some((scheme, _)), Some(host)) = (origin.split_once("://"), text(HOST)) else {
        return false;
    };
    // Proxies may name the port that browsers leave out.
    let own = format!("{scheme}://{host}").to_ascii_lowercase();
    let origin = origin.to_ascii_lowercase();
    !host.is_empty()
        && matches!(scheme, "http" | "https")
        && without_usual_port(&origin) == without_usual_port(&own)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_page_is_of_this_host_however_that_is_written() {
        for (origin, host, is_own) in [
            ("https://example.com", "example.com", true),
            ("https://example.com", "Example.COM", true),
            ("https://example.com", "example.com:443", true),
            ("http://example.com", "example.com:80", true),
            ("http://[::1]", "[::1]:80", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://example.com", "example.com:443", false),
            ("https://example.com:8443", "example.com", false),
            ("https://example.com.evil.example", "example.com", false),
            ("null", "null", false),
            ("https://", "", false),
            ("file://", "example.com", false),
        ] {
            let headers = [(ORIGIN, origin), (HOST, host)];
            let headers = headers.map(|(name, value)| (name, value.parse().unwrap()));
            let headers = HeaderMap::from_iter(headers);
            assert_eq!(is_same(&headers), is_own, "{origin} at {host}");
        }
    }
    #[test]
    fn what_a_foreign_page_could_send_unasked_is_not_deliberate() {
        let origins: Origins = "https://shop.example".parse().unwrap();
        for (name, value, is_taken) in [
            ("accept", "*/*", false),
            ("content-type", "text/plain", false),
            ("content-type", "application/json; charset=utf-8", true),
            ("graphql-require-preflight", "1", true),
            ("apollo-require-preflight", "", true),
            ("x-apollo-operation-name", "A", true),
            ("authorization", "Bearer x", true),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
            ("origin", "https://shop.example", true),
            ("origin", "https://evil.example", false),
            ("origin", "null", false),
        ] {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(
                is_deliberate(&headers, &origins),
                is_taken,
                "{name}: {value}"
            );
        }
        assert!(!is_deliberate(&HeaderMap::new(), &origins));
    }
}
