//! What the other replicas of the account tell this one.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::coalescer::{Coalescer, Shared};
use super::lookup::Lookup;
use super::memo::Epoch;
use super::records::{answer, entry};
use crate::model::{Completeness, TrackingKey};

/// After which time it is looked whether what somebody learned is in the log: he may have died before he wrote it there.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// How many parcels wait for that. What more there is is compared when it is observed here.
const MOST_WAITING: usize = 10_000;

/// Has what they learned known here as well, answers those who wait for it, and has what they changed outdate the lists and
/// figures that are known here.
pub(super) fn listen(coalescer: &Coalescer<Lookup>, outdated: [Epoch; 2]) {
    let records = &coalescer.shared.calls.records;
    let (later, waiting_for_look) = mpsc::channel(MOST_WAITING);
    let shared = Arc::downgrade(&coalescer.shared);
    tokio::spawn(look_again(waiting_for_look, shared.clone()));
    let look_later = move |key: &TrackingKey| {
        let _ = later.try_send((Instant::now() + SECOND_LOOK, key.clone()));
    };
    let (cache, look) = (records.cache.clone(), look_later.clone());
    // Who is told of an event may look at its tracking here.
    records.live.on_event(move |event| {
        cache.learn(&event.key, entry(&event.known));
        let known = cache.get(&event.key);
        if known.is_some_and(|known| known.as_of > event.known.as_of) {
            look(&event.key);
        }
    });
    records.cache.on_news(move |key, stored| {
        look_later(key);
        // A change of a part makes nothing fresh of what was too old.
        if stored.is_younger
            && stored.now.completeness == Completeness::Whole
            && let Some(waiting) = shared.upgrade()
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

async fn look_again(
    mut waiting: mpsc::Receiver<(Instant, TrackingKey)>,
    shared: Weak<Shared<Lookup>>,
) {
    while let Some((at, key)) = waiting.recv().await {
        sleep_until(at).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.calls.records.observe_known(&key);
    }
}
