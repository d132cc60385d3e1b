//! How much of what is known of a parcel can be relied on.

use serde::{Deserialize, Serialize};

/// Whether an answer holds everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Completeness {
    /// Everything that the account knows of the parcel.
    Whole,
    /// Only what couriers say. It serves those who accept anything, until there is better.
    Partial,
    /// Everything, but something may have changed since. It serves those who accept anything, until there is better.
    Doubtful,
    /// Everything, as a pushed message says that nobody vouches for. It serves those who accept anything, until the upstream
    /// was asked.
    Hinted,
}
