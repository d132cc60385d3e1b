//! One replica, as desk.rs and heart.rs have it.

mod calls;

use std::collections::{BTreeMap, VecDeque};

use super::world::{Event, MS, SECOND, World};
use crate::model::ClientId;
use crate::throttle::ledger::{Ledger, Rules, Ticket, Verdict};
use crate::throttle::seats::{Chart, Seats};
use crate::throttle::turn::Giver;
use crate::throttle::{Lane, Micros};

/// What is asked of Redis.
#[derive(Debug)]
pub(super) enum Command {
    Ask(Ticket, ClientId),
    Leave(Ticket),
    Delayed(Ticket),
    Answered(Ticket),
    Close(Micros),
    SitDown {
        name: String,
        lent_until: Micros,
        closed_until: Micros,
        chart: Chart,
        alone: Vec<(Ticket, Micros)>,
    },
}

/// What Redis says.
#[derive(Debug)]
pub(super) enum Said {
    Verdict(Verdict),
    Seat(Option<u32>, Micros, Chart),
    Done,
}

const BEAT: Micros = 400 * MS;
const PULSE: Micros = 500 * MS;
const LENDS: Micros = 1_500 * MS;
const ASK_AGAIN: Micros = SECOND;
const PUNCTUAL: Micros = 10 * MS;
const TO_CONNECT: Micros = 100 * MS;
const SILENCE: Micros = 10 * SECOND;

/// How far a replica may misjudge Redis's clock.
const ERROR: Micros = 3 * MS;

/// How many calls of one lane may wait in one replica.
const LINE: usize = 6;

/// What an answer of Redis is waited for.
#[derive(Debug, Clone, Copy)]
enum Waits {
    /// A call's turn.
    Turn(u64),
    /// That a call's turn counts from now, so many more times at the most.
    Punctual(u64, u8),
    /// That a call counts from now whose connection has been opened.
    Connected(Ticket, u8),
    /// A seat.
    Seat,
    Nothing,
}

#[derive(Debug)]
struct Call {
    ticket: Ticket,
    client: ClientId,
    in_local: bool,
    is_asking: bool,
    /// Only the last one that was planned takes place.
    round: u64,
}

/// One process and the next ones under its name.
#[derive(Debug)]
pub(super) struct Replica {
    number: usize,
    rules: Rules,
    clock_ahead: Micros,
    session: Option<u64>,
    sessions: u64,
    sat_in: Option<u64>,
    seat: Option<u32>,
    lent_until: Micros,
    chart: Chart,
    local: Ledger,
    closed_until: Micros,
    calls: BTreeMap<u64, Call>,
    tickets: u64,
    connecting: usize,
    left: VecDeque<(Micros, Ticket, Giver)>,
    asked: BTreeMap<u64, (Micros, Waits)>,
    ids: u64,
    /// Where it wants calls.
    pub(super) lanes: Vec<Lane>,
}

impl Replica {
    pub(super) fn new(number: usize, rules: &Rules, lanes: Vec<Lane>) -> Self {
        Self {
            number,
            rules: rules.clone(),
            clock_ahead: 0,
            session: None,
            sessions: 0,
            sat_in: None,
            seat: None,
            lent_until: 0,
            chart: Chart::default(),
            local: Ledger::new(rules.clone()),
            closed_until: 0,
            calls: BTreeMap::new(),
            tickets: number as u64 * 1_000_000_000 + 1_000,
            connecting: 0,
            left: VecDeque::new(),
            asked: BTreeMap::new(),
            ids: 0,
            lanes,
        }
    }

    /// Nothing is left of a process but the numbers, as those of a new one differ from its predecessor's.
    pub(super) fn dies(&mut self) {
        let fresh = Self::new(self.number, &self.rules, self.lanes.clone());
        let (tickets, ids, sessions) = (self.tickets, self.ids, self.sessions);
        *self = Self {
            tickets,
            ids,
            sessions,
            ..fresh
        };
    }

