//! What can be wrong with settings, one line each.

use std::path::PathBuf;

use thiserror::Error;

use crate::upstream::{BuildError, InvalidApiKey};

/// A setting with which the server does not start.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// The key is set to nothing, which is a lost key more often than a wish.
    #[error(
        "TRACKINGMORE_API_KEY is set but empty: set it to the account's key, or unset it to serve simulated data"
    )]
    EmptyKey,
    /// The key cannot be sent.
    #[error("TRACKINGMORE_API_KEY: {0}")]
    InvalidKey(#[from] InvalidApiKey),
    /// A real account was asked for without a key.
    #[error("--upstream trackingmore (UPSTREAM) needs the account's key in TRACKINGMORE_API_KEY")]
    MissingKey,
    /// An address was given, but there is nobody to call there.
    #[error(
        "--upstream-url (UPSTREAM_URL) is for a real account: set TRACKINGMORE_API_KEY too, or leave the address out to serve simulated data"
    )]
    UnusedUrl,
    /// The address is not one.
    #[error("--upstream-url (UPSTREAM_URL): {0}")]
    Url(#[from] BuildError),
    /// A time that has to be longer than nothing.
    #[error("--{0} must be longer than 0")]
    ZeroTime(&'static str),
    /// The simulated clock cannot run like this.
    #[error("--sandbox-speed (SANDBOX_SPEED) must be from 0 to 100000 simulated seconds a second")]
    Speed,
    /// The settings file cannot be read.
    #[error("the settings file {path} cannot be read: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why, on one line.
        reason: String,
    },
}
