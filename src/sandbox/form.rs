//! Reading the body of a call that names one parcel.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::arrival::Arrival;
use super::carriers::Carrier;
use super::envelope::Code;
use super::numbers;
use super::payload::SERVICE_ZONE;

/// Longer texts are cut, as a column of a database would.
const LONGEST_TEXT: usize = 255;

/// The body of a create or realtime call.
pub struct Form<'a>(&'a Map<String, Value>);

impl<'a> Form<'a> {
    /// The body as an object. What is not JSON is answered as a wrong carrier, strange as that is.
    pub fn of(arrival: &'a Arrival) -> Result<Self, Code> {
        let body = arrival.json.as_ref().ok_or(Code::CARRIER_INVALID)?;
        body.as_object().map(Self).ok_or(Code::BAD_REQUEST)
    }

    /// A field as text; numbers count as text, and what is empty or anything else as missing.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.0.get(name)? {
            Value::String(text) => text.trim().chars().take(LONGEST_TEXT).collect(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// The parcel it names.
    pub fn parcel(&self) -> Result<(String, &'static Carrier), Code> {
        let number = self.text("tracking_number").ok_or(Code::NUMBER_MISSING)?;
        if !numbers::is_valid(&number) {
            return Err(Code::NUMBER_INVALID);
        }
        let code = self.text("carrier_code").ok_or(Code::BAD_REQUEST)?;
        let carrier = Carrier::find(&code).ok_or(Code::CARRIER_INVALID)?;
        Ok((number, carrier))
    }

    /// The order's time, which is sent like `2017/8/27 16:51`.
    pub fn order_create_time(&self) -> Result<Option<Timestamp>, Code> {
        let Some(text) = self.text("order_create_time") else {
            return Ok(None);
        };
        let local =
            jiff::fmt::strtime::parse("%Y/%m/%d %H:%M", &text).and_then(|time| time.to_datetime());
        let at = local.and_then(|local| SERVICE_ZONE.to_timestamp(local));
        at.map(Some).map_err(|_| Code::BAD_REQUEST)
    }
}
