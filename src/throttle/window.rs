//! The rule of one limit, as a pure function of the time.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Allows `calls` in any sliding `period`. It logs the grants instead of filling a bucket: a bucket with a burst of
/// three lets six calls into its first second.
#[derive(Debug)]
pub(super) struct Window {
    calls: usize,
    period: Duration,
    grants: VecDeque<Instant>,
}

impl Window {
    /// A window in which nothing was granted yet; 0 calls mean that there is no limit.
    pub(super) fn new(calls: u32, period: Duration) -> Self {
        Self {
            calls: calls as usize,
            period,
            grants: VecDeque::new(),
        }
    }

    /// A window in which as much was granted just now as is allowed.
    pub(super) fn full(calls: u32, period: Duration, now: Instant) -> Self {
        Self {
            grants: vec![now; calls as usize].into(),
            ..Self::new(calls, period)
        }
    }

    /// Grants a call now, or says when the next slot opens.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if self.calls == 0 {
            return Ok(());
        }
        if self.grants.len() == self.calls {
            let opening = self.grants[0] + self.period;
            if now < opening {
                return Err(opening);
            }
            self.grants.pop_front();
        }
        self.grants.push_back(now);
        Ok(())
    }

    /// Calls that were granted at `since` or later leave only now.
    pub(super) fn delay(&mut self, since: Instant, now: Instant) {
        for grant in self.grants.iter_mut().filter(|grant| **grant >= since) {
            *grant = now;
        }
    }

    /// How long it takes to serve so many callers.
    pub(super) fn time_for(&self, callers: usize) -> Duration {
        if self.calls == 0 {
            return Duration::ZERO;
        }
        let periods = u32::try_from(callers.div_ceil(self.calls)).unwrap_or(u32::MAX);
        self.period.saturating_mul(periods)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_sliding_period_ever_holds_more_than_the_limit(
            calls in 1u32..5,
            pauses_ms in prop::collection::vec(0u64..700, 1..200),
        ) {
            let period = Duration::from_millis(1_000);
            let mut window = Window::new(calls, period);
            let mut now = Instant::now();
            let mut granted = Vec::new();
            for pause in pauses_ms {
                now += Duration::from_millis(pause);
                if window.take(now).is_ok() {
                    granted.push(now);
                }
            }
            for (early, late) in granted.iter().zip(granted.iter().skip(calls as usize)) {
                prop_assert!(*late - *early >= period);
            }
        }
    }
}
