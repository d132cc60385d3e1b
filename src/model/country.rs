//! Countries: ISO codes where they are certain, and the names as the upstream writes them.

use std::fmt;

use thiserror::Error;

use super::stated;

/// A text that is no country's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a country code: give the two letters of ISO 3166-1, such as US")]
pub struct InvalidCountryCode;

/// A country's ISO 3166-1 alpha-2 code, in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Reads a code as people type it; blanks around it and its case do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidCountryCode> {
        match text.trim().as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([
                    first.to_ascii_uppercase(),
                    second.to_ascii_uppercase(),
                ]))
            }
            _ => Err(InvalidCountryCode),
        }
    }

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a code is two ASCII letters")
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country as the upstream names it, with its code where the name leaves no doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    name: String,
    code: Option<CountryCode>,
}

impl Country {
    /// The country that the upstream calls so: `China`, `Hong Kong [CN]`; `None` for blank text.
    pub fn named(name: &str) -> Option<Self> {
        Some(Self {
            name: stated(name)?,
            code: None,
        })
    }

    /// The name as the upstream writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The code, if the name leaves no doubt.
    pub fn code(&self) -> Option<CountryCode> {
        self.code
    }
}
