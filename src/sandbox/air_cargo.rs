//! `POST /trackings/aircargo`: where air waybills are.

use indexmap::IndexSet;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::airlines::{Airline, Airport};
use super::arrival::Arrival;
use super::dice;
use super::envelope::{Code, Reply};
use super::form::Form;
use super::quota;
use super::waybills::{DOCUMENTED, Entry, Flight, Waybill};

const MOST_WAYBILLS: usize = 40;

/// An object by waybill; `[]` when it is empty, as PHP has it. A waybill costs 20 quota, whatever is found;
/// one that is named twice costs once. Nothing is told of airlines that the service does not know and of
/// serials that begin with 000; of other serials that begin with 00 it is told that nothing is known.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let numbers = numbers(&Form::of(arrival)?)?;
    account.quota.pay(quota::WAYBILL.times(numbers.len()))?;
    let now = account.clock.now();
    let opened = account.opened();
    let found = numbers
        .into_iter()
        .filter_map(|number| shipment(&number, opened, now).map(|found| (number, found)));
    let found: Map<String, Value> = found.collect();
    let data = match found.is_empty() {
        true => json!([]),
        false => Value::Object(found),
    };
    Ok(Reply::envelope(Code::OK, &data))
}

/// The waybills asked for, each once, in their normal form.
fn numbers(form: &Form) -> Result<IndexSet<String>, Code> {
    let listed = match form.sent("track_number") {
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(single @ (Value::String(_) | Value::Number(_))) => std::slice::from_ref(single),
        _ => &[],
    };
    if listed.is_empty() {
        return Err(Code::NUMBER_MISSING);
    }
    if listed.len() > MOST_WAYBILLS {
        return Err(Code::TOO_MANY_NUMBERS);
    }
    let normal = listed.iter().map(|one| match one {
        Value::String(text) => normal(text.trim()),
        Value::Number(number) => normal(&number.to_string()),
        _ => None,
    });
    normal.collect::<Option<_>>().ok_or(Code::NUMBER_INVALID)
}

/// `172-28891936` for what matches `^([0-9]{3})([ \-]{1})?([0-9]{7,8})$`.
fn normal(text: &str) -> Option<String> {
    let (prefix, rest) = text.split_at_checked(3)?;
    let serial = rest.strip_prefix([' ', '-']).unwrap_or(rest);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_waybill = digits(prefix) && digits(serial) && (7..=8).contains(&serial.len());
    is_waybill.then(|| format!("{prefix}-{serial}"))
}

/// What the airline tells of a waybill, if it tells anything.
fn shipment(number: &str, opened: Timestamp, now: Timestamp) -> Option<Value> {
    let airline = Airline::of(number)?;
    let (_, serial) = number.split_once('-')?;
    let style = Style(number);
    match serial {
        lost if lost.starts_with("000") => None,
        empty if empty.starts_with("00") => Some(wrapped(nothing(), airline, "", style)),
        _ => {
            let waybill = Waybill::of(number, airline, opened);
            let page = airline.track_url(number);
            let data = return_data(&waybill, now, style);
            Some(wrapped(data, airline, &page, style))
        }
    }
}

/// The airline's address stands beside the data, for some inside it.
fn wrapped(mut data: Value, airline: &Airline, track_url: &str, style: Style) -> Value {
    let info = json!({ "name": airline.name, "url": airline.url, "track_url": track_url });
    match style.is("airline inside") {
        true => {
            data["airline_info"] = info;
            json!({ "return_data": data })
        }
        false => json!({ "return_data": data, "airline_info": info }),
    }
}

fn nothing() -> Value {
    json!({
        "weight": "", "piece": "", "origin": "", "destination": "", "last_event": "",
        "status_number": "0", "track_info": [], "flight_info": [], "flight_way_station": [],
    })
}

