//! Turns within this process: all of them, or this replica's share of them while it cannot reach the others.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::clock::{Clock, START};
use super::ledger::{LaneUse, Ledger, Rules, Ticket, Verdict};
use super::limits::micros;
use super::progress::Wait;
use super::seats::{Plan, Seats};
use super::{ASK_AGAIN, Lane, Micros, NoTurn};
use crate::model::ClientId;
use crate::redis_link::Link;

/// Most losses of Redis are over in this time.
const PASSING: Duration = Duration::from_secs(3);

/// The ledger of one process.
#[derive(Debug)]
pub(super) struct Local {
    ledger: Mutex<Ledger>,
    clock: Clock,
    plan: Plan,
    /// Since when it is alone that was not.
    alone_since: Mutex<Option<Instant>>,
    changed: Notify,
}

impl Local {
    /// The only one.
    pub(super) fn new(rules: Rules) -> Self {
        Self::with(rules, Clock::own())
    }

    /// The only one, after another one.
    pub(super) fn after_restart(rules: Rules) -> Self {
        let local = Self::new(rules);
        local.ledger().fill(START);
        local
    }

    /// One of several, which gives no turns before it is alone. Where there is only one, it is alone until Redis is there.
    pub(super) fn in_fleet(rules: Rules, link: Link) -> Self {
        if rules.plan.seats == 1 {
            let local = Self::with(rules, Clock::own());
            local.go_alone(0, Duration::ZERO);
            return local;
        }
        Self::of_nobody(rules, link)
    }

    /// That of somebody who has no share: it never gives a turn.
    pub(super) fn of_nobody(rules: Rules, link: Link) -> Self {
        let local = Self::with(rules, Clock::Shared(link));
        local.suspend();
        local
    }

    fn with(rules: Rules, clock: Clock) -> Self {
        Self {
            plan: rules.plan,
            alone_since: Mutex::new(None),
            ledger: Mutex::new(Ledger::new(rules)),
            clock,
            changed: Notify::new(),
        }
    }

    /// Goes by other rules from now on.
    pub(super) fn change(&self, rules: Rules) {
        self.ledger().change(rules);
        self.wake();
    }

    /// Gives no more turns, and tells which calls left lately, and how long ago.
    pub(super) fn suspend(&self) -> Vec<(Ticket, Duration)> {
        let now = self.clock.now().unwrap_or_default();
        let mut ledger = self.ledger();
        ledger.seat(Some(Seats::suspended(self.plan)));
        let calls = ledger.calls().into_iter();
        let ago = |at| Duration::from_micros(now.saturating_sub(at));
        calls.map(|(ticket, at)| (ticket, ago(at))).collect()
    }

    /// Gives turns in the slots of one seat, as soon as all have left that others gave while it lent its slots, which it does
    /// for so long.
    pub(super) fn go_alone(&self, seat: u32, lends_for: Duration) {
        if let Some(now) = self.clock.now() {
            let from = now + micros(lends_for) + self.plan.period;
            let seats = Seats::alone(self.plan, seat, from);
            self.ledger().seat(Some(seats));
            *self.alone_since() = Some(Instant::now());
            self.wake();
        }
    }

    /// Whether it may be back with the others before anybody notices, as after most losses.
    pub(super) fn is_new_to_being_alone(&self) -> bool {
        self.alone_since()
            .is_some_and(|since| since.elapsed() < PASSING)
    }

    fn alone_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.alone_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it gives no turns at the moment.
    pub(super) fn is_suspended(&self) -> bool {
        self.ledger().is_suspended()
    }

    /// Has those who wait look again where turns are given now.
    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    /// Queues a call up.
    pub(super) fn join(
        &self,
        ticket: Ticket,
        client: &ClientId,
        patience: Duration,
    ) -> Result<(), NoTurn> {
        let now = self.now()?;
        let joined = self.ledger().join(ticket, client, micros(patience), now);
        joined.map_err(|wait| NoTurn::Full {
            retry_after: Duration::from_micros(wait),
        })
    }

    /// Whether the call may leave, and else when its turn comes.
    pub(super) fn turn(&self, ticket: Ticket) -> Result<(), Wait> {
        let wait = |position, until: Option<Instant>| Wait {
            position,
            until: until.unwrap_or_else(|| Instant::now() + ASK_AGAIN),
        };
        let Ok(now) = self.now() else {
            return Err(wait(0, None));
        };
        let verdict = self.ledger().turn(ticket, now);
        match verdict {
            Verdict::Go => {
                self.changed.notify_waiters();
                Ok(())
            }
            Verdict::Wait { until, position } => Err(wait(position, self.clock.instant(until))),
            Verdict::Closed { until } => Err(wait(0, self.clock.instant(until))),
        }
    }

    pub(super) fn leave(&self, ticket: Ticket) {
        self.ledger().leave(ticket);
        self.changed.notify_waiters();
    }

    pub(super) fn answered(&self, ticket: Ticket) {
        if let Ok(now) = self.now() {
            self.ledger().answered(ticket, now);
            self.changed.notify_waiters();
        }
    }

    /// Has a call count from now. Says whether it may leave.
    pub(super) fn delayed(&self, ticket: Ticket) -> bool {
        let now = self.now();
        now.is_ok_and(|now| self.ledger().delayed(ticket, now))
    }

    /// Lets nothing through before then.
    pub(super) fn close(&self, until: Instant) {
        if let Some(until) = self.clock.at(until) {
            self.ledger().close(until);
        }
    }

    /// Somebody left, or an answer came: the next turn may come sooner than was said.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(super) fn time_for(&self, lane: Lane, calls: usize) -> Duration {
        let now = self.now().unwrap_or_default();
        Duration::from_micros(self.ledger().time_for(lane, calls, now))
    }

    /// How a lane stands; `None` while no clock can be read.
    pub(super) fn standing(&self, lane: Lane) -> Option<LaneUse> {
        let now = self.now().ok()?;
        Some(self.ledger().standing(lane, now))
    }

    pub(super) fn instant(&self, at: Micros) -> Option<Instant> {
        self.clock.instant(at)
    }

    fn now(&self) -> Result<Micros, NoTurn> {
        let retry_after = ASK_AGAIN;
        self.clock.now().ok_or(NoTurn::Apart { retry_after })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
