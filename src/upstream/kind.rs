//! The few things that a failure can mean to a caller.

/// What to do about a failure, whatever its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The API key is wrong, deleted or not allowed in.
    BadKey,
    /// The account may not use this call.
    Forbidden,
    /// The account has no quota left.
    Quota,
    /// The account does not have this tracking, or nothing matched.
    NotFound,
    /// The request itself is wrong; the same request fails again.
    BadInput,
    /// The account has this tracking already.
    Conflict,
    /// More rows than one request may hold.
    BatchTooLarge,
    /// Over the limits: the documentation asks for 120 s of silence.
    TooManyRequests,
    /// The service is down, in maintenance, cut off or out of reach.
    Unavailable,
    /// The service did not answer in time.
    TimedOut,
    /// Something answered, but not as the service is documented to.
    Invalid,
    /// No carrier fits the number.
    NotDetected,
    /// Anything else.
    Other,
}

impl Kind {
    /// What it is called in traces.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BadKey => "bad_key",
            Self::Forbidden => "forbidden",
            Self::Quota => "quota",
            Self::NotFound => "not_found",
            Self::BadInput => "bad_input",
            Self::Conflict => "conflict",
            Self::BatchTooLarge => "batch_too_large",
            Self::TooManyRequests => "too_many_requests",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timeout",
            Self::Invalid => "invalid",
            Self::NotDetected => "not_detected",
            Self::Other => "_OTHER",
        }
    }

    /// The next step, for the end of an error text.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::BadKey => "check the API key in the account's dashboard",
            Self::Forbidden => "have TrackingMore activate this call for the account",
            Self::Quota => "recharge the account or wait for its next quota",
            Self::NotFound => "create the tracking first",
            Self::BadInput => "correct the request, it fails again as it is",
            Self::Conflict => "read the tracking that is there",
            Self::BatchTooLarge => "split the request",
            Self::TooManyRequests => "send nothing for two minutes",
            Self::Unavailable | Self::TimedOut => "try again later if the call spends no quota",
            Self::Invalid => "check the upstream address and what stands between",
            Self::NotDetected => "name the carrier",
            Self::Other => "look the code up in the TrackingMore documentation",
        }
    }
}
