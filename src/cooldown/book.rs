//! The rule, as a pure function of the time. `book.lua` is its twin in Redis, and `tests/cases/cooldown.json` holds both of
//! them to the same decisions.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Micros;

/// How many departures a process remembers. At three calls a second, two hours have 21,600.
const MAX_REMEMBERED: usize = 200_000;

/// What counts, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    /// How long after a departure there is no other one for the same parcel.
    pub(super) cooldown: Micros,
    /// For how long a parcel stays with who claimed it and is not heard of.
    pub(super) lease: Micros,
    /// For how long nobody is let through by a book that has just been opened.
    pub(super) grace: Micros,
}

/// How far somebody is who has a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// His call has not left.
    Waiting,
    /// It has.
    Asking,
}

/// What becomes of who wants to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The parcel is his.
    Granted,
    /// Somebody else has it.
    Elsewhere(Stage),
    /// It was asked about.
    CoolingDown { until: Micros },
    /// The book may not be complete yet.
    NotYet { until: Micros },
}

/// Who has which parcel, and when which call left.
#[derive(Debug)]
pub(super) struct Book {
    rules: Rules,
    opened: Option<Micros>,
    flying: HashMap<Arc<str>, Flying>,
    departed: HashMap<Arc<str>, Micros>,
    by_departure: BTreeSet<(Micros, Arc<str>)>,
}

/// Who has a parcel.
#[derive(Debug)]
struct Flying {
    holder: Arc<str>,
    until: Micros,
    /// When his call left.
    departed: Option<Micros>,
}

impl Book {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            opened: None,
            flying: HashMap::new(),
            departed: HashMap::new(),
            by_departure: BTreeSet::new(),
        }
    }

    /// Has departures count for so long from now on.
    pub(super) fn count_for(&mut self, cooldown: Micros) {
        self.rules.cooldown = cooldown;
    }

    /// How long a departure counts.
    pub(super) fn cooldown(&self) -> Micros {
        self.rules.cooldown
    }

    /// Asks for a parcel on behalf of a holder, of whom there is one for each attempt.
    pub(super) fn claim(&mut self, name: &str, holder: &str, now: Micros) -> Verdict {
        let opened = *self.opened.get_or_insert(now);
        let verdict = match self.look(name, now) {
            Verdict::Granted if now < opened + self.rules.grace => Verdict::NotYet {
                until: opened + self.rules.grace,
            },
            verdict => verdict,
        };
        if verdict == Verdict::Granted {
            let flying = Flying {
                holder: holder.into(),
                until: now + self.rules.lease,
                departed: None,
            };
            self.flying.insert(name.into(), flying);
        }
        verdict
    }

    /// What would become of a claim.
    pub(super) fn look(&self, name: &str, now: Micros) -> Verdict {
        let cooling = self.cooling_until(name, now);
        match (self.flying.get(name), cooling) {
            (Some(flying), cooling) if flying.until > now => Verdict::Elsewhere(match cooling {
                // Who claimed it found it cool.
                Some(_) => Stage::Asking,
                None => Stage::Waiting,
            }),
            (_, Some(until)) => Verdict::CoolingDown { until },
            (_, None) => Verdict::Granted,
        }
    }

    /// Until when there is no other departure; `None` if there may be one.
    pub(super) fn cooling_until(&self, name: &str, now: Micros) -> Option<Micros> {
        let until = self.departed.get(name)? + self.rules.cooldown;
        (until > now).then_some(until)
    }

    /// Keeps a parcel; false if the holder has lost it.
    pub(super) fn renew(&mut self, name: &str, holder: &str, now: Micros) -> bool {
        let until = now + self.rules.lease;
        match self.flying.get_mut(name) {
            Some(flying) if *flying.holder == *holder => {
                flying.until = until;
                true
            }
            _ => false,
        }
    }

    /// Notes that the call leaves; false if the holder has lost the parcel, and then it must not.
    pub(super) fn depart(&mut self, name: &str, holder: &str, now: Micros) -> bool {
        let keeps = self.renew(name, holder, now);
        if keeps {
            self.note(name, now);
            if let Some(flying) = self.flying.get_mut(name) {
                flying.departed = Some(now);
            }
        }
        keeps
    }

    /// Hears of a departure from somebody who remembers it.
    #[cfg(test)]
    pub(super) fn tell(&mut self, name: &str, at: Micros, now: Micros) {
        self.opened.get_or_insert(now);
        self.note(name, at);
    }

    /// Notes a departure of which somebody tells.
    pub(super) fn note(&mut self, name: &str, at: Micros) {
        let known = self.departed.get(name).copied();
        if known.is_some_and(|known| known >= at) {
            return;
        }
        self.forget(name);
        let name: Arc<str> = name.into();
        self.departed.insert(name.clone(), at);
        self.by_departure.insert((at, name));
        while self
            .by_departure
            .first()
            .is_some_and(|(first, _)| first + self.rules.cooldown <= at)
            || self.by_departure.len() > MAX_REMEMBERED
        {
            if let Some((_, name)) = self.by_departure.pop_first() {
                self.departed.remove(&name);
            }
        }
    }

    /// Ends a flight. One that asked nobody leaves no departure of its own behind.
    pub(super) fn end(&mut self, name: &str, holder: &str, spent: Spent) {
        let is_held = |flying: &Flying| *flying.holder == *holder;
        if !self.flying.get(name).is_some_and(is_held) {
            return;
        }
        let departed = self.flying.remove(name).and_then(|flying| flying.departed);
        if let (Spent::Nothing, Some(at)) = (spent, departed) {
            self.take_back(name, at);
        }
    }

    /// Forgets a departure of that moment, because nobody was asked.
    pub(super) fn take_back(&mut self, name: &str, at: Micros) {
        if self.departed.get(name) == Some(&at) {
            self.forget(name);
        }
    }

    /// Every departure that is remembered.
    pub(super) fn departures(&self) -> Vec<(Arc<str>, Micros)> {
        let departures = self.by_departure.iter();
        departures.map(|(at, name)| (name.clone(), *at)).collect()
    }

    fn forget(&mut self, name: &str) {
        if let Some((name, at)) = self.departed.remove_entry(name) {
            self.by_departure.remove(&(at, name));
        }
    }
}

/// What a flight came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// The courier was asked, or may have been.
    Call,
    /// Nobody was asked.
    Nothing,
}
