//! What can go wrong with a call.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::quote::quoted;
use super::{Call, Code, Kind};

/// Why a call gave no answer. Texts never hold the API key, an address's secrets or a whole body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The service itself said no.
    #[error("{call} was refused with code {code}{}; {}", quoted(message.as_deref()), code.kind().advice())]
    Refused {
        /// What was asked.
        call: Call,
        /// The service's code, neither 200 nor 201 nor 429.
        code: Code,
        /// The service's words, at most 200 characters.
        message: Option<String>,
    },
    /// Over the limits, said by `meta.code` or by HTTP.
    #[error("{call} was refused because of too many requests; {}", Kind::TooManyRequests.advice())]
    TooManyRequests {
        /// What was asked.
        call: Call,
        /// The `Retry-After` header, if it was there and at most an hour; the service documents none.
        retry_after: Option<Duration>,
    },
    /// An HTTP status outside 2xx and no words of the service, such as a proxy's error page.
    #[error("{call} was answered with HTTP status {status}; {}", self.kind().advice())]
    Http {
        /// What was asked.
        call: Call,
        /// The HTTP status.
        status: u16,
    },
    /// No complete answer within the time that the settings allow.
    #[error("{call} took longer than {after:?}; {}", Kind::TimedOut.advice())]
    TimedOut {
        /// What was asked.
        call: Call,
        /// The time that was allowed.
        after: Duration,
    },
    /// No connection: name resolution, TCP or TLS failed. Nothing was sent.
    #[error("{call} found no connection ({reason}); check the upstream address and the network")]
    Unreachable {
        /// What was asked.
        call: Call,
        /// What failed, without the address.
        reason: String,
    },
    /// The connection broke, or the body ended in the middle.
    #[error("{call} was cut off ({reason}); {}", Kind::Unavailable.advice())]
    Interrupted {
        /// What was asked.
        call: Call,
        /// What failed, without the address.
        reason: String,
    },
    /// A 2xx answer that is not JSON at all.
    #[error("{call} was answered with {looks_like} instead of JSON (HTTP status {status}); {}", Kind::Invalid.advice())]
    NotJson {
        /// What was asked.
        call: Call,
        /// What it seems to be.
        looks_like: LooksLike,
        /// The HTTP status.
        status: u16,
    },
    /// JSON, or nearly, but not what the service documents.
    #[error("{call} was answered with JSON that cannot be read ({reason}); {}", Kind::Invalid.advice())]
    Undecodable {
        /// What was asked.
        call: Call,
        /// Which part, without its content.
        reason: String,
    },
    /// A success that tells nothing where something was due. One client saw it on creating a tracking that was there already.
    #[error("{call} succeeded but told nothing; {}", self.kind().advice())]
    NothingReturned {
        /// What was asked.
        call: Call,
    },
    /// No request could be made of it, such as an address that is too long. Nothing was sent.
    #[error("{call} cannot be sent ({reason}); {}", Kind::BadInput.advice())]
    Unsendable {
        /// What was to be asked.
        call: Call,
        /// What is wrong, without the address.
        reason: String,
    },
    /// More than the documentation allows in one request; it was not sent.
    #[error("{call} would ask for {given} {what}, but {most} is the most; {}", Kind::BatchTooLarge.advice())]
    TooLarge {
        /// What was to be asked.
        call: Call,
        /// What there is too much of.
        what: &'static str,
        /// How much was given.
        given: usize,
        /// How much is allowed.
        most: usize,
    },
}

/// What an answer is that is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LooksLike {
    /// A web page, probably a proxy's.
    Html,
    /// Nothing at all.
    Empty,
    /// Some other text.
    Other,
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => "a web page",
            Self::Empty => "an empty body",
            Self::Other => "some text",
        })
    }
}

impl Error {
    /// An answer that is JSON but not what it should be.
    pub(super) fn undecodable(call: Call, reason: impl fmt::Display) -> Self {
        Self::Undecodable {
            call,
            reason: reason.to_string(),
        }
    }

    /// The same without the service's own words, which may name a parcel or a customer: for the log.
    pub fn without_words(&self) -> Self {
        match self {
            Self::Refused { call, code, .. } => Self::Refused {
                call: *call,
                code: *code,
                message: None,
            },
            error => error.clone(),
        }
    }

