//! How the words that hold only valid values are stored: as the text that they are parsed from, so that nothing else comes
//! back from a store.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CarrierCode, CountryCode, LocalTime, Status, Substatus, TrackingNumber};

/// Stores a type as its text and reads it with what gives `None` for a text that it cannot be.
macro_rules! stored_as_text {
    ($($type:ident: $text:expr, $read:expr;)+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let text: fn(&Self) -> &str = $text;
                serializer.serialize_str(text(self))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                let read: fn(&str) -> Option<Self> = $read;
                read(&text).ok_or_else(|| D::Error::custom(concat!("not a ", stringify!($type))))
            }
        }
    )+};
}

stored_as_text! {
    CarrierCode: Self::as_str, |text| Self::parse(text).ok();
    CountryCode: Self::as_str, |text| Self::parse(text).ok();
    LocalTime: Self::as_written, Self::parse;
    Status: Self::as_str, |text| Some(Self::parse(text));
    Substatus: Self::as_str, Self::parse;
    TrackingNumber: Self::as_str, |text| Self::parse(text).ok();
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
