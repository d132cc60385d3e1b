//! What the replicas want together: whoever has a turn carries it for all of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::desk::{Desk, LATE_PAUSE};
use super::fleet::{Fleet, Wanted};
use super::said::Said;
use super::turn::{Giver, Turn};
use super::{ASK_AGAIN, LOOK_AGAIN, Lane, NoTurn, Urgency};
use crate::model::ClientId;
use crate::redis_link::Away;

/// The keys that all replicas want from one kind of call in the list lane.
#[derive(Debug, Clone)]
pub struct Pool {
    desk: Arc<Desk>,
    fleet: Fleet,
}

/// What is wanted for one client.
#[derive(Debug)]
pub struct Want<'a> {
    /// For whom.
    pub client: &'a ClientId,
    /// How urgently.
    pub urgency: Urgency,
    /// How long it may take until the call leaves.
    pub patience: Duration,
    /// How many keys go into a call.
    pub seats: usize,
    /// Each key's name, with the moment of what is known of it, if anything is.
    pub keys: Vec<(String, Option<Instant>)>,
}

/// How a key stands in the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPool {
    /// Something newer is stored by now.
    Known,
    /// Somebody is asking for it, or it waits for a call.
    Coming,
    /// It would have to wait for so long, and does not.
    Full(Duration),
}

/// What becomes of who wants to carry.
#[derive(Debug)]
pub enum Carried {
    /// The call leaves now, with the keys of these names.
    Batch(Turn, Vec<String>),
    /// It is worth asking again then.
    Wait(Instant),
    /// There was a turn that could not be used in time. What was to be carried has to be said again; it is worth asking then.
    Lost(Instant),
    /// Nobody wants anything that is not being asked for already.
    Nothing,
}

impl Pool {
    pub(super) fn of(desk: &Arc<Desk>) -> Option<Self> {
        Some(Self {
            desk: desk.clone(),
            fleet: desk.fleet()?.clone(),
        })
    }

    /// Puts keys into the pool, or says again that they are wanted: what nobody speaks of for two seconds is forgotten.
    pub async fn want(&self, want: &Want<'_>) -> Result<Vec<InPool>, Away> {
        let link = self.fleet.link();
        let keys = want.keys.iter().map(|(name, known)| {
            let known = known.and_then(|known| link.at(known)).unwrap_or_default();
            (link.token(name), known)
        });
        let keys: Vec<_> = keys.collect();
        let said = self.fleet.want(Wanted {
            client: want.client,
            urgency: match want.urgency {
                Urgency::Person => "person",
                Urgency::Background => "background",
            },
            patience: want.patience,
            seats: want.seats,
            keys: &keys,
        });
        said.await
    }

    /// Asks for a turn for what is in the pool.
    pub async fn carry(&self, seats: usize) -> Result<Carried, NoTurn> {
        let carried = self.turn_for_all(seats).await;
        if carried.is_err() {
            self.desk.tally.refused();
        }
        carried
    }

    async fn turn_for_all(&self, seats: usize) -> Result<Carried, NoTurn> {
        self.desk.connected().await;
        let ticket = self.desk.ticket(Lane::List);
        let asked = Instant::now();
        let again = asked + ASK_AGAIN;
        Ok(match self.fleet.carry(ticket, seats).await {
            Ok(Said::Go(given, tokens)) => {
                let given = self.desk.in_time(&self.fleet, ticket, given).await;
                let closed = self.desk.closed_for();
                let (Some(given), None) = (given, closed) else {
                    // The others may carry them, or this replica later.
                    let _ = self.fleet.landed(&tokens).await;
                    let pause = Carried::Lost(Instant::now() + LATE_PAUSE);
                    let closed = closed.map(|retry_after| NoTurn::Closed { retry_after });
                    return closed.map_or(Ok(pause), Err);
                };
                let turn = Turn::new(self.desk.clone(), ticket, Giver::Fleet, given);
                let link = self.fleet.link();
                let names = tokens.iter().filter_map(|token| link.text(token));
                Carried::Batch(turn, names.collect())
            }
            Ok(Said::Wait(wait)) => Carried::Wait(wait.until.min(again)),
            Ok(Said::Closed(until)) => {
                self.desk.close(until);
                let retry_after = until.saturating_duration_since(asked);
                return Err(NoTurn::Closed { retry_after });
            }
            Ok(Said::Nothing | Said::Full(_)) => Carried::Nothing,
            // Who is alone asks for his own turn.
            Err(Away) => Carried::Wait(asked + LOOK_AGAIN),
        })
    }

    /// Keeps the keys of a flight for this replica until the flight is dropped. One that is not heard of any more loses
    /// them to the others.
    pub fn flight(&self, names: &[String]) -> Flight {
        let link = self.fleet.link();
        let tokens: Arc<[String]> = names.iter().map(|name| link.token(name)).collect();
        let (fleet, flying) = (self.fleet.clone(), tokens.clone());
        let renewing = tokio::spawn(async move {
            loop {
                sleep(ASK_AGAIN).await;
                // If Redis is away, the others are alone as well.
                let _ = fleet.fly_on(&flying).await;
            }
        });
        Flight {
            pool: self.clone(),
            tokens,
            renewing,
        }
    }
}

/// Keys that this replica asks for on behalf of all.
#[derive(Debug)]
pub struct Flight {
    pool: Pool,
    tokens: Arc<[String]>,
    renewing: JoinHandle<()>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.renewing.abort();
        let tokens = self.tokens.clone();
        let desk = &self.pool.desk;
        desk.tell_fleet(move |fleet| async move { fleet.landed(&tokens).await });
    }
}
