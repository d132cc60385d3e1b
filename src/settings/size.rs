//! Sizes as people write them.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::InvalidValue;

/// The largest size, in bytes: nothing that is set here may be larger than 1 TiB.
const LARGEST: u64 = 1 << 40;

/// A size such as `256KiB`, `20MiB` or `1GiB`; a bare number means bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(u64);

impl Size {
    /// How many bytes that are.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// So many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        Self(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    fn new(bytes: u64) -> Result<Self, InvalidValue> {
        if bytes > LARGEST {
            Err(InvalidValue::Size)
        } else {
            Ok(Self(bytes))
        }
    }
}

impl FromStr for Size {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim_start() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(InvalidValue::Size),
        };
        let number: u64 = number.parse().map_err(|_| InvalidValue::Size)?;
        Self::new(number.checked_mul(unit).ok_or(InvalidValue::Size)?)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            bytes if bytes % (1 << 30) == 0 => write!(f, "{}GiB", bytes >> 30),
            bytes if bytes % (1 << 20) == 0 => write!(f, "{}MiB", bytes >> 20),
            bytes if bytes % (1 << 10) == 0 => write!(f, "{}KiB", bytes >> 10),
            bytes => write!(f, "{bytes}"),
        }
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrBytes)
    }
}

/// What a settings file may hold.
struct TextOrBytes;

impl Visitor<'_> for TextOrBytes {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as \"256KiB\" or \"20MiB\", or whole bytes")
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
        let bytes = u64::try_from(bytes).map_err(|_| E::custom(InvalidValue::Size))?;
        Size::new(bytes).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, bytes, written) in [
            ("0", 0, "0"),
            ("1000", 1_000, "1000"),
            ("256KiB", 262_144, "256KiB"),
            ("20 MiB", 20 << 20, "20MiB"),
            ("1024KiB", 1 << 20, "1MiB"),
            ("1024GiB", 1 << 40, "1024GiB"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!(size.bytes(), bytes, "{text}");
            assert_eq!(size.to_string(), written);
        }
        for bad in [
            "",
            "KiB",
            "-1",
            "1KB",
            "1.5MiB",
            "1025GiB",
            "99999999999999999999",
            "9999999999GiB",
        ] {
            assert_eq!(bad.parse::<Size>(), Err(InvalidValue::Size), "{bad}");
        }
    }
}
