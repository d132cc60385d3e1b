//! One courier's part of a journey.

use super::{CarrierCode, Checkpoint, LocalTime};

/// What one courier reports of a parcel: the sender's courier or the recipient's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leg {
    /// The courier of this leg.
    pub carrier: Option<CarrierCode>,
    /// The courier's own number for it.
    pub reference_number: Option<String>,
    /// The courier's web site.
    pub weblink: Option<String>,
    /// The courier's hotline.
    pub phone: Option<String>,
    /// The marked points of an international journey.
    pub milestones: Milestones,
    /// What the courier reported, newest first; the order counts, not the times.
    pub checkpoints: Vec<Checkpoint>,
}

impl Leg {
    /// Whether the courier has reported anything; the upstream also sends legs of nothing but nulls.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

/// The marked points of an international journey. Couriers do not report them in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Milestones {
    /// The first information of the parcel.
    pub received: Option<LocalTime>,
    /// It left the outward office of exchange.
    pub dispatched: Option<LocalTime>,
    /// It reached the airport of departure.
    pub departed_airport: Option<LocalTime>,
    /// It arrived in the destination country.
    pub arrived_abroad: Option<LocalTime>,
    /// It was handed to customs.
    pub customs_clearance: Option<LocalTime>,
    /// It reached the delivery office.
    pub arrived_destination: Option<LocalTime>,
}
