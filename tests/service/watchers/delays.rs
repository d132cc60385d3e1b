//! How long things took.

use std::fmt;
use std::time::Duration;

/// How long things took.
#[derive(Debug, Default, Clone)]
pub struct Delays(pub Vec<Duration>);

impl Delays {
    /// The one that so many percent of them do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, nearly_all, all] =
            [50, 95, 99, 100].map(|percent| self.percentile(percent));
        write!(
            f,
            "p50 {half:.1?}, p95 {most:.1?}, p99 {nearly_all:.1?}, max {all:.1?} of {}",
            self.0.len()
        )
    }
}
