//! Reading the bodies of calls: one object, or the rows of a batch.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arrival::Arrival;
use super::carriers::Carrier;
use super::envelope::Code;
use super::numbers;
use super::payload::SERVICE_ZONE;

/// Longer texts are cut, as a column of a database would.
const LONGEST_TEXT: usize = 255;

/// The documented maximum of a batch, taken for those too that have none.
const MOST_ROWS: usize = 40;

static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// An object that somebody filled in: a whole body, or a row of a batch.
pub struct Form<'a>(&'a Map<String, Value>);

impl<'a> Form<'a> {
    /// The body as an object. What is not JSON is answered as a wrong carrier, strange as that is.
    pub fn of(arrival: &'a Arrival) -> Result<Self, Code> {
        let body = arrival.json.as_ref().ok_or(Code::CARRIER_INVALID)?;
        body.as_object().map(Self).ok_or(Code::BAD_REQUEST)
    }

    /// The rows of a batch, at most 40. A row that is no object counts as one without fields.
    pub fn rows(arrival: &'a Arrival) -> Result<Vec<Self>, Code> {
        let body = arrival.json.as_ref().ok_or(Code::CARRIER_INVALID)?;
        let rows = body.as_array().filter(|rows| !rows.is_empty());
        let rows = rows.ok_or(Code::BAD_REQUEST)?;
        if rows.len() > MOST_ROWS {
            return Err(Code::TOO_MANY_NUMBERS);
        }
        let form = |row: &'a Value| Self(row.as_object().unwrap_or(&NOTHING));
        Ok(rows.iter().map(form).collect())
    }

    /// A field as it was sent.
    pub fn sent(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    /// Its row among the `errors` of a batch: what it named, as sent, and why it was refused.
    pub fn refused(&self, code: Code) -> Value {
        let echo = |name| match self.sent(name) {
            Some(named @ (Value::String(_) | Value::Number(_))) => named.clone(),
            _ => json!(""),
        };
        json!({
            "tracking_number": echo("tracking_number"),
            "carrier_code": echo("carrier_code"),
            "code": code.0,
            "message": code.message(),
        })
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
        Ok((number, self.carrier("carrier_code")?))
    }

    /// The carrier whose code stands in a field.
    pub fn carrier(&self, name: &str) -> Result<&'static Carrier, Code> {
        let code = self.text(name).ok_or(Code::BAD_REQUEST)?;
        Carrier::find(&code).ok_or(Code::CARRIER_INVALID)
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
