//! Who is asking.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// A longer name than this many bytes is remembered by its digest.
const MAX_NAME: usize = 128;

/// A client of this service, as far as fairness is concerned: whoever has the same id shares one place in every line.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// Somebody with this name.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Somebody who has chosen his name among those of this kind, however long it is.
    pub fn of_kind(kind: &str, name: &str) -> Self {
        if name.len() <= MAX_NAME {
            return Self::named(format!("{kind} {name}"));
        }
        let digest = Sha256::digest(name.as_bytes());
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::named(format!("digest of {kind} {digits}"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ClientId {
    /// All those of whom nothing is known, together.
    fn default() -> Self {
        Self::named("")
    }
}

impl fmt::Debug for ClientId {
    /// An address is personal data, so that it is not written into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientId(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_and_stay_apart() {
        let of = |len| ClientId::of_kind("name", &"x".repeat(len));
        assert_eq!(of(2).as_str(), "name xx");
        assert_ne!(of(5_000), of(5_001));
        assert!(of(5_000).as_str().len() < MAX_NAME);
        // Nobody can take the name of somebody whose name is too long.
        let digest = of(5_000);
        let (_, digits) = digest.as_str().rsplit_once(' ').unwrap();
        assert_ne!(
            ClientId::of_kind("name", &format!("digest {digits}")),
            digest
        );
    }
}
