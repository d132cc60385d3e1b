//! The rule of all lanes together, as a pure function of the time. `ledger.lua` is its twin in Redis, and
//! `tests/cases/ledger.json` holds both of them to the same decisions.

#[cfg(test)]
mod seating;
mod standing;

use serde::{Deserialize, Serialize};

use super::line::{Line, Urgency};
use super::seats::{Plan, Seats};
use super::window::{Limit, SOON, Window};
use super::{Lane, Micros};
use crate::model::ClientId;

pub(super) use standing::LaneUse;

/// For how long a slot that has just opened is left to whose turn it is.
const COURTESY: Micros = 60_000;

/// What the account may do, in the terms of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) list: Limit,
    pub(super) realtime: Limit,
    pub(super) other: Limit,
    /// Over all lanes.
    pub(super) account: Limit,
    pub(super) plan: Plan,
}

impl Rules {
    /// How long it takes to let so many calls through while everybody lends.
    pub(super) fn time_for(&self, lane: Lane, calls: usize) -> Micros {
        let own = self.limit_of(lane);
        own.time_for(calls).max(self.account.time_for(calls))
    }

    fn limit_of(&self, lane: Lane) -> Limit {
        match lane {
            Lane::List | Lane::Page => self.list,
            Lane::Realtime => self.realtime,
            Lane::Other => self.other,
        }
    }
}

/// A call that wants to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ticket {
    pub(super) lane: Lane,
    /// No two calls have the same.
    pub(super) number: u64,
}

/// What becomes of who asks for his turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The call leaves now.
    Go,
    /// It is worth asking again at this moment.
    Wait {
        until: Micros,
        /// How many are in front.
        position: usize,
    },
    /// Nothing leaves before this moment.
    Closed { until: Micros },
}

/// Every call of the last seconds, everybody who waits, and the silence.
#[derive(Debug)]
pub(super) struct Ledger {
    rules: Rules,
    windows: [Window; 4],
    list_line: Line<u64>,
    page_line: Line<u64>,
    realtime_line: Line<u64>,
    other_line: Line<u64>,
    /// Which of the two that share a limit left last, and when.
    last_list: (Lane, Micros),
    closed_until: Micros,
    seats: Option<Seats>,
    last_slots: [Option<u64>; 4],
}

const LIST: usize = 0;
const REALTIME: usize = 1;
const OTHER: usize = 2;
const ACCOUNT: usize = 3;

/// The limits that a call of the lane counts against, its own first.
fn limits_of(lane: Lane) -> &'static [usize] {
    match lane {
        Lane::List | Lane::Page => &[LIST, ACCOUNT],
        Lane::Realtime => &[REALTIME, ACCOUNT],
        Lane::Other => &[OTHER, ACCOUNT],
    }
}

impl Ledger {
    pub(super) fn new(rules: Rules) -> Self {
        let windows = [rules.list, rules.realtime, rules.other, rules.account];
        Self {
            windows: windows.map(Window::new),
            rules,
            list_line: Line::default(),
            page_line: Line::default(),
            realtime_line: Line::default(),
            other_line: Line::default(),
            last_list: (Lane::Page, 0),
            closed_until: 0,
            seats: None,
            last_slots: [None; 4],
        }
    }

    /// Goes by other rules from now on, for as many replicas.
    pub(super) fn change(&mut self, rules: Rules) {
        let limits = [rules.list, rules.realtime, rules.other, rules.account];
        for (window, limit) in self.windows.iter_mut().zip(limits) {
            window.change(limit);
        }
        let lanes = [Lane::List, Lane::Realtime, Lane::Other];
        let before = lanes.map(|lane| self.grid_of(lane));
        self.rules = rules;
        // Slots of another width have other numbers.
        for (lane, before) in lanes.into_iter().zip(before) {
            let now = self.grid_of(lane);
            if now != before {
                self.last_slots[now.0] = None;
            }
        }
    }

    /// Counts as many calls at this moment as are allowed, because others may have made them.
    pub(super) fn fill(&mut self, now: Micros) {
        self.windows.iter_mut().for_each(|window| window.fill(now));
    }

    /// Shares the slots with others, or stops to.
    pub(super) fn seat(&mut self, seats: Option<Seats>) {
        self.seats = seats;
    }

    /// Whether nothing will ever leave as things are.
    pub(super) fn is_suspended(&self) -> bool {
        self.seats.as_ref().is_some_and(Seats::are_suspended)
    }

    /// Queues a call up. Who would have to wait longer than his patience is told how long, and does not join.
    pub(super) fn join(
        &mut self,
        ticket: Ticket,
        client: &ClientId,
        patience: Micros,
        now: Micros,
    ) -> Result<(), Micros> {
        let opening = self.opening(ticket.lane, now).0;
        let ahead = self.line(ticket.lane).ahead_of(client, Urgency::Person);
        let wait = opening.saturating_sub(now);
        let wait = wait.saturating_add(self.time_behind(ticket.lane, ahead, now));
        if wait >= patience && wait > 0 {
            return Err(wait);
        }
        let line = self.line(ticket.lane);
        line.join(ticket.number, client, Urgency::Person);
        Ok(())
    }

