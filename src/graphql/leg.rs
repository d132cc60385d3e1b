//! What one courier reports.

use async_graphql::Object;

use super::carrier::Carrier;
use super::checkpoint::Checkpoint;
use crate::model::{self, LegKind, LocalTime};

pub(super) struct TrackingLeg<'a> {
    pub(super) tracking: &'a model::Tracking,
    pub(super) kind: LegKind,
    pub(super) leg: &'a model::Leg,
}

/// One courier's part of a journey: the sender's courier or the recipient's.
#[Object]
impl<'a> TrackingLeg<'a> {
    /// The courier of this leg.
    async fn carrier(&self) -> Option<Carrier> {
        self.leg.carrier.clone().map(Carrier::coded)
    }

    /// The courier's own number for the parcel, if it differs.
    async fn reference_number(&self) -> Option<&str> {
        self.leg.reference_number.as_deref()
    }

    /// The courier's web site. Often plain `http`, and never checked.
    async fn weblink(&self) -> Option<&str> {
        self.leg.weblink.as_deref()
    }

    /// The courier's hotline.
    async fn phone(&self) -> Option<&str> {
        self.leg.phone.as_deref()
    }

    /// The marked points of an international journey.
    async fn milestones(&self) -> TrackingMilestones<'a> {
        TrackingMilestones(&self.leg.milestones)
    }

    /// What this courier reported, newest first. The order counts, not the times.
    async fn checkpoints(&self) -> Vec<Checkpoint<'a>> {
        let (tracking, leg) = (self.tracking, self.kind);
        let checkpoints = self.leg.checkpoints.iter();
        checkpoints
            .map(|checkpoint| Checkpoint {
                tracking,
                leg,
                checkpoint,
            })
            .collect()
    }
}

pub(super) struct TrackingMilestones<'a>(&'a model::Milestones);

/// The marked points of an international journey, each in wall time of the place as the courier wrote it, without a time
/// zone. Couriers do not report them in order of time.
#[Object]
impl TrackingMilestones<'_> {
    /// The first information of the parcel.
    async fn received(&self) -> Option<&str> {
        written(&self.0.received)
    }

    /// It left the outward office of exchange.
    async fn dispatched(&self) -> Option<&str> {
        written(&self.0.dispatched)
    }

    /// It reached the airport of departure.
    async fn departed_airport(&self) -> Option<&str> {
        written(&self.0.departed_airport)
    }

    /// It arrived in the destination country.
    async fn arrived_abroad(&self) -> Option<&str> {
        written(&self.0.arrived_abroad)
    }

    /// It was handed to customs.
    async fn customs_clearance(&self) -> Option<&str> {
        written(&self.0.customs_clearance)
    }

    /// It reached the delivery office.
    async fn arrived_destination(&self) -> Option<&str> {
        written(&self.0.arrived_destination)
    }
}

fn written(time: &Option<LocalTime>) -> Option<&str> {
    time.as_ref().map(LocalTime::as_written)
}
