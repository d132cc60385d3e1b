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
mod hints;
mod ingredients;
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
mod tally;
mod usage;
mod watch;
mod watchlist;

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::cooldown::Cooldown;
use crate::current::Dial;
use crate::live::Live;
use crate::rounds::Rounds;
use crate::throttle::{Throttle, Urgency};
use crate::upstream::{Client, MAX_ROWS};

use calls::Calls;
use change::{Creation, Deletion, Lines, Notes, Stop, Update, Writer};
use coalescer::Coalescer;
use hints::Hints;
use inquiry::Inquiries;
use list_page::Age;
use lookup::Lookup;
use memo::Epoch;
use pages::Pages;
use poller::{Ground, Poller};
use records::Records;
use refresh::Refreshes;
use tally::Tally;
use watchlist::Watchlist;

pub use budget::{Budget, Figures, LaneBudget, QuotaLeft};
pub use change::{Changed, Moved};
pub use contract::{Ask, Contract, Otherwise, StaleReason, Terms};
pub use error::{Fault, TrackerError};
pub use hints::{HintCounts, PushError, PushSettings, Taken};

pub use ingredients::Basis;
pub use listing::{End, ListFilter, Listing, Place, Slice};
pub use memo::{Answers, Remembered};
pub use poller::Polling;
pub use question::{Carriers, Waybill};
pub use records::Reading;
pub use refresh::{Refresh, RefreshTicket, TicketReason};
pub use report::Report;
pub use tally::Service;
pub use usage::{Usage, UsageReport};

pub use crate::cooldown::{InvalidTicket, Ticket};
pub use crate::live::Figures as EventFigures;
pub use crate::throttle::{Counts, Lane, LinkFigures, Waits};
pub use crate::upstream::{
    CallFigures, MAX_NUMBERS as MAX_FILTERED, StatusCountQuery as StatusCountFilter,
};
pub use watch::{Beginning, Seen, Sight, reading_of};
pub use watchlist::Watched;

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
    rounds: Rounds,
    poller: Poller,
    hints: Option<Hints>,
}

impl Tracker {
    /// Puts the parts together and starts to poll.
    pub fn start(
        settings: &Settings,
        client: Client,
        throttle: Throttle,
        cooldown: Cooldown,
        cache: Cache,
        live: Live,
        rounds: Rounds,
    ) -> Self {
        let calls = Calls {
            client,
            throttle,
            records: Records { cache, live },
            patience: settings.patience.into(),
            tally: Tally::default(),
        };
        let coalescer = Coalescer::new(calls.clone(), Lookup);
        let watchlist = Watchlist::new(&rounds);
        let poller = Poller::start(
            settings.poll_interval,
            Ground {
                watchlist: watchlist.clone(),
                rounds: rounds.clone(),
                coalescer: coalescer.clone(),
            },
        );
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
            rounds,
            poller,
            hints: None,
        }
    }

    /// How long anybody waits for anything.
    pub fn patience(&self) -> Duration {
        self.calls.patience.get()
    }

    /// The same, for those who go by it as well, or change it.
    pub fn patience_in_force(&self) -> &Dial {
        &self.calls.patience
    }

    /// Whether it can ask TrackingMore nothing, because it has never met the replicas that share the account.
    pub fn is_apart(&self) -> bool {
        self.calls.throttle.is_apart()
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
}
