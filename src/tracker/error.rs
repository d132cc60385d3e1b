//! Why there is no answer about a parcel.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::report::Report;
use crate::model::{Quota, TrackingKey, whole_seconds};
use crate::throttle::NoTurn;
use crate::upstream::{self, Kind};

/// Everything that can go wrong with one parcel or one call.
#[derive(Debug, Clone, Error)]
pub enum TrackerError {
    /// The account has no such tracking.
    #[error(
        "no tracking {0} in this account: check carrier and number, or create it with createTracking"
    )]
    NotFound(TrackingKey),
    /// There was no turn for the call.
    #[error(transparent)]
    NoTurn(#[from] NoTurn),
    /// Earlier changes of the same tracking would take too long; other rows of the list are not affected.
    #[error("earlier changes of this tracking take too long; try again in {} s", whole_seconds(*retry_after))]
    LineFull {
        /// When they will be through.
        retry_after: Duration,
    },
    /// The upstream refused a call for many because of some of them, and too many calls would have been needed to learn
    /// which.
    #[error(
        "TrackingMore refused a call for several at once, perhaps because of another one; ask again"
    )]
    Unsorted,
    /// The caller's patience ended; the work goes on and a later question finds its result.
    #[error("no answer within {waited:?}; ask again, the answer may be there by then")]
    TimedOut {
        /// How long the caller waited.
        waited: Duration,
    },
    /// The upstream failed or refused.
    #[error(transparent)]
    Upstream(#[from] upstream::Error),
    /// The upstream refused one row of a list.
    #[error(transparent)]
    RowRefused(upstream::Error),
    /// The upstream failed in the middle of a call that changes the account. It is not repeated.
    #[error(
        "{0}; it may have been carried out all the same: look at the tracking before you repeat it"
    )]
    OutcomeUnknown(upstream::Error),
    /// The upstream failed in the middle of a question that spends quota. It is not repeated.
    #[error(
        "{0}; its quota may have been spent all the same: look at the account before you repeat it"
    )]
    SpendingUnknown(upstream::Error),
    /// An earlier call for other rows of the same list failed, so this one was not made.
    #[error("not sent, because the call before it failed: {0}")]
    NotSent(Box<TrackerError>),
    /// The upstream carried the call out, but said nothing of this parcel.
    #[error(
        "TrackingMore did not say what became of {0}: look at the tracking before you repeat it"
    )]
    Unconfirmed(TrackingKey),
    /// The upstream answered the call, but this parcel's part of the answer cannot be read.
    #[error("TrackingMore's answer about {0} cannot be read; other parcels are not affected")]
    Unreadable(TrackingKey),
    /// The upstream's list holds something that names no parcel.
    #[error(
        "TrackingMore's list holds an item without number and carrier; other parcels are not affected"
    )]
    Nameless,
    /// The upstream gives smaller pages than it documents.
    #[error(
        "TrackingMore gives pages of {given} trackings only, so that the list cannot be read beyond; narrow it down with filter"
    )]
    SmallPage {
        /// How many.
        given: u32,
    },
    /// The upstream did not say how long a list is, so that its end cannot be found.
    #[error(
        "TrackingMore does not say how many trackings there are: page forward with first and after"
    )]
    LengthUnknown,
    /// There is no room for more parcels that are watched.
    #[error("too many parcels are watched already; try again later")]
    TooManyWatched,
    /// One client watches as many as it may.
    #[error(
        "this client would watch more than {most} parcels, which is the most for one: end some subscriptions; if it is a proxy, \
         have the server tell its clients apart with --client-header"
    )]
    TooManyOfClient {
        /// How many it may watch.
        most: usize,
    },
    /// One operation would spend more than an operation may.
    #[error(
        "one operation may spend {most} quotas on questions, and this would be more: ask in several operations"
    )]
    TooCostly {
        /// How much it may spend.
        most: Quota,
    },
    /// Another replica asked for this one as well, and failed.
    #[error("another replica asked TrackingMore for this, and there is no answer")]
    Elsewhere(Report),
    /// A task of our own ended without an answer.
    #[error("the work on this broke off; look at what became of it before you ask again")]
    BrokenOff,
}

