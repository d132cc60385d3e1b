//! Contradictions in what is known of a parcel.

use async_graphql::{Context, Enum, SimpleObject};

use super::mask::shown;
use crate::model::{Anomaly, AnomalyKind, Tracking};

/// A contradiction in what TrackingMore says of a parcel.
#[derive(SimpleObject)]
pub(super) struct TrackingAnomaly {
    /// What contradicts what, for programs.
    kind: TrackingAnomalyKind,
    /// What contradicts what, for people.
    message: String,
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
    pub(super) fn of(context: &Context<'_>, tracking: &Tracking, anomaly: &Anomaly) -> Self {
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
            message: shown(context, tracking, &anomaly.message()).into_owned(),
        }
    }
}
