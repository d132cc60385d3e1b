//! A bucket of points that fills at a steady rate.

use std::time::Duration;

use super::Rate;

/// What an operation costs, in millionths of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    /// What it has to pay now.
    pub(super) due: u64,
    /// What it has paid already, and has to pay again if it comes again.
    pub(super) paid: u64,
}

impl Price {
    pub(super) fn whole(self) -> u64 {
        self.due + self.paid
    }
}

/// Points are counted in millionths, so that a fast clock loses none of them.
pub(super) const POINT: u64 = 1_000_000;

/// How far a bucket fills, and how fast, in millionths of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) capacity: u64,
    pub(super) per_second: u64,
}

impl Flow {
    pub(super) fn of(rate: Rate) -> Self {
        Self {
            capacity: u64::from(rate.burst) * POINT,
            per_second: u64::from(rate.per_second) * POINT,
        }
    }

    /// How long it takes until so much has come.
    pub(super) fn time_for(self, amount: u64) -> Duration {
        let micros = u128::from(amount) * 1_000_000;
        let micros = micros.div_ceil(u128::from(self.per_second.max(1)));
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// What was in it at a moment, in microseconds of whatever clock its owner has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    level: u64,
    at: u64,
}

impl Bucket {
    pub(super) fn full(flow: Flow, now: u64) -> Self {
        Self::holding(flow.capacity, now)
    }

    pub(super) fn holding(level: u64, now: u64) -> Self {
        Self { level, at: now }
    }

    pub(super) fn level(&self, flow: Flow, now: u64) -> u64 {
        let passed = u128::from(now.saturating_sub(self.at));
        let came = passed * u128::from(flow.per_second) / 1_000_000;
        let came = u64::try_from(came).unwrap_or(u64::MAX);
        self.level.saturating_add(came).min(flow.capacity)
    }

    /// How long it takes until so much is in it, if nothing is taken out.
    pub(super) fn time_for(&self, flow: Flow, now: u64, amount: u64) -> Duration {
        let missing = amount.saturating_sub(self.level(flow, now));
        // It is written at a moment to come if more was taken than was in it.
        let owing = match missing {
            0 => 0,
            _ => self.at.saturating_sub(now),
        };
        Duration::from_micros(owing) + flow.time_for(missing)
    }

    /// Takes out what an operation costs, or tells how long it takes until its whole price is there.
    pub(super) fn take(&mut self, flow: Flow, now: u64, price: Price) -> Result<(), Duration> {
        match self.level(flow, now).checked_sub(price.due) {
            Some(left) => {
                *self = Self::holding(left, now.max(self.at));
                Ok(())
            }
            None => Err(self.time_for(flow, now, price.whole())),
        }
    }

    /// The same for a bucket that may be too small for what is asked of it: who finds it full has whatever he asks for, and
    /// nothing more until that has come.
    pub(super) fn take_or_owe(
        &mut self,
        flow: Flow,
        now: u64,
        price: Price,
    ) -> Result<(), Duration> {
        let most = price.whole().min(flow.capacity);
        let Err(_) = self.take(flow, now, price) else {
            return Ok(());
        };
        let level = self.level(flow, now);
        if level + price.paid < most {
            return Err(self.time_for(flow, now, most));
        }
        let owed = flow.time_for(price.due - level).as_micros();
        let owed = u64::try_from(owed).unwrap_or(u64::MAX);
        *self = Self::holding(0, now.max(self.at).saturating_add(owed));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(cost: u64) -> Price {
        Price {
            due: cost * POINT,
            paid: 0,
        }
    }

    proptest! {
        /// Whatever is asked for and when: what is granted in any time is at most the burst and what came back in it.
        #[test]
        fn no_time_sees_more_than_the_burst_and_what_came_back(
            asks in proptest::collection::vec((0u64..3_000_000, 1u64..60), 1..100),
        ) {
            let flow = Flow::of(Rate { per_second: 10, burst: 50 });
            let mut bucket = Bucket::full(flow, 0);
            let (mut now, mut granted) = (0, Vec::new());
            for (pause, cost) in asks {
                now += pause;
                let level = bucket.level(flow, now);
                let taken = bucket.take(flow, now, points(cost));
                prop_assert_eq!(taken.is_ok(), cost * POINT <= level);
                if taken.is_ok() {
                    granted.push((now, cost));
                }
            }
            for (index, (from, _)) in granted.iter().enumerate() {
                let mut sum = 0;
                for (to, cost) in &granted[index..] {
                    sum += cost * POINT;
                    prop_assert!(sum <= flow.capacity + (to - from) * 10);
                }
            }
        }
    }

    #[test]
    fn the_time_that_is_told_is_enough_and_no_more() {
        let flow = Flow::of(Rate {
            per_second: 3,
            burst: 10,
        });
        let mut bucket = Bucket::full(flow, 0);
        assert_eq!(bucket.take(flow, 0, points(10)), Ok(()));
        let wait = bucket.take(flow, 0, points(1)).unwrap_err();
        let wait = u64::try_from(wait.as_micros()).unwrap();
        assert!(bucket.take(flow, wait - 1, points(1)).is_err());
        assert_eq!(bucket.take(flow, wait, points(1)), Ok(()));
    }

    #[test]
    fn a_clock_that_steps_back_gives_no_points_twice() {
        let flow = Flow::of(Rate {
            per_second: 10,
            burst: 10,
        });
        let mut bucket = Bucket::full(flow, 0);
        bucket.take(flow, 1_000_000, points(10)).unwrap();
        assert!(bucket.take(flow, 500_000, points(1)).is_err());
        assert_eq!(bucket.take(flow, 1_100_000, points(1)), Ok(()));
        assert!(bucket.take(flow, 1_100_000, points(1)).is_err());
    }

    #[test]
    fn a_small_bucket_that_is_full_gives_what_it_does_not_hold_and_then_nothing_until_that_has_come()
     {
        let flow = Flow::of(Rate {
            per_second: 10,
            burst: 50,
        });
        let mut bucket = Bucket::full(flow, 0);
        // One point was paid before, so that it is not quite full.
        bucket.take(flow, 0, points(1)).unwrap();
        let rest = Price {
            due: 99 * POINT,
            paid: POINT,
        };
        assert_eq!(bucket.take_or_owe(flow, 0, rest), Ok(()));
        let second = 1_000_000;
        assert_eq!(
            bucket.take_or_owe(flow, 0, points(1)),
            Err(Duration::from_millis(5_100))
        );
        let dear = bucket.take_or_owe(flow, 5 * second, points(100));
        assert_eq!(dear, Err(Duration::from_secs(5)));
        assert!(
            bucket
                .take_or_owe(flow, 10 * second - 1, points(100))
                .is_err()
        );
        assert_eq!(bucket.take_or_owe(flow, 10 * second, points(100)), Ok(()));
    }
}
