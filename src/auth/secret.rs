//! What nobody may read.

use std::fmt;

use thiserror::Error;

/// How many bytes a secret has at least: HMAC with SHA-256 is as strong as that.
const LEAST: usize = 32;

/// A secret with which tokens are signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

/// A secret that can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must have at least {LEAST} bytes: make one with `openssl rand -base64 32`")]
pub struct TooShort;

impl Secret {
    /// Takes a text that is long enough; blanks around it do not count.
    pub fn parse(text: &str) -> Result<Self, TooShort> {
        let bytes = text.trim().as_bytes();
        match bytes.len() {
            0..LEAST => Err(TooShort),
            _ => Ok(Self(bytes.into())),
        }
    }

    /// The secret itself.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_never_shown() {
        assert_eq!(Secret::parse(&"x".repeat(31)), Err(TooShort));
        assert_eq!(
            Secret::parse(&format!("  {}  ", "x".repeat(31))),
            Err(TooShort)
        );
        let secret = Secret::parse(&"x".repeat(32)).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(****)");
    }
}
