//! The account itself.

use jiff::Timestamp;

use super::Status;
use super::personal::debug_without_content;

/// What the upstream says of the account. Whatever it left out is `None`. `Debug` shows nothing that tells of its owner.
#[derive(Clone, PartialEq, Default)]
pub struct Account {
    /// The address that its owner signs in with.
    pub email: Option<String>,
    /// When it was opened.
    pub registered_at: Option<Timestamp>,
    /// Its owner's phone number.
    pub phone: Option<String>,
    /// What is left of its money, in the account's currency, which is not told.
    pub balance: Option<f64>,
    /// For how many more trackings it has quota.
    pub trackings_left: Option<u64>,
}

debug_without_content!(Account {
    registered_at, balance, trackings_left;
    personal email, phone
});

/// How many trackings have each status, as far as the upstream says; unknown statuses pass through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusCounts {
    /// Each status once, in the order of a parcel's life, unknown ones last.
    pub counts: Vec<(Status, u64)>,
}
