//! Air cargo in the schema.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use jiff::Timestamp;

use super::argument;
use super::context::{caller, tracker, usage};
use super::date_time::DateTime;
use super::error::{ErrorCode, Failure};
use super::mask::shown_knowing;
use super::outcome::Outcome;
use super::user_error::Path;
use super::warning::Warning;
use crate::model::{self, AirWaybillNumber, LocalTime};
use crate::tracker::Waybill;

/// Each costs 20 quotas, so that a slip should not cost the whole account.
const MAX_NUMBERS: usize = 20;

pub(super) struct AirWaybill {
    waybill: Arc<model::AirWaybill>,
    fetched_at: Timestamp,
    stale: bool,
}

/// A consignment on its way by air. Airports are given by their IATA codes, such as `LUX`; times are local to the airport,
/// as the airline wrote them, without a time zone.
#[Object]
impl AirWaybill {
    /// The number, such as `172-28891936`: the airline's prefix and its serial number.
    async fn number(&self) -> &str {
        self.waybill.number.as_str()
    }

    /// Who flies it.
    async fn airline(&self) -> Option<Airline<'_>> {
        self.waybill.airline.as_ref().map(Airline::of)
    }

    /// The weight as the airline writes it, with the letter of its unit: `260K` are 260 kilograms.
    async fn weight(&self) -> Option<&str> {
        self.waybill.weight.as_deref()
    }

    /// Of how many pieces it consists.
    async fn pieces(&self) -> Option<u32> {
        self.waybill.pieces
    }

    /// The airport that it comes from.
    async fn origin(&self) -> Option<&str> {
        self.waybill.origin.as_deref()
    }

    /// The airport that it goes to.
    async fn destination(&self) -> Option<&str> {
        self.waybill.destination.as_deref()
    }

    /// The newest event in one line.
    async fn last_event(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        shown(context, &self.waybill.last_event)
    }

    /// TrackingMore's number for its state; what the numbers mean is not documented.
    async fn status_number(&self) -> Option<&str> {
        self.waybill.status_number.as_deref()
    }

    /// Its state in TrackingMore's words, where the answer has it.
    async fn upstream_status(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        shown(context, &self.waybill.status)
    }

    /// Its finer state in TrackingMore's words, where the answer has it.
    async fn upstream_substatus(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        shown(context, &self.waybill.substatus)
    }

    /// What happened to it, newest first.
    async fn events(&self, context: &Context<'_>) -> Vec<CargoEvent<'_>> {
        let events = self.waybill.events.iter();
        events.map(|event| CargoEvent::of(context, event)).collect()
    }

    /// The flights that it is booked on.
    async fn flights(&self) -> Vec<Flight<'_>> {
        self.waybill.flights.iter().map(Flight::of).collect()
    }

    /// The airports on its way, in order.
    async fn stations(&self) -> &[String] {
        &self.waybill.stations
    }

    /// What looks wrong about the number; empty if nothing does.
    async fn warnings(&self) -> Vec<Warning> {
        let suspicion = self.waybill.number.suspicion();
        suspicion
            .map(|suspicion| Warning::new(Path::to("numbers"), suspicion))
            .into_iter()
            .collect()
    }

    /// When TrackingMore said so. An answer is given again for up to an hour, because each costs 20 quotas.
    async fn fetched_at(&self) -> DateTime {
        DateTime(self.fetched_at)
    }

    /// Whether it is older than the usual hour, because TrackingMore could not be asked just now.
    async fn stale(&self) -> bool {
        self.stale
    }
}

/// An airline.
#[derive(SimpleObject)]
pub(super) struct Airline<'a> {
    /// The name.
    name: Option<&'a str>,
    /// The address of the web site. It is TrackingMore's, and never checked.
    homepage: Option<&'a str>,
    /// The address of the airline's own page about the waybill.
    tracking_page: Option<&'a str>,
}

impl<'a> Airline<'a> {
    fn of(airline: &'a model::Airline) -> Self {
        Self {
            name: airline.name.as_deref(),
            homepage: airline.homepage.as_deref(),
            tracking_page: airline.tracking_page.as_deref(),
        }
    }
}

