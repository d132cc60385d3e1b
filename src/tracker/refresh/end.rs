//! How a refresh ended, as replicas tell each other. The parcel itself travels with the cache's news.

use std::slice;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Refreshed;
use crate::model::{Source, Tracking, TrackingKey};
use crate::tracker::records::{Reading, answer};
use crate::tracker::report::Report;
use crate::tracker::{Calls, StaleReason, TrackerError, freshness};

/// What is told of an end.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum End {
    /// The courier has answered, and this is what the account calls the parcel; the service may have corrected the carrier.
    Kept { carrier: String, number: String },
    /// He has answered about a parcel that the account does not hold, so that it is in no cache.
    Passed { tracking: Box<Tracking> },
    /// There is no answer.
    Failed { report: Report },
}

impl End {
    pub(super) fn of(calls: &Calls, outcome: &Result<Reading, TrackerError>) -> Self {
        match outcome {
            Ok(reading) => {
                let tracking = &reading.tracking;
                match known(calls, &tracking.key) {
                    Some(_) => Self::Kept {
                        carrier: tracking.key.carrier.to_string(),
                        number: tracking.key.number.to_string(),
                    },
                    None => Self::Passed {
                        tracking: Box::new(Tracking::clone(tracking)),
                    },
                }
            }
            Err(error) => Self::failed(error),
        }
    }

    pub(super) fn failed(error: &TrackerError) -> Self {
        let report = Report::of(error);
        Self::Failed { report }
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).expect("an end is texts and numbers")
    }

    /// `None` if another version wrote it.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What it means here.
    pub(super) async fn outcome(self, calls: &Calls) -> Result<Refreshed, TrackerError> {
        let reading = match self {
            Self::Kept { carrier, number } => {
                let key = TrackingKey::parse(&carrier, &number);
                let key = key.map_err(|_| TrackerError::BrokenOff)?;
                let cache = &calls.records.cache;
                // However much is known here, another replica has just learned more.
                cache.fetch(slice::from_ref(&key), |_, _| false).await;
                known(calls, &key).ok_or(TrackerError::NotFound(key))?
            }
            Self::Passed { tracking } => Reading::just_fetched(*tracking, Source::Realtime),
            Self::Failed { report } => return Err(TrackerError::Elsewhere(report)),
        };
        Ok(Refreshed::Asked(Box::new(reading)))
    }
}

/// What the fleet knows of a parcel, however old. Waits for Redis at the most, and only if nothing is known here.
pub(super) async fn last_known(calls: &Calls, key: &TrackingKey) -> Option<Reading> {
    let cache = &calls.records.cache;
    cache.fetch(slice::from_ref(key), |_, _| true).await;
    let is_fresh = freshness::is_fresh(key, &cache.get(key)?, Instant::now());
    let reading = known(calls, key)?;
    Some(match is_fresh {
        true => reading,
        false => reading.stale(StaleReason::Accepted),
    })
}

/// What is known of a parcel in this process.
fn known(calls: &Calls, key: &TrackingKey) -> Option<Reading> {
    let entry = calls.records.cache.get(key)?;
    answer(key, &entry).ok()
}
