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

/// Refuses a text that is longer than anything real.
pub(super) fn bounded(text: &str, most: usize) -> Result<(), String> {
    let given = text.chars().count();
    if given > most {
        return Err(format!("it has {given} characters, and {most} is the most"));
    }
    Ok(())
}
