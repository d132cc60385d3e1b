//! Instants in the schema.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use super::error::Failure;

/// The scalar's specification wants exactly three digits.
pub(super) const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

pub(super) struct DateTime(pub(super) Timestamp);

/// An instant in RFC 3339 form, in UTC when it comes from this server: `2018-04-16T06:30:02.000Z`.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        // The time library also reads other forms than those of RFC 3339, which has its separators at fixed places.
        let has_separators = |(place, separator)| text.as_bytes().get(place) == Some(&separator);
        let is_rfc_3339 = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')]
            .into_iter()
            .all(has_separators);
        let instant = text.parse().ok().filter(|_| is_rfc_3339);
        instant.map(Self).ok_or_else(|| {
            InputValueError::custom(
                "not an instant: write it as 2018-04-16T06:30:02Z or with an offset such as +08:00",
            )
        })
    }

    fn to_value(&self) -> Value {
        Value::String(PRINTER.timestamp_to_string(&self.0))
    }
}

/// Both ends of a span of time.
pub(super) type Span = (Option<Timestamp>, Option<Timestamp>);

/// Refuses a span that ends before it begins, in which nothing can be. The arguments come with their names.
pub(super) fn span(
    (min_name, min): (&str, Option<DateTime>),
    (max_name, max): (&str, Option<DateTime>),
) -> Result<Span, Failure> {
    match (min.map(|min| min.0), max.map(|max| max.0)) {
        (Some(min), Some(max)) if min > max => Err(Failure::bad_input(format!(
            "{min_name} is later than {max_name}, so that nothing can match"
        ))),
        span => Ok(span),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn instants_are_told_with_three_digits(seconds in -377_705_023_201i64..253_402_207_200, nanoseconds in 0..1_000_000_000) {
            let instant = Timestamp::new(seconds, nanoseconds).unwrap();
            prop_assert_eq!(DateTime(instant).to_value(), Value::String(format!("{instant:.3}")));
        }
    }
}
