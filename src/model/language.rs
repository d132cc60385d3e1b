//! The languages in which couriers' texts can be had.

use std::fmt;

use thiserror::Error;

/// A text that is no language of the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidLanguage {
    /// Not two letters.
    #[error("not a language: give two letters, such as en, or cn for simplified Chinese")]
    Form,
    /// The international code for Chinese, which the upstream does not know.
    #[error("TrackingMore does not know zh: give cn for simplified or tw for traditional Chinese")]
    Chinese,
}

/// A language in the upstream's spelling: two letters in lower case, `cn` for simplified and `tw` for traditional Chinese.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language([u8; 2]);

impl Language {
    /// Reads a code as people type it; blanks around it and its case do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidLanguage> {
        match text.trim().as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                match [first.to_ascii_lowercase(), second.to_ascii_lowercase()] {
                    [b'z', b'h'] => Err(InvalidLanguage::Chinese),
                    code => Ok(Self(code)),
                }
            }
            _ => Err(InvalidLanguage::Form),
        }
    }

    /// The code in lower case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a code is two ASCII letters")
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_make_a_language_and_zh_is_told_its_names() {
        assert_eq!(Language::parse(" EN ").unwrap().as_str(), "en");
        for bad in ["", "e", "eng", "e1", "é"] {
            assert_eq!(Language::parse(bad), Err(InvalidLanguage::Form), "{bad}");
        }
        assert_eq!(Language::parse("zh"), Err(InvalidLanguage::Chinese));
    }
}
