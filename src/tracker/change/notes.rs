//! What is noted of a change of the account, so that nobody is shown what was before it.

use std::sync::Arc;

use tokio::time::Instant;

use crate::model::TrackingKey;
use crate::tracker::memo::Epoch;
use crate::tracker::pages::Pages;
use crate::tracker::records::Records;
use crate::tracker::{Fault, TrackerError};

/// Everything that is out of date after a change.
#[derive(Debug, Clone)]
pub(in crate::tracker) struct Notes {
    pub(in crate::tracker) records: Records,
    pub(in crate::tracker) pages: Arc<Pages>,
    /// The account's figures.
    pub(in crate::tracker) figures: Epoch,
}

impl Notes {
    /// Lists and figures look different from now on.
    pub(super) fn change(&self) {
        self.pages.note_change();
        self.figures.outdate();
        self.records.cache.tell_outdated();
    }

    /// Something may have become of a tracking, so that who looks at it now is not shown what was known before.
    pub(super) fn doubt(&self, key: &TrackingKey) {
        self.change();
        self.records.cache.doubt(key, Instant::now());
    }

    /// The account does not have a tracking any more.
    pub(super) fn deleted(&self, key: &TrackingKey) {
        self.change();
        self.missing(key);
    }

    /// Passes on what is told of a tracking that should be there. That it is not, or that something may have become of it,
    /// is noted.
    pub(super) fn known_by<T>(
        &self,
        key: &TrackingKey,
        told: Result<T, TrackerError>,
    ) -> Result<T, TrackerError> {
        let error = match told {
            Ok(told) => return Ok(told),
            Err(error) => error,
        };
        if error.fault() == Fault::NotFound {
            self.missing(key);
            return Err(TrackerError::NotFound(key.clone()));
        }
        if error.leaves_a_doubt() {
            self.doubt(key);
        }
        Err(error)
    }

    fn missing(&self, key: &TrackingKey) {
        // The outcome is that there is no such tracking, which is what is noted.
        let _ = self.records.absorb_missing(key, Instant::now());
    }
}