/// Something that happened to a consignment, or is to happen.
#[derive(SimpleObject)]
pub(super) struct CargoEvent<'a> {
    /// When it was to happen.
    planned_local_time: Option<&'a str>,
    /// When it happened.
    local_time: Option<&'a str>,
    /// What happened, in the airline's words.
    description: Option<Cow<'a, str>>,
    /// The airport.
    station: Option<&'a str>,
    /// The flight, such as `CV7306`.
    flight_number: Option<&'a str>,
    /// The Cargo-IMP code of it: `BKD` booked, `RCS` accepted, `DEP` departed, `ARR` arrived, `RCF` received from the
    /// flight, `NFD` consignee notified, `AWD` documents handed over, `DLV` delivered, and others.
    status: Option<&'a str>,
    /// How many pieces it concerns.
    pieces: Option<u32>,
    /// What they weigh, as the airline writes it.
    weight: Option<&'a str>,
}

impl<'a> CargoEvent<'a> {
    fn of(context: &Context<'_>, event: &'a model::CargoEvent) -> Self {
        Self {
            planned_local_time: written(&event.planned),
            local_time: written(&event.actual),
            description: shown(context, &event.description),
            station: event.station.as_deref(),
            flight_number: event.flight_number.as_deref(),
            status: event.status.as_deref(),
            pieces: event.pieces,
            weight: event.weight.as_deref(),
        }
    }
}

/// A flight.
#[derive(SimpleObject)]
pub(super) struct Flight<'a> {
    /// The number, such as `CV7306`.
    number: Option<&'a str>,
    /// The airport where it departs.
    origin: Option<&'a str>,
    /// The airport where it arrives.
    destination: Option<&'a str>,
    /// When it was to depart.
    planned_departure: Option<&'a str>,
    /// When it departed.
    departure: Option<&'a str>,
    /// When it was to arrive.
    planned_arrival: Option<&'a str>,
    /// When it arrived.
    arrival: Option<&'a str>,
}

impl<'a> Flight<'a> {
    fn of(flight: &'a model::Flight) -> Self {
        Self {
            number: flight.number.as_deref(),
            origin: flight.origin.as_deref(),
            destination: flight.destination.as_deref(),
            planned_departure: written(&flight.planned_departure),
            departure: written(&flight.departure),
            planned_arrival: written(&flight.planned_arrival),
            arrival: written(&flight.arrival),
        }
    }
}

fn shown<'a>(context: &Context<'_>, text: &'a Option<String>) -> Option<Cow<'a, str>> {
    text.as_deref()
        .map(|text| shown_knowing(caller(context), None, text))
}

fn written(time: &Option<LocalTime>) -> Option<&str> {
    time.as_ref().map(LocalTime::as_written)
}

/// Nothing is known of a waybill; a slip in its number is the likeliest reason.
fn unknown(number: &AirWaybillNumber) -> Failure {
    let mut message = format!("TrackingMore knows nothing of the air waybill {number:?}");
    if let Some(suspicion) = number.suspicion() {
        message += &format!("; {}", suspicion.message.trim_end_matches('.'));
        if let Some(suggestion) = suspicion.suggestion {
            message += &format!(", so {suggestion} may be meant");
        }
    }
    Failure::new(ErrorCode::NotFound, message)
}

pub(super) async fn air_waybills(
    context: &Context<'_>,
    numbers: &[String],
    language: Option<String>,
) -> Result<Vec<Outcome<AirWaybill>>, Failure> {
    if numbers.len() > MAX_NUMBERS {
        return Err(Failure::bad_input(format!(
            "numbers takes at most {MAX_NUMBERS} entries, because each costs 20 quotas; {} were given",
            numbers.len()
        )));
    }
    let language = argument::language("language", language)?;
    let parse = |number: &String| {
        AirWaybillNumber::parse(number)
            .map_err(|invalid| Failure::bad_input(format!("numbers: {invalid}")))
    };
    let numbers: Vec<_> = numbers.iter().map(parse).collect();
    let asked = numbers.iter().flatten().cloned().collect();
    let answers = tracker(context)
        .air_waybills(usage(context), asked, language)
        .await;
    let waybills = numbers.into_iter().map(|number| {
        let number = number?;
        let known = answers[&number].clone()?;
        match known.value {
            Waybill::Known(waybill) => Ok(AirWaybill {
                waybill,
                fetched_at: known.fetched_at,
                stale: known.stale.is_some(),
            }),
            Waybill::Unknown => Err(unknown(&number)),
            Waybill::Unreadable => Err(Failure::new(
                ErrorCode::UpstreamInvalid,
                format!("TrackingMore's answer about the air waybill {number:?} cannot be read"),
            )),
        }
    });
    Ok(waybills.map(Outcome::from).collect())
}
