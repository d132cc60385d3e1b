//! Check digits: whether a number can be right, and which one was probably meant.
//!
//! Only formats whose rule is published are judged, and the judgement is a warning: carriers do hand out numbers
//! that break their own rule.

use super::number_format::NumberFormat;
use super::{AirWaybillNumber, CarrierCode, TrackingNumber};

/// Why a number is probably mistyped. It is a warning, never a reason to refuse the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// What does not fit, in a sentence for people.
    pub message: String,
    /// The number that was probably meant.
    pub suggestion: Option<String>,
}

impl TrackingNumber {
    /// Why this number is probably mistyped; `None` for one that fits, and for formats without a published rule. UPU S10
    /// and UPS numbers are known by their form alone, those of DHL Express, FedEx and USPS only together with the carrier.
    pub fn suspicion(&self, carrier: Option<&CarrierCode>) -> Option<Suspicion> {
        let by_carrier = match carrier.map(CarrierCode::as_str) {
            Some("dhl") => Some(NumberFormat::DhlExpress),
            Some("fedex") => Some(NumberFormat::FedEx),
            Some("usps") => Some(NumberFormat::UspsPackage),
            _ => None,
        };
        let formats = [
            Some(NumberFormat::UpuS10),
            Some(NumberFormat::Ups),
            by_carrier,
        ];
        suspicion(self.as_str(), formats.into_iter().flatten())
    }
}

impl AirWaybillNumber {
    /// Why this number is probably mistyped: the eighth digit behind the prefix is the rest of the seven before it
    /// divided by seven (IATA resolution 600a). A serial number of seven digits has no check digit.
    pub fn suspicion(&self) -> Option<Suspicion> {
        suspicion(self.as_str(), [NumberFormat::AirWaybill])
    }
}

fn suspicion(
    number: &str,
    formats: impl IntoIterator<Item = NumberFormat> + Clone,
) -> Option<Suspicion> {
    let characters = number.as_bytes();
    if let Some(format) = formats.clone().into_iter().find(|it| it.fits(characters)) {
        return (!format.is_right(characters)).then(|| Suspicion {
            message: format!(
                "{number} looks like {}, but its check digit does not fit: a character is probably mistyped.",
                format.name()
            ),
            suggestion: correction(format, characters),
        });
    }
    formats.into_iter().find_map(|format| {
        let mended = format.with_lookalikes_mended(characters)?;
        format.is_right(&mended).then(|| Suspicion {
            message: format!(
                "{number} would be {} if some letters were the digits that they look like, or the reverse.",
                format.name()
            ),
            suggestion: text(mended),
        })
    })
}

/// The only number that is right with one letter read as the digit that it looks like, or else with two neighbouring
/// digits exchanged, or else with one digit read as a letter; failing all, the one that the check digit would fit.
fn correction(format: NumberFormat, characters: &[u8]) -> Option<String> {
    let only_right = |candidates: &mut dyn Iterator<Item = Vec<u8>>| {
        let mut right = candidates.filter(|it| format.is_right(it));
        right.next().filter(|_| right.next().is_none())
    };
    let meant = only_right(&mut format.lookalikes(characters, u8::is_ascii_uppercase))
        .or_else(|| only_right(&mut swaps(characters)))
        .or_else(|| only_right(&mut format.lookalikes(characters, u8::is_ascii_digit)))
        .unwrap_or_else(|| format.with_check_digit(characters));
    text(meant)
}

fn swaps(characters: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let pairs = characters.windows(2).enumerate();
    pairs
        .filter(|(_, pair)| pair[0] != pair[1] && pair.iter().all(u8::is_ascii_digit))
        .map(|(at, _)| {
            let mut swapped = characters.to_vec();
            swapped.swap(at, at + 1);
            swapped
        })
}

fn text(characters: Vec<u8>) -> Option<String> {
    String::from_utf8(characters).ok()
}

#[cfg(test)]
#[path = "check_digit_tests.rs"]
mod tests;
