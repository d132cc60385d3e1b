//! Who may ask for the schema.

use clap::ValueEnum;
use serde::Deserialize;

use super::{Caller, Scope};

/// Who may ask for the schema. What the types of things are called is no secret.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Introspection {
    /// Everybody.
    On,
    /// Nobody.
    Off,
    /// Who has the scope `ops`.
    Scope,
}

impl Introspection {
    /// Whether somebody may.
    pub fn is_open_to(self, caller: &Caller) -> bool {
        match self {
            Self::On => true,
            Self::Off => false,
            Self::Scope => caller.may(Scope::Ops),
        }
    }

    /// How the settings spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Scope => "scope",
        }
    }
}
