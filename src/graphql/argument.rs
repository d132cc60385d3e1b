//! Arguments whose errors are errors of their field.

use super::error::Failure;
use crate::model::{CountryCode, Language, stated};

/// Reads a language that may be left out.
pub(super) fn language(name: &str, given: Option<String>) -> Result<Option<Language>, Failure> {
    let given = given.and_then(stated);
    given
        .map(|text| Language::parse(&text))
        .transpose()
        .map_err(|invalid| Failure::bad_input(format!("{name}: {invalid}")))
}

/// Reads a country's code.
pub(super) fn country(name: &str, given: &str) -> Result<CountryCode, Failure> {
    CountryCode::parse(given).map_err(|invalid| Failure::bad_input(format!("{name}: {invalid}")))
}

/// A list of conditions of a filter, in which an empty one would match everything instead of nothing.
pub(super) fn some_of<T, U>(
    field: &str,
    given: Option<Vec<T>>,
    most: usize,
    parse: impl Fn(T) -> Result<U, String>,
) -> Result<Vec<U>, Failure> {
    let Some(given) = given else {
        return Ok(Vec::new());
    };
    let refused = |message: String| Failure::bad_input(format!("filter.{field}: {message}"));
    let count = given.len();
    if !(1..=most).contains(&count) {
        return Err(refused(format!(
            "give 1 to {most} or leave it out; {count} were given"
        )));
    }
    let parsed = given.into_iter().enumerate().map(|(index, one)| {
        parse(one).map_err(|message| refused(format!("entry {index}: {message}")))
    });
    parsed.collect()
}

/// Refuses a text that is longer than anything real.
pub(super) fn bounded(text: &str, most: usize) -> Result<(), String> {
    let given = text.chars().count();
    if given > most {
        return Err(format!("it has {given} characters, and {most} is the most"));
    }
    Ok(())
}
