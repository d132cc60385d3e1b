//! The parcel as the account knows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Country, Leg, LocalTime, Metadata, Order, Status, Substatus, Text, TimelineEntry, TrackingKey,
};

/// One tracking. Whatever the upstream left out is `None`; only the key is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Which parcel.
    pub key: TrackingKey,
    /// The upstream's own id, 32 hexadecimal digits.
    pub upstream_id: Option<Text>,
    /// Where the parcel stands. It can lag behind the newest checkpoint.
    pub status: Status,
    /// The finer state.
    pub substatus: Option<Substatus>,
    /// What the shop wrote on it.
    pub metadata: Metadata,
    /// When it was added to the account.
    pub created_at: Option<Timestamp>,
    /// When the upstream last asked the courier by itself; may precede `created_at`.
    pub updated_at: Option<Timestamp>,
    /// Whether the upstream still asks the courier by itself.
    pub updating: Option<bool>,
    /// The country that it comes from.
    pub origin_country: Option<Country>,
    /// The country that it goes to.
    pub destination_country: Option<Country>,
    /// Days in transit.
    pub transit_days: Option<u32>,
    /// Days since the newest checkpoint.
    pub idle_days: Option<u32>,
    /// The courier's service code.
    pub service_code: Option<Text>,
    /// Who signed for it.
    pub signed_by: Option<Text>,
    /// What the sender's courier reports.
    pub origin: Option<Leg>,
    /// What the recipient's courier reports; empty where its rows are mixed into the origin leg.
    pub destination: Option<Leg>,
    /// The newest event in one line: description, place, date.
    pub last_event: Option<Text>,
    /// The local time of the newest event.
    pub last_event_time: Option<LocalTime>,
    /// In which order its checkpoints are told.
    #[serde(skip)]
    pub order: Order,
}

impl Tracking {
    /// A tracking of which nothing but the key and the status is known.
    pub fn bare(key: TrackingKey, status: Status) -> Self {
        Self {
            key,
            upstream_id: None,
            status,
            substatus: None,
            metadata: Metadata::default(),
            created_at: None,
            updated_at: None,
            updating: None,
            origin_country: None,
            destination_country: None,
            transit_days: None,
            idle_days: None,
            service_code: None,
            signed_by: None,
            origin: None,
            destination: None,
            last_event: None,
            last_event_time: None,
            order: Order::default(),
        }
    }

    /// Both legs as one list, newest first.
    pub fn timeline(&self) -> Vec<TimelineEntry<'_>> {
        self.order
            .merged(self.origin.as_ref(), self.destination.as_ref())
    }

    /// Whether a reader would notice a difference between the two. Counters that grow by themselves every day and
    /// the time of the upstream's last question are not news.
    pub fn is_news_after(&self, before: &Self) -> bool {
        macro_rules! differs {
            ($($field:ident),+ ; not $($unnoticed:ident),+) => {{
                // Names every field, so that a new one cannot be forgotten here.
                let Self { $($field,)+ $($unnoticed: _),+ } = self;
                $(*$field != before.$field)||+
            }};
        }
        differs!(
            key, status, substatus, upstream_id, metadata, created_at, updating, origin_country,
            destination_country, service_code, signed_by, origin, destination, last_event,
            last_event_time;
            not updated_at, transit_days, idle_days, order
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Checkpoint;

    fn tracking(status: Status) -> Tracking {
        Tracking::bare(
            TrackingKey::parse("china-ems", "LS912989618CN").unwrap(),
            status,
        )
    }

    /// The cache holds a hundred thousand of them with a dozen checkpoints each: what is added to one is taken a million
    /// times. Texts that are mostly missing and mostly short had better be boxed.
    #[test]
    fn a_tracking_and_its_checkpoints_take_little_room() {
        assert!(size_of::<Checkpoint>() <= 112);
        assert!(size_of::<Tracking>() <= 624);
    }

    #[test]
    fn another_day_in_transit_is_no_news_but_another_status_is() {
        let before = tracking(Status::Transit);
        let mut after = before.clone();
        after.transit_days = Some(12);
        after.updated_at = Some(Timestamp::UNIX_EPOCH);
        assert!(!after.is_news_after(&before));
        after.status = Status::Delivered;
        assert!(after.is_news_after(&before));
    }
}
