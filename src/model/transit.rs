//! How long a carrier takes from one country to another.

use super::{CarrierCode, CountryCode};

/// A carrier's way from one country to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TransitLane {
    /// The carrier.
    pub carrier: CarrierCode,
    /// Where parcels come from.
    pub origin: CountryCode,
    /// Where they go to.
    pub destination: CountryCode,
}

/// How long parcels took on a lane. Whatever the upstream left out is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransitTime {
    /// How many parcels were looked at.
    pub parcels: Option<u64>,
    /// How many of them were delivered.
    pub delivered: Option<u64>,
    /// The share that took 0 to 7 days, from 0 to 1, like the following.
    pub days_0_to_7: Option<f64>,
    /// 7 to 15 days.
    pub days_7_to_15: Option<f64>,
    /// 16 to 30 days.
    pub days_16_to_30: Option<f64>,
    /// 31 to 60 days.
    pub days_31_to_60: Option<f64>,
    /// More than 60 days.
    pub days_over_60: Option<f64>,
}
