//! Tells the operator of messages that are not true, no more often than he can read, and not which parcels they are about: a
//! number is between a shop and its customer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::TrackingKey;

/// How long after an alarm others are only counted.
const QUIET: Duration = Duration::from_secs(60);

/// The warnings, each as often as it may be read.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    refuted: Bell,
    replayed: Bell,
    worn: Bell,
}

/// When a warning was given, and how many were not since.
#[derive(Debug, Default)]
struct Bell(Mutex<Option<Last>>);

#[derive(Debug)]
struct Last {
    at: Instant,
    /// How many came since and were not told.
    untold: u64,
}

impl Alarm {
    /// A message about that parcel was not borne out.
    pub(super) fn refuted(&self, parcel: &TrackingKey) {
        if let Some(others) = self.refuted.is_due(Instant::now()) {
            tracing::warn!(
                carrier = %parcel.carrier,
                others,
                "a message about this parcel, and so many others since the last warning, are not borne out by TrackingMore's list, whose word counts; if this goes on, somebody else may be sending messages"
            );
        }
    }

    /// A message about that parcel had a seal that was used for it before.
    pub(super) fn replayed(&self, parcel: &TrackingKey) {
        if let Some(others) = self.replayed.is_due(Instant::now()) {
            tracing::warn!(
                carrier = %parcel.carrier,
                others,
                "a message about this parcel, and so many others since the last warning, were signed like another one about the same parcel and said something else; they are left out, and somebody else may be sending them"
            );
        }
    }

    /// A message about that parcel had a seal that was used for too many others.
    pub(super) fn worn(&self, parcel: &TrackingKey) {
        if let Some(others) = self.worn.is_due(Instant::now()) {
            tracing::warn!(
                carrier = %parcel.carrier,
                others,
                "a message about this parcel, and so many others since the last warning, were refused because too many parcels had messages of the same second before; somebody else may be sending them"
            );
        }
    }
}

impl Bell {
    /// How many others are told of with this one, if it is time to.
    fn is_due(&self, now: Instant) -> Option<u64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *last {
            Some(last) if now < last.at + QUIET => {
                last.untold += 1;
                None
            }
            _ => {
                let before = last.replace(Last { at: now, untold: 0 });
                Some(before.map_or(0, |before| before.untold))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_warning_a_minute_tells_of_all() {
        let bell = Bell::default();
        let start = Instant::now();
        let due = [0, 1, 59, 60, 61, 200].map(|at| bell.is_due(start + Duration::from_secs(at)));
        assert_eq!(due, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
