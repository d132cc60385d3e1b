//! Whose turn it is to call the upstream.
//!
//! Every lane lets through as many calls as the account's limit allows in *any* sliding second, client by client and each
//! client's calls first come first served, and a 429 closes all lanes at once. It does not know what is called.

mod budget;
mod clock;
mod desk;
mod fleet;
mod heart;
mod ledger;
mod limits;
mod line;
mod local;
mod place;
mod pool;
mod progress;
mod said;
mod scripts;
mod seats;
mod turn;
mod visit;
mod window;

#[cfg(test)]
mod ledger_tests;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use thiserror::Error;
use tokio::time::{Instant, timeout};

use crate::current::{Current, Dial};
use crate::model::{ClientId, whole_seconds};
use crate::redis_link::Link;

use desk::Desk;
use fleet::Fleet;
use heart::Heart;
use ledger::Rules;
use local::Local;

pub use crate::redis_link::Figures as LinkFigures;
pub use budget::{Counts, LaneBudget, Waits};
pub use limits::Limits;
pub use line::{Line, Urgency};
pub use pool::{Carried, Flight, InPool, Pool, Want};
pub use progress::{Progress, Wait};
pub use turn::Turn;
pub use visit::Seated;

/// Microseconds on the clock by which turns are given.
type Micros = u64;

/// The topic on which replicas tell each other what became of what all of them want.
const FLIGHTS: &str = "flights";

/// Who waits asks again at least this often.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// How soon to look again whether Redis is away or only said no.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// `GET /trackings/get` for parcels that somebody waits for.
    List,
    /// The same for a page of the whole list. It shares the limit of `List` and takes every other slot at the most, so that
    /// who pages through everything does not shut out those who look for one parcel.
    Page,
    /// `POST /trackings/realtime`.
    Realtime,
    /// Every other call.
    Other,
}

impl Lane {
    /// What it is called in figures and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Page => "page",
            Self::Realtime => "realtime",
            Self::Other => "other",
        }
    }
}

/// Why there is no turn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoTurn {
    /// The upstream said 429 and asked for silence.
    #[error("TrackingMore asked for a pause after too many calls; it ends in {} s", whole_seconds(*retry_after))]
    Closed {
        /// When the lanes open again.
        retry_after: Duration,
    },
    /// Too many wait already.
    #[error("too many calls wait for their turn; try again in {} s", whole_seconds(*retry_after))]
    Full {
        /// When the present queue will be through.
        retry_after: Duration,
    },
    /// Nobody knows what the other replicas do.
    #[error("this server has not reached Redis yet, so that it does not know its share of the account's limits; try again in {} s", whole_seconds(*retry_after))]
    Apart {
        /// When to look again.
        retry_after: Duration,
    },
}

/// Hands out turns for one account. Clones share the lines.
#[derive(Debug, Clone)]
pub struct Throttle {
    desk: Arc<Desk>,
    rules: Current<Rules>,
    silence: Dial,
    heart: Option<Arc<Heart>>,
}

impl Throttle {
    /// Opens all lanes of an account that nobody has called for a while.
    pub fn new(limits: &Limits) -> Self {
        let rules = limits.rules(1);
        Self::with(limits, rules.clone(), Desk::new(Local::new(rules), None))
    }

    /// Opens all lanes of an account that another process may have called just now, as happens at every restart: the first
    /// slots open a second later.
    pub fn after_restart(limits: &Limits) -> Self {
        let rules = limits.rules(1);
        let local = Local::after_restart(rules.clone());
        Self::with(limits, rules, Desk::new(local, None))
    }

    /// Opens the lanes that so many replicas share at the most. `name` is what this replica is also called after a restart.
    pub fn in_fleet(limits: &Limits, replicas: u32, link: Link, name: String) -> Self {
        let rules = limits.rules(replicas);
        let fleet = Fleet::new(link.clone(), name, &rules);
        let local = Local::in_fleet(rules.clone(), link);
        let throttle = Self::with(limits, rules, Desk::new(local, Some(fleet)));
        Self {
            heart: Some(Arc::new(Heart::beat_for(&throttle.desk))),
            ..throttle
        }
    }

    fn with(limits: &Limits, rules: Rules, desk: Desk) -> Self {
        Self {
            desk: Arc::new(desk),
            rules: Current::new(rules),
            silence: limits.silence.into(),
            heart: None,
        }
    }

    /// Goes by other limits from now on, but for their margin: also for what waits, and for the calls of the last second.
    pub fn change(&self, limits: &Limits) {
        let plan = self.rules.get().plan;
        let rules = limits.rules_of(plan);
        if let Some(fleet) = &self.desk.fleet {
            fleet.change(&rules);
        }
        self.desk.local.change(rules.clone());
        self.rules.set(rules);
        self.silence.set(limits.silence);
    }

    /// Waits for a turn in the lane; the call may leave when this returns. Who would have to wait longer than his patience is
    /// refused at once, which bounds every line. A caller who stops waiting loses his place and costs nobody a slot.
    pub async fn turn(
        &self,
        lane: Lane,
        client: &ClientId,
        patience: Duration,
    ) -> Result<Turn, NoTurn> {
        let progress = Progress::default();
        self.watched_turn(lane, client, patience, &progress).await
    }

