//! Air cargo.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::LocalTime;

/// A text that is no air waybill's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not an air waybill number: give the airline's three digits and seven or eight more, such as 172-28891936"
)]
pub struct InvalidAirWaybillNumber;

/// An air waybill's number as `172-28891936`: the airline's prefix of three digits, a hyphen, seven or eight digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AirWaybillNumber(Arc<str>);

impl AirWaybillNumber {
    /// Reads a number as people type it: with a hyphen, a blank or nothing behind the prefix.
    pub fn parse(text: &str) -> Result<Self, InvalidAirWaybillNumber> {
        let (prefix, rest) = text
            .trim()
            .split_at_checked(3)
            .ok_or(InvalidAirWaybillNumber)?;
        let serial = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number(prefix) && is_number(serial) && (7..=8).contains(&serial.len()) {
            return Ok(Self(format!("{prefix}-{serial}").into()));
        }
        Err(InvalidAirWaybillNumber)
    }

    /// The number with its hyphen.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AirWaybillNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A consignment on its way by air. Whatever the upstream left out is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AirWaybill {
    /// Its number.
    pub number: AirWaybillNumber,
    /// Who flies it.
    pub airline: Option<Airline>,
    /// Its weight as the airline writes it, such as `260K`.
    pub weight: Option<String>,
    /// Of how many pieces it consists.
    pub pieces: Option<u32>,
    /// The IATA code of the airport that it comes from.
    pub origin: Option<String>,
    /// The IATA code of the airport that it goes to.
    pub destination: Option<String>,
    /// The newest event in one line.
    pub last_event: Option<String>,
    /// The upstream's number for its state; what the numbers mean is not documented.
    pub status_number: Option<String>,
    /// Its state in words; newer answers have it.
    pub status: Option<String>,
    /// Its finer state in words; newer answers have it.
    pub substatus: Option<String>,
    /// What happened to it, newest first.
    pub events: Vec<CargoEvent>,
    /// The flights that it was booked on.
    pub flights: Vec<Flight>,
    /// The IATA codes of the airports on its way, in order.
    pub stations: Vec<String>,
}

/// An airline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Airline {
    /// Its name.
    pub name: Option<String>,
    /// Its web site.
    pub homepage: Option<String>,
    /// The address of its own tracking page for this waybill.
    pub tracking_page: Option<String>,
}

/// What happened to a consignment. Times are local to the airport.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CargoEvent {
    /// When it was to happen.
    pub planned: Option<LocalTime>,
    /// When it happened.
    pub actual: Option<LocalTime>,
    /// What happened, in the airline's words.
    pub description: Option<String>,
    /// The IATA code of the airport.
    pub station: Option<String>,
    /// The flight.
    pub flight_number: Option<String>,
    /// A Cargo-IMP code, such as `RCS`, `DEP`, `ARR` or `DLV`.
    pub status: Option<String>,
    /// How many pieces it concerns.
    pub pieces: Option<u32>,
    /// What they weigh, as the airline writes it.
    pub weight: Option<String>,
}

/// A flight. Times are local to its airports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flight {
    /// Its number.
    pub number: Option<String>,
    /// The IATA code of the airport where it departs.
    pub origin: Option<String>,
    /// The IATA code of the airport where it arrives.
    pub destination: Option<String>,
    /// When it was to depart.
    pub planned_departure: Option<LocalTime>,
    /// When it departed.
    pub departure: Option<LocalTime>,
    /// When it was to arrive.
    pub planned_arrival: Option<LocalTime>,
    /// When it arrived.
    pub arrival: Option<LocalTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_hyphen_blank_or_neither() {
        for text in ["172-28891936", "172 28891936", " 17228891936 "] {
            assert_eq!(
                AirWaybillNumber::parse(text).unwrap().as_str(),
                "172-28891936"
            );
        }
        assert_eq!(
            AirWaybillNumber::parse("172-2889193").unwrap().as_str(),
            "172-2889193"
        );
        for bad in [
            "",
            "172",
            "172-288919",
            "172--28891936",
            "172-288919361",
            "17A-28891936",
            "éé-28891936",
        ] {
            assert_eq!(
                AirWaybillNumber::parse(bad),
                Err(InvalidAirWaybillNumber),
                "{bad}"
            );
        }
    }
}
