//! What a caller can mend: data of mutations, in contrast to faults, which are errors.

use std::fmt::Display;
use std::time::Duration;

use async_graphql::{Enum, SimpleObject};

use super::error::Failure;
use super::reference::InvalidRef;
use crate::model::{InvalidKey, whole_seconds};
use crate::tracker::{Fault, TrackerError};

/// Where an argument stands, from the top: `["input", "carrierCode"]`, or `["inputs", "3", "carrierCode"]` for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

impl Path {
    pub(super) fn to(argument: &str) -> Self {
        Self(vec![argument.to_owned()])
    }

    /// A part of what stands here.
    pub(super) fn at(&self, part: impl Display) -> Self {
        let mut path = self.0.clone();
        path.push(part.to_string());
        Self(path)
    }

    pub(super) fn into_field(self) -> Vec<String> {
        self.0
    }
}

/// Why a mutation did not do what was asked, as something that a person can mend.
#[derive(SimpleObject)]
pub(super) struct UserError {
    /// The path of the argument that is to blame, from the top, such as `["input", "carrierCode"]`. Rows of a list are
    /// counted from 0: `["inputs", "3", "carrierCode"]`.
    field: Vec<String>,
    /// The reason, for programs.
    code: UserErrorCode,
    /// The reason and what to do, for people.
    message: String,
    /// TrackingMore's own number for the reason, if it is TrackingMore's.
    upstream_code: Option<u16>,
    /// In how many seconds to come back, if waiting helps.
    retry_after: Option<u64>,
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
    /// The account's quota was used up before it came to this row.
    QuotaExhausted,
    /// TrackingMore refused this row for another reason, which the message tells.
    Refused,
    /// TrackingMore did not say what became of this row: look at the tracking before you repeat it.
    Unconfirmed,
}

impl UserError {
    pub(super) fn new(path: Path, code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            field: path.into_field(),
            code,
            message: message.into(),
            upstream_code: None,
            retry_after: None,
        }
    }

    /// The same, and when to come back.
    pub(super) fn with_retry_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(whole_seconds(wait)),
            ..self
        }
    }

    /// A value that cannot be what it should be.
    pub(super) fn invalid(path: Path, message: impl Display) -> Self {
        Self::new(path, UserErrorCode::Invalid, message.to_string())
    }

    /// A reference that names nothing.
    pub(super) fn invalid_ref(path: &Path, invalid: &InvalidRef) -> Self {
        match invalid {
            InvalidRef::Id => Self::invalid(path.at("id"), invalid),
            InvalidRef::Key(InvalidKey::TrackingNumber(_)) => {
                Self::invalid(path.at("key").at(NUMBER), invalid)
            }
            InvalidRef::Key(InvalidKey::CarrierCode(_)) => {
                Self::invalid(path.at("key").at(CARRIER), invalid)
            }
        }
    }
}

pub(super) const NUMBER: &str = "trackingNumber";
pub(super) const CARRIER: &str = "carrierCode";

/// Where the parts of a parcel's name stand that a refusal may be about.
pub(super) struct Blame {
    parcel: Path,
    number: Path,
    carrier: Path,
    status: Path,
}

impl Blame {
    /// Carrier and number are fields of the input at `path`.
    pub(super) fn input(path: Path) -> Self {
        Self {
            number: path.at(NUMBER),
            carrier: path.at(CARRIER),
            status: path.clone(),
            parcel: path,
        }
    }

    /// The reference at `path` names the parcel, one way or the other.
    pub(super) fn reference(path: Path) -> Self {
        Self {
            number: path.clone(),
            carrier: path.clone(),
            status: path.clone(),
            parcel: path,
        }
    }

    /// The input at `path` holds a reference and a new status.
    pub(super) fn update(path: Path) -> Self {
        Self {
            status: path.at("status"),
            ..Self::reference(path.at("ref"))
        }
    }

    /// A reference names the parcel, and another argument its new carrier.
    pub(super) fn new_carrier(reference: Path, carrier: Path) -> Self {
        Self {
            carrier,
            ..Self::reference(reference)
        }
    }

    /// TrackingMore's code tells which part is to blame.
    fn for_code(self, code: Option<u16>) -> Path {
        match code {
            Some(4013 | 4014) => self.number,
            Some(4015) => self.carrier,
            Some(4033) => self.status,
            _ => self.parcel,
        }
    }
}

/// Sorts a failure into what the caller can mend, which is data, and what is a fault, which is an error.
pub(super) fn expected(error: TrackerError, blame: Blame) -> Result<UserError, Failure> {
    let of_a_row = error.is_of_a_row();
    let code = match error.fault() {
        Fault::BadInput => UserErrorCode::Invalid,
        Fault::Conflict => UserErrorCode::AlreadyExists,
        Fault::NotFound => UserErrorCode::NotFound,
        Fault::Unconfirmed => UserErrorCode::Unconfirmed,
        // What is refused to one row of a list is that row's own affair.
        Fault::QuotaExhausted if of_a_row => UserErrorCode::QuotaExhausted,
        _ if of_a_row => UserErrorCode::Refused,
        _ => return Err(error.into()),
    };
    let mut failure = Failure::from(error);
    if failure.upstream_code == Some(4015) {
        failure.message += "; carriers(search) finds the codes of carriers";
    }
    Ok(UserError {
        upstream_code: failure.upstream_code,
        ..UserError::new(blame.for_code(failure.upstream_code), code, failure.message)
    })
}
