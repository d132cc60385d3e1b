//! What mutations answer.

use async_graphql::{Enum, SimpleObject};

use super::error::{ErrorCode, Failure};
use super::outcome::Outcome;
use super::tracking::Tracking;
use crate::model::InvalidKey;

/// Why a mutation did not do what was asked, as something that a person can mend.
#[derive(SimpleObject)]
pub(super) struct UserError {
    /// The path of the argument that is to blame, from the top; null if it is none in particular.
    field: Option<Vec<String>>,
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
    pub(super) fn new(field: Option<&[&str]>, code: UserErrorCode, message: String) -> Self {
        let field = field.map(|path| path.iter().map(|&name| name.to_owned()).collect());
        Self {
            field,
            code,
            message,
        }
    }

    /// A key that cannot be one, blamed on its part of the input.
    pub(super) fn invalid_key(input: &str, invalid: &InvalidKey) -> Self {
        let part = match invalid {
            InvalidKey::TrackingNumber(_) => "trackingNumber",
            InvalidKey::CarrierCode(_) => "carrierCode",
        };
        Self::new(
            Some(&[input, part]),
            UserErrorCode::Invalid,
            invalid.to_string(),
        )
    }
}

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

/// Sorts a failure into what the caller can mend, which is data, and what is a fault, which is an error.
pub(super) fn expected(failure: Failure, field: Option<&[&str]>) -> Result<UserError, Failure> {
    let code = match failure.code {
        ErrorCode::BadUserInput => UserErrorCode::Invalid,
        ErrorCode::Conflict => UserErrorCode::AlreadyExists,
        ErrorCode::NotFound => UserErrorCode::NotFound,
        _ => return Err(failure),
    };
    Ok(UserError::new(field, code, failure.message))
}
