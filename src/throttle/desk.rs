//! What everybody shares who waits for turns in this process.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::budget::Tally;
use super::fleet::Fleet;
use super::ledger::Ticket;
use super::limits::PUNCTUAL;
use super::local::Local;
use super::place::Place;
use super::progress::Progress;
use super::said::Said;
use super::turn::{Giver, Turn};
use super::{ASK_AGAIN, LOOK_AGAIN, Lane, Micros, NoTurn};
use crate::model::ClientId;
use crate::redis_link::Away;

/// How long it takes at the most from a turn to the first step of connecting, on a busy machine.
const TO_CONNECT: Duration = Duration::from_millis(100);

/// For how long calls are remembered in case their connections take a while.
const CONNECTS_WITHIN: Duration = Duration::from_secs(60);

/// How long a replica leaves the slots to the others that could not use one in time.
pub(super) const LATE_PAUSE: Duration = Duration::from_millis(500);

/// How many they are at the most, where no limit spaces them.
const MAX_LEFT: usize = 1_000;

/// How long it is waited for the fleet, by a replica that does not know its share.
const APART: Duration = Duration::from_secs(2);

/// The first call's number; those below stand for calls of other processes.
const FIRST_NUMBER: u64 = 1 << 20;

/// Where turns are given, or asked for.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) local: Local,
    pub(super) fleet: Option<Fleet>,
    numbers: AtomicU64,
    /// What left lately, so that it can be found if its connection took a while.
    left: Mutex<VecDeque<(Instant, Ticket, Giver)>>,
    /// How many connections are being opened.
    connecting: watch::Sender<usize>,
    /// How many calls have a turn and no answer.
    out: watch::Sender<usize>,
    closed_until: watch::Sender<Option<Instant>>,
    pub(super) tally: Tally,
}

impl Desk {
    pub(super) fn new(local: Local, fleet: Option<Fleet>) -> Self {
        Self {
            local,
            fleet,
            numbers: AtomicU64::new(FIRST_NUMBER),
            left: Mutex::default(),
            connecting: watch::Sender::new(0),
            out: watch::Sender::new(0),
            closed_until: watch::Sender::new(None),
            tally: Tally::default(),
        }
    }

    pub(super) fn ticket(&self, lane: Lane) -> Ticket {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        Ticket { lane, number }
    }

    /// The fleet, while turns come from there.
    pub(super) fn fleet(&self) -> Option<&Fleet> {
        self.fleet.as_ref().filter(|fleet| fleet.is_together())
    }

    /// Waits for a turn by whichever ledger counts at the moment.
    pub(super) async fn turn(
        self: &Arc<Self>,
        lane: Lane,
        client: &ClientId,
        patience: Duration,
        progress: &Progress,
    ) -> Result<Turn, NoTurn> {
        let mut place = Place::new(self, self.ticket(lane));
        let begun = Instant::now();
        let end = begun + patience;
        loop {
            self.connected().await;
            let left = end.saturating_duration_since(Instant::now());
            // Listens before it asks, so that nothing is missed in between.
            let changed = self.local.changed();
            let until = match self.fleet() {
                Some(fleet) => {
                    // Those who wait for list calls are refused where the keys wait.
                    let patience = (lane != Lane::List).then_some(left);
                    place.in_fleet = true;
                    match fleet.ask(place.ticket, client, patience).await {
                        Ok(Said::Go(given, _)) => {
                            if let Some(given) = self.in_time(fleet, place.ticket, given).await {
                                return Ok(place.turn(Giver::Fleet, given));
                            }
                            // The turn is lost; the next is asked for by another number.
                            place.renew(self.ticket(lane));
                            Instant::now() + LATE_PAUSE
                        }
                        Ok(Said::Full(retry_after)) => return Err(NoTurn::Full { retry_after }),
                        Ok(Said::Closed(until)) => {
                            self.close(until);
                            until
                        }
                        Ok(Said::Wait(wait)) => {
                            progress.note(wait);
                            wait.until
                        }
                        Ok(Said::Nothing) | Err(Away) => Instant::now() + LOOK_AGAIN,
                    }
                }
                None if self.local.is_suspended() => {
                    if begun.elapsed() > APART {
                        let retry_after = ASK_AGAIN;
                        return Err(NoTurn::Apart { retry_after });
                    }
                    begun + APART + LOOK_AGAIN
                }
                None => {
                    if !place.in_local {
                        self.local.join(place.ticket, client, left)?;
                        place.in_local = true;
                    }
                    match self.local.turn(place.ticket) {
                        Ok(()) => return Ok(place.turn(Giver::Local, Instant::now())),
                        Err(wait) => {
                            progress.note(wait);
                            wait.until
                        }
                    }
                }
            };
            let until = until.min(Instant::now() + ASK_AGAIN);
            tokio::select! {
                () = sleep_until(until) => {}
                () = changed => {}
            }
        }
    }

