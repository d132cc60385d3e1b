//! Who may use which slots while somebody cannot be heard, as a pure function of the time.
//!
//! Time is cut into slots, and the slots belong to the seats by turns. Whoever holds a seat lends its slots to all, for a
//! moment at a time, as long as he can reach them. While everybody lends, calls leave whenever the limits allow. When a seat
//! has fallen silent, its holder may have been cut off and be using his own slots alone: until he is back the others leave
//! them free and keep to slots that are lent.

use serde::{Deserialize, Serialize};

use super::Micros;
use super::window::SOON;

/// How seats and slots are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// How many replicas share the account at the most.
    pub(super) seats: u32,
    /// How far apart as many slots are as a limit allows calls. It is longer than the limit's own period, because nobody can
    /// tell the others that his connection took a while.
    pub(super) period: Micros,
    /// How late in its slot a call may leave.
    pub(super) tolerance: Micros,
    /// For how long a fleet that has just come together waits for those who have not been heard of.
    pub(super) grace: Micros,
    /// After how long a silent holder has lost his seat.
    pub(super) lease: Micros,
}

/// One share of the fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seat {
    /// Who holds it.
    pub(super) holder: Option<String>,
    /// Until when its slots are everybody's.
    pub(super) lent_until: Micros,
}

/// Who sat where in a fleet that somebody remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chart {
    /// When that fleet came together; 0 for a process that has never sat down.
    pub(super) founded: Micros,
    /// The holder of each seat; nobody has an empty name.
    pub(super) holders: Vec<String>,
    /// When Redis last heard whoever remembers this.
    pub(super) beat: Micros,
}

/// All seats of a fleet.
#[derive(Debug, Clone)]
pub(super) struct Seats {
    plan: Plan,
    /// When the fleet came together.
    founded: Micros,
    /// Nothing leaves before this moment, because nobody knows what left before.
    begins: Micros,
    seats: Vec<Seat>,
    /// When somebody sat down last.
    #[cfg(test)]
    heard: Micros,
}

impl Seats {
    /// A fleet that comes together now.
    pub(super) fn new(plan: Plan, founded: Micros) -> Self {
        Self {
            plan,
            founded,
            begins: founded.saturating_add(plan.period),
            #[cfg(test)]
            heard: founded,
            seats: vec![Seat::default(); plan.seats as usize],
        }
    }

    /// Those of a replica that is on its own: it uses the slots of its seat from a moment on, and no others.
    pub(super) fn alone(plan: Plan, seat: u32, from: Micros) -> Self {
        // The others are there, whether they are heard or not.
        let plan = Plan {
            lease: Micros::MAX,
            ..plan
        };
        let mut seats = Self {
            begins: from,
            ..Self::new(plan, from)
        };
        for (number, place) in (0..).zip(&mut seats.seats) {
            place.holder = Some(String::new());
            place.lent_until = if number == seat { Micros::MAX } else { 0 };
        }
        seats
    }

    /// Those of a replica that gives no turns.
    pub(super) fn suspended(plan: Plan) -> Self {
        Self::alone(plan, 0, Micros::MAX)
    }

    pub(super) fn are_suspended(&self) -> bool {
        self.begins == Micros::MAX
    }

    /// When a call may leave that may leave at `from` as far as the limits are concerned, and in which slot if it has to keep
    /// to one. `calls` is the limit and `last` the last slot in which a call left.
    pub(super) fn opening(
        &self,
        calls: u32,
        last: Option<u64>,
        from: Micros,
        now: Micros,
    ) -> (Micros, Option<u64>) {
        let from = from.max(self.begins);
        if calls == 0 || self.silent(now) == 0 {
            return (from, None);
        }
        let width = self.width(calls);
        let first = from / width;
        let seats = self.seats.len() as u64;
        let may_be_used = |slot: &u64| {
            let is_over = *slot == first && from - slot * width > self.plan.tolerance;
            let owner = &self.seats[(slot % seats) as usize];
            !is_over && self.is_lent(owner, now) && last.is_none_or(|last| *slot > last)
        };
        match (first..=first + seats).find(may_be_used) {
            Some(slot) => (from.max(slot.saturating_mul(width)), Some(slot)),
            None => (from.max(now + SOON), None),
        }
    }

    /// How long it takes from one call to the next on the average; `None` while everybody lends.
    pub(super) fn pace(&self, calls: u32, now: Micros) -> Option<Micros> {
        let silent = self.silent(now) as u64;
        let seats = self.seats.len() as u64;
        let lent = (seats - silent).max(1);
        (silent > 0 && calls > 0).then(|| self.width(calls) * seats / lent)
    }