    /// A new process.
    pub(super) fn starts(&mut self, world: &mut World) {
        self.dies();
        self.suspend();
        let wait = world.chance.below(PULSE);
        world.after(wait, self.number, Event::Connect);
        world.after(0, self.number, Event::Demand);
    }

    pub(super) fn meets(&mut self, event: Event, world: &mut World) {
        match event {
            Event::Connect => self.connect(world),
            Event::Beat(session) if self.session == Some(session) => self.beat(session, world),
            Event::Beat(_) => {}
            Event::Demand => self.demand(world),
            Event::GoOn(call, round) => {
                if self
                    .calls
                    .get(&call)
                    .is_some_and(|call| call.round == round)
                {
                    self.go_on(call, world);
                }
            }
            Event::Reply(id, said, done) => self.hears(id, said, done, world),
            Event::Timeout(id) => {
                if self.asked.contains_key(&id) {
                    self.loses_redis(world);
                }
            }
            Event::Opened(ticket, giver, took) => self.opened(ticket, giver, took, world),
            Event::Answered(ticket, Giver::Local) => {
                let now = self.clock(world);
                self.local.answered(ticket, now);
                self.wake_all(world);
            }
            Event::Answered(ticket, Giver::Fleet) => {
                self.tell(Command::Answered(ticket), Waits::Nothing, world);
            }
            Event::Refused => {
                self.close(world.now + SILENCE, world);
                self.tell(Command::Close(SILENCE), Waits::Nothing, world);
            }
            Event::Silence(until) => self.close(until, world),
        }
    }

    fn clock(&self, world: &World) -> Micros {
        world.now + self.clock_ahead - ERROR
    }

    fn is_together(&self) -> bool {
        self.session.is_some() && self.session == self.sat_in
    }

    fn connect(&mut self, world: &mut World) {
        if self.session.is_some() {
            return;
        }
        if !world.is_reachable(self.number) {
            return world.after(PULSE, self.number, Event::Connect);
        }
        self.sessions += 1;
        self.session = Some(self.sessions);
        self.clock_ahead = world.chance.below(2 * ERROR + 1);
        self.beat(self.sessions, world);
    }

    /// The session is over: whatever waits for an answer goes on without.
    pub(super) fn loses_redis(&mut self, world: &mut World) {
        if self.session.take().is_none() {
            return;
        }
        world.after(PULSE, self.number, Event::Connect);
        self.leave_fleet();
        for (_, waits) in std::mem::take(&mut self.asked).into_values() {
            self.hears_nothing(waits, world);
        }
    }

    fn suspend(&mut self) -> Vec<(Ticket, Micros)> {
        let plan = self.rules.plan;
        self.local.seat(Some(Seats::alone(plan, 0, Micros::MAX)));
        self.local.calls()
    }

    fn leave_fleet(&mut self) {
        self.sat_in = None;
        if let Some(seat) = self.seat {
            let from = self.lent_until + self.rules.plan.period;
            let seats = Seats::alone(self.rules.plan, seat, from);
            self.local.seat(Some(seats));
        }
    }

    fn beat(&mut self, session: u64, world: &mut World) {
        let alone = if self.is_together() {
            Vec::new()
        } else {
            self.suspend()
        };
        self.lent_until = self.clock(world) + LENDS;
        let sit_down = Command::SitDown {
            name: self.number.to_string(),
            lent_until: self.lent_until,
            closed_until: self.closed_until,
            chart: self.chart.clone(),
            alone,
        };
        self.tell(sit_down, Waits::Seat, world);
        world.after(BEAT, self.number, Event::Beat(session));
    }

    fn tell(&mut self, command: Command, waits: Waits, world: &mut World) {
        if self.session.is_none() {
            return self.hears_nothing(waits, world);
        }
        self.ids += 1;
        self.asked.insert(self.ids, (world.now, waits));
        world.send(self.number, self.ids, command);
    }

    fn close(&mut self, until: Micros, world: &mut World) {
        if until > self.closed_until {
            self.closed_until = until;
            let closed = until + self.clock_ahead - ERROR;
            self.local.close(closed);
            self.wake_all(world);
        }
    }
}