    /// When a turn was given that comes from Redis and is still of this moment. One that comes late is told to be of now; if
    /// that comes late again and again, it is no turn.
    pub(super) async fn in_time(
        &self,
        fleet: &Fleet,
        ticket: Ticket,
        mut given: Instant,
    ) -> Option<Instant> {
        for _ in 0..3 {
            if given.elapsed() <= PUNCTUAL {
                return Some(given);
            }
            given = fleet.delayed(ticket).await.ok()??;
        }
        if given.elapsed() <= PUNCTUAL {
            return Some(given);
        }
        tracing::warn!(
            "Redis's answers take more than 10 ms: a turn is lost; bring Redis nearer or give this server more room"
        );
        None
    }

    /// Waits while any connection is being opened.
    pub(super) async fn connected(&self) {
        let mut connecting = self.connecting.subscribe();
        // The sender lives as long as the desk does.
        let _ = connecting.wait_for(|connecting| *connecting == 0).await;
    }

    /// Closes everything until then, as far as this process is concerned.
    pub(super) fn close(&self, until: Instant) {
        self.local.close(until);
        self.closed_until.send_if_modified(|closed| {
            let is_later = closed.is_none_or(|closed| closed < until);
            if is_later {
                *closed = Some(until);
            }
            is_later
        });
    }

    /// Until when everything is closed, on the fleet's clock.
    pub(super) fn closed_until(&self, fleet: &Fleet) -> Micros {
        let until = *self.closed_until.borrow();
        until
            .and_then(|until| fleet.link().at(until))
            .unwrap_or_default()
    }

    /// For how long everything stays closed, if it is.
    pub(super) fn closed_for(&self) -> Option<Duration> {
        let until = *self.closed_until.borrow();
        let left = until?.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then_some(left)
    }

    /// Returns, with what is left of it, as soon as there is a silence.
    pub(super) async fn closed(&self) -> Duration {
        let mut changes = self.closed_until.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(left) = self.closed_for() {
                return left;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(super) fn connection_started(&self) {
        self.connecting.send_modify(|connecting| *connecting += 1);
    }

    pub(super) fn connection_decided(&self) {
        self.connecting
            .send_modify(|connecting| *connecting = connecting.saturating_sub(1));
    }

    /// Has the calls count from now that may have waited for a connection which took so long. Says whether that is certain.
    pub(super) async fn delay(&self, took: Duration) -> bool {
        let now = Instant::now();
        let since = now.checked_sub(took + TO_CONNECT).unwrap_or(now);
        let left: Vec<_> = self.left().iter().copied().collect();
        let left = left.into_iter().filter(|(at, ..)| *at >= since);
        let told = left.map(|(_, ticket, giver)| self.tell_late(ticket, giver));
        let is_certain = join_all(told).await.iter().all(Option::is_some);
        // Where nobody else gives turns, none was given meanwhile.
        is_certain || self.fleet.is_none()
    }

    /// Has a call count from now that leaves later than it was let through; gives the moment. `None` if its slot is over, or if
    /// nobody can tell the others: then it must not leave.
    pub(super) async fn tell_late(&self, ticket: Ticket, giver: Giver) -> Option<Instant> {
        let may_leave = match giver {
            Giver::Local => self.local.delayed(ticket),
            Giver::Fleet => true,
        };
        match (self.fleet(), giver) {
            // It may have been told of calls that were made alone.
            (Some(fleet), _) => {
                let given = fleet.delayed(ticket).await.ok()??;
                self.in_time(fleet, ticket, given).await
            }
            (None, Giver::Local) if may_leave && !self.local.is_suspended() => Some(Instant::now()),
            (None, _) => None,
        }
    }

    /// Returns when no call is without an answer.
    pub(super) async fn is_at_rest(&self) {
        let mut out = self.out.subscribe();
        let _ = out.wait_for(|out| *out == 0).await;
    }

    pub(super) fn note_given(&self) {
        self.out.send_modify(|out| *out += 1);
    }

    pub(super) fn note_left(&self, ticket: Ticket, giver: Giver) {
        let now = Instant::now();
        let mut left = self.left();
        let is_over = |at: Instant| now.duration_since(at) >= CONNECTS_WITHIN;
        while left.len() >= MAX_LEFT || left.front().is_some_and(|(at, ..)| is_over(*at)) {
            left.pop_front();
        }
        left.push_back((now, ticket, giver));
    }

    pub(super) fn answered(&self, ticket: Ticket, giver: Giver) {
        self.out.send_modify(|out| *out = out.saturating_sub(1));
        match giver {
            Giver::Local => self.local.answered(ticket),
            Giver::Fleet if ticket.lane == Lane::Realtime => {}
            Giver::Fleet => {
                self.tell_fleet(move |fleet| async move { fleet.answered(ticket).await })
            }
        }
    }

    /// Tells Redis something that nobody waits for. If it is away, what it does not learn runs out by itself.
    pub(super) fn tell_fleet<F>(&self, tell: impl FnOnce(Fleet) -> F)
    where
        F: Future<Output = Result<(), Away>> + Send + 'static,
    {
        // Turns are also dropped while a runtime ends.
        if let (Some(fleet), Ok(runtime)) = (&self.fleet, Handle::try_current()) {
            let telling = tell(fleet.clone());
            runtime.spawn(async move {
                let _ = telling.await;
            });
        }
    }

    fn left(&self) -> MutexGuard<'_, VecDeque<(Instant, Ticket, Giver)>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
