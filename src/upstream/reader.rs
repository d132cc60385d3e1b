//! Tolerant reading of the service's JSON.
//!
//! Documented examples and live answers write "nothing" as a missing key, `null`, `""` or `[]`, numbers as texts and
//! texts as numbers. A single value of an unforeseen shape is therefore left unset. An object or a list of an
//! unforeseen shape is a [`Mismatch`]: a parcel that lost its history must not look like one that nothing happened to.

use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::rows::{Row, rows};
use crate::model::{Text, stated};

/// A field whose shape is none of those that the service is known to use. Its content is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{field}` is {found} instead of {expected}")]
pub(super) struct Mismatch {
    field: &'static str,
    expected: &'static str,
    found: &'static str,
}

/// The fields of one JSON object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn new(object: &'a Map<String, Value>) -> Self {
        Self(object)
    }

    /// The fields of a value that is due to be an object; `None` for all that means nothing.
    pub fn of(field: &'static str, value: Option<&'a Value>) -> Result<Option<Self>, Mismatch> {
        match value {
            Some(Value::Object(object)) => Ok(Some(Self(object))),
            other => nothing(field, "an object", other).map(|()| None),
        }
    }

    /// Whether the key is there at all, with or without a value.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// A text that is not blank, or a whole number as text.
    pub fn text(&self, field: &str) -> Option<String> {
        self.0.get(field).and_then(text)
    }

    /// The same, to be kept.
    pub fn kept(&self, field: &str) -> Option<Text> {
        self.text(field).map(Text::from)
    }

    /// The texts of a list, or one text that stands for a list of one.
    pub fn texts(&self, field: &str) -> Vec<String> {
        match self.0.get(field) {
            Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
            other => other.and_then(text).into_iter().collect(),
        }
    }

    /// A whole number that fits, also if it was written as text.
    pub fn number<N: TryFrom<u64>>(&self, field: &str) -> Option<N> {
        let number: u64 = self.text(field)?.parse().ok()?;
        N::try_from(number).ok()
    }

    /// A number that may have a fraction, also if it was written as text.
    pub fn decimal(&self, field: &str) -> Option<f64> {
        let number = match self.0.get(field)? {
            Value::Number(number) => number.as_f64()?,
            other => text(other)?.parse().ok()?,
        };
        number.is_finite().then_some(number)
    }

    /// Yes or no, also if it was written as text or as 1 or 0.
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.0.get(field)? {
            Value::Bool(flag) => Some(*flag),
            other => match text(other)?.to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
        }
    }

    /// A date and time with its offset.
    pub fn instant(&self, field: &str) -> Option<Timestamp> {
        self.text(field)?.parse().ok()
    }

    /// Seconds since 1970, only if written as a number; 0 means unset.
    pub fn epoch(&self, field: &str) -> Option<Timestamp> {
        let seconds = self
            .0
            .get(field)?
            .as_i64()
            .filter(|seconds| *seconds != 0)?;
        Timestamp::from_second(seconds).ok()
    }

    /// Seconds since 1970, also if written as text; 0 means unset.
    pub fn epoch_or_text(&self, field: &str) -> Option<Timestamp> {
        let seconds = self.number(field).filter(|seconds| *seconds != 0)?;
        Timestamp::from_second(seconds).ok()
    }

    /// An object; `None` for all that means nothing, `[]` among it because PHP writes an empty map like that.
    pub fn object(&self, field: &'static str) -> Result<Option<Self>, Mismatch> {
        Self::of(field, self.0.get(field))
    }

    /// A list, empty for all that means nothing.
    pub fn list(&self, field: &'static str) -> Result<&'a [Value], Mismatch> {
        match self.0.get(field) {
            Some(Value::Array(list)) => Ok(list),
            other => nothing(field, "a list", other).map(|()| &[][..]),
        }
    }

    /// The texts of a list, or one text that stands for a list of one.
    pub fn list_of_texts(&self, field: &'static str) -> Result<Vec<String>, Mismatch> {
        match self.0.get(field) {
            Some(Value::String(_)) => Ok(self.texts(field)),
            _ => Ok(self.list(field)?.iter().filter_map(text).collect()),
        }
    }

    /// The rows of a list, or of an object that stands for one; none for all that means nothing.
    pub fn rows(&self, field: &'static str, mark: &str) -> Result<Vec<Row<'a>>, Mismatch> {
        match self.0.get(field) {
            Some(value) => rows(value, mark).ok_or(Mismatch {
                field,
                expected: "a list or an object",
                found: shape(value),
            }),
            None => Ok(Vec::new()),
        }
    }
}

/// Whether a value is one of the ways in which the service writes "nothing".
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// What a value is, for error texts.
pub(super) fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn nothing(
    field: &'static str,
    expected: &'static str,
    value: Option<&Value>,
) -> Result<(), Mismatch> {
    match value {
        Some(value) if !is_nothing(value) => Err(Mismatch {
            field,
            expected,
            found: shape(value),
        }),
        _ => Ok(()),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => stated(text),
        // Fractions are no text: a number too large for 64 bits would come out rounded.
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T>(value: Value, reader: impl FnOnce(Fields<'_>) -> T) -> T {
        let object = Map::from_iter([("it".to_owned(), value)]);
        reader(Fields::new(&object))
    }

    #[test]
    fn nothing_is_written_in_four_ways() {
        for nothing in [json!(null), json!(""), json!(" "), json!([])] {
            assert_eq!(read(nothing.clone(), |it| it.text("it")), None);
            assert!(read(nothing.clone(), |it| it
                .object("it")
                .unwrap()
                .is_none()));
            assert!(read(nothing, |it| it.list("it").unwrap().is_empty()));
        }
        assert!(read(json!(1), |it| it.list("missing").unwrap().is_empty()));
        assert!(!read(json!(1), |it| it.has("missing")));
    }

    #[test]
    fn numbers_and_texts_stand_for_each_other() {
        assert_eq!(read(json!(12), |it| it.text("it")).unwrap(), "12");
        assert_eq!(read(json!("56"), |it| it.number("it")), Some(56_u64));
        assert_eq!(read(json!(56), |it| it.number("it")), Some(56_u8));
        for bad in [json!(256), json!(-1), json!(1.5), json!("many"), json!({})] {
            assert_eq!(read(bad, |it| it.number::<u8>("it")), None);
        }
        assert_eq!(read(json!(1e100), |it| it.text("it")), None);
    }

    #[test]
    fn flags_come_in_three_spellings() {
        for (value, flag) in [
            (json!(true), Some(true)),
            (json!("False"), Some(false)),
            (json!(1), Some(true)),
            (json!("0"), Some(false)),
            (json!("maybe"), None),
            (json!(null), None),
        ] {
            assert_eq!(read(value, |it| it.flag("it")), flag);
        }
    }

    #[test]
    fn a_zero_epoch_and_a_time_without_offset_are_no_instant() {
        assert_eq!(read(json!(0), |it| it.epoch("it")), None);
        assert_eq!(read(json!(i64::MAX), |it| it.epoch("it")), None);
        let local = json!("2018-04-14 17:07");
        assert_eq!(read(local, |it| it.instant("it")), None);
        let east = read(json!("1970-01-01T08:00:01+08:00"), |it| it.instant("it"));
        assert_eq!(east, read(json!(1), |it| it.epoch("it")));
    }

    #[test]
    fn decimals_are_finite_numbers_in_either_spelling() {
        for (value, decimal) in [
            (json!(999), Some(999.0)),
            (json!(-0.5), Some(-0.5)),
            (json!("12.30"), Some(12.3)),
            (json!("inf"), None),
            (json!("NaN"), None),
            (json!("much"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(read(value, |it| it.decimal("it")), decimal);
        }
    }

    #[test]
    fn a_list_of_texts_may_be_one_text_but_not_a_number() {
        let texts = |value| read(value, |it| it.list_of_texts("it"));
        assert_eq!(texts(json!(["LUX", 7, null])).unwrap(), ["LUX", "7"]);
        assert_eq!(texts(json!("LUX")).unwrap(), ["LUX"]);
        assert!(texts(json!(" ")).unwrap().is_empty());
        assert!(texts(json!({"0": "LUX"})).is_err());
    }

    #[test]
    fn a_mismatch_names_the_field_and_hides_its_content() {
        let mismatch = read(json!("secret"), |it| it.list("it").unwrap_err());
        assert_eq!(mismatch.to_string(), "`it` is a text instead of a list");
        let mismatch = read(json!(1), |it| it.rows("it", "mark").unwrap_err());
        let expected = "`it` is a number instead of a list or an object";
        assert_eq!(mismatch.to_string(), expected);
        let mismatch = read(json!([1]), |it| it.object("it").err().unwrap());
        assert_eq!(mismatch.to_string(), "`it` is a list instead of an object");
    }
}
