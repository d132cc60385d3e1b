//! What mutations answer.

use async_graphql::{Enum, SimpleObject};

use super::error::{ErrorCode, Failure};
use super::outcome::Outcome;
use super::reference::InvalidRef;
use super::tracking::Tracking;
use crate::model::InvalidKey;

/// Why a mutation did not do what was asked, as something that a person can mend.
#[derive(SimpleObject)]
pub(super) struct UserError {
    /// The path of the argument that is to blame, from the top, such as `["input", "carrierCode"]`.
    field: Vec<String>,
    /// The reason, for programs.
    code: UserErrorCode,
    /// The reason and what to do, for people.
    message: String,
}

/// Reasons why a mutation did not do what was asked.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserErrorCode {
    /// A value is wrong.
    Invalid,
    /// The account has this tracking already.
    AlreadyExists,
    /// The account has no such tracking, or its carrier knows nothing of it.
    NotFound,
    /// The carrier was asked about this parcel a short while ago and may not be asked again yet.
    CoolingDown,
}

impl UserError {
    pub(super) fn new(path: &[&str], code: UserErrorCode, message: String) -> Self {
        Self {
            field: path.iter().map(|&name| name.to_owned()).collect(),
            code,
            message,
        }
    }

    /// A key that cannot be one, blamed on its part of the input at `path`.
    pub(super) fn invalid_key(path: &[&str], invalid: &InvalidKey) -> Self {
        let part = match invalid {
            InvalidKey::TrackingNumber(_) => NUMBER,
            InvalidKey::CarrierCode(_) => CARRIER,
        };
        Self::invalid(&[path, &[part]].concat(), invalid.to_string())
    }

    /// A reference that names nothing.
    pub(super) fn invalid_ref(invalid: &InvalidRef) -> Self {
        match invalid {
            InvalidRef::Id => Self::invalid(&["ref", "id"], invalid.to_string()),
            InvalidRef::Key(invalid) => Self::invalid_key(&["ref", "key"], invalid),
        }
    }

    /// A value that cannot be what it should be.
    pub(super) fn invalid(path: &[&str], message: String) -> Self {
        Self::new(path, UserErrorCode::Invalid, message)
    }
}

const NUMBER: &str = "trackingNumber";
const CARRIER: &str = "carrierCode";

/// What `createTracking` did.
#[derive(SimpleObject)]
pub(super) struct CreateTrackingPayload {
    /// The new tracking; null if there are `userErrors`.
    pub(super) tracking: Option<Tracking>,
    /// Why there is no new tracking; empty if all went well.
    pub(super) user_errors: Vec<UserError>,
}

/// What `refreshTracking` did.
#[derive(SimpleObject)]
pub(super) struct RefreshTrackingPayload {
    /// The tracking as the carrier reports it now, or as it was known before if the carrier was not asked.
    pub(super) tracking: Option<Outcome<Tracking>>,
    /// Why the carrier was not asked or gave no answer; empty if all went well.
    pub(super) user_errors: Vec<UserError>,
}

/// Sorts a failure into what the caller can mend, which is data, and what is a fault, which is an error. `path` leads to the
/// input that named the parcel; TrackingMore's code tells which part of it is to blame.
pub(super) fn expected(failure: Failure, path: &[&str]) -> Result<UserError, Failure> {
    let code = match failure.code {
        ErrorCode::BadUserInput => UserErrorCode::Invalid,
        ErrorCode::Conflict => UserErrorCode::AlreadyExists,
        ErrorCode::NotFound => UserErrorCode::NotFound,
        _ => return Err(failure),
    };
    let part: &[&str] = match failure.upstream_code {
        Some(4013 | 4014) => &[NUMBER],
        Some(4015) => &[CARRIER],
        _ => &[],
    };
    Ok(UserError::new(
        &[path, part].concat(),
        code,
        failure.message,
    ))
}
