//! What names a parcel: a carrier's code and the number that the carrier gave it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest number or carrier code that is accepted; the longest documented number has 39 characters.
const MAX_LENGTH: usize = 64;

/// A text that cannot name a parcel, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// Not a tracking number.
    #[error(
        "{0:?} is not a tracking number: give 5 to 64 letters, digits, hyphens or underscores, without blanks"
    )]
    TrackingNumber(String),
    /// Not a carrier code.
    #[error(
        "{0:?} is not a carrier code: give 1 to 64 letters, digits, hyphens or underscores, such as china-ems"
    )]
    CarrierCode(String),
}

/// A parcel's number, in upper case: letters, digits, `-` and `_`, at least five of them (the pattern
/// of the official PHP SDK, which ignores case).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackingNumber(Arc<str>);

impl TrackingNumber {
    /// Reads a number as people type it; blanks around it and its case do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let trimmed = text.trim();
        if trimmed.len() < 5 || !is_code(trimmed) {
            return Err(InvalidKey::TrackingNumber(shortened(text)));
        }
        Ok(Self(trimmed.to_ascii_uppercase().into()))
    }

    /// The number in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A carrier's code in lower case, such as `china-ems`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CarrierCode(Arc<str>);

impl CarrierCode {
    /// Reads a code as people type it; blanks around it and its case do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let trimmed = text.trim();
        if trimmed.is_empty() || !is_code(trimmed) {
            return Err(InvalidKey::CarrierCode(shortened(text)));
        }
        Ok(Self(trimmed.to_ascii_lowercase().into()))
    }

    /// The code in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one tracking of the account: numbers are unique only together with their carrier.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrackingKey {
    /// Who carries the parcel.
    pub carrier: CarrierCode,
    /// The carrier's number for it.
    pub number: TrackingNumber,
}

impl TrackingKey {
    /// One text for both, as servers name it to each other.
    pub fn name(&self) -> String {
        format!("{}/{}", self.carrier, self.number)
    }

    /// The key of that name.
    pub fn named(name: &str) -> Option<Self> {
        let (carrier, number) = name.split_once('/')?;
        Self::parse(carrier, number).ok()
    }

    /// Reads both parts as people type them.
    pub fn parse(carrier: &str, number: &str) -> Result<Self, InvalidKey> {
        Ok(Self {
            carrier: CarrierCode::parse(carrier)?,
            number: TrackingNumber::parse(number)?,
        })
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= MAX_LENGTH
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// What is echoed of a bad text is bounded, because it can be of any size.
fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let head: String = characters.by_ref().take(40).collect();
    if characters.next().is_some() {
        head + "..."
    } else {
        head
    }
}

/// What is wanted of a parcel names it.
impl AsRef<Self> for TrackingKey {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for CarrierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TrackingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.number, self.carrier)
    }
}

impl fmt::Debug for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for CarrierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for TrackingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_blanks_do_not_make_another_parcel() {
        let typed = TrackingKey::parse(" China-EMS ", " ls912989618cn ").unwrap();
        assert_eq!(
            typed,
            TrackingKey::parse("china-ems", "LS912989618CN").unwrap()
        );
        assert_eq!(typed.to_string(), "LS912989618CN of china-ems");
    }

    #[test]
    fn short_blank_and_foreign_texts_are_refused() {
        for bad in [
            "",
            "1234",
            "12 345",
            "12345/",
            "ÄÖÜ12345",
            "12,345",
            &"1".repeat(65),
        ] {
            assert!(TrackingNumber::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", " ", "a/b", "a b", "é"] {
            assert!(CarrierCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refusal_echoes_little_of_a_long_text() {
        let refusal = TrackingNumber::parse(&"!".repeat(100_000)).unwrap_err();
        assert!(refusal.to_string().len() < 200);
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(text in "[0-9A-Za-z_-]{5,64}") {
            let number = TrackingNumber::parse(&text).unwrap();
            prop_assert_eq!(TrackingNumber::parse(number.as_str()).unwrap(), number);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = TrackingKey::parse(&text, &text);
        }
    }
}
