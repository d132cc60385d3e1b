//! Why there is no answer about a parcel.

use std::time::Duration;

use thiserror::Error;

use crate::model::TrackingKey;
use crate::throttle::NoTurn;
use crate::upstream::{self, Kind};

/// Everything that can go wrong with one parcel or one call.
#[derive(Debug, Clone, Error)]
pub enum TrackerError {
    /// The account has no such tracking.
    #[error("no tracking {0} in this account; create it with createTracking first")]
    NotFound(TrackingKey),
    /// There was no turn for the call.
    #[error(transparent)]
    NoTurn(#[from] NoTurn),
    /// The caller's patience ended; the work goes on and a later question finds its result.
    #[error("no answer within {} s; ask again, the answer may be there by then", waited.as_secs())]
    TimedOut {
        /// How long the caller waited.
        waited: Duration,
    },
    /// The upstream failed or refused.
    #[error(transparent)]
    Upstream(#[from] upstream::Error),
    /// The upstream failed in the middle of a call that spends quota. It is not repeated.
    #[error(
        "{0}; it may have been carried out all the same: look at the tracking before you repeat it"
    )]
    OutcomeUnknown(upstream::Error),
    /// The upstream answered the call, but this parcel's part of the answer cannot be read.
    #[error("TrackingMore's answer about {0} cannot be read; other parcels are not affected")]
    Unreadable(TrackingKey),
    /// There is no room for more parcels that are watched.
    #[error("too many parcels are watched already; try again later")]
    TooManyWatched,
    /// A task of our own ended without an answer.
    #[error("the work on this question broke off; ask again")]
    BrokenOff,
}

/// What a failure means to whoever asked, whichever part of the house it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such tracking.
    NotFound,
    /// The request is wrong.
    BadInput,
    /// It contradicts what is there.
    Conflict,
    /// The account's key is not accepted.
    BadKey,
    /// The account may not do this.
    Forbidden,
    /// Too much was asked for.
    Throttled,
    /// The account's quota is used up.
    QuotaExhausted,
    /// The upstream cannot be reached or is out of order.
    Unavailable,
    /// The upstream's answer cannot be read.
    Unreadable,
    /// The answer did not come in time.
    TimedOut,
    /// A fault of our own.
    Internal,
}

impl TrackerError {
    /// What it means to whoever asked.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotFound(_) => Fault::NotFound,
            Self::NoTurn(_) | Self::TooManyWatched => Fault::Throttled,
            Self::TimedOut { .. } => Fault::TimedOut,
            Self::Unreadable(_) => Fault::Unreadable,
            Self::BrokenOff => Fault::Internal,
            Self::Upstream(error) | Self::OutcomeUnknown(error) => match error.kind() {
                Kind::BadKey => Fault::BadKey,
                Kind::Forbidden => Fault::Forbidden,
                Kind::Quota => Fault::QuotaExhausted,
                Kind::NotFound | Kind::NotDetected => Fault::NotFound,
                Kind::BadInput => Fault::BadInput,
                Kind::Conflict => Fault::Conflict,
                Kind::TooManyRequests => Fault::Throttled,
                Kind::Unavailable => Fault::Unavailable,
                Kind::TimedOut => Fault::TimedOut,
                Kind::Invalid | Kind::Other => Fault::Unreadable,
                // Batches are ours to size.
                Kind::BatchTooLarge => Fault::Internal,
            },
        }
    }

    /// What the upstream itself said of it, at most 200 characters.
    pub fn upstream_words(&self) -> Option<&str> {
        match self {
            Self::Upstream(upstream::Error::Refused { message, .. }) => message.as_deref(),
            _ => None,
        }
    }

    /// When to come back, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoTurn(NoTurn::Closed { retry_after } | NoTurn::Full { retry_after }) => {
                Some(*retry_after)
            }
            Self::TooManyWatched => Some(Duration::from_secs(60)),
            _ => None,
        }
    }

    /// The upstream's own number for it, if the upstream spoke.
    pub fn upstream_code(&self) -> Option<u16> {
        match self {
            Self::NoTurn(NoTurn::Closed { .. }) => Some(upstream::Code::TooManyRequests.number()),
            Self::Upstream(error) | Self::OutcomeUnknown(error) => error.upstream_code(),
            _ => None,
        }
    }
}
