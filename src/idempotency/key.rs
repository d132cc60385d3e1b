//! What an operation is called, and what tells it from another.

use std::fmt;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::model::ClientId;

/// A key is as long as this at most, in characters.
const MAX_KEY: usize = 255;

/// What a client calls an operation that is to be done once. Who knows it and is taken for the client can read the outcome,
/// so that it is not written into logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Box<str>);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "an idempotency key has 1 to {MAX_KEY} visible ASCII characters and no blanks; a random UUID is a good one"
)]
pub struct InvalidKey;

impl Key {
    /// A key, if the text is one.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_visible || text.is_empty() || text.len() > MAX_KEY {
            return Err(InvalidKey);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// A client's key: the same key of another client has another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name([u8; 32]);

impl Name {
    /// The name of this client's key.
    pub fn of(client: &ClientId, key: &Key) -> Self {
        let mut digest = Sha256::new();
        // The length keeps a client's last letters from being the key's first.
        digest.update(client.as_str().len().to_be_bytes());
        digest.update(client.as_str());
        digest.update(key.0.as_bytes());
        Self(digest.finalize().into())
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// What an operation wants, in short. Equal operations have equal contents, and others do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content([u8; 32]);

impl Content {
    /// The content of an operation that is written like this.
    pub fn of(operation: &[u8]) -> Self {
        Self(Sha256::digest(operation).into())
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_and_not_too_long() {
        for good in [
            "k",
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
            &"~".repeat(255),
        ] {
            assert!(Key::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "two words", "tab\t", "schlüssel", &"k".repeat(256)] {
            assert_eq!(Key::parse(bad), Err(InvalidKey), "{bad}");
        }
    }

    #[test]
    fn a_key_belongs_to_its_client() {
        let name =
            |client: &str, key| Name::of(&ClientId::named(client), &Key::parse(key).unwrap());
        assert_eq!(name("a", "bc"), name("a", "bc"));
        assert_ne!(name("a", "bc"), name("ab", "c"));
        assert_ne!(name("a", "bc"), name("b", "bc"));
    }
}
