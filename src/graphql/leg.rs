//! What one courier reports.

use std::borrow::Cow;

use async_graphql::Object;

use super::carrier::Carrier;
use super::checkpoint::Checkpoint;
use super::direct::{Sight, object};
use super::mask::{shown, shown_link, shown_time};
use super::tracking::Parcel;
use crate::model::{self, LegKind, LocalTime};

pub(super) struct TrackingLeg<'a> {
    pub(super) parcel: &'a Parcel,
    pub(super) kind: LegKind,
    pub(super) leg: &'a model::Leg,
}

object! {
    /// One courier's part of a journey: the sender's courier or the recipient's.
    #[Object]
    impl<'a> TrackingLeg<'a> {
        /// The courier of this leg.
        fn carrier(&self) -> Option<Carrier> {
            self.leg.carrier.clone().map(Carrier::coded)
        }

        /// The courier's own number for the parcel, if it differs.
        fn reference_number(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let text = self.leg.reference_number.as_deref()?;
            Some(shown(sight.caller(), self.parcel, text))
        }

        /// The courier's web site. Often plain `http`, and never checked. Without `customer:read` it lacks what such a page is
        /// asked for.
        fn weblink(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let link = self.leg.weblink.as_deref()?;
            Some(shown_link(sight.caller(), self.parcel, link))
        }

        /// The courier's hotline, or whatever number the courier wrote there; without `customer:read` it is masked.
        fn phone(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let text = self.leg.phone.as_deref()?;
            Some(shown(sight.caller(), self.parcel, text))
        }

        /// The marked points of an international journey.
        fn milestones(&self) -> TrackingMilestones<'a> {
            TrackingMilestones {
                parcel: self.parcel,
                milestones: self.leg.milestones.as_deref(),
            }
        }

        /// What this courier reported, newest first. The order counts, not the times.
        fn checkpoints(&self) -> Vec<Checkpoint<'a>> {
            let checkpoints = self.leg.checkpoints.iter();
            checkpoints
                .map(|checkpoint| Checkpoint::new(self.parcel, self.kind, checkpoint))
                .collect()
        }
    }
}

pub(super) struct TrackingMilestones<'a> {
    parcel: &'a Parcel,
    /// None, if none was reached.
    milestones: Option<&'a model::Milestones>,
}

object! {
    /// The marked points of an international journey, each in wall time of the place as the courier wrote it, without a time
    /// zone. Couriers do not report them in order of time.
    #[Object]
    impl TrackingMilestones<'_> {
        /// The first information of the parcel.
        fn received(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.written(sight, |reached| &reached.received)
        }

        /// It left the outward office of exchange.
        fn dispatched(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.written(sight, |reached| &reached.dispatched)
        }

        /// It reached the airport of departure.
        fn departed_airport(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.written(sight, |reached| &reached.departed_airport)
        }

        /// It arrived in the destination country.
        fn arrived_abroad(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.written(sight, |reached| &reached.arrived_abroad)
        }

        /// It was handed to customs.
        fn customs_clearance(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.written(sight, |reached| &reached.customs_clearance)
        }

        /// It reached the delivery office.
        fn arrived_destination(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.written(sight, |reached| &reached.arrived_destination)
        }
    }
}

impl<'a> TrackingMilestones<'a> {
    fn written(
        &self,
        sight: &Sight<'_>,
        time: impl FnOnce(&'a model::Milestones) -> &'a Option<LocalTime>,
    ) -> Option<Cow<'a, str>> {
        let time = time(self.milestones?).as_ref()?;
        Some(shown_time(sight.caller(), self.parcel, time))
    }
}
