//! What can be watched, and how replicas name it to each other.

use crate::model::TrackingKey;
use crate::redis_link::Link;

/// The name of everything; no token looks like that.
const EVERYTHING: &str = "*";

/// Something that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One parcel.
    Parcel(TrackingKey),
    /// Whatever changes in the account.
    Everything,
}

impl Topic {
    /// What stands for it in Redis.
    pub(super) fn token(&self, link: &Link) -> String {
        match self {
            Self::Parcel(key) => link.token(&key.name()),
            Self::Everything => EVERYTHING.to_owned(),
        }
    }

    /// What a token stands for; `None` for what no replica of the account wrote.
    pub(super) fn of_token(token: &str, link: &Link) -> Option<Self> {
        match token {
            EVERYTHING => Some(Self::Everything),
            token => TrackingKey::named(&link.text(token)?).map(Self::Parcel),
        }
    }
}

/// What other replicas watch.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    /// Parcels, some of them more than once.
    pub parcels: Vec<TrackingKey>,
    /// Whether anybody watches the whole account.
    pub everything: bool,
}