fn return_data(waybill: &Waybill, now: Timestamp, style: Style) -> Value {
    let entries = waybill.seen(now);
    let way: Vec<&str> = waybill.way().iter().map(|airport| airport.iata).collect();
    let last = entries.last().map(|entry| {
        let date = style.time(entry.station, entry.actual);
        format!("{date}, {}, {}", entry.event, entry.station.iata)
    });
    let status_number = match entries.last().map(|entry| entry.status) {
        None => 0,
        Some("RCS") => 1,
        Some("DEP") => 2,
        Some("ARR") => 3,
        Some(_) => 4,
    };
    let mut rows: Vec<Value> = entries.iter().map(|one| row(one, waybill, style)).collect();
    rows.reverse();
    json!({
        "weight": format!("{}K", waybill.weight_kg),
        "piece": style.number("piece", waybill.pieces),
        "origin": way.first(),
        "destination": way.last(),
        "last_event": last.unwrap_or_default(),
        "status_number": style.number("status", status_number),
        "track_info": rows,
        "flight_info": flights(&waybill.flights, now, style),
        "flight_way_station": way,
    })
}

/// Texts are empty where an event has none: no plan for acceptance, a weight only at delivery.
fn row(entry: &Entry, waybill: &Waybill, style: Style) -> Value {
    let plan = entry.plan.map(|plan| style.time(entry.station, plan));
    let weight = (entry.status == "DLV").then(|| format!("{}K", waybill.weight_kg));
    json!({
        "plan_date": plan.unwrap_or_default(),
        "actual_date": style.time(entry.station, entry.actual),
        "event": entry.event,
        "station": entry.station.iata,
        "flight_number": entry.flight.map_or("", |flight| flight.number.as_str()),
        "status": entry.status,
        "piece": waybill.pieces.to_string(),
        "weight": weight.unwrap_or_default(),
    })
}

/// By flight, or as a list whose rows say their flight. What has not happened has no time yet.
fn flights(flights: &[Flight], now: Timestamp, style: Style) -> Value {
    let happened = |airport, at| match at <= now {
        true => style.time(airport, at),
        false => String::new(),
    };
    let rows = flights.iter().map(|flight| {
        let (departure, arrival) = (flight.departure, flight.arrival);
        let row = json!({
            "depart_station": flight.from.iata,
            "arrival_station": flight.to.iata,
            "plan_depart_time": style.time(flight.from, departure.plan),
            "depart_time": happened(flight.from, departure.actual),
            "plan_arrival_time": style.time(flight.to, arrival.plan),
            "arrival_time": happened(flight.to, arrival.actual),
        });
        (flight.number.clone(), row)
    });
    match style.is("flights as list") {
        false => Value::Object(rows.collect()),
        true => Value::Array(
            rows.map(|(number, mut row)| {
                row["flight_number"] = json!(number);
                row
            })
            .collect(),
        ),
    }
}

/// How the service writes about a waybill: plainly about the documented one, about others in all the ways
/// that clients have met.
#[derive(Debug, Clone, Copy)]
struct Style<'a>(&'a str);

impl Style<'_> {
    fn is(self, oddity: &str) -> bool {
        self.0 != DOCUMENTED && dice::roll(self.0, oddity, 2) == 0
    }

    fn number(self, purpose: &str, number: u64) -> Value {
        match self.is(purpose) {
            true => json!(number.to_string()),
            false => json!(number),
        }
    }

    fn time(self, airport: &Airport, at: Timestamp) -> String {
        let format = match self.is("seconds") {
            true => "%Y-%m-%d %H:%M:%S",
            false => "%Y-%m-%d %H:%M",
        };
        airport.wall_time(at).strftime(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waybills_are_normalised() {
        for text in ["172-28891936", "172 28891936", "17228891936"] {
            assert_eq!(normal(text).as_deref(), Some("172-28891936"));
        }
        assert_eq!(normal("172-2889193").as_deref(), Some("172-2889193"));
        for wrong in [
            "",
            "172",
            "172--28891936",
            "172-288919",
            "172-288919360",
            "17é-28891936",
            "AB2-28891936",
        ] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
    }
}
