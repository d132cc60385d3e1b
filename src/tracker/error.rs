//! Why there is no answer about a parcel.

use std::time::Duration;

use thiserror::Error;

use crate::model::TrackingKey;
use crate::throttle::NoTurn;
use crate::upstream;

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
    /// A task of our own ended without an answer.
    #[error("the work on this question broke off; ask again")]
    BrokenOff,
}
