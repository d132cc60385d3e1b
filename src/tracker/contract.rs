//! How fresh an answer somebody wants, and what an answer that is not so fresh says of itself.

use std::time::Duration;

use super::{Fault, TrackerError};
use crate::model::TrackingKey;

/// A parcel that somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Which parcel.
    pub key: TrackingKey,
    /// How fresh the answer has to be.
    pub contract: Contract,
}

impl Ask {
    /// Somebody who leaves it to the server how fresh the answer is.
    pub fn usual(key: TrackingKey) -> Self {
        let contract = Contract::Usual;
        Self { key, contract }
    }
}

impl AsRef<TrackingKey> for Ask {
    fn as_ref(&self) -> &TrackingKey {
        &self.key
    }
}

/// How fresh an answer has to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Contract {
    /// As the parcel's status allows. What is older is given at once while a newer one is fetched, unless it is far too old.
    #[default]
    Usual,
    /// As the caller says.
    Stated(Terms),
}

/// What a caller says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Terms {
    /// From which age on an answer is too old for him; `None` leaves that to the parcel's status.
    pub max_age: Option<Duration>,
    /// What to do if what is known is too old.
    pub otherwise: Otherwise,
    /// How long he waits for a newer one at the most; `None` for as long as the server lets anybody wait.
    pub deadline: Option<Duration>,
}

/// What to do if what is known is too old for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Otherwise {
    /// Give it at once, and fetch a newer one meanwhile.
    Stale,
    /// Wait for a newer one, and give what is known if none comes.
    Wait,
    /// Wait for a newer one, and fail if none comes.
    Error,
}

impl Contract {
    /// How long the caller waits, where nobody waits longer than `most`.
    pub(super) fn patience(self, most: Duration) -> Duration {
        let deadline = match self {
            Self::Usual => None,
            Self::Stated(terms) => terms.deadline,
        };
        deadline.map_or(most, |deadline| deadline.min(most))
    }

    /// Whether what is known may take the place of what could not be had.
    pub(super) fn accepts_substitutes(self) -> bool {
        !matches!(self, Self::Stated(terms) if terms.otherwise == Otherwise::Error)
    }
}

/// Why an answer is older than it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleReason {
    /// A newer one is being fetched, for whoever asks next.
    Revalidating,
    /// It is older than the parcel's status allows, but not too old for the caller.
    Accepted,
    /// The upstream's limits left no call for it.
    Throttled,
    /// No newer one came in time.
    TimedOut,
    /// The upstream could not be asked, or gave nothing that can be used.
    Unavailable,
}

impl StaleReason {
    /// The reason of an answer that takes the place of a failure.
    pub(super) fn of(error: &TrackerError) -> Self {
        match error.fault() {
            Fault::Throttled => Self::Throttled,
            Fault::TimedOut => Self::TimedOut,
            _ => Self::Unavailable,
        }
    }
}
