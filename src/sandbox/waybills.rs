//! What happens to an air waybill: a pure function of its number and the time when the sandbox opened.

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};

use super::airlines::{AIRPORTS, Airline, Airport};
use super::clock::later;
use super::dice;

/// The waybill of the documentation, whose journey and types are as printed there.
pub const DOCUMENTED: &str = "172-28891936";

/// A booked shipment.
#[derive(Debug)]
pub struct Waybill {
    /// How many pieces it has.
    pub pieces: u64,
    /// Their weight, in kilograms.
    pub weight_kg: u64,
    /// The flights in order; there is at least one.
    pub flights: Vec<Flight>,
    accepted: Timestamp,
    delivered: Moment,
}

/// A flight.
#[derive(Debug)]
pub struct Flight {
    /// Its number.
    pub number: String,
    /// Where it starts.
    pub from: &'static Airport,
    /// Where it lands.
    pub to: &'static Airport,
    /// When it starts.
    pub departure: Moment,
    /// When it lands.
    pub arrival: Moment,
}

/// When something is to happen and when it really does.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// As planned.
    pub plan: Timestamp,
    /// In truth.
    pub actual: Timestamp,
}

/// A row of a waybill's history.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The cargo-IMP status.
    pub status: &'static str,
    /// What happened, in words.
    pub event: String,
    /// Where.
    pub station: &'static Airport,
    /// When; acceptance has no plan.
    pub plan: Option<Timestamp>,
    /// When, in truth.
    pub actual: Timestamp,
    /// The flight that it belongs to, if any.
    pub flight: Option<&'a Flight>,
}

impl Waybill {
    /// The waybill with a number of this airline, begun some time before the sandbox opened.
    pub fn of(number: &str, airline: &Airline, opened: Timestamp) -> Self {
        if number == DOCUMENTED {
            return documented();
        }
        let roll = |purpose: &str, sides| dice::roll(number, purpose, sides);
        let accepted = later(opened, minutes(roll("age", 7200), -1));
        let count = AIRPORTS.len() as u64;
        let (first, stride) = (roll("first", count), 1 + roll("stride", count - 1));
        let airport = |index: u64| &AIRPORTS[((first + index * stride) % count) as usize];
        let mut flights: Vec<Flight> = Vec::new();
        let mut ready = accepted;
        for leg in 0..1 + roll("legs", 3) {
            let roll = |purpose: &str, sides| roll(&format!("{purpose} {leg}"), sides);
            let departure = later(ready, minutes(180 + roll("wait", 540), 1));
            let arrival = later(departure, minutes(90 + roll("flight", 690), 1));
            let late = roll("late", 45);
            flights.push(Flight {
                number: format!(
                    "{}{}",
                    airline.code,
                    1000 + 2000 * leg + roll("number", 2000)
                ),
                from: airport(leg),
                to: airport(leg + 1),
                departure: Moment::late(departure, late),
                arrival: Moment::late(arrival, late),
            });
            ready = arrival;
        }
        let collected = later(ready, minutes(480 + roll("collected", 1440), 1));
        let pieces = 1 + roll("pieces", 12);
        Self {
            pieces,
            weight_kg: pieces * (5 + roll("weight", 200)),
            flights,
            accepted,
            delivered: Moment::late(collected, 45 + roll("late", 90)),
        }
    }

    /// The airports in order.
    pub fn way(&self) -> Vec<&'static Airport> {
        let first = self.flights.first().map(|flight| flight.from);
        let rest = self.flights.iter().map(|flight| flight.to);
        first.into_iter().chain(rest).collect()
    }

    /// What has happened by now, oldest first.
    pub fn seen(&self, now: Timestamp) -> Vec<Entry<'_>> {
        let pieces = match self.pieces {
            1 => "1 piece".to_owned(),
            several => format!("{several} pieces"),
        };
        let accepted = self.flights.first().map(|flight| Entry {
            status: "RCS",
            event: format!("{pieces} accepted"),
            station: flight.from,
            plan: None,
            actual: self.accepted,
            flight: None,
        });
        let flown = self.flights.iter().flat_map(|flight| {
            let entry = |status, verb, station, moment: Moment| Entry {
                status,
                event: format!("{pieces} {verb} on {}", flight.number),
                station,
                plan: Some(moment.plan),
                actual: moment.actual,
                flight: Some(flight),
            };
            [
                entry("DEP", "departed", flight.from, flight.departure),
                entry("ARR", "arrived", flight.to, flight.arrival),
            ]
        });
        let delivered = self.flights.last().map(|flight| Entry {
            status: "DLV",
            event: format!("{pieces} delivered"),
            station: flight.to,
            plan: Some(self.delivered.plan),
            actual: self.delivered.actual,
            flight: Some(flight),
        });
        let all = accepted.into_iter().chain(flown).chain(delivered);
        all.filter(|entry| entry.actual <= now).collect()
    }
}

impl Moment {
    fn late(plan: Timestamp, late_minutes: u64) -> Self {
        Self {
            plan,
            actual: later(plan, minutes(late_minutes, 1)),
        }
    }

    fn on_the_wall(airport: &Airport, plan: DateTime, actual: DateTime) -> Self {
        Self {
            plan: airport.at(plan),
            actual: airport.at(actual),
        }
    }
}

fn minutes(count: u64, direction: i64) -> SignedDuration {
    SignedDuration::from_mins(direction * count as i64)
}

fn documented() -> Waybill {
    let airport =
        |iata| Airport::find(iata).expect("a test finds the airports of the documentation");
    let (from, to) = (airport("LUX"), airport("PVG"));
    let may = |day, hour, minute| date(2018, 5, day).at(hour, minute, 0, 0);
    Waybill {
        pieces: 2,
        weight_kg: 260,
        flights: vec![Flight {
            number: "CV7306".to_owned(),
            from,
            to,
            departure: Moment::on_the_wall(from, may(9, 20, 10), may(9, 20, 32)),
            arrival: Moment::on_the_wall(to, may(10, 14, 25), may(10, 14, 40)),
        }],
        accepted: from.at(may(9, 12, 0)),
        delivered: Moment::on_the_wall(to, may(11, 9, 0), may(11, 9, 30)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn waybills_visit_two_to_four_airports_once_each_and_in_order() {
        let airline = Airline::of("020-").unwrap();
        let mut lengths = HashSet::new();
        for serial in 0..200 {
            let waybill = Waybill::of(&format!("020-{serial:08}"), airline, Timestamp::UNIX_EPOCH);
            let way: Vec<&str> = waybill.way().iter().map(|airport| airport.iata).collect();
            let different: HashSet<&&str> = way.iter().collect();
            assert_eq!(different.len(), way.len());
            let entries = waybill.seen(Timestamp::MAX);
            assert!(entries.is_sorted_by_key(|entry| entry.actual));
            assert_eq!(entries.len(), 2 * way.len());
            lengths.insert(way.len());
        }
        assert_eq!(lengths, HashSet::from([2, 3, 4]));
    }

    #[test]
    fn the_documented_waybill_has_four_entries() {
        let airline = Airline::of(DOCUMENTED).unwrap();
        let waybill = Waybill::of(DOCUMENTED, airline, Timestamp::UNIX_EPOCH);
        let entries = waybill.seen(Timestamp::MAX);
        let statuses: Vec<&str> = entries.iter().map(|entry| entry.status).collect();
        assert_eq!(statuses, ["RCS", "DEP", "ARR", "DLV"]);
    }
}
