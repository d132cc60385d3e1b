//! What happens to a fleet, event by event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chance::Chance;
use super::judge::Judge;
use super::replica::{Command, Replica, Said};
use super::store::Store;
use crate::throttle::Micros;
use crate::throttle::ledger::{Rules, Ticket};
use crate::throttle::turn::Giver;

pub(super) const MS: Micros = 1_000;
pub(super) const SECOND: Micros = 1_000 * MS;

/// When the simulated time begins.
pub(super) const START: Micros = 1_800_000_000 * SECOND;

/// How long an answer of Redis is waited for.
const PATIENCE: Micros = 150 * MS;

/// How long a call is on its way at the most: what a turn's own way leaves of the margin of 50 ms.
const WAY: Micros = 35 * MS;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: Micros,
    pub(super) lasts: Micros,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A replica is killed and comes back under its name.
    Killed(usize),
    /// A replica cannot reach Redis.
    CutOff(usize),
    /// Redis is away for all.
    Away,
    /// Redis is away and has forgotten everything when it comes back.
    Emptied,
    /// Redis stands still, and does everything afterwards that it was sent meanwhile.
    Stopped,
    /// The upstream answers the next call with 429.
    Refusal,
}

/// What is going to happen. Whatever belongs to a replica names its life, because the dead do nothing.
#[derive(Debug)]
pub(super) enum Event {
    /// In this session.
    Beat(u64),
    Connect,
    Demand,
    /// This call, in this round.
    GoOn(u64, u64),
    Reply(u64, Said, Micros),
    Timeout(u64),
    Opened(Ticket, Giver, Micros),
    Answered(Ticket, Giver),
    Refused,
    Silence(Micros),
}

#[derive(Debug)]
pub(super) enum Happening {
    To {
        replica: usize,
        life: u32,
        event: Event,
    },
    AtRedis {
        replica: usize,
        life: u32,
        id: u64,
        command: Command,
    },
    Begins(Fault),
    Revives(usize),
}

/// The simulated world.
#[derive(Debug)]
pub(super) struct World {
    pub(super) now: Micros,
    pub(super) rules: Rules,
    pub(super) chance: Chance,
    pub(super) judge: Judge,
    /// The mean time between two calls that one replica wants in one lane.
    pub(super) pause: Micros,
    /// How long an answer takes at the most; now and then there is none.
    pub(super) answers_within: Micros,
    pub(super) has_warm_connections: bool,
    queue: BinaryHeap<Reverse<(Micros, u64, usize)>>,
    happenings: Vec<Option<Happening>>,
    free: Vec<usize>,
    order: u64,
    refuse_next: bool,
    away_until: Micros,
    stopped_until: Micros,
    cut_until: Vec<Micros>,
    last_sent: Vec<Micros>,
    lives: Vec<u32>,
}

impl World {
    pub(super) fn new(rules: Rules, seed: u64, replicas: usize, pause: Micros) -> Self {
        Self {
            now: START,
            rules,
            chance: Chance::new(seed),
            judge: Judge::default(),
            pause,
            answers_within: 2 * SECOND,
            has_warm_connections: false,
            queue: BinaryHeap::new(),
            happenings: Vec::new(),
            free: Vec::new(),
            order: 0,
            refuse_next: false,
            away_until: 0,
            stopped_until: 0,
            cut_until: vec![0; replicas],
            last_sent: vec![0; replicas],
            lives: vec![0; replicas],
        }
    }

    pub(super) fn at(&mut self, at: Micros, happening: Happening) {
        self.order += 1;
        let place = self.free.pop().unwrap_or_else(|| {
            self.happenings.push(None);
            self.happenings.len() - 1
        });
        self.happenings[place] = Some(happening);
        self.queue.push(Reverse((at, self.order, place)));
    }

    pub(super) fn after(&mut self, wait: Micros, replica: usize, event: Event) {
        let life = self.lives[replica];
        let at = self.now + wait;
        self.at(
            at,
            Happening::To {
                replica,
                life,
                event,
            },
        );
    }

