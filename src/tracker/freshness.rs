//! How old an answer may be before the upstream is asked again.

use std::time::Duration;

use tokio::time::Instant;

use crate::cache::{Completeness, Entry};
use crate::model::Status;

/// How long it is remembered that the account has no such tracking.
const MISSING: Duration = Duration::from_secs(30);

/// The upstream asks couriers every few hours by itself (documented as 3 to 6), so minutes lose nothing; what rests for
/// good is asked for rarely, what is about to change more often.
pub(super) fn time_to_live(status: &Status) -> Duration {
    let minutes = match status {
        Status::Pending => 1,
        Status::Pickup => 2,
        Status::Unknown(_) => 5,
        Status::NotFound | Status::Transit | Status::Undelivered => 10,
        Status::Exception => 30,
        Status::Delivered | Status::Expired => 360,
    };
    Duration::from_secs(minutes * 60)
}

/// Whether the entry can answer a question without asking the upstream.
pub(super) fn is_fresh(entry: &Entry, now: Instant) -> bool {
    let ttl = entry
        .tracking
        .as_ref()
        .map_or(MISSING, |tracking| time_to_live(&tracking.status));
    entry.completeness == Completeness::Whole
        && now.saturating_duration_since(entry.aging_since) < ttl
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::model::{Tracking, TrackingKey};

    #[test]
    fn a_delivered_parcel_stays_fresh_longer_than_one_out_for_delivery() {
        let as_of = Instant::now();
        let fresh_after = |status: Option<Status>, minutes: u64| {
            let key = TrackingKey::parse("dhl", "1234567890").unwrap();
            let entry = Entry {
                tracking: status.map(|status| Arc::new(Tracking::bare(key, status))),
                as_of,
                aging_since: as_of,
                fetched_at: Timestamp::UNIX_EPOCH,
                completeness: Completeness::Whole,
            };
            is_fresh(&entry, as_of + Duration::from_secs(minutes * 60))
        };
        assert!(fresh_after(Some(Status::Delivered), 300));
        assert!(fresh_after(Some(Status::Transit), 9));
        assert!(!fresh_after(Some(Status::Transit), 10));
        assert!(!fresh_after(Some(Status::Pickup), 2));
        assert!(!fresh_after(None, 1));
    }
}
