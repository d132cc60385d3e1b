//! What looks wrong and is done all the same.

use async_graphql::SimpleObject;

use super::user_error::Path;
use crate::model::{Suspicion, TrackingKey};

/// Something that looks wrong. What was asked for was done all the same.
#[derive(SimpleObject)]
pub(super) struct Warning {
    /// The path of the argument that looks wrong, from the top, such as `["input", "trackingNumber"]`.
    field: Vec<String>,
    /// What looks wrong, for people.
    message: String,
    /// What was probably meant; null if there is no telling.
    suggestion: Option<String>,
}

impl Warning {
    pub(super) fn new(path: Path, suspicion: Suspicion) -> Self {
        Self {
            field: path.into_field(),
            message: suspicion.message,
            suggestion: suspicion.suggestion,
        }
    }

    /// What looks wrong about a number that stands at `path`; empty if nothing does.
    pub(super) fn of_number(path: Path, key: &TrackingKey) -> Vec<Self> {
        let suspicion = key.number.suspicion(Some(&key.carrier));
        let warning = suspicion.map(|suspicion| Self::new(path, suspicion));
        warning.into_iter().collect()
    }
}
