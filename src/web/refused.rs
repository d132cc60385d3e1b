//! Why a request is not carried out at all, and how its sender is told.

use std::borrow::Cow;

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::accept::Json;
use super::allowance;
use super::arrival::Lacking;
use super::shares::Full;
use super::shedding::Late;
use crate::auth::Refusal;
use crate::graphql::{ErrorCode, Standing};

/// When to come back if there is no seat, or no key to judge a token by, in seconds. Others leave from time to time, and there
/// may be other replicas.
const WAIT: u32 = 10;

/// When to come back for what others are done with at once, in seconds.
const MOMENT: u32 = 1;

/// How somebody proves who he is who has not tried.
pub(super) const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");

/// The same for whom it did not work.
const NOT_THAT: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// The methods that are known at the endpoint.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");

const NOT_ACCEPTABLE: &str = "answers are application/json or application/graphql-response+json in UTF-8, and those of \
    subscriptions text/event-stream or multipart/mixed;subscriptionSpec=1.0: ask with the header Accept for one of them";

const NO_EVENTS: &str = "a subscription has many answers: ask with the header Accept: text/event-stream or Accept: \
    multipart/mixed;subscriptionSpec=1.0, or open a WebSocket with the subprotocol graphql-transport-ws";

/// Why a request is not carried out, in one sentence for its sender.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: ErrorCode,
    message: Cow<'static, str>,
    retry_after: Option<u32>,
    header: Option<(HeaderName, HeaderValue)>,
    /// How its sender stands, if he has paid for having it read.
    standing: Option<Box<Standing>>,
}

impl Refused {
    /// The request is wrong.
    pub(super) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code: ErrorCode::BadUserInput,
            message: message.into(),
            retry_after: None,
            header: None,
            standing: None,
        }
    }

    /// The request is malformed.
    pub(super) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The sender may not.
    pub(super) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message).coded(ErrorCode::Forbidden)
    }

    /// The method does not do.
    pub(super) fn method(message: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message).telling(ALLOW, METHODS)
    }

    /// The client can read nothing that is written here.
    pub(super) fn not_acceptable() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, NOT_ACCEPTABLE)
    }

    /// The client can read one answer, and there would be many.
    pub(super) fn no_events() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, NO_EVENTS)
    }

    /// There is no room for the connection.
    pub(super) fn crowded(why: Full) -> Self {
        let (status, message) = match why {
            Full::All => (
                StatusCode::SERVICE_UNAVAILABLE,
                "this server has as many connections as it can serve; come back later",
            ),
            Full::Share => (
                StatusCode::TOO_MANY_REQUESTS,
                "this address has half of the server's connections, which is the most: use fewer, or close some that rest",
            ),
        };
        Self {
            retry_after: Some(WAIT),
            ..Self::new(status, message).coded(ErrorCode::Throttled)
        }
    }

    /// There is no room for what is to be read.
    pub(super) fn no_room(why: Full) -> Self {
        let (status, message) = match why {
            Full::All => (
                StatusCode::SERVICE_UNAVAILABLE,
                "this server reads as many requests as it has memory for; come back in a moment",
            ),
            Full::Share => (
                StatusCode::TOO_MANY_REQUESTS,
                "requests of this address that are not read yet take half of the server's memory for them, which is the most: \
                 send fewer or shorter ones at once",
            ),
        };
        Self {
            retry_after: Some(MOMENT),
            ..Self::new(status, message).coded(ErrorCode::Throttled)
        }
    }

    /// The server takes on no more for now.
    pub(super) fn late() -> Self {
        let message = "this server has more to do than it can at the moment; come back in a moment";
        Self {
            retry_after: Some(MOMENT),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message).coded(ErrorCode::Throttled)
        }
    }

    /// A socket has as many operations under way as it may have.
    pub(super) fn busy(most: usize) -> Self {
        let message = format!(
            "this socket has {most} operations under way: complete some, or open another socket"
        );
        Self {
            retry_after: Some(MOMENT),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, message).coded(ErrorCode::Throttled)
        }
    }

    pub(super) fn code(&self) -> ErrorCode {
        self.code
    }

    /// The sender has paid for having it read.
    pub(super) fn standing(self, standing: Option<Standing>) -> Self {
        let standing = standing.map(Box::new);
        Self { standing, ..self }
    }

    /// The same, with that code.
    pub(super) fn coded(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    /// The same, with a header that says more.
    pub(super) fn telling(self, name: HeaderName, value: HeaderValue) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }

    /// As one error of GraphQL.
    pub(super) fn error(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "extensions": { "code": self.code.as_str() },
        });
        if let Some(seconds) = self.retry_after {
            error["extensions"]["retryAfter"] = seconds.into();
        }
        error
    }

    /// The sentence.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn respond(self, json: Json) -> Response {
        let body = json!({ "errors": [self.error()] }).to_string();
        let headers = [
            (CONTENT_TYPE, json.content_type()),
            (CACHE_CONTROL, "no-store"),
        ];
        let mut response = (self.status, headers, body).into_response();
        let wait = self.retry_after.map(|wait| (RETRY_AFTER, wait.into()));
        let headers = wait.into_iter().chain(self.header);
        let headers = headers.chain(allowance::headers(self.standing.map(|standing| *standing)));
        response.headers_mut().extend(headers);
        response
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.respond(Json::Plain)
    }
}

