//! What somebody shows of himself.

use std::fmt;

/// What somebody shows of himself.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A token of any kind.
    Bearer(String),
}

impl fmt::Debug for Credentials {
    /// Whoever has a token may use it, so that it is not written into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(..)",
        })
    }
}
