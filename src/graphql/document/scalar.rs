//! Scalars of our own: what is right is decided by what reads them later.

use async_graphql::{InputType, InputValueError, Pos, Value};

use crate::graphql::date_time::DateTime;
use crate::graphql::duration::Duration;

/// What is wrong with a value of a scalar of our own.
pub(super) fn wrong(scalar: &str, value: &Value) -> Option<String> {
    match scalar {
        "DateTime" => wrong_for::<DateTime>(value),
        "Duration" => wrong_for::<Duration>(value),
        // What else there is takes anything here.
        _ => None,
    }
}

fn wrong_for<T: InputType>(value: &Value) -> Option<String> {
    let error: InputValueError<T> = T::parse(Some(value.clone())).err()?;
    Some(error.into_server_error(Pos::default()).message)
}
