//! Puts what a courier said together with what the account knows.

use std::slice;

use tokio::time::Instant;

use crate::cache::Entry;
use crate::model::{Source, Tracking, TrackingKey};
use crate::tracker::coalescer::Coalescer;
use crate::tracker::freshness;
use crate::tracker::lookup::Lookup;
use crate::tracker::records::{Outcome, Reading, answer};
use crate::tracker::{Calls, TrackerError, Usage};

/// Completes a realtime answer, which lacks what only the account knows. The service may have corrected the carrier, so the
/// answer's own key counts.
pub(super) async fn remember(
    calls: &Calls,
    coalescer: &Coalescer<Lookup>,
    answer: Tracking,
    arrived: Instant,
    usage: &Usage,
) -> Reading {
    match known(calls, coalescer, &answer.key, usage).await {
        // What the account knows may have been asked for only now; courier's news that was paid for goes over it.
        Ok(known) => {
            let merged = known.tracking.refreshed_by(&answer);
            let as_of = arrived.max(known.as_of);
            calls.records.absorb(merged, as_of, Source::Realtime)
        }
        // The account does not hold this parcel: the answer is passed on, but not remembered as one of its trackings.
        Err(TrackerError::NotFound(_)) => Reading::just_fetched(answer, Source::Realtime),
        // The answer was paid for and is not thrown away, but what the account knows has to be asked for again.
        Err(_) => {
            let entry = calls.records.cache.get(&answer.key);
            let merged = match entry.and_then(|entry| entry.tracking) {
                Some(old) => old.refreshed_by(&answer),
                None => answer,
            };
            calls
                .records
                .absorb_partial(merged, arrived, Source::Realtime)
        }
    }
}

/// What the account knows of a parcel, from the cache while it is fresh and else by a list call.
async fn known(
    calls: &Calls,
    coalescer: &Coalescer<Lookup>,
    key: &TrackingKey,
    usage: &Usage,
) -> Outcome {
    let is_fresh =
        |key: &TrackingKey, entry: &Entry| freshness::is_fresh(key, entry, Instant::now());
    let cache = &calls.records.cache;
    cache.fetch(slice::from_ref(key), is_fresh).await;
    if let Some(entry) = cache.get(key)
        && entry.tracking.is_some()
        && is_fresh(key, &entry)
    {
        return answer(key, &entry);
    }
    coalescer.fetch_one(key, usage).await
}
