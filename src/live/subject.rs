//! What somebody follows.

use super::event::Event;
use crate::model::{CarrierCode, Status, TrackingKey};

/// Which events somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// All events of these parcels, each of them named once.
    Parcels(Vec<TrackingKey>),
    /// Those after which a parcel stands elsewhere, of all parcels of the account that match.
    Statuses(StatusFilter),
}

/// Which changes of a status are meant. What is empty matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusFilter {
    /// The status that a parcel has since.
    pub statuses: Vec<Status>,
    /// Its carrier.
    pub carriers: Vec<CarrierCode>,
    /// Its order.
    pub orders: Vec<String>,
}

impl Subject {
    /// Whether an event is one of them.
    pub fn includes(&self, event: &Event) -> bool {
        match self {
            Self::Parcels(keys) => keys.binary_search(&event.key).is_ok(),
            Self::Statuses(filter) => event.is_of_status() && filter.matches(event),
        }
    }
}

impl StatusFilter {
    fn matches(&self, event: &Event) -> bool {
        let Some(tracking) = &event.known.tracking else {
            return false;
        };
        // Not every answer tells the order; what the log knows of it counts.
        let order = event
            .summary
            .as_ref()
            .and_then(|summary| summary.order_id());
        let is_order = |wanted: &String| order.as_deref() == Some(wanted);
        let is_status = |status: &Status| match status {
            // What it is called does not matter.
            Status::Unknown(_) => matches!(tracking.status, Status::Unknown(_)),
            status => *status == tracking.status,
        };
        (self.statuses.is_empty() || self.statuses.iter().any(is_status))
            && (self.carriers.is_empty() || self.carriers.contains(&event.key.carrier))
            && (self.orders.is_empty() || self.orders.iter().any(is_order))
    }
}
