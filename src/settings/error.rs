//! What can be wrong with settings, one line each.

use std::path::PathBuf;

use thiserror::Error;

use super::fleet::MAX_REPLICAS;
use super::{LEAST_EVENTS, MAX_PER_SECOND};
use crate::redis_link::InvalidUrl;
use crate::upstream::{BuildError, InvalidApiKey, InvalidSigner};

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
        "--upstream-url (UPSTREAM_URL) is for a real account, but the parcels are to be simulated: leave the address out, or use --upstream trackingmore (UPSTREAM) and the account's key in TRACKINGMORE_API_KEY"
    )]
    UnusedUrl,
    /// The address is not one.
    #[error("--upstream-url (UPSTREAM_URL): {0}")]
    Url(#[from] BuildError),
    /// The address of the Redis is not one.
    #[error("--redis (REDIS_URL): {0}")]
    Redis(#[from] InvalidUrl),
    /// A Redis that is shared with nobody knows how many.
    #[error(
        "--redis (REDIS_URL) needs --replicas (REPLICAS), how many replicas share the account at most: while Redis is away, each of them keeps to its share of every limit"
    )]
    MissingReplicas,
    /// Too many replicas, or none.
    #[error("--replicas (REPLICAS) must be from 1 to {MAX_REPLICAS}")]
    Replicas,
    /// There can be no header of that name.
    #[error(
        "--client-header (CLIENT_HEADER) must be the name of a header, such as X-Forwarded-For"
    )]
    ClientHeader,
    /// Nobody logs in with that.
    #[error("--webhook-email (WEBHOOK_EMAIL): {0}")]
    WebhookEmail(#[from] InvalidSigner),
    /// A time that has to be longer than nothing.
    #[error("--{0} must be longer than 0")]
    ZeroTime(&'static str),
    /// So few events that a burst would be too many.
    #[error("--events must be at least {LEAST_EVENTS}")]
    TooFewEvents,
    /// A limit that is none.
    #[error("--{0} must be at most {MAX_PER_SECOND} calls a second; 0 is for no limit")]
    TooManyPerSecond(&'static str),
    /// The settings file cannot be read.
    #[error("the settings file {path} cannot be read: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why, on one line.
        reason: String,
    },
}

/// Why a text is not the value of a setting. Who reads texts also knows of which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidValue {
    /// No time at all.
    #[error("not a length of time: write it as 90s, 2h or 500ms")]
    Time,
    /// More time than any setting makes use of.
    #[error("longer than 30 days: write at most 720h")]
    TooLong,
    /// Neither numbers nor a name with a port.
    #[error("not an address: write it as 127.0.0.1:8080 or localhost:8080")]
    Address,
    /// A name that nobody knows.
    #[error("no address is known of that host: check its name")]
    Host,
    /// The simulated clock cannot run like this.
    #[error("must be from 0 to 100000 simulated seconds a second")]
    Speed,
    /// The key cannot be sent.
    #[error("not a key that can be sent: use letters, digits and signs of ASCII without blanks")]
    Key,
}
