//! Lengths of time in the schema.

use std::time::Duration as Length;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jiff::{Span, SpanRelativeTo};

/// 30 days. No answer is remembered for longer, and far longer times do not fit into a clock.
const LONGEST: Length = Length::from_secs(30 * 24 * 60 * 60);

pub(super) struct Duration(pub(super) Length);

/// A length of time in ISO 8601 form, such as `PT15M`, `PT0.5S`, `PT2H30M` or `P1D`, from `PT0S` to `P30D`. A day has 24
/// hours; years and months are not accepted, because their length differs.
#[Scalar(
    name = "Duration",
    specified_by_url = "https://the-guild.dev/graphql/scalars/docs/scalars/duration"
)]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let length = read(text).map_err(InputValueError::custom)?;
        Ok(Self(length))
    }

    fn to_value(&self) -> Value {
        let span = Span::try_from(self.0).unwrap_or_default();
        Value::String(span.to_string())
    }
}

fn read(text: &str) -> Result<Length, &'static str> {
    const NO_DURATION: &str =
        "not a duration: write it in ISO 8601 form, such as PT15M for 15 minutes or PT2.5S";
    if text.starts_with('-') {
        return Err("a duration cannot be negative");
    }
    // The time library also reads other forms than that of ISO 8601, which always begins like this.
    let span: Option<Span> = text.parse().ok().filter(|_| text.starts_with('P'));
    let span = span.ok_or(NO_DURATION)?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err("years and months differ in length: write the duration in days or hours");
    }
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let length = length.ok().and_then(|length| length.try_into().ok());
    let length: Length = length.ok_or(NO_DURATION)?;
    if length > LONGEST {
        return Err("a duration here has 30 days (P30D) at the most");
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_as_iso_8601_writes_them() {
        for (text, millis) in [
            ("PT0S", 0),
            ("PT0.25S", 250),
            ("PT15M", 15 * 60_000),
            ("PT1H30M", 90 * 60_000),
            ("P1D", 24 * 3_600_000),
            ("P1DT1S", 24 * 3_600_000 + 1_000),
            ("P2W", 14 * 24 * 3_600_000),
            ("P30D", 30 * 24 * 3_600_000),
        ] {
            assert_eq!(read(text), Ok(Length::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_a_wait_is_refused_with_the_reason() {
        for (text, reason) in [
            ("-PT1S", "negative"),
            ("P1M", "months"),
            ("P1Y", "months"),
            ("P31D", "30 days"),
            ("PT721H", "30 days"),
            ("PT99999999999999999999S", "not a duration"),
            ("15 minutes", "not a duration"),
            ("900", "not a duration"),
            ("P", "not a duration"),
            ("", "not a duration"),
        ] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(seconds in 0u64..30 * 24 * 60 * 60, millis in 0u64..1_000) {
            let length = Length::from_secs(seconds) + Length::from_millis(millis);
            let Value::String(text) = Duration(length).to_value() else { panic!("no text") };
            prop_assert_eq!(read(&text), Ok(length));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("P{text}"));
        }
    }
}
