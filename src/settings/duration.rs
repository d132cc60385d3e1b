//! Lengths of time as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::InvalidValue;

/// 30 days. Nobody waits longer on purpose, and far longer times do not fit into a clock.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A length of time such as `90s`, `2h`, `500ms` or `PT2H`, up to 30 days; a bare number means seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(Duration);

impl Span {
    fn new(duration: Duration) -> Result<Self, InvalidValue> {
        if duration > LONGEST {
            Err(InvalidValue::TooLong)
        } else {
            Ok(Self(duration))
        }
    }
}

impl FromStr for Span {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if let Ok(seconds) = text.parse() {
            return Self::new(Duration::from_secs(seconds));
        }
        let duration: SignedDuration = text.parse().map_err(|_| InvalidValue::Time)?;
        Self::new(duration.try_into().map_err(|_| InvalidValue::Time)?)
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrSeconds)
    }
}

/// What a settings file may hold.
struct TextOrSeconds;

impl Visitor<'_> for TextOrSeconds {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time such as \"90s\", \"2h\" or \"500ms\", or whole seconds")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Span, E> {
        let seconds = u64::try_from(seconds).map_err(|_| E::custom(InvalidValue::Time))?;
        self.visit_u64(seconds)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Span, E> {
        Span::new(Duration::from_secs(seconds)).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, milliseconds) in [
            ("0", 0),
            ("90", 90_000),
            ("90s", 90_000),
            ("2h", 7_200_000),
            ("500ms", 500),
            ("PT2H", 7_200_000),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(Duration::from(span), Duration::from_millis(milliseconds));
        }
        for bad in ["", "soon", "-5", "-5s", "1.5", "1e9999"] {
            assert_eq!(bad.parse::<Span>(), Err(InvalidValue::Time), "{bad}");
        }
    }

    #[test]
    fn a_time_over_thirty_days_is_refused() {
        assert!("720h".parse::<Span>().is_ok());
        for long in ["2592001", "720h 1ns", "18446744073709551615"] {
            assert_eq!(long.parse::<Span>(), Err(InvalidValue::TooLong), "{long}");
        }
    }
}
