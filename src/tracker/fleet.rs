//! What the other replicas of the account tell this one.

use std::sync::Arc;

use super::coalescer::Coalescer;
use super::lookup::Lookup;
use super::memo::Epoch;
use super::records::{answer, notice};
use crate::cache::Completeness;

/// Has what they learned noticed here as well, answers those who wait for it, and has what they changed outdate the lists and
/// figures that are known here.
pub(super) fn listen(coalescer: &Coalescer<Lookup>, outdated: [Epoch; 2]) {
    let records = &coalescer.shared.calls.records;
    let hub = records.hub.clone();
    let waiting = Arc::downgrade(&coalescer.shared);
    records.cache.on_news(move |key, stored| {
        // What it comes to is nobody's answer.
        let _ = notice(&hub, key, stored, stored.now.fetched_at);
        // A change of a part makes nothing fresh of what was too old.
        if stored.is_younger
            && stored.now.completeness == Completeness::Whole
            && let Some(waiting) = waiting.upgrade()
        {
            let known = answer(key, &stored.now);
            waiting.desk().answer_waiting(key, &known);
        }
    });
    records
        .cache
        .on_outdated(move || outdated.iter().for_each(Epoch::outdate));
    coalescer.listen();
}
