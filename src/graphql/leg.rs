//! What one courier reports.

use std::borrow::Cow;

use async_graphql::{Context, Object};

use super::carrier::Carrier;
use super::checkpoint::Checkpoint;
use super::mask::{shown, shown_link, shown_time};
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
    async fn reference_number(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let text = self.leg.reference_number.as_deref()?;
        Some(shown(context, self.tracking, text))
    }

    /// The courier's web site. Often plain `http`, and never checked. Without `customer:read` it lacks what such a page is
    /// asked for.
    async fn weblink(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let link = self.leg.weblink.as_deref()?;
        Some(shown_link(context, self.tracking, link))
    }

    /// The courier's hotline, or whatever number the courier wrote there; without `customer:read` it is masked.
    async fn phone(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let text = self.leg.phone.as_deref()?;
        Some(shown(context, self.tracking, text))
    }

    /// The marked points of an international journey.
    async fn milestones(&self) -> TrackingMilestones<'a> {
        TrackingMilestones {
            tracking: self.tracking,
            milestones: &self.leg.milestones,
        }
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

pub(super) struct TrackingMilestones<'a> {
    tracking: &'a model::Tracking,
    milestones: &'a model::Milestones,
}

/// The marked points of an international journey, each in wall time of the place as the courier wrote it, without a time
/// zone. Couriers do not report them in order of time.
#[Object]
impl TrackingMilestones<'_> {
    /// The first information of the parcel.
    async fn received(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.written(context, &self.milestones.received)
    }

    /// It left the outward office of exchange.
    async fn dispatched(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.written(context, &self.milestones.dispatched)
    }

    /// It reached the airport of departure.
    async fn departed_airport(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.written(context, &self.milestones.departed_airport)
    }

    /// It arrived in the destination country.
    async fn arrived_abroad(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.written(context, &self.milestones.arrived_abroad)
    }

    /// It was handed to customs.
    async fn customs_clearance(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.written(context, &self.milestones.customs_clearance)
    }

    /// It reached the delivery office.
    async fn arrived_destination(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        self.written(context, &self.milestones.arrived_destination)
    }
}

impl<'a> TrackingMilestones<'a> {
    fn written(&self, context: &Context<'_>, time: &'a Option<LocalTime>) -> Option<Cow<'a, str>> {
        let time = time.as_ref()?;
        Some(shown_time(context, self.tracking, time))
    }
}
