//! What one can do with trackings, and the only place that decides how fresh an answer has to be.
//!
//! It knows nothing of HTTP and GraphQL, and it never sleeps on a caller: every wait has a deadline, and shared work runs
//! in tasks of its own.

mod calls;
mod coalescer;
mod desk;
mod error;
mod freshness;
mod listing;
mod poller;
mod records;
mod refresh;
mod single_flight;
mod watch;
mod watchlist;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cache::Cache;
use crate::live::Hub;
use crate::model::{NewTracking, TrackingKey};
use crate::throttle::{Lane, Throttle};
use crate::upstream::Client;

use calls::Calls;
use coalescer::Coalescer;
use desk::Outcome;
use listing::Listings;
use poller::Poller;
use records::Records;
use refresh::Refreshes;
use watchlist::Watchlist;

pub use error::{Fault, TrackerError};
pub use listing::{ListFilter, Listing};
pub use records::Reading;
pub use refresh::Refreshed;
pub use watch::{Sight, Watch};

/// How patient and how eager the tracker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a caller waits for a turn, or for the answer of a list call.
    pub patience: Duration,
    /// How often what is watched is asked for; zero switches polling off.
    pub poll_interval: Duration,
    /// How long after a realtime call the same parcel may not be asked for again; zero switches this off.
    pub realtime_cooldown: Duration,
}

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    /// Somebody who asked.
    Person,
    /// The poller, who takes what is left.
    Background,
}

/// Everything one can do with the trackings of one account.
#[derive(Debug)]
pub struct Tracker {
    calls: Calls,
    coalescer: Coalescer,
    listings: Arc<Listings>,
    refreshes: Arc<Refreshes>,
    watchlist: Arc<Watchlist>,
    _poller: Option<Poller>,
}

impl Tracker {
    /// Puts the parts together and starts to poll.
    pub fn start(
        settings: &Settings,
        client: Client,
        throttle: Arc<Throttle>,
        cache: Cache,
        hub: Hub,
    ) -> Self {
        let calls = Calls {
            client,
            throttle,
            records: Records { cache, hub },
            patience: settings.patience,
        };
        let coalescer = Coalescer::new(calls.clone());
        let watchlist = Arc::new(Watchlist::default());
        let poller = (!settings.poll_interval.is_zero())
            .then(|| Poller::start(settings.poll_interval, watchlist.clone(), coalescer.clone()));
        Self {
            calls,
            coalescer,
            listings: Arc::default(),
            refreshes: Arc::new(Refreshes::new(settings.realtime_cooldown)),
            watchlist,
            _poller: poller,
        }
    }

    /// Looks up any number of parcels: from the cache where it is fresh, otherwise with the next free list call. When the
    /// upstream cannot be asked, an older answer is given and marked as stale. There is an outcome for every key.
    pub async fn look_up(&self, keys: &[TrackingKey]) -> HashMap<TrackingKey, Outcome> {
        let now = Instant::now();
        let mut outcomes = HashMap::with_capacity(keys.len());
        let mut missing = Vec::new();
        for key in keys {
            match self.calls.records.cache.get(key) {
                Some(entry) if freshness::is_fresh(&entry, now) => {
                    outcomes.insert(key.clone(), records::answer(key, &entry));
                }
                _ => missing.push(key.clone()),
            }
        }
        if !missing.is_empty() {
            let fetched = self.coalescer.fetch(missing, Urgency::Person).await;
            outcomes.extend(fetched.into_iter().map(|(key, outcome)| {
                let outcome = outcome.or_else(|error| self.stale(&key, error));
                (key, outcome)
            }));
        }
        outcomes
    }

    /// An older answer in place of a failure, if there is one. That a tracking does not exist is no failure.
    fn stale(&self, key: &TrackingKey, error: TrackerError) -> Outcome {
        if matches!(error, TrackerError::NotFound(_)) {
            return Err(error);
        }
        let entry = self.calls.records.cache.get(key);
        let reading = entry.and_then(|entry| records::answer(key, &entry).ok());
        reading.map(Reading::stale).ok_or(error)
    }

    /// Part of the account's trackings, in the upstream's order.
    pub async fn list(
        &self,
        filter: &ListFilter,
        offset: u64,
        count: usize,
    ) -> Result<Listing, TrackerError> {
        self.listings.list(&self.calls, filter, offset, count).await
    }

    /// Adds a tracking to the account, for one quota. The call is made even if the caller hangs up after its turn came.
    pub async fn create(&self, new: NewTracking) -> Outcome {
        self.calls.turn(Lane::Other).await?;
        let (calls, listings) = (self.calls.clone(), self.listings.clone());
        let creation = tokio::spawn(async move {
            let created = calls.heeding_quota(calls.client.create(&new).await);
            if created.as_ref().map_or_else(may_exist, |_| true) {
                listings.note_change();
                calls.records.cache.forget_missing(&new.key);
            }
            Ok(calls.records.absorb(created?, Instant::now()))
        });
        creation.await.unwrap_or(Err(TrackerError::BrokenOff))
    }

    /// Asks the courier about a parcel now, for one turn in the realtime lane and quota.
    pub async fn refresh(&self, key: &TrackingKey) -> Result<Refreshed, TrackerError> {
        self.refreshes
            .refresh(&self.calls, &self.coalescer, key)
            .await
    }

    /// Watches parcels: a snapshot of each, then every change.
    pub fn watch(self: &Arc<Self>, keys: Vec<TrackingKey>) -> Result<Watch, TrackerError> {
        let reader = self.calls.records.hub.subscribe();
        let watched = self.watchlist.add(keys);
        let watched = watched.ok_or(TrackerError::TooManyWatched)?;
        Ok(Watch::new(self.clone(), watched, reader))
    }
}

/// Whether a tracking may be there although creating it failed, so that it is wrong to remember that it is not.
fn may_exist(error: &TrackerError) -> bool {
    matches!(error, TrackerError::OutcomeUnknown(_)) || error.fault() == Fault::Conflict
}
