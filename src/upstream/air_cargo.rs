//! Air waybills.

use std::collections::HashMap;

use serde_json::Value;

use super::envelope::{odd_data, or_nothing};
use super::leg::local_time;
use super::reader::{Fields, Mismatch};
use super::request::Body;
use super::rows::{Row, rows};
use super::web_address::web_address;
use super::{Call, Error};
use crate::model::{AirWaybill, AirWaybillNumber, Airline, CargoEvent, Flight, Language, stated};

/// Asks for the waybills. A list even for one: the documentation knows nothing else.
pub(super) fn question(numbers: &[AirWaybillNumber], language: Option<Language>) -> Value {
    let numbers: Value = numbers.iter().map(AirWaybillNumber::as_str).collect();
    Body::default()
        .value("track_number", numbers)
        .language(language)
        .into()
}

/// A waybill of which the service said something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer about an air waybill cannot be read: {reason}")]
pub struct UnreadableWaybill {
    /// Which field, without its content.
    pub reason: String,
}

/// What the service says of one waybill; `None` if it knows nothing of it.
pub type WaybillOutcome = Result<Option<AirWaybill>, UnreadableWaybill>;

/// Finds what the answer says of each number. One that cannot be read does not spoil the others, which were paid for.
pub(super) fn answer(
    numbers: &[AirWaybillNumber],
    data: Result<Value, Error>,
) -> Result<Vec<WaybillOutcome>, Error> {
    let call = Call::AirWaybills;
    let data = or_nothing(data)?;
    let rows = rows(&data, "return_data").ok_or_else(|| odd_data(call, &data))?;
    let only = match (numbers, rows.len()) {
        ([only], 1) => Some(only),
        _ => None,
    };
    let mut found: HashMap<AirWaybillNumber, WaybillOutcome> = HashMap::new();
    for row in rows {
        if let Some(number) = number(row, only) {
            let waybill = waybill(number.clone(), row.1).map_err(|mismatch| UnreadableWaybill {
                reason: mismatch.to_string(),
            });
            let known = found.entry(number).or_insert(Ok(None));
            if !matches!(known, Ok(Some(_))) {
                *known = waybill;
            }
        }
    }
    let waybills = numbers
        .iter()
        .map(|number| found.get(number).cloned().unwrap_or(Ok(None)));
    Ok(waybills.collect())
}

/// The number that a row is about: it is the row's name in public clients' answers, and a field in newer ones. A row
/// without either can only be about the one waybill that was asked for.
fn number((name, row): Row<'_>, only: Option<&AirWaybillNumber>) -> Option<AirWaybillNumber> {
    let parsed = |text: &str| AirWaybillNumber::parse(text).ok();
    if let Some(number) = name.and_then(parsed) {
        return Some(number);
    }
    let fields = row.as_object().map(Fields::new)?;
    let named = ["track_number", "awb_number"]
        .iter()
        .find_map(|field| parsed(&fields.text(field)?));
    named.or_else(|| only.cloned())
}

/// `None` if nothing is known of it.
fn waybill(number: AirWaybillNumber, row: &Value) -> Result<Option<AirWaybill>, Mismatch> {
    let Some(outer) = Fields::of("waybill", Some(row))? else {
        return Ok(None);
    };
    let facts = match outer.has("return_data") {
        true => outer.object("return_data")?,
        false => Some(outer),
    };
    let Some(facts) = facts else {
        return Ok(None);
    };
    let stations = facts.list_of_texts("flight_way_station")?;
    let waybill = AirWaybill {
        number,
        airline: airline(outer, facts)?,
        weight: facts.text("weight"),
        pieces: facts.number("piece"),
        origin: facts.text("origin"),
        destination: facts.text("destination"),
        last_event: facts.text("last_event"),
        status_number: facts.text("status_number"),
        status: either_text(outer, facts, "awb_status"),
        substatus: either_text(outer, facts, "awb_substatus"),
        events: facts.list("track_info")?.iter().filter_map(event).collect(),
        flights: flights(facts, &stations)?,
        stations,
    };
    Ok(is_known(&waybill).then_some(waybill))
}

/// Unknown waybills come with blanks, a status number of 0, and the airline that their first digits tell.
fn is_known(waybill: &AirWaybill) -> bool {
    let texts = [
        &waybill.weight,
        &waybill.origin,
        &waybill.destination,
        &waybill.last_event,
        &waybill.status,
        &waybill.substatus,
    ];
    let status_number = waybill.status_number.as_deref();
    texts.iter().any(|text| text.is_some())
        || status_number.is_some_and(|number| number != "0")
        || waybill.pieces.is_some_and(|pieces| pieces > 0)
        || !waybill.events.is_empty()
        || !waybill.flights.is_empty()
        || !waybill.stations.is_empty()
}

fn either_text(outer: Fields<'_>, facts: Fields<'_>, field: &str) -> Option<String> {
    facts.text(field).or_else(|| outer.text(field))
}

/// Beside the facts or among them, and under a newer name.
fn airline(outer: Fields<'_>, facts: Fields<'_>) -> Result<Option<Airline>, Mismatch> {
    for fields in [outer, facts] {
        for field in ["airline_info", "air_info"] {
            let Some(fields) = fields.object(field)? else {
                continue;
            };
            let airline = Airline {
                name: fields.text("name"),
                homepage: web_address(fields, "url"),
                tracking_page: web_address(fields, "track_url"),
            };
            if airline != Airline::default() {
                return Ok(Some(airline));
            }
        }
    }
    Ok(None)
}

/// A row that is no object or says nothing is left out; its neighbours stay.
fn event(row: &Value) -> Option<CargoEvent> {
    let fields = Fields::new(row.as_object()?);
    let event = CargoEvent {
        planned: local_time(fields, "plan_date"),
        actual: local_time(fields, "actual_date"),
        description: fields.text("event"),
        station: fields.text("station"),
        flight_number: fields.text("flight_number"),
        status: fields.text("status"),
        pieces: fields.number("piece"),
        weight: fields.text("weight"),
    };
    (event != CargoEvent::default()).then_some(event)
}

/// Flights in a list stay in its order. In an object they have none, so that the airports on the way give it.
fn flights(facts: Fields<'_>, stations: &[String]) -> Result<Vec<Flight>, Mismatch> {
    let rows = facts.rows("flight_info", "depart_station")?;
    let have_names = rows.iter().any(|(name, _)| name.is_some());
    let mut flights: Vec<Flight> = rows.into_iter().filter_map(flight).collect();
    if have_names {
        flights.sort_by_key(|flight| {
            let mut stations = stations.iter();
            let place = stations.position(|station| Some(station) == flight.origin.as_ref());
            place.unwrap_or(usize::MAX)
        });
    }
    Ok(flights)
}

fn flight((name, row): Row<'_>) -> Option<Flight> {
    let fields = Fields::new(row.as_object()?);
    let number = fields.text("flight_number");
    let flight = Flight {
        number: number.or_else(|| name.and_then(stated)),
        origin: fields.text("depart_station"),
        destination: fields.text("arrival_station"),
        planned_departure: local_time(fields, "plan_depart_time"),
        departure: local_time(fields, "depart_time"),
        planned_arrival: local_time(fields, "plan_arrival_time"),
        arrival: local_time(fields, "arrival_time"),
    };
    (flight != Flight::default()).then_some(flight)
}
