//! Which pages may ask, and how browsers are told.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use thiserror::Error;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::csrf;
use super::door::{EXTENSIONS, IDEMPOTENCY_KEY, LAST_EVENT_ID};
use crate::telemetry;

/// For how long a browser need not ask again whether a page may ask.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// What clients of GraphQL and those who measure them put on every request.
const CUSTOMARY: [HeaderName; 6] = [
    HeaderName::from_static("apollographql-client-name"),
    HeaderName::from_static("apollographql-client-version"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    telemetry::Request::HEADER,
    HeaderName::from_static("x-requested-with"),
];

/// On what every answer depends, as the library writes it as well.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("origin, accept");

/// The headers of answers that pages may read.
const EXPOSED: [HeaderName; 6] = [
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("idempotent-replayed"),
    telemetry::Request::HEADER,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
];

/// The origins whose pages may ask, besides the server's own. None at first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins(Arc<[Pattern]>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Any,
    /// One origin, in small letters.
    One(String),
    /// All hosts below one: what stands before and behind the label that is free.
    Below(String, String),
}

/// A text that names no origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no origin: write https://shop.example, https://*.shop.example or *")]
pub struct InvalidOrigin(String);

impl Origins {
    /// Whether pages of that origin may ask.
    pub(super) fn allow(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
        let origin = without_usual_port(&origin);
        self.0.iter().any(|pattern| pattern.fits(origin))
    }

    /// Tells browsers which pages may ask. Cookies and the like are never asked for: nothing here reads them.
    fn are_all(&self) -> bool {
        self.0.contains(&Pattern::Any)
    }

    pub(super) fn layer(&self) -> CorsLayer {
        let origins = self.clone();
        let allowed = match self.are_all() {
            true => AllowOrigin::any(),
            false => AllowOrigin::predicate(move |origin, _| origins.allow(origin)),
        };
        let own = [EXTENSIONS, IDEMPOTENCY_KEY, LAST_EVENT_ID];
        let own = own.map(HeaderName::from_static).into_iter();
        let asked = own.chain(csrf::PREFLIGHTED.map(HeaderName::from_static));
        let asked = asked.chain([ACCEPT, AUTHORIZATION, CONTENT_TYPE]);
        let asked = asked.chain(CUSTOMARY);
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(asked.collect::<Vec<_>>())
            .expose_headers(EXPOSED)
            .max_age(MAX_AGE)
            .vary([ORIGIN, ACCEPT])
    }
}

/// Tells pages around an answer what they may. Only browsers say where they come from, and nobody else has to know it, unless
/// all may have the same answer.
pub(super) async fn around(
    origins: &Origins,
    cors: &CorsLayer,
    request: Request,
    answer: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let is_of_page = request.headers().contains_key(ORIGIN) || origins.are_all();
    if !is_of_page && request.method() != Method::OPTIONS {
        let mut response = answer(request).await;
        response.headers_mut().append(VARY, DEPENDS_ON);
        return response;
    }
    let mut answer = Some(answer);
    let service = service_fn(move |request| {
        let answer = answer.take().expect("a request is answered once");
        async { Ok::<_, Infallible>(answer(request).await) }
    });
    let Ok(response) = cors.layer(service).oneshot(request).await;
    response
}

impl Pattern {
    fn fits(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => one == origin,
            Self::Below(before, behind) => {
                let middle = origin.strip_prefix(before.as_str());
                let middle = middle.and_then(|rest| rest.strip_suffix(behind.as_str()));
                middle.is_some_and(|middle| !middle.is_empty() && is_host(middle))
            }
        }
    }
}

impl FromStr for Pattern {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let small = text.to_ascii_lowercase();
        let origin = without_usual_port(&small);
        let invalid = || InvalidOrigin(text.to_owned());
        let (scheme, place) = origin.split_once("://").ok_or_else(invalid)?;
        if !matches!(scheme, "http" | "https") {
            return Err(invalid());
        }
        let below = place.strip_prefix("*.");
        let (host, port) = match below.unwrap_or(place).rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (below.unwrap_or(place), None),
        };
        let is_address = host.starts_with('[') && host.ends_with(']');
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if host.is_empty() || !is_port || !(is_address || is_host(host)) {
            return Err(invalid());
        }
        Ok(match below {
            Some(below) => Self::Below(format!("{scheme}://"), format!(".{below}")),
            None => Self::One(origin.to_owned()),
        })
    }
}

/// An origin in small letters as browsers write it, who leave out the port that goes without saying.
pub(super) fn without_usual_port(origin: &str) -> &str {
    let port = match origin.split_once("://") {
        Some(("http", _)) => ":80",
        Some(("https", _)) => ":443",
        _ => return origin,
    };
    origin.strip_suffix(port).unwrap_or(origin)
}

pub(super) fn is_host(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

impl FromStr for Origins {
    type Err = InvalidOrigin;

    /// Reads origins between blanks or commas.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        Ok(Self(
            words.map(Pattern::from_str).collect::<Result<_, _>>()?,
        ))
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (nth, pattern) in self.0.iter().enumerate() {
            let blank = if nth == 0 { "" } else { " " };
            match pattern {
                Pattern::Any => write!(f, "{blank}*")?,
                Pattern::One(origin) => write!(f, "{blank}{origin}")?,
                Pattern::Below(before, behind) => write!(f, "{blank}{before}*{behind}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_origins_that_are_named_may_ask() {
        let named = "https://Shop.example, https://*.shop.example http://localhost:3000";
        let origins: Origins = named.parse().unwrap();
        for (origin, may) in [
            ("https://shop.example", true),
            ("https://SHOP.example", true),
            ("https://eu.shop.example", true),
            ("https://a.b.shop.example", true),
            ("http://localhost:3000", true),
            ("http://shop.example", false),
            ("https://shop.example:8443", false),
            ("https://evilshop.example", false),
            ("https://.shop.example", false),
            ("https://evil.example/.shop.example", false),
            ("https://evil.example#.shop.example", false),
            ("https://shop.example.evil.example", false),
            ("http://localhost", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origins.allow(&origin.parse().unwrap()), may, "{origin}");
            assert!(!Origins::default().allow(&origin.parse().unwrap()));
        }
        for (named, origin) in [
            ("https://shop.example:443", "https://shop.example"),
            ("http://shop.example:80", "http://shop.example"),
            ("https://*.shop.example:443", "https://eu.shop.example"),
            ("https://shop.example", "https://shop.example:443"),
        ] {
            let origins: Origins = named.parse().unwrap();
            assert!(origins.allow(&origin.parse().unwrap()), "{named}");
            let other = origin.replacen("http", "ftp", 1);
            assert!(!origins.allow(&other.parse().unwrap()), "{named}");
        }
        let any: Origins = "*".parse().unwrap();
        assert!(any.allow(&HeaderValue::from_static("null")));
        assert_eq!(
            origins.to_string(),
            "https://shop.example https://*.shop.example http://localhost:3000"
        );
    }

    #[test]
    fn what_is_no_origin_is_told_so() {
        for text in [
            "shop.example",
            "null",
            "ftp://shop.example",
            "https://",
            "https://*",
            "https://shop.example/",
            "https://a.*.example",
            "https://shop.example:0",
            "https://shop.example:port",
        ] {
            let invalid = text.parse::<Origins>().unwrap_err().to_string();
            assert!(invalid.contains("is no origin"), "{invalid}");
        }
    }
}