    /// The same for a call whose place in the line somebody wants to know.
    pub async fn watched_turn(
        &self,
        lane: Lane,
        client: &ClientId,
        patience: Duration,
        progress: &Progress,
    ) -> Result<Turn, NoTurn> {
        let asked = Instant::now();
        let turn = tokio::select! {
            biased;
            retry_after = self.desk.closed() => Err(NoTurn::Closed { retry_after }),
            turn = self.desk.turn(lane, client, patience, progress) => turn,
        };
        match &turn {
            // What waits in that lane are the parcels, each for longer than the call that takes it.
            Ok(_) if lane == Lane::List => {}
            Ok(_) => self.note_wait(lane, asked.elapsed()),
            Err(_) => self.desk.tally.refused(),
        }
        turn
    }

    /// How the lanes stand: for the whole fleet while Redis is there, else for this replica.
    pub async fn budget(&self) -> Vec<LaneBudget> {
        let lanes = [Lane::List, Lane::Realtime, Lane::Other];
        join_all(lanes.map(|lane| self.lane_budget(lane))).await
    }

    /// How one of them stands.
    pub async fn lane_budget(&self, lane: Lane) -> LaneBudget {
        if let Some(fleet) = self.desk.fleet()
            && let Ok(standing) = fleet.lane(lane).await
        {
            return LaneBudget::new(lane, standing, |at| fleet.link().instant(at));
        }
        let local = &self.desk.local;
        let standing = local.standing(lane);
        let standing = standing.unwrap_or_else(|| self.rules.get().idle(lane));
        LaneBudget::new(lane, standing, |at| local.instant(at))
    }

    /// What this process did since it was started.
    pub fn counts(&self) -> Counts {
        self.desk.tally.counts()
    }

    /// Whether this replica has never met the others: it does not know its share of the limits, and calls nothing.
    pub fn is_apart(&self) -> bool {
        let fleet = self.desk.fleet.as_ref();
        fleet.is_some_and(Fleet::was_never_together) && self.desk.local.is_suspended()
    }

    /// Notes for how long what leaves now has waited.
    pub fn note_wait(&self, lane: Lane, time: Duration) {
        self.desk.tally.waited(lane, time);
    }

    /// How long calls of this process waited for their turns, in the list lane those parcels that waited longest.
    pub fn waits(&self) -> Waits {
        self.desk.tally.waits()
    }

    /// How it goes with the fleet's Redis; `None` if there is none.
    pub fn link_figures(&self) -> Option<LinkFigures> {
        let fleet = self.desk.fleet.as_ref()?;
        Some(fleet.link().figures())
    }

    /// What all replicas want together; `None` while there is nobody else, or nobody can be reached.
    pub fn pool(&self) -> Option<Pool> {
        Pool::of(&self.desk)
    }

    /// Tells all replicas something about flights.
    pub fn tell(&self, text: Vec<u8>) {
        self.desk
            .tell_fleet(move |fleet| async move { fleet.link().publish(FLIGHTS, &text).await });
    }

    /// What is done with what others tell about flights.
    pub fn on_told(&self, heard: impl Fn(&[u8]) + Send + Sync + 'static) {
        if let Some(fleet) = &self.desk.fleet {
            fleet.link().on(FLIGHTS, move |_, text| heard(text));
        }
    }

    /// How long it takes to let so many calls through, if nobody else waits.
    pub fn time_for(&self, lane: Lane, calls: usize) -> Duration {
        if self.desk.local.is_suspended() || self.desk.local.is_new_to_being_alone() {
            Duration::from_micros(self.rules.get().time_for(lane, calls))
        } else {
            self.desk.local.time_for(lane, calls)
        }
    }

    /// For how long the upstream's silence goes on, if there is one.
    pub fn closed_for(&self) -> Option<Duration> {
        self.desk.closed_for()
    }

    /// Closes all lanes after a 429, for the account's silence or for longer if the upstream asks for longer. Says for how
    /// long.
    pub fn close(&self, asked_for: Option<Duration>) -> Duration {
        self.desk.tally.silence();
        let silence = asked_for.unwrap_or_default().max(self.silence.get());
        self.desk.close(Instant::now() + silence);
        self.desk
            .tell_fleet(move |fleet| async move { fleet.close(silence).await });
        tracing::warn!(
            seconds = silence.as_secs(),
            "TrackingMore answered 429: no further call is let through until the silence is over"
        );
        silence
    }

    /// Tells that a connection is being opened. No turn is given until it is decided: the call that waits for it has not left
    /// yet, and the next one must not catch up with it.
    pub fn connection_started(&self) {
        self.desk.connection_started();
    }

    /// Tells that a connection was opened just now, and how long that took. The calls that were let through right before it
    /// was begun may have waited for it, so they count from now: at the receiver their slot begins when they arrive. Older
    /// ones had left already and are not held against anybody. What waited for the connection leaves when this returns.
    ///
    /// If the others cannot be told it is false, and nothing must be sent over the connection.
    pub async fn connection_opened(&self, took: Duration) -> bool {
        let is_told = self.desk.delay(took).await;
        self.desk.connection_decided();
        is_told
    }

    /// Tells that a connection could not be opened; nothing left by it.
    pub fn connection_failed(&self) {
        self.desk.connection_decided();
    }

    /// Waits for the calls that are out, not for ever, and gives the seat in the fleet back, at the end of this replica.
    pub async fn retire(&self, patience: Duration) {
        let _ = timeout(patience, self.desk.is_at_rest()).await;
        if let Some(heart) = &self.heart {
            // Else it would take the seat again.
            heart.stop().await;
        }
        if let Some(fleet) = self.desk.fleet() {
            self.desk.local.suspend();
            // If Redis is away the seat is lost after a while.
            let _ = fleet.stand_up().await;
        }
    }
}
