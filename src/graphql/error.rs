//! Every code that a client can meet in `extensions.code`, and what leads to it.

use std::time::Duration;

use async_graphql::{Error, Pos, Response, ServerError, Value};

use crate::model::whole_seconds;
use crate::tracker::{Fault, TrackerError};

/// The closed list of error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is wrong; the message says how to put it right.
    BadUserInput,
    /// The server's key for TrackingMore is not accepted; an operator has to mend it.
    Unauthenticated,
    /// TrackingMore does not allow this to the account, or this server does not allow it to the caller.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// Too much was asked for; `retryAfter` says in how many seconds to come back.
    Throttled,
    /// The account's quota is used up.
    QuotaExhausted,
    /// One operation asks for more than an operation may.
    QueryTooComplex,
    /// No text is known under that name: send the text along with it.
    PersistedQueryNotFound,
    /// This server does not keep texts under names: send the text without one.
    PersistedQueryNotSupported,
    /// TrackingMore cannot be reached or is out of order.
    UpstreamUnavailable,
    /// TrackingMore answered something that cannot be read.
    UpstreamInvalid,
    /// The answer did not come in time.
    Timeout,
    /// A fault of this server.
    Internal,
}

impl ErrorCode {
    /// All there are.
    pub(super) const ALL: [Self; 14] = [
        Self::BadUserInput,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Throttled,
        Self::QuotaExhausted,
        Self::QueryTooComplex,
        Self::PersistedQueryNotFound,
        Self::PersistedQueryNotSupported,
        Self::UpstreamUnavailable,
        Self::UpstreamInvalid,
        Self::Timeout,
        Self::Internal,
    ];

    /// The code of the first of these errors, if it has one.
    pub(super) fn first_of(errors: &[ServerError]) -> Option<Self> {
        let extensions = errors.first()?.extensions.as_ref()?;
        let Some(Value::String(code)) = extensions.get("code") else {
            return None;
        };
        let mut all = Self::ALL.into_iter();
        all.find(|known| known.as_str() == code)
    }

    /// Whether the client has to change something, or to wait, so that nobody else has to.
    pub(super) fn is_clients(self) -> bool {
        match self {
            Self::BadUserInput
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict
            | Self::Throttled
            | Self::QueryTooComplex
            | Self::PersistedQueryNotFound
            | Self::PersistedQueryNotSupported => true,
            Self::QuotaExhausted
            | Self::UpstreamUnavailable
            | Self::UpstreamInvalid
            | Self::Timeout
            | Self::Internal => false,
        }
    }

    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::Throttled => "THROTTLED",
            Self::QuotaExhausted => "QUOTA_EXHAUSTED",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::UpstreamInvalid => "UPSTREAM_INVALID",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A failure on its way to a client.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    pub(super) code: ErrorCode,
    pub(super) message: String,
    retry_after: Option<Duration>,
    pub(super) upstream_code: Option<u16>,
}

impl Failure {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            upstream_code: None,
        }
    }

    pub(super) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadUserInput, message)
    }

    /// The same, and when to come back.
    pub(super) fn with_retry_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// The answer to an operation that is refused as a whole.
    pub(super) fn into_response(self) -> Response {
        let mut error = self.into_server_error(Pos::default());
        // It is no place of the document that is to blame.
        error.locations.clear();
        Response::from_errors(vec![error])
    }

    /// The error of a response, still without its path.
    pub(super) fn into_server_error(self, position: Pos) -> ServerError {
        self.into_field_error().into_server_error(position)
    }

    /// The error of a resolver that the library itself reports.
    pub(super) fn into_field_error(self) -> Error {
        let mut error = Error::new(self.message);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code.as_str());
        if let Some(retry_after) = self.retry_after {
            extensions.set("retryAfter", whole_seconds(retry_after));
        }
        if let Some(code) = self.upstream_code {
            extensions.set("upstreamCode", code);
        }
        error
    }
}

impl From<TrackerError> for Failure {
    fn from(error: TrackerError) -> Self {
        let code = match error.fault() {
            Fault::NotFound => ErrorCode::NotFound,
            Fault::BadInput => ErrorCode::BadUserInput,
            Fault::Conflict => ErrorCode::Conflict,
            Fault::BadKey => ErrorCode::Unauthenticated,
            Fault::Forbidden => ErrorCode::Forbidden,
            Fault::Throttled => ErrorCode::Throttled,
            Fault::QuotaExhausted => ErrorCode::QuotaExhausted,
            Fault::TooMuch => ErrorCode::QueryTooComplex,
            Fault::Unavailable => ErrorCode::UpstreamUnavailable,
            Fault::Unreadable | Fault::Unconfirmed => ErrorCode::UpstreamInvalid,
            Fault::TimedOut => ErrorCode::Timeout,
            Fault::Internal => ErrorCode::Internal,
        };
        Self {
            retry_after: error.retry_after(),
            upstream_code: error.upstream_code(),
            ..Self::new(code, outside_text(&error))
        }
    }
}

/// What clients are told. Of the upstream's failures they learn what to make of them; how it failed is in the log.
fn outside_text(error: &TrackerError) -> String {
    let mut text = match error {
        TrackerError::Upstream(_)
        | TrackerError::RowRefused(_)
        | TrackerError::OutcomeUnknown(_)
        | TrackerError::SpendingUnknown(_)
        | TrackerError::Elsewhere(_) => outside_meaning(error.fault()).to_owned(),
        TrackerError::NotSent(cause) => {
            let cause = outside_meaning(cause.fault());
            return format!("not sent, because the call before it failed: {cause}");
        }
        _ => return error.to_string(),
    };
    if let (Fault::BadInput | Fault::Forbidden | Fault::Unreadable, Some(words)) =
        (error.fault(), error.upstream_words())
    {
        text += &format!(": {words}");
    }
    match error {
        TrackerError::OutcomeUnknown(_) => {
            text += "; it may have been carried out all the same, so look at the tracking before you repeat it";
        }
        TrackerError::SpendingUnknown(_) => {
            text += "; its quota may have been spent all the same, so look at account before you repeat it";
        }
        _ => {}
    }
    text
}

fn outside_meaning(fault: Fault) -> &'static str {
    match fault {
        Fault::NotFound => "the account has no such tracking",
        Fault::BadInput => "TrackingMore refused the request",
        Fault::Conflict => "the account has this tracking already: ask for it with tracking(ref)",
        Fault::BadKey => {
            "TrackingMore does not accept this server's key: its operator has to mend that"
        }
        Fault::Forbidden => "TrackingMore does not allow this to the account",
        Fault::Throttled => {
            "TrackingMore asked for a pause, or too many calls wait: try again later"
        }
        Fault::QuotaExhausted => "the account's quota at TrackingMore is used up",
        Fault::TooMuch => "one operation asks for more than an operation may",
        Fault::Unavailable => "TrackingMore cannot be reached or is out of order: try again later",
        Fault::Unreadable => "TrackingMore answered something that cannot be read",
        Fault::Unconfirmed => "TrackingMore did not say what became of it",
        Fault::TimedOut => "TrackingMore did not answer in time",
        Fault::Internal => "this server asked TrackingMore for too much at once",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_again_in_an_error() {
        for code in ErrorCode::ALL {
            let errors = Failure::new(code, "").into_response().errors;
            assert_eq!(ErrorCode::first_of(&errors), Some(code));
        }
        // The last one: what stands behind it would be missing above.
        assert_eq!(ErrorCode::Internal as usize + 1, ErrorCode::ALL.len());
    }
}
