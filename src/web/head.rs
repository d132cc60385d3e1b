//! What the head of a request may hold, and what the head of every response holds.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::refused::Refused;

/// The longest address, in bytes. Heads of over 64 KiB do not come here: they are not read to their end.
const MAX_ADDRESS: usize = 16 * 1024;

/// How long all headers may be together, in bytes. The library takes at most a hundred of them.
const MAX_HEADERS: usize = 32 * 1024;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What browsers are told with everything: to take it for what it says that it is, to tell other pages nothing of it, to let
/// no foreign page embed it, and to do nothing that it says, unless it is our own page, which says what it does. Pages that
/// may ask by script are told by other headers.
const EVERYWHERE: [(HeaderName, HeaderValue); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
];

/// Refuses heads that are too large.
pub(super) fn check(request: &Request) -> Result<(), Refused> {
    let address = request.uri().path_and_query();
    let length = address.map_or(0, |address| address.as_str().len());
    let (status, message) = if length > MAX_ADDRESS {
        let message = "the address is longer than 16 KiB: send the operation by POST";
        (StatusCode::URI_TOO_LONG, message)
    } else if size(request.headers()) > MAX_HEADERS {
        let message = "the headers are longer than 32 KiB: send fewer or shorter ones";
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message)
    } else {
        return Ok(());
    };
    Err(Refused::new(status, message))
}

/// Adds to responses what all of them have.
pub(super) fn mark(response: &mut Response) {
    for (name, value) in EVERYWHERE {
        response.headers_mut().entry(name).or_insert(value);
    }
}

fn size(headers: &HeaderMap) -> usize {
    let sizes = headers.iter();
    sizes
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

/// Has nobody keep an answer: the next one may differ, and is not for everybody.
pub(super) async fn forget(mut response: Response) -> Response {
    let cache = response.headers_mut().entry(CACHE_CONTROL);
    cache.or_insert(HeaderValue::from_static("no-store"));
    response
}