    /// What it means to a caller.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refused { code, .. } => code.kind(),
            Self::TooManyRequests { .. } => Kind::TooManyRequests,
            // A page that says 404 is about the address, not about a tracking, so it is not `NotFound`.
            Self::Http { status, .. } => match status {
                401 => Kind::BadKey,
                403 => Kind::Forbidden,
                408 | 500..=599 => Kind::Unavailable,
                _ => Kind::Invalid,
            },
            Self::TimedOut { .. } => Kind::TimedOut,
            Self::Unreachable { .. } | Self::Interrupted { .. } => Kind::Unavailable,
            Self::NotJson { .. } | Self::Undecodable { .. } => Kind::Invalid,
            Self::NothingReturned { call } => match call {
                Call::Create => Kind::Conflict,
                Call::List | Call::Single | Call::Realtime => Kind::NotFound,
                _ => Kind::Invalid,
            },
            Self::Unsendable { .. } => Kind::BadInput,
            Self::TooLarge { .. } => Kind::BatchTooLarge,
        }
    }

    /// The service's own number for it, if the service spoke.
    pub fn upstream_code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(code.number()),
            Self::TooManyRequests { .. } => Some(Code::TooManyRequests.number()),
            _ => None,
        }
    }

    /// How long the service wants silence, if it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the call may have taken effect all the same: repeating it may spend quota twice, or find its work done.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::TimedOut { .. }
            | Self::Interrupted { .. }
            | Self::NotJson { .. }
            | Self::Undecodable { .. }
            // The change was probably made, though nothing shows it.
            | Self::NothingReturned { call: Call::Update } => true,
            // A gateway or the service broke down somewhere on the way; in maintenance nothing is done.
            Self::Http { status: number, .. } => breaks_down(*number),
            Self::Refused { code, .. } => breaks_down(code.number()),
            Self::TooManyRequests { .. }
            | Self::Unreachable { .. }
            | Self::Unsendable { .. }
            | Self::NothingReturned { .. }
            | Self::TooLarge { .. } => false,
        }
    }
}

fn breaks_down(number: u16) -> bool {
    Code::from(number).kind() == Kind::Unavailable && number != Code::Maintenance.number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_failed_for_which_call_and_what_to_do() {
        let refused = Error::Refused {
            call: Call::Create,
            code: Code::AlreadyExists,
            message: Some("Tracking already exists.".into()),
        };
        assert_eq!(
            refused.to_string(),
            "POST /trackings/post was refused with code 4016 (Tracking already exists.); read the tracking that is there"
        );
        assert_eq!(
            refused.without_words().to_string(),
            "POST /trackings/post was refused with code 4016; read the tracking that is there"
        );
        let late = Error::TimedOut {
            call: Call::List,
            after: Duration::from_secs(10),
        };
        assert_eq!(
            late.to_string(),
            "GET /trackings/get took longer than 10s; try again later if the call spends no quota"
        );
    }

    #[test]
    fn only_a_failure_on_the_way_leaves_the_outcome_open() {
        let call = Call::Create;
        let refused = |number: u16| Error::Refused {
            call,
            code: number.into(),
            message: None,
        };
        for (error, unknown) in [
            (refused(4019), false),
            (refused(500), true),
            (refused(503), false),
            (Error::Http { call, status: 502 }, true),
            (Error::Http { call, status: 404 }, false),
            (Error::NothingReturned { call }, false),
            (
                Error::TooManyRequests {
                    call,
                    retry_after: None,
                },
                false,
            ),
        ] {
            assert_eq!(error.outcome_unknown(), unknown, "{error}");
        }
    }

    #[test]
    fn a_success_that_tells_nothing_means_something_else_for_each_call() {
        for (call, kind, unknown) in [
            (Call::Create, Kind::Conflict, false),
            (Call::Single, Kind::NotFound, false),
            (Call::Update, Kind::Invalid, true),
            (Call::Account, Kind::Invalid, false),
            (Call::Carriers, Kind::Invalid, false),
        ] {
            let error = Error::NothingReturned { call };
            assert_eq!((error.kind(), error.outcome_unknown()), (kind, unknown));
        }
    }

    #[test]
    fn a_change_that_was_cut_off_may_have_been_made() {
        for call in [
            Call::Update,
            Call::UpdateBatch,
            Call::Delete,
            Call::DeleteBatch,
            Call::StopUpdating,
            Call::ChangeCarrier,
        ] {
            let after = Duration::from_secs(10);
            assert!(Error::TimedOut { call, after }.outcome_unknown());
            assert!(Error::Http { call, status: 504 }.outcome_unknown());
            let reason = "connection refused".to_owned();
            assert!(!Error::Unreachable { call, reason }.outcome_unknown());
        }
    }

    #[test]
    fn a_page_that_says_404_is_not_a_missing_tracking() {
        let page = |status| Error::Http {
            call: Call::Single,
            status,
        };
        assert_eq!(page(404).kind(), Kind::Invalid);
        assert_eq!(page(302).kind(), Kind::Invalid);
        assert_eq!(page(401).kind(), Kind::BadKey);
        assert_eq!(page(504).kind(), Kind::Unavailable);
    }
}
