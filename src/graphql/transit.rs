//! How long carriers take.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use jiff::Timestamp;

use super::argument;
use super::carrier::Carrier;
use super::context::{tracker, usage};
use super::country::Country;
use super::date_time::DateTime;
use super::error::{ErrorCode, Failure};
use super::outcome::Outcome;
use super::reference::check_count;
use crate::model::{self, CarrierCode, TransitLane};

/// A carrier's way from one country to another.
#[derive(InputObject)]
pub(super) struct TransitLaneInput {
    /// The carrier's code at TrackingMore, such as `dhl`.
    carrier_code: String,
    /// The country that parcels come from, as its ISO 3166-1 alpha-2 code, such as `CN`.
    origin_country_code: String,
    /// The country that parcels go to, as its ISO 3166-1 alpha-2 code, such as `US`.
    destination_country_code: String,
}

impl TransitLaneInput {
    fn parse(&self) -> Result<TransitLane, Failure> {
        Ok(TransitLane {
            carrier: CarrierCode::parse(&self.carrier_code)
                .map_err(|invalid| Failure::bad_input(invalid.to_string()))?,
            origin: argument::country("originCountryCode", &self.origin_country_code)?,
            destination: argument::country(
                "destinationCountryCode",
                &self.destination_country_code,
            )?,
        })
    }
}

pub(super) struct TransitTime {
    lane: TransitLane,
    time: Arc<model::TransitTime>,
    fetched_at: Timestamp,
}

/// How long parcels of a carrier took from one country to another. Shares are from 0 to 1, of those that were delivered.
#[Object]
impl TransitTime {
    /// The carrier that was asked about.
    async fn carrier(&self) -> Carrier {
        Carrier::coded(self.lane.carrier.clone())
    }

    /// The country that parcels come from.
    async fn origin_country(&self) -> Country<'_> {
        Country::Coded(self.lane.origin)
    }

    /// The country that parcels go to.
    async fn destination_country(&self) -> Country<'_> {
        Country::Coded(self.lane.destination)
    }

    /// How many parcels were looked at.
    async fn parcels(&self) -> Option<u64> {
        self.time.parcels
    }

    /// How many of them were delivered.
    async fn delivered(&self) -> Option<u64> {
        self.time.delivered
    }

    /// The share that took up to 7 days.
    async fn days_0_to_7(&self) -> Option<f64> {
        self.time.days_0_to_7
    }

    /// The share that took 7 to 15 days.
    async fn days_7_to_15(&self) -> Option<f64> {
        self.time.days_7_to_15
    }

    /// The share that took 16 to 30 days.
    async fn days_16_to_30(&self) -> Option<f64> {
        self.time.days_16_to_30
    }

    /// The share that took 31 to 60 days.
    async fn days_31_to_60(&self) -> Option<f64> {
        self.time.days_31_to_60
    }

    /// The share that took more than 60 days.
    async fn days_over_60(&self) -> Option<f64> {
        self.time.days_over_60
    }

    /// When TrackingMore said so: within a day, or longer ago if it could not be asked just now.
    async fn fetched_at(&self) -> DateTime {
        DateTime(self.fetched_at)
    }
}

pub(super) async fn transit_times(
    context: &Context<'_>,
    lanes: &[TransitLaneInput],
) -> Result<Vec<Outcome<TransitTime>>, Failure> {
    check_count("lanes", lanes.len())?;
    let lanes: Vec<_> = lanes.iter().map(TransitLaneInput::parse).collect();
    let asked = lanes.iter().flatten().cloned().collect();
    let answers = tracker(context).transit_times(usage(context), asked).await;
    let times = lanes.into_iter().map(|lane| {
        let lane = lane?;
        let known = answers[&lane].clone()?;
        let fetched_at = known.fetched_at;
        let time = known.value.ok_or_else(|| {
            Failure::new(
                ErrorCode::NotFound,
                format!(
                    "TrackingMore knows no transit times of {} from {:?} to {:?}",
                    lane.carrier, lane.origin, lane.destination
                ),
            )
        })?;
        Ok::<_, Failure>(TransitTime {
            lane,
            time,
            fetched_at,
        })
    });
    Ok(times.map(Outcome::from).collect())
}
