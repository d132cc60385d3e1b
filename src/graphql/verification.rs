//! How sure what is told of a parcel is.

use async_graphql::Enum;

/// How sure what is told of a parcel is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingVerification {
    /// TrackingMore or the carrier was asked and said so.
    Confirmed,
    /// A pushed message says so, and TrackingMore has not been asked yet: the next list call tells, usually within seconds. Such
    /// messages are signed, but what they say is not, so show it and do nothing that cannot be undone. A `freshness` that does
    /// not accept what is stale waits for the list.
    Hinted,
}
