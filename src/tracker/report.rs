//! What one replica tells another of a failure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Fault, TrackerError};

/// A failure that another replica met when it asked for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What it means.
    pub(super) fault: Fault,
    /// What the upstream said of it.
    pub(super) upstream_words: Option<String>,
    /// The upstream's number for it.
    pub(super) upstream_code: Option<u16>,
    retry_after_ms: Option<u64>,
}

impl Report {
    pub(super) fn of(error: &TrackerError) -> Self {
        let retry_after = error
            .retry_after()
            .map(|retry_after| retry_after.as_millis());
        Self {
            fault: error.fault(),
            upstream_words: error.upstream_words().map(str::to_owned),
            upstream_code: error.upstream_code(),
            retry_after_ms: retry_after.and_then(|retry_after| u64::try_from(retry_after).ok()),
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after_ms.map(Duration::from_millis)
    }
}
