//! What is either there or not.

use clap::ValueEnum;
use serde::Deserialize;

/// `on` or `off`.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// It is there.
    On,
    /// It is not.
    Off,
}
