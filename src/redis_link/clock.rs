//! Redis's clock, as far as it can be told from here.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How long a sample counts. Two clocks drift apart by less than a millisecond in that time.
const MEMORY: Duration = Duration::from_secs(30);

/// How far two good samples may lie apart because of that drift.
const DRIFT: i64 = 1_000;

/// What was measured, and what follows from it. All figures are microseconds.
pub(super) struct Clock {
    /// What samples count from; any moment does.
    epoch: Instant,
    samples: VecDeque<Sample>,
    /// Redis's time at the epoch.
    offset: Option<i64>,
}

struct Sample {
    taken: Instant,
    round_trip: i64,
    offset: i64,
}

impl Clock {
    pub(super) fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            samples: VecDeque::new(),
            offset: None,
        }
    }

    /// Redis said that it was `told` when it was asked. The question took as long as the answer, as far as anybody knows.
    pub(super) fn note(&mut self, asked: Instant, answered: Instant, told: u64) {
        let round_trip = micros(answered.duration_since(asked));
        let offset = signed(told) - self.since_epoch(asked) - round_trip / 2;
        // A clock that was set, or that of another node, has nothing to do with what was measured before.
        self.samples.retain(|sample| {
            let doubt = (sample.round_trip + round_trip) / 2 + DRIFT;
            let is_fresh = answered.duration_since(sample.taken) <= MEMORY;
            is_fresh && (sample.offset - offset).abs() <= doubt
        });
        self.samples.push_back(Sample {
            taken: answered,
            round_trip,
            offset,
        });
        let best = self.samples.iter().min_by_key(|sample| sample.round_trip);
        self.offset = best.map(|sample| sample.offset);
    }

    /// What Redis's clock shows at an instant, past or future.
    pub(super) fn at(&self, instant: Instant) -> Option<u64> {
        let at = self.offset? + self.since_epoch(instant);
        Some(u64::try_from(at).unwrap_or(0))
    }

    /// When Redis's clock shows that.
    pub(super) fn instant(&self, at: u64) -> Option<Instant> {
        let since_epoch = signed(at) - self.offset?;
        let distance = Duration::from_micros(since_epoch.unsigned_abs());
        if since_epoch < 0 {
            self.epoch.checked_sub(distance)
        } else {
            self.epoch.checked_add(distance)
        }
    }

    fn since_epoch(&self, instant: Instant) -> i64 {
        micros(instant.duration_since(self.epoch)) - micros(self.epoch.duration_since(instant))
    }
}

/// A length of time; what is longer than a clock can show counts as the longest.
fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}

fn signed(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_700_000_000_000_000;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn nothing_is_known_before_the_first_sample() {
        let start = Instant::now();
        let clock = Clock::new(start);
        assert_eq!((clock.at(start), clock.instant(NOON)), (None, None));
    }

    #[test]
    fn the_middle_of_the_round_trip_counts() {
        let start = Instant::now();
        let mut clock = Clock::new(start + ms(5));
        clock.note(start, start + ms(10), NOON);
        assert_eq!(clock.at(start + ms(5)), Some(NOON));
        assert_eq!(clock.at(start), Some(NOON - 5_000));
        assert_eq!(clock.instant(NOON + 1_000_000), Some(start + ms(1_005)));
        assert_eq!(clock.instant(NOON - 5_000), Some(start));
    }

    #[test]
    fn the_quickest_answer_of_the_last_thirty_seconds_counts() {
        let start = Instant::now();
        let mut clock = Clock::new(start);
        clock.note(start, start + ms(2), NOON + 1_000);
        // Ten milliseconds on the way there, none on the way back.
        let slow = start + ms(500);
        clock.note(slow, slow + ms(10), NOON + 510_000);
        assert_eq!(clock.at(start), Some(NOON));
        let late = start + ms(31_000);
        clock.note(late, late + ms(10), NOON + 31_010_000);
        assert_eq!(clock.at(start), Some(NOON + 5_000));
    }

    #[test]
    fn a_clock_that_was_set_is_believed_at_once() {
        let start = Instant::now();
        let mut clock = Clock::new(start);
        clock.note(start, start + ms(1), NOON);
        let later = start + ms(500);
        clock.note(later, later + ms(100), 2 * NOON);
        assert_eq!(clock.at(later + ms(50)), Some(2 * NOON));
    }
}
