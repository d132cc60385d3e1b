//! One event of a parcel's journey.

use serde::{Deserialize, Serialize};

use super::{LocalTime, Status, Substatus, Text};

/// What happened to a parcel somewhere, as one courier reported it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// When, in wall time of the place; `Tracking::zone_of` tells which zone that is.
    pub time: Option<LocalTime>,
    /// What happened, in the courier's language.
    pub description: Option<Text>,
    /// Where, in the courier's words.
    pub location: Option<Text>,
    /// The status that the event stands for; couriers' reports before 2018 have none.
    pub status: Option<Status>,
    /// The finer state, since about 2020.
    pub substatus: Option<Substatus>,
    /// The milestone that this event set, such as `ItemReceived`.
    pub milestone: Option<Text>,
}
