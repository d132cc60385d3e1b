//! Contradictions in what is known of a parcel.

use async_graphql::{Enum, Object};

use super::direct::{Sight, object};
use super::mask::shown;
use super::tracking::Parcel;
use crate::model::{Anomaly, AnomalyKind};

pub(super) struct TrackingAnomaly {
    kind: TrackingAnomalyKind,
    message: String,
}

object! {
    /// A contradiction in what TrackingMore says of a parcel.
    #[Object]
    impl TrackingAnomaly {
        /// What contradicts what, for programs.
        fn kind(&self) -> TrackingAnomalyKind {
            self.kind
        }

        /// What contradicts what, for people.
        fn message(&self) -> &str {
            &self.message
        }
    }
}

/// Kinds of contradictions.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingAnomalyKind {
    /// A checkpoint says that it was delivered, and a newer one says something else.
    MovedAfterDelivery,
    /// The status is another than that of the newest checkpoint.
    StatusLags,
    /// By its status nothing is known of it yet, but there are checkpoints.
    CheckpointsDespiteStatus,
    /// By its status it was delivered, but no checkpoint says so.
    DeliveredWithoutCheckpoint,
    /// A courier lists a checkpoint above one that is clearly newer.
    CheckpointsOutOfOrder,
    /// The substatus belongs to another status.
    SubstatusContradictsStatus,
}

impl TrackingAnomaly {
    /// One of that parcel's, which may quote what couriers wrote.
    pub(super) fn of(sight: &Sight<'_>, parcel: &Parcel, anomaly: &Anomaly) -> Self {
        use TrackingAnomalyKind as Kind;
        let kind = match anomaly.kind {
            AnomalyKind::MovedAfterDelivery => Kind::MovedAfterDelivery,
            AnomalyKind::StatusLags => Kind::StatusLags,
            AnomalyKind::CheckpointsDespiteStatus => Kind::CheckpointsDespiteStatus,
            AnomalyKind::DeliveredWithoutCheckpoint => Kind::DeliveredWithoutCheckpoint,
            AnomalyKind::CheckpointsOutOfOrder => Kind::CheckpointsOutOfOrder,
            AnomalyKind::SubstatusContradictsStatus => Kind::SubstatusContradictsStatus,
        };
        Self {
            kind,
            message: shown(sight.caller(), parcel, &anomaly.message()).into_owned(),
        }
    }
}
