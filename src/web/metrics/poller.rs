//! What is asked for because somebody watches it.

use super::sheet::Sheet;
use crate::tracker::Polling;

pub(super) fn note(sheet: &mut Sheet, polling: &Polling) {
    if let Some(is_polling) = polling.is_polling {
        sheet.level(
            "poller_is_polling",
            "Whether this replica asks for what is watched: for all while Redis is there, else for itself; absent if it never \
             polls",
            u64::from(is_polling),
        );
    }
    sheet.level(
        "watched_parcels",
        "Parcels that clients of this replica watch",
        polling.watched as u64,
    );
    sheet.counts(
        "polls",
        "List calls of this replica for what is watched: by parcels, or for all that changed",
        ["kind"],
        [(["keys"], polling.by_keys), (["sweep"], polling.by_sweeps)],
    );
    if let Some(answered_at) = polling.answered_at {
        sheet.level(
            "poller_last_success_timestamp_seconds",
            "When TrackingMore answered the poller of this replica last; absent if it never did",
            answered_at.as_second(),
        );
    }
    sheet.level(
        "poller_behind_seconds",
        "For how long something that is watched has been due without an answer of TrackingMore",
        polling.behind.as_secs(),
    );
}
