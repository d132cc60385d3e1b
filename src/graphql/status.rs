//! Enums that mirror the model's.

use async_graphql::Enum;

use crate::model::{self, LegKind, Precision, Status};

/// Where a parcel stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingStatus {
    /// Added to the account; the carrier has not been asked yet.
    Pending,
    /// The carrier has no information yet.
    NotFound,
    /// On its way.
    Transit,
    /// Out for delivery, or waiting to be collected.
    Pickup,
    /// Delivered.
    Delivered,
    /// A delivery attempt failed; carriers normally try again.
    Undelivered,
    /// Returned, held by customs, lost, damaged and the like.
    Exception,
    /// In transit for too long without a result: 30 days express, 60 days postal.
    Expired,
    /// A status that TrackingMore added later; `upstreamStatus` has its text.
    Unknown,
}

impl From<&Status> for TrackingStatus {
    fn from(status: &Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::NotFound => Self::NotFound,
            Status::Transit => Self::Transit,
            Status::Pickup => Self::Pickup,
            Status::Delivered => Self::Delivered,
            Status::Undelivered => Self::Undelivered,
            Status::Exception => Self::Exception,
            Status::Expired => Self::Expired,
            Status::Unknown(_) => Self::Unknown,
        }
    }
}

impl TrackingStatus {
    /// The model's status; there is no parcel whose status is asked for as `UNKNOWN`.
    pub(super) fn known(self) -> Option<Status> {
        Some(match self {
            Self::Pending => Status::Pending,
            Self::NotFound => Status::NotFound,
            Self::Transit => Status::Transit,
            Self::Pickup => Status::Pickup,
            Self::Delivered => Status::Delivered,
            Self::Undelivered => Status::Undelivered,
            Self::Exception => Status::Exception,
            Self::Expired => Status::Expired,
            Self::Unknown => return None,
        })
    }
}

/// How exactly a courier wrote a time.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimePrecision {
    /// Only the day.
    Date,
    /// To the minute.
    Minute,
    /// To the second.
    Second,
}

impl From<Precision> for TimePrecision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::Date => Self::Date,
            Precision::Minute => Self::Minute,
            Precision::Second => Self::Second,
        }
    }
}

/// How a time zone is known.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeZoneSource {
    /// The courier wrote it along with the time.
    Stated,
    /// The place of the event is certain and has one time only.
    Inferred,
    /// It is not known.
    Unknown,
}

impl From<model::TimeZoneSource> for TimeZoneSource {
    fn from(source: model::TimeZoneSource) -> Self {
        match source {
            model::TimeZoneSource::Stated => Self::Stated,
            model::TimeZoneSource::Inferred => Self::Inferred,
            model::TimeZoneSource::Unknown => Self::Unknown,
        }
    }
}

/// Which courier reported something.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingLegKind {
    /// The sender's courier.
    Origin,
    /// The recipient's courier.
    Destination,
}

impl From<LegKind> for TrackingLegKind {
    fn from(kind: LegKind) -> Self {
        match kind {
            LegKind::Origin => Self::Origin,
            LegKind::Destination => Self::Destination,
        }
    }
}
