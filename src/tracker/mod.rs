//! What one can do with trackings, and the only place that decides how fresh an answer has to be.
//!
//! It knows nothing of HTTP and GraphQL, and it never sleeps on a caller: every wait has a deadline, and shared work runs
//! in tasks of its own.

mod batch;
mod calls;
mod change;
mod coalescer;
mod desk;
mod error;
mod flight;
mod freshness;
mod inquiry;
mod list_page;
mod listing;
mod lookup;
mod memo;
mod pages;
mod poller;
mod question;
mod records;
mod refresh;
mod single_flight;
mod usage;
mod watch;
mod watchlist;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cache::Cache;
use crate::live::Hub;
use crate::model::{RealtimeOptions, TrackingKey};
use crate::throttle::Throttle;
use crate::upstream::Client;

use calls::Calls;
use coalescer::Coalescer;
use inquiry::Inquiries;
use list_page::Age;
use lookup::Lookup;
use pages::Pages;
use poller::Poller;
use records::Outcome;
use records::Records;
use refresh::Refreshes;
use watchlist::Watchlist;

pub use change::{Changed, Moved};
pub use error::{Fault, TrackerError};

pub use listing::{End, ListFilter, Listing, Place, Slice};
pub use memo::{Answers, Remembered};
pub use question::{Carriers, Waybill};
pub use records::Reading;
pub use refresh::Refreshed;
pub use usage::{Usage, UsageReport};

pub use crate::upstream::{MAX_NUMBERS as MAX_FILTERED, StatusCountQuery as StatusCountFilter};
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
    coalescer: Coalescer<Lookup>,
    pages: Pages,
    inquiries: Inquiries,
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
        let coalescer = Coalescer::new(calls.clone(), Lookup);
        let watchlist = Arc::new(Watchlist::default());
        let poller = (!settings.poll_interval.is_zero())
            .then(|| Poller::start(settings.poll_interval, watchlist.clone(), coalescer.clone()));
        Self {
            inquiries: Inquiries::new(&calls),
            calls,
            coalescer,
            pages: Pages::default(),
            refreshes: Arc::new(Refreshes::new(settings.realtime_cooldown)),
            watchlist,
            _poller: poller,
        }
    }

    /// Looks up any number of parcels: from the cache where it is fresh, otherwise with the next free list call. When the
    /// upstream cannot be asked, an older answer is given and marked as stale. There is an outcome for every key.
    pub async fn look_up(
        &self,
        usage: &Usage,
        keys: &[TrackingKey],
    ) -> HashMap<TrackingKey, Outcome> {
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
        usage.add_hits(outcomes.len());
        if !missing.is_empty() {
            let fetched = self.coalescer.fetch(missing, Urgency::Person, usage).await;
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
        usage: &Usage,
        filter: &ListFilter,
        slice: &Slice,
    ) -> Result<Listing, TrackerError> {
        let begins = slice.after.is_none() && slice.before.is_none();
        let reader = listing::Reader {
            pages: &self.pages,
            calls: &self.calls,
            usage,
            filter,
            size: listing::page_size(slice),
            age: if begins {
                Age::Beginning
            } else {
                Age::ReadingOn
            },
        };
        reader.read(slice).await
    }

    /// Asks the courier about a parcel now, for one turn in the realtime lane and quota.
    pub async fn refresh(
        &self,
        usage: &Arc<Usage>,
        key: &TrackingKey,
        options: &RealtimeOptions,
    ) -> Result<Refreshed, TrackerError> {
        self.refreshes
            .refresh(&self.calls, &self.coalescer, key, options, usage)
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