    /// Sends a command to Redis. The answer comes in time, late or never.
    pub(super) fn send(&mut self, replica: usize, id: u64, command: Command) {
        let way = self.way();
        let at = (self.now + way).max(self.last_sent[replica]);
        self.last_sent[replica] = at;
        let life = self.lives[replica];
        self.at(
            at,
            Happening::AtRedis {
                replica,
                life,
                id,
                command,
            },
        );
        self.after(PATIENCE, replica, Event::Timeout(id));
    }

    /// How long it takes to Redis or back.
    fn way(&mut self) -> Micros {
        let slow = if self.chance.one_in(200) { 80 } else { 10 };
        self.chance.below(slow * MS)
    }

    pub(super) fn is_reachable(&self, replica: usize) -> bool {
        self.now >= self.away_until
            && self.now >= self.stopped_until
            && self.now >= self.cut_until[replica]
    }

    /// A call is on its way to the receiver from now on.
    pub(super) fn leaves(&mut self, replica: usize, ticket: Ticket, giver: Giver) {
        let arrives = self.now + self.chance.below(WAY + 1);
        self.judge
            .note(ticket.lane, arrives, self.now, replica, giver);
        let answers = arrives - self.now + 5 * MS + self.chance.below(self.answers_within);
        if std::mem::take(&mut self.refuse_next) {
            self.after(answers, replica, Event::Refused);
        }
        let answered = if self.answers_within >= SECOND && self.chance.one_in(50) {
            10 * SECOND
        } else {
            answers
        };
        self.after(answered, replica, Event::Answered(ticket, giver));
    }

    /// Tells all who hear Redis's news.
    fn spread(&mut self, until: Micros) {
        for replica in 0..self.lives.len() {
            if self.is_reachable(replica) {
                let way = self.way();
                self.after(way, replica, Event::Silence(until));
            }
        }
    }

    pub(super) fn run(&mut self, store: &mut Store, replicas: &mut [Replica], end: Micros) {
        while let Some(Reverse((at, _, place))) = self.queue.pop() {
            if at > end {
                break;
            }
            self.now = at;
            let happening = self.happenings[place].take().expect("it was put there");
            self.free.push(place);
            match happening {
                Happening::To {
                    replica,
                    life,
                    event,
                } => {
                    if life == self.lives[replica] {
                        replicas[replica].meets(event, self);
                    }
                }
                Happening::AtRedis {
                    replica,
                    life,
                    id,
                    command,
                } => self.reach(store, replica, life, id, command),
                Happening::Begins(fault) => self.begin(fault, store, replicas),
                Happening::Revives(replica) => {
                    self.lives[replica] += 1;
                    replicas[replica].starts(self);
                }
            }
        }
    }

    fn reach(&mut self, store: &mut Store, replica: usize, life: u32, id: u64, command: Command) {
        if self.now < self.away_until || self.now < self.cut_until[replica] {
            return;
        }
        if self.now < self.stopped_until {
            let again = Happening::AtRedis {
                replica,
                life,
                id,
                command,
            };
            return self.at(self.stopped_until, again);
        }
        let said = store.does(&command, &self.rules, self.now);
        if let Command::Close(_) = command {
            self.spread(store.closed_until());
        }
        if life == self.lives[replica] {
            let way = self.way();
            self.after(way, replica, Event::Reply(id, said, self.now));
        }
    }

    fn begin(&mut self, fault: Fault, store: &mut Store, replicas: &mut [Replica]) {
        let end = self.now + fault.lasts;
        match fault.what {
            What::Killed(replica) => {
                let replica = replica % replicas.len();
                self.lives[replica] += 1;
                replicas[replica].dies();
                self.at(end, Happening::Revives(replica));
            }
            What::CutOff(replica) => {
                let replica = replica % replicas.len();
                self.cut_until[replica] = self.cut_until[replica].max(end);
            }
            What::Stopped => self.stopped_until = self.stopped_until.max(end),
            What::Refusal => self.refuse_next = true,
            What::Away | What::Emptied => {
                self.away_until = self.away_until.max(end);
                if fault.what == What::Emptied {
                    *store = Store::default();
                }
                for replica in replicas {
                    replica.loses_redis(self);
                }
            }
        }
    }
}
