//! What the clients got.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::client::Want;

/// Counts of answers by their codes, and what reads of cached parcels took.
#[derive(Debug, Default)]
pub struct Tally {
    answers: BTreeMap<(Want, String), usize>,
    /// When how many parcels came to be wanted, or were wanted no more.
    wanted: Vec<(Duration, i64)>,
    /// When each read ended, and how long it took.
    pub reads: Vec<(Duration, Duration)>,
    /// Reads that failed, with their codes.
    pub failed_reads: Vec<(Duration, Vec<String>)>,
}

impl Tally {
    pub fn wants(&mut self, at: Duration, parcels: i64) {
        if parcels != 0 {
            self.wanted.push((at, parcels));
        }
    }

    pub fn read(&mut self, at: Duration, took: Duration, codes: Vec<String>) {
        self.reads.push((at, took));
        if !codes.is_empty() {
            self.failed_reads.push((at, codes));
        }
    }

    pub fn count(&mut self, want: Want, codes: Vec<String>) {
        let codes = match codes.is_empty() {
            true => vec!["OK".to_owned()],
            false => codes,
        };
        for code in codes {
            *self.answers.entry((want, code)).or_default() += 1;
        }
    }

    /// How many answers have this code.
    pub fn with_code(&self, code: &str) -> usize {
        let answers = self.answers.iter();
        let those = answers.filter(|((_, other), _)| other == code);
        those.map(|(_, count)| count).sum()
    }

    /// How many parcels at least have been wanted all the time for a while before a moment.
    pub fn waiting(&self, at: Duration) -> i64 {
        let since = at.saturating_sub(Duration::from_millis(200));
        let (mut now, mut least) = (0, i64::MAX);
        for (moment, parcels) in &self.wanted {
            if *moment >= at {
                break;
            }
            if *moment >= since {
                least = least.min(now);
            }
            now += parcels;
        }
        least.min(now)
    }

    /// The slowest reads of a span, slowest first.
    pub fn slowest_reads(&self, from: Duration, till: Duration) -> Vec<Duration> {
        let reads = self.reads.iter();
        let mut took: Vec<_> = reads
            .filter(|(at, _)| (from..till).contains(at))
            .map(|(_, took)| *took)
            .collect();
        took.sort_unstable_by(|one, other| other.cmp(one));
        took
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((want, code), count) in &self.answers {
            writeln!(f, "  {want:?} {code}: {count}")?;
        }
        Ok(())
    }
}
