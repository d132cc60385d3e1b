//! What one replica has of a caller's points, and when it needs more of them. It does no waiting: it writes orders, and is told
//! what became of them.

use std::mem;
use std::time::Duration;

use super::Rate;
use super::bucket::{Bucket, Flow, POINT, Price};
use super::pool::Pool;

/// The floats of all replicas hold one part in so many of the burst.
const FLOATS: u64 = 10;

/// For how long Redis counts as lent what a replica took for its float, in microseconds.
pub(super) const LENT: u64 = 10_000_000;

/// For how long a replica spends it. The rest is for answers that are on their way.
const VALID: u64 = 9_000_000;

/// How a caller's points are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    /// Of the bucket in Redis, which has all of them at first.
    pub(super) shared: Flow,
    /// How much a replica borrows to spend at once; nothing where a whole point would be too much.
    pub(super) float: u64,
    /// How much all replicas borrow at the most.
    pub(super) floats: u64,
    /// Of a replica's own bucket while Redis is away.
    alone: Flow,
}

impl Shares {
    pub(super) fn of(rate: Rate, replicas: u32) -> Self {
        let (shared, replicas) = (Flow::of(rate), u64::from(replicas.max(1)));
        let float = shared.capacity / FLOATS / replicas / POINT * POINT;
        Self {
            shared,
            float,
            floats: float * replicas,
            alone: Flow {
                capacity: shared.capacity / replicas,
                per_second: shared.per_second / replicas,
            },
        }
    }
}

/// What is wanted of the bucket in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// What must be there, or nothing is taken.
    pub(super) need: u64,
    /// What is borrowed besides, as far as it is there.
    pub(super) want: u64,
    /// What was spent while Redis was away.
    pub(super) owed: u64,
    /// What the operation takes from the float.
    held: u64,
    /// What it has paid already.
    paid: u64,
    /// When it was written.
    at: u64,
}

/// What the bucket in Redis gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// Nothing, if what was needed was not there.
    pub(super) granted: u64,
    /// What is left.
    pub(super) level: u64,
    /// What replicas have borrowed.
    pub(super) lent: u64,
    /// For how many microseconds longer.
    pub(super) lent_for: u64,
}

/// What is to be done for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It is paid for.
    Paid,
    /// Redis has to be asked.
    Ask(Order),
    /// It cannot be paid for that long.
    Refused(Duration),
}

/// What one replica has of a caller's points.
#[derive(Debug)]
pub(super) struct Purse {
    float: u64,
    /// Until when the float can be spent.
    valid_until: u64,
    shared: Pool,
    /// This replica's bucket while Redis is away.
    alone: Option<Bucket>,
    /// When Redis was last found away.
    away_at: u64,
    owed: u64,
    /// What orders that are out may bring for the float.
    coming: u64,
}

impl Purse {
    pub(super) fn new(shares: Shares, now: u64) -> Self {
        Self {
            float: 0,
            valid_until: now,
            shared: Pool::full(shares.shared, now),
            alone: None,
            away_at: now,
            owed: 0,
            coming: 0,
        }
    }

    /// How many points the caller has, as far as it is known here.
    pub(super) fn level(&self, shares: Shares, now: u64) -> u64 {
        let beyond = match &self.alone {
            None => self.shared.level(shares.shared, now),
            Some(alone) => alone.level(shares.alone, now),
        };
        self.float(now) + beyond
    }

    /// How long it takes until he has so many.
    pub(super) fn time_for(&self, shares: Shares, now: u64, amount: u64) -> Duration {
        let beyond = amount.saturating_sub(self.float(now));
        if let Some(alone) = &self.alone {
            return alone.time_for(shares.alone, now, beyond.min(shares.alone.capacity));
        }
        let wait = self.shared.time_for(shares.shared, now, beyond);
        let is_valid = u128::from(self.valid_until) > u128::from(now) + wait.as_micros();
        match is_valid {
            true => wait,
            false => self.shared.time_for(shares.shared, now, amount),
        }
    }

    fn float(&self, now: u64) -> u64 {
        match now < self.valid_until {
            true => self.float,
            false => 0,
        }
    }

