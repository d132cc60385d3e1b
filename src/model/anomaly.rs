//! Contradictions in what is known of a parcel. They are reported, not hidden and not mended.

use super::{LegKind, LocalTime, Status, Substatus};

/// In which way a tracking contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnomalyKind {
    /// It was delivered, and something else happened to it after that.
    MovedAfterDelivery,
    /// Its status is another than that of its newest checkpoint.
    StatusLags,
    /// Nothing should be known of it yet, but there are checkpoints.
    CheckpointsDespiteStatus,
    /// It counts as delivered, but no checkpoint says so.
    DeliveredWithoutCheckpoint,
    /// A courier lists a checkpoint above one that is clearly newer.
    CheckpointsOutOfOrder,
    /// Its substatus belongs to another status.
    SubstatusContradictsStatus,
}

/// One contradiction, with the facts that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// In which way.
    pub kind: AnomalyKind,
    pub(super) facts: Facts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Facts {
    Moved {
        delivered: Option<LocalTime>,
        then: Status,
        at: Option<LocalTime>,
    },
    Lags {
        stated: Status,
        newest: Status,
    },
    Despite {
        stated: Status,
        checkpoints: usize,
    },
    NoneDelivered {
        checkpoints: usize,
    },
    OutOfOrder {
        leg: LegKind,
        above: LocalTime,
        below: LocalTime,
    },
    Substatus {
        stated: Status,
        substatus: Substatus,
    },
}

impl Anomaly {
    /// What is wrong, in a sentence for people.
    pub fn message(&self) -> String {
        match &self.facts {
            Facts::Moved {
                delivered,
                then,
                at,
            } => format!(
                "It was reported as delivered{}, and after that as {}{}.",
                on(delivered),
                words(then),
                on(at)
            ),
            Facts::Lags { stated, newest } => format!(
                "Its status is {}, but the newest event says {}.",
                words(stated),
                words(newest)
            ),
            Facts::Despite {
                stated,
                checkpoints,
            } => format!(
                "Its status is {}, but the carrier has reported {}.",
                words(stated),
                events(*checkpoints)
            ),
            Facts::NoneDelivered { checkpoints } => format!(
                "Its status is delivered, but the carrier has reported {} and no delivery.",
                events(*checkpoints)
            ),
            Facts::OutOfOrder { leg, above, below } => format!(
                "The {} carrier lists an event of {} as newer than one of {}.",
                match leg {
                    LegKind::Origin => "sender's",
                    LegKind::Destination => "recipient's",
                },
                above.as_written(),
                below.as_written()
            ),
            Facts::Substatus { stated, substatus } => format!(
                "Its status is {}, but its substatus {} belongs to {}.",
                words(stated),
                substatus.as_str(),
                words(&substatus.status())
            ),
        }
    }
}

fn words(status: &Status) -> &str {
    match status {
        Status::Pending => "pending",
        Status::NotFound => "not found",
        Status::Transit => "in transit",
        Status::Pickup => "out for delivery or ready for collection",
        Status::Delivered => "delivered",
        Status::Undelivered => "not delivered after an attempt",
        Status::Exception => "in trouble",
        Status::Expired => "expired",
        Status::Unknown(raw) => raw,
    }
}

fn on(time: &Option<LocalTime>) -> String {
    time.as_ref()
        .map(|time| format!(" on {}", time.as_written()))
        .unwrap_or_default()
}

fn events(count: usize) -> String {
    match count {
        1 => "one event".to_owned(),
        count => format!("{count} events"),
    }
}
