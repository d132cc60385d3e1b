//! Two times from one watch: the simulated one by which parcels live, and the real one of the limits.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The clock was asked to run backwards, which would make parcels forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox is already at {now}; its clock only moves forward")]
pub struct Backwards {
    /// The simulated time that had been reached.
    pub now: Timestamp,
}

/// The sandbox's watch. It reads the system's monotonic time, because tests may pause tokio's.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    epoch: Timestamp,
    speed: f64,
    advanced: Duration,
}

impl Clock {
    /// Starts at `epoch` and runs `speed` times as fast as real time; a negative speed counts as frozen.
    pub fn new(epoch: Timestamp, speed: f64) -> Self {
        Self {
            started: Instant::now(),
            epoch,
            speed: speed.max(0.0),
            advanced: Duration::ZERO,
        }
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.now_after(self.started.elapsed())
    }

    /// Unscaled time since the start, including what was skipped; limits and silence are judged by it.
    pub fn since_start(&self) -> Duration {
        self.started.elapsed().saturating_add(self.advanced)
    }

    /// Skips time, for parcels and limits alike.
    pub fn advance(&mut self, by: Duration) {
        self.advanced = self.advanced.saturating_add(by);
    }

    /// Skips to a simulated time that has not been reached yet.
    pub fn set(&mut self, to: Timestamp) -> Result<(), Backwards> {
        let now = self.now();
        let ahead = Duration::try_from(to.duration_since(now)).map_err(|_| Backwards { now })?;
        self.advance(ahead);
        Ok(())
    }

    fn now_after(&self, real: Duration) -> Timestamp {
        let scaled = Duration::try_from_secs_f64(real.as_secs_f64() * self.speed);
        let passed = scaled
            .unwrap_or(Duration::MAX)
            .saturating_add(self.advanced);
        later(
            self.epoch,
            SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX),
        )
    }
}

/// A later (or, by a negative duration, earlier) time that stays within what can be written down.
pub fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn sixty_simulated_seconds_pass_in_a_real_one() {
        let clock = Clock::new(EPOCH, 60.0);
        assert_eq!(clock.now_after(Duration::from_secs(2)).as_second(), 120);
    }

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let mut clock = Clock::new(EPOCH, 0.0);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().as_second(), 90);
        assert!(clock.since_start() >= Duration::from_secs(90));
    }

    #[test]
    fn it_can_be_set_forward_but_not_back() {
        let mut clock = Clock::new(EPOCH, 0.0);
        let day = later(EPOCH, SignedDuration::from_hours(24));
        assert_eq!(clock.set(day), Ok(()));
        assert_eq!(clock.now(), day);
        assert_eq!(clock.set(EPOCH), Err(Backwards { now: day }));
    }

    #[test]
    fn absurd_speeds_and_jumps_stop_at_the_end_of_time() {
        let mut clock = Clock::new(EPOCH, f64::INFINITY);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now_after(Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(Clock::new(EPOCH, f64::NAN).now(), EPOCH);
    }
}
