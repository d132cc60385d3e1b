//! The bucket in Redis, as a replica knows it.

use std::time::Duration;

use super::bucket::{Bucket, Flow};

/// What was in it at a moment, and what was lent. There may be less in it than is known here, but not more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pool {
    pub(super) level: u64,
    /// When that was, in microseconds of its owner's clock.
    pub(super) at: u64,
    /// How much is out in the floats of replicas, at the most.
    pub(super) lent: u64,
    /// Until when; what is not spent by then is lost, and comes back as everything does.
    pub(super) until: u64,
}

impl Pool {
    pub(super) fn full(flow: Flow, now: u64) -> Self {
        Self {
            level: flow.capacity,
            at: now,
            lent: 0,
            until: now,
        }
    }

    /// The same later. What is lent leaves no room for what comes.
    pub(super) fn later(self, flow: Flow, now: u64) -> Self {
        let now = now.max(self.at);
        if self.lent == 0 || now < self.until {
            return Self {
                level: self.filled(flow, now),
                at: now,
                ..self
            };
        }
        let end = self.until.max(self.at);
        let free = Self {
            level: self.filled(flow, end),
            at: end,
            lent: 0,
            until: self.until,
        };
        free.later(flow, now)
    }

    pub(super) fn level(self, flow: Flow, now: u64) -> u64 {
        self.later(flow, now).level
    }

    /// How long it takes until so much is in it, if nothing is taken out.
    pub(super) fn time_for(self, flow: Flow, now: u64, amount: u64) -> Duration {
        let pool = self.later(flow, now);
        let missing = amount.saturating_sub(pool.level);
        if pool.lent == 0 || amount <= flow.capacity.saturating_sub(pool.lent) {
            return flow.time_for(missing);
        }
        let end = pool.until.max(pool.at);
        let missing = amount.saturating_sub(pool.filled(flow, end));
        Duration::from_micros(end - pool.at) + flow.time_for(missing)
    }

    /// What is in it at a moment up to which nothing of what is lent comes back.
    fn filled(self, flow: Flow, now: u64) -> u64 {
        let flow = Flow {
            capacity: flow.capacity.saturating_sub(self.lent),
            ..flow
        };
        Bucket::holding(self.level, self.at).level(flow, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allowance::Rate;
    use crate::allowance::bucket::POINT;

    #[test]
    fn what_is_lent_comes_back_when_its_time_is_over() {
        let flow = Flow::of(Rate {
            per_second: 10,
            burst: 100,
        });
        let pool = Pool {
            level: 50 * POINT,
            at: 0,
            lent: 20 * POINT,
            until: 10_000_000,
        };
        for (second, level) in [
            (0, 50),
            (2, 70),
            (3, 80),
            (9, 80),
            (10, 80),
            (11, 90),
            (12, 100),
            (99, 100),
        ] {
            let there = pool.level(flow, second * 1_000_000);
            assert_eq!(there, level * POINT, "{second}");
        }
        for (amount, seconds) in [(40, 0), (60, 1), (80, 3), (90, 11), (100, 12)] {
            let wait = pool.time_for(flow, 0, amount * POINT);
            assert_eq!(wait, Duration::from_secs(seconds), "{amount}");
        }
    }
}
