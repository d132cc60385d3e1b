//! What one can do with trackings, and the only place that decides how fresh an answer has to be.
//!
//! It knows nothing of HTTP and GraphQL, and it never sleeps on a caller: every wait has a deadline, and shared work runs
//! in tasks of its own.

mod answer;
mod budget;
mod caller;
mod calls;
mod change;
mod coalescer;
mod contract;
mod desk;
mod error;
mod fleet;
mod flight;
mod freshness;
mod inquiry;
mod list_page;
mod listing;
mod lookup;
mod memo;
mod order;
mod pages;
mod poller;
mod pooled;
mod question;
mod records;
mod refresh;
mod report;
mod route;
mod single_flight;
mod usage;
mod watch;
mod watchlist;

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::cooldown::Cooldown;
use crate::live::Hub;
use crate::model::TrackingKey;
use crate::throttle::{Throttle, Urgency};
use crate::upstream::{Client, MAX_ROWS};

use calls::Calls;
use change::{Creation, Deletion, Lines, Notes, Stop, Update, Writer};
use coalescer::Coalescer;
use inquiry::Inquiries;
use list_page::Age;
use lookup::Lookup;
use memo::Epoch;
use pages::Pages;
use poller::Poller;
use records::Records;
use refresh::Refreshes;
use watchlist::Watchlist;

pub use budget::{Budget, Figures, LaneBudget, QuotaLeft};
pub use change::{Changed, Moved};
pub use contract::{Ask, Contract, Otherwise, StaleReason, Terms};
pub use error::{Fault, TrackerError};

pub use listing::{End, ListFilter, Listing, Place, Slice};
pub use memo::{Answers, Remembered};
pub use question::{Carriers, Waybill};
pub use records::Reading;
pub use refresh::{Refresh, RefreshTicket, TicketReason};
pub use report::Report;
pub use usage::{Usage, UsageReport};

pub use crate::cooldown::{InvalidTicket, Ticket};
pub use crate::throttle::{Counts, Lane};
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

/// Everything one can do with the trackings of one account.
#[derive(Debug)]
pub struct Tracker {
    calls: Calls,
    coalescer: Coalescer<Lookup>,
    creations: Writer<Creation>,
    updates: Writer<Update>,
    /// Updates that no call for many can carry.
    phone_updates: Writer<Update>,
    stops: Writer<Stop>,
    deletions: Writer<Deletion>,
    notes: Notes,
    pages: Arc<Pages>,
    inquiries: Inquiries,
    refreshes: Refreshes,
    watchlist: Arc<Watchlist>,
    _poller: Option<Poller>,
}

impl Tracker {
    /// Puts the parts together and starts to poll.
    pub fn start(
        settings: &Settings,
        client: Client,
        throttle: Throttle,
        cooldown: Cooldown,
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
        let notes = Notes {
            records: calls.records.clone(),
            pages: Arc::default(),
            figures: Epoch::default(),
        };
        fleet::listen(&coalescer, [notes.figures.clone(), notes.pages.changes()]);
        let lines = Lines::default();
        Self {
            creations: Writer::new(&calls, &notes, &lines, MAX_ROWS),
            updates: Writer::new(&calls, &notes, &lines, MAX_ROWS),
            phone_updates: Writer::new(&calls, &notes, &lines, 1),
            stops: Writer::new(&calls, &notes, &lines, MAX_ROWS),
            deletions: Writer::new(&calls, &notes, &lines, MAX_ROWS),
            inquiries: Inquiries::new(&calls, &notes.figures),
            pages: notes.pages.clone(),
            notes,
            calls,
            coalescer,
            refreshes: Refreshes::new(cooldown),
            watchlist,
            _poller: poller,
        }
    }

    /// How long anybody waits for anything.
    pub fn patience(&self) -> Duration {
        self.calls.patience
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

    /// Watches parcels for whoever asks: a snapshot of each, then every change.
    pub fn watch(
        self: &Arc<Self>,
        usage: &Usage,
        keys: Vec<TrackingKey>,
    ) -> Result<Watch, TrackerError> {
        let reader = self.calls.records.hub.subscribe();
        let watched = self.watchlist.add(keys);
        let watched = watched.ok_or(TrackerError::TooManyWatched)?;
        Ok(Watch::new(
            self.clone(),
            usage.client().clone(),
            watched,
            reader,
        ))
    }
}
