//! Instants in the schema.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jiff::Timestamp;

pub(super) struct DateTime(pub(super) Timestamp);

/// An instant in RFC 3339 form, in UTC when it comes from this server: `2018-04-16T06:30:02Z`.
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
        Value::String(self.0.to_string())
    }
}
