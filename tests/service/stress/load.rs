//! Who asks, and for what.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::{Client, Want};
use super::tally::Tally;

/// How many parcels are asked for again and again; the others are asked for once.
pub const WELL_KNOWN: usize = 12;

/// A replica as clients see it.
#[derive(Debug)]
pub struct Place {
    pub url: String,
    /// Odd while it is there; another number for each of its lives.
    life: AtomicU64,
}

impl Place {
    pub fn new(url: String) -> Self {
        Self {
            url,
            life: AtomicU64::new(1),
        }
    }

    /// Which of its lives it is in, if it is alive.
    pub fn life(&self) -> Option<u64> {
        let life = self.life.load(Ordering::SeqCst);
        (life % 2 == 1).then_some(life)
    }

    pub fn close(&self) {
        self.life.fetch_add(1, Ordering::SeqCst);
    }

    pub fn open(&self) {
        self.life.fetch_add(1, Ordering::SeqCst);
    }
}

/// What all clients share.
#[derive(Debug)]
pub struct Load {
    pub places: Vec<Place>,
    parcels: Vec<(String, String)>,
    next: AtomicUsize,
    opened: Instant,
    tally: Mutex<Tally>,
}

impl Load {
    pub fn new(places: Vec<Place>, parcels: Vec<(String, String)>, opened: Instant) -> Self {
        Self {
            places,
            parcels,
            next: AtomicUsize::new(WELL_KNOWN),
            opened,
            tally: Mutex::default(),
        }
    }

    /// The parcel of that place in the account.
    pub fn parcel(&self, number: usize) -> &(String, String) {
        &self.parcels[number]
    }

    /// A number that was never given before.
    pub fn next(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A parcel that nobody has asked for yet: one of the account's as long as there are any, then numbers that it does not
    /// have. They cost the same, and an account with thousands of parcels is too slow for a judge.
    pub fn cold(&self) -> (String, String) {
        let number = self.next();
        let unknown = || ("dhl".to_owned(), format!("COLD{number:08}"));
        self.parcels.get(number).cloned().unwrap_or_else(unknown)
    }

    /// The time on the sandbox's clock of calls.
    pub fn now(&self) -> Duration {
        self.opened.elapsed()
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many clients of each kind every replica has.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// Who look cold parcels up, ten at a time.
    pub lookers: usize,
    /// Who page through the whole list.
    pub pagers: usize,
    /// Who create, update and delete.
    pub writers: usize,
    /// Who refresh a parcel that nobody has refreshed before.
    pub refreshers: usize,
    /// Who refresh the same few again and again.
    pub impatient: usize,
    /// Who read a parcel that is cached.
    pub readers: usize,
}

impl Crowd {
    /// All of them begin to ask.
    pub fn enter(&self, load: &Arc<Load>) -> Clients {
        let leaving = watch::Sender::new(false);
        let mut clients = JoinSet::new();
        for place in 0..load.places.len() {
            for (count, want) in [
                (self.lookers, Want::Cold),
                (self.pagers, Want::Pages),
                (self.writers, Want::Change),
                (self.refreshers, Want::Realtime),
                (self.impatient, Want::RealtimeAgain),
                (self.readers, Want::Cached),
            ] {
                for _ in 0..count {
                    let client = Client::new(load.clone(), place, want);
                    clients.spawn(client.ask_until(leaving.subscribe()));
                }
            }
        }
        Clients { clients, leaving }
    }
}

/// Those who ask at the moment.
pub struct Clients {
    clients: JoinSet<()>,
    leaving: watch::Sender<bool>,
}

impl Clients {
    /// Nobody asks anything new, and those who have asked wait for their answers.
    pub async fn leave(mut self) {
        self.leaving.send_replace(true);
        while let Some(left) = self.clients.join_next().await {
            left.expect("no client fails");
        }
    }
}