impl From<Late> for Refused {
    fn from(Late: Late) -> Self {
        Self::late()
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let refused = |challenge| {
            Self::new(StatusCode::UNAUTHORIZED, message.clone())
                .coded(ErrorCode::Unauthenticated)
                .telling(WWW_AUTHENTICATE, challenge)
        };
        match refusal {
            Refusal::Missing => refused(CHALLENGE),
            // Nothing is wrong with the token as far as anybody knows.
            Refusal::KeysUnavailable | Refusal::RevocationsUnknown => Self {
                retry_after: Some(WAIT),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
                    .coded(ErrorCode::Unauthenticated)
            },
            _ => refused(NOT_THAT),
        }
    }
}

impl From<Lacking> for Refused {
    fn from(lacking: Lacking) -> Self {
        match lacking {
            Lacking::NoRoom(why) => Self::no_room(why),
            Lacking::TooLarge(most) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "the body is larger than {}: send fewer or shorter operations",
                    size(most)
                ),
            ),
            Lacking::CutOff => Self::malformed("the body ended too early"),
            Lacking::TooLate => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body took too long to arrive",
            ),
        }
    }
}

fn size(bytes: usize) -> String {
    match bytes % 1024 {
        0 => format!("{} KiB", bytes / 1024),
        _ => format!("{bytes} bytes"),
    }
}

impl From<Full> for Refused {
    fn from(why: Full) -> Self {
        let (status, message) = match why {
            Full::All => (
                StatusCode::SERVICE_UNAVAILABLE,
                "this server has as many subscribers as it can serve; come back later",
            ),
            Full::Share => (
                StatusCode::TOO_MANY_REQUESTS,
                "this client, or its address, has half of the server's seats for subscribers, which is the most: end some \
                 subscriptions; if it is a proxy, have the server tell its clients apart with --client-header",
            ),
        };
        Self {
            retry_after: Some(WAIT),
            ..Self::new(status, message).coded(ErrorCode::Throttled)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_finds_no_seat_is_told_when_to_come_back() {
        for (why, status) in [
            (Full::All, StatusCode::SERVICE_UNAVAILABLE),
            (Full::Share, StatusCode::TOO_MANY_REQUESTS),
        ] {
            let refused = Refused::from(why);
            assert_eq!(refused.error()["extensions"]["retryAfter"], 10);
            let response = refused.into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[RETRY_AFTER], "10");
        }
    }

    #[test]
    fn whoever_is_not_let_in_is_told_how_to_prove_himself() {
        for (refusal, status, challenge) in [
            (Refusal::Missing, 401, Some("Bearer")),
            (
                Refusal::Expired,
                401,
                Some("Bearer error=\"invalid_token\""),
            ),
            (Refusal::KeysUnavailable, 503, None),
        ] {
            let response = Refused::from(refusal).respond(Json::GraphqlResponse);
            assert_eq!(response.status(), status);
            let told = response.headers().get(WWW_AUTHENTICATE);
            assert_eq!(told.and_then(|told| told.to_str().ok()), challenge);
        }
    }
}
