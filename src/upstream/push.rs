//! The messages that the service sends by itself when it finds a change.
//!
//! The signature is that of the time alone, by the documentation: HMAC-SHA256 of `timeStr`, keyed with the e-mail with
//! which the account's owner logs in. It proves that somebody saw a genuine message once, and nothing about the rest.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;
use thiserror::Error;

use super::reader::Fields;
use super::tracking::{named, tracking};
use crate::model::Tracking;

/// More digits have no second of this calendar.
const MAX_DIGITS: usize = 12;

/// What is said of a message that nobody signed.
pub const UNSIGNED: &str = "`verifyInfo` is missing";

/// The e-mail with which the account's owner logs in: it signs what the service sends. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer(Arc<str>);

/// A text that nobody logs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not an e-mail address: use the one with which the account's owner logs in to TrackingMore"
)]
pub struct InvalidSigner;

/// A message whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// What it says of a parcel.
    pub tracking: Tracking,
    /// When it was signed, as it says.
    pub signed_at: Timestamp,
    /// The part that speaks of the parcel; the same for a message that is sent again.
    pub content: Vec<u8>,
}

/// Why a body is no message of the service. Content is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidPush {
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// It was signed by somebody else.
    #[error("the signature is not that of this account")]
    Forged,
}

impl Signer {
    /// Reads an address; blanks around it do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidSigner> {
        let text = text.trim();
        let is_address = text
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
        let is_clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        (is_address && is_clean)
            .then(|| Self(text.into()))
            .ok_or(InvalidSigner)
    }

    /// Checks and reads a message. Nothing is read of the parcel before the signature is known to be right.
    pub fn open(&self, body: &[u8]) -> Result<Push, InvalidPush> {
        let body: Value = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            malformed(format_args!(
                "the body is no JSON (line {line}, column {column})"
            ))
        })?;
        let fields = body.as_object().map(Fields::new);
        let fields = fields.ok_or_else(|| malformed("the body must be a JSON object"))?;
        let signed_at = self.signed_at(fields)?;
        let data = body.get("data").unwrap_or(&Value::Null);
        let (key, parcel) = named(data)
            .ok_or_else(|| malformed("`data` must be a tracking with number and carrier"))?;
        let tracking = tracking(key, parcel)
            .map_err(|mismatch| malformed(format_args!("`data`: {mismatch}")))?;
        Ok(Push {
            tracking,
            signed_at,
            content: data.to_string().into_bytes(),
        })
    }

    /// When it was signed, if the signature is right.
    fn signed_at(&self, fields: Fields<'_>) -> Result<Timestamp, InvalidPush> {
        let seal = fields
            .object("verifyInfo")
            .map_err(malformed)?
            .ok_or_else(|| malformed(UNSIGNED))?;
        let is_time = |text: &String| {
            text.len() <= MAX_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let time = seal.text("timeStr").filter(is_time);
        let time = time.ok_or_else(|| {
            malformed(
                "`verifyInfo.timeStr` must be the seconds since 1970, as a number or as digits",
            )
        })?;
        let signature = seal.text("signature").and_then(|text| digits(&text));
        let signature = signature
            .ok_or_else(|| malformed("`verifyInfo.signature` must be 64 hexadecimal digits"))?;
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(time.as_bytes());
        mac.verify_slice(&signature)
            .map_err(|_| InvalidPush::Forged)?;
        let seconds = time.parse().ok();
        seconds
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| malformed("`verifyInfo.timeStr` is no time"))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

fn malformed(what: impl fmt::Display) -> InvalidPush {
    InvalidPush::Malformed(what.to_string())
}

fn digits(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
