//! Which parcels a courier is being asked about, and since when he may not be asked again.
//!
//! It holds for all replicas of the account: while one of them asks, the others wait for the same answer, and a call that has
//! left counts even if nothing is ever heard of it again. It knows neither how a courier is asked nor what he says: of an end
//! it passes on a text that others write and read.

mod book;
#[cfg(test)]
mod book_tests;
mod desk;
mod fleet;
mod flight;
mod memory;
mod news;
mod scripts;
mod ticket;

use std::time::Duration;

use tokio::sync::futures::Notified;
use tokio::time::Instant;

use crate::model::TrackingKey;
use crate::redis_link::{Link, Seal, new_secret};

use book::{Rules, Verdict};
use fleet::Fleet;
use memory::Memory;
use ticket::Tickets;

pub use book::Stage;
pub use flight::{Flight, Lost, Spent};
pub use ticket::{InvalidTicket, Ticket};

/// Microseconds on the clock that counts: Redis's, or this process's own.
type Micros = u64;

/// For how long a replica has a parcel to itself without being heard of.
const LEASE: Duration = Duration::from_millis(2_500);

/// How often it is heard of, and how often those who wait look again.
pub const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// For how long nobody is let through by a Redis that knows nothing: the replicas look for it twice a second, and tell it
/// what they know.
const GRACE: Duration = Duration::from_secs(2);

/// For how long it is known how an asking ended, and for how long tickets are good.
pub const ENDS_KEPT: Duration = Duration::from_secs(15 * 60);

/// What becomes of who wants to ask a courier.
#[derive(Debug)]
pub enum Claim {
    /// The parcel is his until the flight ends.
    Granted(Flight),
    /// Another replica is at it.
    Elsewhere(Stage),
    /// The courier was asked already and may not be asked before then.
    CoolingDown {
        /// When he may be.
        until: Instant,
    },
    /// The replicas are still telling an empty Redis what they know.
    NotYet {
        /// When they are through.
        until: Instant,
    },
    /// Redis is away, so that nobody knows what the others ask.
    Apart,
}

/// Who may ask couriers when. Clones share it.
#[derive(Debug, Clone)]
pub struct Cooldown {
    twin: Twin,
    tickets: Tickets,
}

#[derive(Debug, Clone)]
enum Twin {
    /// This process only.
    Alone(Memory),
    /// All replicas of the account.
    Shared(Fleet),
}

impl Cooldown {
    /// For the only process that asks. `period` is how soon a courier may be asked about the same parcel again.
    pub fn in_memory(period: Duration) -> Self {
        let rules = Rules {
            cooldown: micros(period),
            lease: Micros::MAX / 2,
            grace: 0,
        };
        Self {
            twin: Twin::Alone(Memory::own(rules)),
            tickets: Tickets::Own(Seal::new(&new_secret()).into()),
        }
    }

    /// For so many replicas that share a Redis.
    pub fn shared(period: Duration, replicas: u32, link: Link) -> Self {
        let rules = rules(period);
        Self {
            tickets: Tickets::Fleet(link.clone()),
            twin: Twin::Shared(Fleet::start(rules, replicas, link)),
        }
    }

    /// Has a courier be left alone for so long from now on, also where he was asked before.
    pub fn last_for(&self, period: Duration) {
        match &self.twin {
            Twin::Alone(memory) => memory.count_for(micros(period)),
            Twin::Shared(fleet) => fleet.count_for(&rules(period)),
        }
    }

    /// Asks for a parcel.
    pub async fn claim(&self, key: &TrackingKey) -> Claim {
        let name = name_of(key);
        match &self.twin {
            Twin::Alone(memory) => {
                let holder = memory.holder();
                match memory.claim(&name, &holder) {
                    Some(Verdict::Granted) => {
                        Claim::Granted(Flight::new(self.twin.clone(), name, holder))
                    }
                    Some(verdict) => claim(verdict, |at| memory.instant(at)),
                    None => Claim::Apart,
                }
            }
            Twin::Shared(fleet) => {
                let holder = fleet.holder();
                match fleet.claim(&name, &holder).await {
                    Some(Verdict::Granted) => {
                        Claim::Granted(Flight::new(self.twin.clone(), name, holder))
                    }
                    Some(verdict) => claim(verdict, |at| fleet.memory().instant(at)),
                    None => Claim::Apart,
                }
            }
        }
    }

