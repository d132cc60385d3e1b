//! Who is asking.

use std::fmt;
use std::sync::Arc;

/// A client of this service, as far as fairness is concerned: whoever has the same id shares one place in every line.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// Somebody with this name.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
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
