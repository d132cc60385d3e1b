//! How fast simulated parcels travel.

use std::str::FromStr;

use serde::Deserialize;

use super::InvalidValue;

/// The fastest that is accepted: more than a day in every second.
const FASTEST: f64 = 100_000.0;

/// Simulated seconds per second: from 0, which stands still, to 100,000.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Speed(f64);

impl Default for Speed {
    /// A minute in every second.
    fn default() -> Self {
        Self(60.0)
    }
}

impl TryFrom<f64> for Speed {
    type Error = InvalidValue;

    fn try_from(speed: f64) -> Result<Self, InvalidValue> {
        if (0.0..=FASTEST).contains(&speed) {
            Ok(Self(speed))
        } else {
            Err(InvalidValue::Speed)
        }
    }
}

impl FromStr for Speed {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.parse::<f64>()
            .map_err(|_| InvalidValue::Speed)?
            .try_into()
    }
}

impl From<Speed> for f64 {
    fn from(speed: Speed) -> Self {
        speed.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_forward_and_not_too_fast() {
        for good in ["0", "0.5", "100000"] {
            assert!(good.parse::<Speed>().is_ok(), "{good}");
        }
        for bad in ["", "fast", "-1", "100001", "NaN", "inf"] {
            assert_eq!(bad.parse::<Speed>(), Err(InvalidValue::Speed), "{bad}");
        }
    }
}