    /// How a parcel stands, without wanting to ask about it. `None` while nobody can tell.
    pub async fn look(&self, key: &TrackingKey) -> Option<Standing> {
        let name = name_of(key);
        let verdict = match &self.twin {
            Twin::Alone(memory) => memory.look(&name),
            Twin::Shared(fleet) => fleet.look(&name).await,
        }?;
        Some(match verdict {
            Verdict::Elsewhere(_) => Standing::Flying,
            Verdict::CoolingDown { .. } => Standing::CoolingDown,
            Verdict::Granted | Verdict::NotYet { .. } => Standing::Free,
        })
    }

    /// Until when a courier may not be asked about a parcel, as far as it is known here; `None` if he may now.
    pub fn until(&self, key: &TrackingKey) -> Option<Instant> {
        self.memory().cooling_until(&name_of(key))
    }

    /// What was said of the end of an asking that ended then or later.
    pub async fn end_since(&self, key: &TrackingKey, since: u64) -> Option<String> {
        let name = name_of(key);
        let known = self.memory().end_since(&name, since);
        match &self.twin {
            Twin::Shared(fleet) if known.is_none() => fleet.end_since(&name, since).await,
            _ => known,
        }
    }

    /// Says how an attempt ended that never came to a flight.
    pub async fn fail(&self, key: &TrackingKey, said: &str) {
        let name = name_of(key);
        match &self.twin {
            Twin::Alone(memory) => memory.end(&name, None, Spent::Nothing, said),
            Twin::Shared(fleet) => fleet.end(&name, None, Spent::Nothing, said).await,
        }
    }

    /// Something was heard of some parcel. Listens from when it is called.
    pub fn changed(&self) -> Notified<'_> {
        self.memory().changed()
    }

    /// A ticket for the end of an asking that ends at this moment or later; `None` while no clock can be read.
    pub fn ticket(&self, key: &TrackingKey, since: Instant) -> Option<Ticket> {
        let since = self.memory().at(since)?;
        Some(self.tickets.give(key, since))
    }

    /// Reads a ticket that any replica gave.
    pub fn read_ticket(&self, id: &str) -> Result<Ticket, InvalidTicket> {
        let now = self.memory().at(Instant::now()).unwrap_or_default();
        self.tickets.read(id, now)
    }

    fn memory(&self) -> &Memory {
        match &self.twin {
            Twin::Alone(memory) => memory,
            Twin::Shared(fleet) => fleet.memory(),
        }
    }
}

/// How a parcel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody asks about it, and somebody might.
    Free,
    /// Somebody is at it.
    Flying,
    /// It was asked about.
    CoolingDown,
}

fn claim(verdict: Verdict, instant: impl Fn(Micros) -> Option<Instant>) -> Claim {
    let instant = |at| instant(at).map(|at| at.max(Instant::now()));
    match verdict {
        Verdict::Elsewhere(stage) => Claim::Elsewhere(stage),
        Verdict::CoolingDown { until } => {
            instant(until).map_or(Claim::Apart, |until| Claim::CoolingDown { until })
        }
        Verdict::NotYet { until } => {
            instant(until).map_or(Claim::Apart, |until| Claim::NotYet { until })
        }
        // Whoever was granted something made a flight of it.
        Verdict::Granted => Claim::Apart,
    }
}

/// The rules for replicas that share a Redis.
fn rules(period: Duration) -> Rules {
    Rules {
        cooldown: micros(period),
        lease: micros(LEASE),
        grace: micros(GRACE),
    }
}

/// The text that names a parcel.
fn name_of(key: &TrackingKey) -> String {
    format!("{}/{}", key.carrier, key.number)
}

fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).unwrap_or(Micros::MAX / 2)
}