    fn width(&self, calls: u32) -> Micros {
        (self.plan.period / u64::from(calls)).max(1)
    }

    fn silent(&self, now: Micros) -> usize {
        let seats = self.seats.iter();
        seats.filter(|seat| !self.is_lent(seat, now)).count()
    }

    fn is_lent(&self, seat: &Seat, now: Micros) -> bool {
        match seat.holder {
            None => now >= self.founded.saturating_add(self.plan.grace),
            Some(_) => seat.lent_until > now || self.is_lost(seat, now),
        }
    }

    fn is_lost(&self, seat: &Seat, now: Micros) -> bool {
        seat.lent_until.saturating_add(self.plan.lease) <= now
    }
}

/// After how long without a heartbeat Redis must have been away.
#[cfg(test)]
const UNHEARD: Micros = 2_500_000;

/// What Redis does for a fleet; in Rust it serves to hold the rule to its promises.
#[cfg(test)]
impl Seats {
    /// Gives a replica its seat, or a free one, and has its slots lent. `None` if all are taken.
    pub(super) fn sit_down(
        &mut self,
        name: &str,
        lent_until: Micros,
        remembered: &Chart,
        now: Micros,
    ) -> Option<u32> {
        if remembered.beat > self.heard {
            // It has forgotten calls as well.
            self.begins = now + self.plan.period;
        }
        self.forgive_silence(now);
        if remembered.founded == 0 {
            self.wait_for_unknown_calls(name, now);
        } else if remembered.founded != self.founded {
            self.remember(&remembered.holders, now);
        }
        let own = |seat: &Seat| seat.holder.as_deref() == Some(name);
        let free = |seat: &Seat| seat.holder.is_none();
        let lost = |seat: &Seat| self.is_lost(seat, now);
        let place = (self.seats.iter().position(own))
            .or_else(|| self.seats.iter().position(free))
            .or_else(|| self.seats.iter().position(lost))?;
        let seat = &mut self.seats[place];
        if !own(seat) {
            *seat = Seat {
                holder: Some(name.to_owned()),
                lent_until: 0,
            };
        }
        seat.lent_until = seat.lent_until.max(lent_until);
        u32::try_from(place).ok()
    }

    /// While nobody could be heard nobody was silent: a time without any heartbeat does not count towards the loss of seats.
    fn forgive_silence(&mut self, now: Micros) {
        let gap = now - self.heard;
        self.heard = now;
        if gap < UNHEARD {
            return;
        }
        for seat in self.seats.iter_mut().filter(|seat| seat.holder.is_some()) {
            let forgiven = (seat.lent_until + gap).min(now - self.plan.period);
            seat.lent_until = seat.lent_until.max(forgiven);
        }
    }

    /// Fills the seats of a fleet that has come together anew, as somebody remembers them. Who does not come is silent: he may
    /// be using his slots alone.
    fn remember(&mut self, holders: &[String], now: Micros) {
        for (number, holder) in holders.iter().enumerate() {
            let is_seated = |seat: &Seat| seat.holder.as_ref() == Some(holder);
            if holder.is_empty() || self.seats.iter().any(is_seated) {
                continue;
            }
            let seat = &mut self.seats[number];
            if seat.holder.is_none() {
                seat.holder = Some(holder.clone());
                seat.lent_until = now - self.plan.period;
            }
        }
    }

    /// The process that had this seat may have called alone, and its successor does not know.
    fn wait_for_unknown_calls(&mut self, name: &str, now: Micros) {
        let may_have_called = |seat: &Seat| {
            seat.holder.as_deref() == Some(name) && seat.lent_until + self.plan.period <= now
        };
        if self.seats.iter().any(may_have_called) {
            self.begins = now + self.plan.period;
        }
    }

    /// Who sits where.
    pub(super) fn chart(&self) -> Chart {
        let holders = self.seats.iter().map(|seat| seat.holder.clone());
        Chart {
            founded: self.founded,
            holders: holders.map(Option::unwrap_or_default).collect(),
            beat: self.heard,
        }
    }

    /// Gives a seat back.
    pub(super) fn stand_up(&mut self, name: &str) {
        for seat in &mut self.seats {
            if seat.holder.as_deref() == Some(name) {
                *seat = Seat::default();
            }
        }
    }
}