/// What a failure means to whoever asked, whichever part of the house it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// It was carried out for others of the same call, and nothing was said of this one.
    Unconfirmed,
    /// One operation wants too much.
    TooMuch,
    /// A fault of our own.
    Internal,
}

impl TrackerError {
    /// What it means to whoever asked.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotFound(_) => Fault::NotFound,
            Self::NoTurn(_)
            | Self::LineFull { .. }
            | Self::TooManyWatched
            | Self::TooManyOfClient { .. } => Fault::Throttled,
            Self::Unsorted => Fault::Unavailable,
            Self::TimedOut { .. } => Fault::TimedOut,
            Self::Unreadable(_) | Self::Nameless | Self::SmallPage { .. } | Self::LengthUnknown => {
                Fault::Unreadable
            }
            Self::BrokenOff => Fault::Internal,
            Self::TooCostly { .. } => Fault::TooMuch,
            Self::Unconfirmed(_) => Fault::Unconfirmed,
            Self::NotSent(cause) => cause.fault(),
            Self::Elsewhere(report) => report.fault,
            Self::Upstream(error)
            | Self::RowRefused(error)
            | Self::OutcomeUnknown(error)
            | Self::SpendingUnknown(error) => match error.kind() {
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

    /// Whether the upstream refused one row of a list, and not the whole of it.
    pub fn is_of_a_row(&self) -> bool {
        matches!(self, Self::RowRefused(_))
    }

    /// Whether the account may have been changed all the same.
    pub(super) fn leaves_a_doubt(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_) | Self::Unconfirmed(_))
    }

    /// Whether it is about calls and not about one row, so that no other call is made for the same list.
    pub(super) fn ends_a_list(&self) -> bool {
        let is_of_a_row = matches!(
            self,
            Self::RowRefused(_) | Self::Unconfirmed(_) | Self::LineFull { .. } | Self::Unsorted
        );
        !is_of_a_row && !self.is_answer()
    }

    /// What kind of no the upstream itself said to a whole call.
    pub(super) fn refusal(&self) -> Option<Kind> {
        match self {
            Self::Upstream(error @ upstream::Error::Refused { .. }) => Some(error.kind()),
            _ => None,
        }
    }

    /// Whether it is the upstream's answer to the question rather than a failure to get one.
    pub fn is_answer(&self) -> bool {
        matches!(
            self.fault(),
            Fault::NotFound | Fault::BadInput | Fault::Conflict
        )
    }

    /// What the upstream itself said of it, at most 200 characters.
    pub fn upstream_words(&self) -> Option<&str> {
        match self {
            Self::Upstream(upstream::Error::Refused { message, .. })
            | Self::RowRefused(upstream::Error::Refused { message, .. }) => message.as_deref(),
            Self::Elsewhere(report) => report.upstream_words.as_deref(),
            _ => None,
        }
    }

    /// When to come back, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoTurn(
                NoTurn::Closed { retry_after }
                | NoTurn::Full { retry_after }
                | NoTurn::Apart { retry_after },
            )
            | Self::LineFull { retry_after } => Some(*retry_after),
            Self::TooManyWatched | Self::TooManyOfClient { .. } => Some(Duration::from_secs(60)),
            Self::NotSent(cause) => cause.retry_after(),
            Self::Elsewhere(report) => report.retry_after(),
            _ => None,
        }
    }

    /// The upstream's own number for it, if the upstream spoke.
    pub fn upstream_code(&self) -> Option<u16> {
        match self {
            Self::NoTurn(NoTurn::Closed { .. }) => Some(upstream::Code::TooManyRequests.number()),
            Self::Upstream(error)
            | Self::RowRefused(error)
            | Self::OutcomeUnknown(error)
            | Self::SpendingUnknown(error) => error.upstream_code(),
            Self::NotSent(cause) => cause.upstream_code(),
            Self::Elsewhere(report) => report.upstream_code,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_one_row_does_not_end_a_list_and_what_is_about_calls_does() {
        let retry_after = Duration::from_secs(1);
        let of_a_row = [
            TrackerError::LineFull { retry_after },
            TrackerError::Unsorted,
        ];
        assert!(of_a_row.iter().all(|error| !error.ends_a_list()));
        assert!(TrackerError::from(NoTurn::Full { retry_after }).ends_a_list());
    }
}