    /// How long it takes until an operation can be paid for that is known here to cost too much.
    pub(super) fn refusal(&self, shares: Shares, now: u64, price: Price) -> Option<Duration> {
        let need = price.due.saturating_sub(self.float(now));
        let is_too_much = self.alone.is_none() && self.shared.level(shares.shared, now) < need;
        is_too_much.then(|| self.time_for(shares, now, price.whole()))
    }

    /// Pays for an operation. What it takes to know whether Redis will refuse is known here, so that who asks too much does not
    /// cost Redis anything.
    pub(super) fn spend(&mut self, shares: Shares, now: u64, price: Price) -> Step {
        self.float = self.float(now);
        if let Some(left) = self.float.checked_sub(price.due) {
            self.float = left;
            return Step::Paid;
        }
        if let Some(wait) = self.refusal(shares, now, price) {
            return Step::Refused(wait);
        }
        let need = price.due - self.float;
        let held = mem::take(&mut self.float);
        let order = self.order(shares, now, need);
        Step::Ask(Order {
            held,
            paid: price.paid,
            ..order
        })
    }

    /// The order that fills the float, if it is half empty and nothing is coming.
    pub(super) fn top_up(&mut self, shares: Shares, now: u64) -> Option<Order> {
        self.float = self.float(now);
        let is_low = self.float < shares.float.div_ceil(2) && self.coming == 0;
        let is_there = self.alone.is_none() && self.shared.level(shares.shared, now) > 0;
        (is_low && is_there).then(|| self.order(shares, now, 0))
    }

    fn order(&mut self, shares: Shares, now: u64, need: u64) -> Order {
        let want = shares.float.saturating_sub(self.float + self.coming);
        self.coming += want;
        Order {
            need,
            want,
            owed: mem::take(&mut self.owed),
            held: 0,
            paid: 0,
            at: now,
        }
    }

    /// Takes what came of an order: nothing if Redis is away. Tells for how long its operation cannot be paid for, if it cannot.
    pub(super) fn settle(
        &mut self,
        shares: Shares,
        order: Order,
        taken: Option<Taken>,
        now: u64,
    ) -> Result<(), Duration> {
        self.coming = self.coming.saturating_sub(order.want);
        match taken {
            Some(taken) => {
                self.hear(order, taken);
                match taken.granted.checked_sub(order.need) {
                    Some(borrowed) => {
                        self.borrow(shares, order, borrowed);
                        Ok(())
                    }
                    None => Err(self.refuse(shares, order, now)),
                }
            }
            None if order.need == 0 => {
                self.owed += order.owed;
                Ok(())
            }
            None => self.pay_alone(shares, order, now),
        }
    }

    fn hear(&mut self, order: Order, taken: Taken) {
        self.shared = Pool {
            level: taken.level,
            at: order.at,
            lent: taken.lent,
            until: order.at.saturating_add(taken.lent_for),
        };
        // Of orders that were out together some may fail and others not, and each loss would give a full bucket again.
        if order.at >= self.away_at {
            self.alone = None;
        }
    }

    fn borrow(&mut self, shares: Shares, order: Order, borrowed: u64) {
        if borrowed == 0 {
            return;
        }
        // More can only come together if points were given back meanwhile; what is more than a float may hold is lost.
        self.float = (self.float(order.at) + borrowed).min(shares.float);
        self.valid_until = self.valid_until.max(order.at + VALID);
    }

    /// Gives back what the operation took from the float.
    fn refuse(&mut self, shares: Shares, order: Order, now: u64) -> Duration {
        self.float = (self.float + order.held).min(shares.float);
        let whole = order.need + order.held + order.paid;
        self.time_for(shares, now, whole)
    }

    fn pay_alone(&mut self, shares: Shares, order: Order, now: u64) -> Result<(), Duration> {
        // It begins with its share of what there was.
        let begin = shares
            .alone
            .capacity
            .min(self.shared.level(shares.shared, now));
        self.away_at = now;
        let alone = self.alone.get_or_insert(Bucket::holding(begin, now));
        let price = Price {
            due: order.need,
            paid: order.paid,
        };
        let taken = alone.take_or_owe(shares.alone, now, price);
        self.owed += order.owed;
        match taken {
            Ok(()) => self.owed += order.need,
            Err(_) => self.float = (self.float + order.held).min(shares.float),
        }
        taken
    }
}

#[cfg(test)]
#[path = "purse_tests.rs"]
mod tests;
