//! The eight states of a parcel.

use serde::{Serialize, Serializer};

/// What the service says of a parcel in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Added, not polled yet.
    Pending,
    /// The courier has no information yet.
    NotFound,
    /// On its way.
    Transit,
    /// Out for delivery, or waiting to be collected.
    Pickup,
    /// Delivered.
    Delivered,
    /// A delivery attempt failed.
    Undelivered,
    /// Returned, customs trouble, lost, damaged and the like.
    Exception,
    /// In transit too long without a result.
    Expired,
}

impl Status {
    /// All eight.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::NotFound,
        Self::Transit,
        Self::Pickup,
        Self::Delivered,
        Self::Undelivered,
        Self::Exception,
        Self::Expired,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::NotFound => "notfound",
            Self::Transit => "transit",
            Self::Pickup => "pickup",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Exception => "exception",
            Self::Expired => "expired",
        }
    }

    /// The status with this word, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