    /// Gives up the place in the line.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.line(ticket.lane).leave(&ticket.number);
    }

    /// Whether the call may leave now. One that did not join is served as if nobody else waited.
    pub(super) fn turn(&mut self, ticket: Ticket, now: Micros) -> Verdict {
        if self.closed_until > now {
            return Verdict::Closed {
                until: self.closed_until,
            };
        }
        let lane = ticket.lane;
        let position = self.line(lane).position(&ticket.number);
        let position = position.unwrap_or_default();
        let (opening, slot) = self.opening(lane, now);
        if position > 0 {
            let behind = self.time_behind(lane, position, now);
            let until = opening.max(now + SOON).saturating_add(behind);
            return Verdict::Wait { until, position };
        }
        let opening = opening.max(self.courtesy(lane, now));
        if opening > now {
            return Verdict::Wait {
                until: opening,
                position,
            };
        }
        for limit in limits_of(lane) {
            self.windows[*limit].grant(ticket.number, now);
        }
        if let Some(slot) = slot {
            self.last_slots[self.grid_of(lane).0] = Some(slot);
        }
        if let Lane::List | Lane::Page = lane {
            self.last_list = (lane, now);
        }
        self.line(lane).serve(&ticket.number);
        Verdict::Go
    }

    /// Notes that a call was answered.
    pub(super) fn answered(&mut self, ticket: Ticket, now: Micros) {
        for limit in limits_of(ticket.lane) {
            self.windows[*limit].answered(ticket.number, now);
        }
    }

    /// Notes that a call has left only now. Says whether it may.
    pub(super) fn delayed(&mut self, ticket: Ticket, now: Micros) -> bool {
        let mut may = true;
        for limit in limits_of(ticket.lane) {
            may &= self.windows[*limit].delayed(ticket.number, now);
        }
        may
    }

    /// Lets nothing through before this moment.
    pub(super) fn close(&mut self, until: Micros) {
        self.closed_until = self.closed_until.max(until);
    }

    /// How long it takes to let so many calls through, if nobody else waits.
    pub(super) fn time_for(&self, lane: Lane, calls: usize, now: Micros) -> Micros {
        let grid = self.grid_of(lane).1;
        let pace = self.seats.as_ref().and_then(|seats| seats.pace(grid, now));
        pace.map_or_else(
            || self.rules.time_for(lane, calls),
            |pace| pace * calls as u64,
        )
    }

    /// The calls of the last moments, which a replica that was on its own tells the others of.
    pub(super) fn calls(&self) -> Vec<(Ticket, Micros)> {
        let lanes = [Lane::List, Lane::Realtime, Lane::Other];
        let calls = lanes.into_iter().flat_map(|lane| {
            let calls = self.windows[limits_of(lane)[0]].calls();
            calls.map(move |(at, number)| (Ticket { lane, number }, at))
        });
        calls.collect()
    }

    /// When the next call of the lane may leave, and in which slot if it has to keep to one.
    pub(super) fn opening(&mut self, lane: Lane, now: Micros) -> (Micros, Option<u64>) {
        let windows = limits_of(lane).iter();
        let opening = windows.map(|limit| self.windows[*limit].opening(now)).max();
        let opening = opening.unwrap_or(now);
        let (grid, calls) = self.grid_of(lane);
        match &self.seats {
            Some(seats) => seats.opening(calls, self.last_slots[grid], opening, now),
            None => (opening, None),
        }
    }

    /// Whose slots a call keeps to: those of its lane, or one grid for all lanes if they share a limit.
    fn grid_of(&self, lane: Lane) -> (usize, u32) {
        let rules = &self.rules;
        let (grid, calls) = match lane {
            Lane::List | Lane::Page => (LIST, rules.list.calls),
            Lane::Realtime => (REALTIME, rules.realtime.calls),
            Lane::Other => (OTHER, rules.other.calls),
        };
        if rules.account.calls == 0 {
            return (grid, calls);
        }
        let limits = [rules.list, rules.realtime, rules.other, rules.account];
        let calls = limits
            .iter()
            .map(|limit| limit.calls)
            .filter(|calls| *calls > 0);
        (ACCOUNT, calls.min().unwrap_or_default())
    }

    /// Pages and other list calls take turns if both wait. Until when a slot that has just opened is left to the other kind.
    fn courtesy(&mut self, lane: Lane, now: Micros) -> Micros {
        let other = match lane {
            Lane::List => Lane::Page,
            Lane::Page => Lane::List,
            Lane::Realtime | Lane::Other => return now,
        };
        let Limit { calls, period, .. } = self.rules.list;
        let (last, at) = self.last_list;
        if calls == 0 || last != lane || self.line(other).is_empty() {
            return now;
        }
        at + period / u64::from(calls) + COURTESY
    }

    /// How long those in front take, once the lane is open.
    fn time_behind(&self, lane: Lane, position: usize, now: Micros) -> Micros {
        // Somebody else may want every other slot.
        let position = if lane == Lane::Page {
            2 * position
        } else {
            position
        };
        let grid = self.grid_of(lane).1;
        if let Some(pace) = self.seats.as_ref().and_then(|seats| seats.pace(grid, now)) {
            return pace.saturating_mul(position as u64);
        }
        let limits = limits_of(lane).iter();
        let times = limits.map(|limit| self.windows[*limit].limit().time_behind(position));
        times.max().unwrap_or_default()
    }

    fn line(&mut self, lane: Lane) -> &mut Line<u64> {
        match lane {
            Lane::List => &mut self.list_line,
            Lane::Page => &mut self.page_line,
            Lane::Realtime => &mut self.realtime_line,
            Lane::Other => &mut self.other_line,
        }
    }
}
