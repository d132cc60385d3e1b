//! How far the list of what changed has been read.

use jiff::Timestamp;
use tokio::time::Instant;

/// An unbroken row of sweeps: each listed what had changed since the one before, and was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// From which time on, by the upstream's clock, the next one lists.
    pub since: Timestamp,
    /// What was known of a parcel at this moment or later has not changed since, unless a sweep listed it.
    pub from: Instant,
    /// When the last one left.
    pub until: Instant,
    /// The whole account, if it was read.
    pub whole: Option<Whole>,
}

/// That all of the account was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// What came into the account at this time or later, by the upstream's clock, nobody knew before.
    pub since: Timestamp,
    /// When it was read.
    pub at: Instant,
    /// Which log of events knows of it; one that took its place does not.
    pub log: u64,
}

impl Sweep {
    /// The text of it; `at` tells what the fleet's clock shows at an instant.
    pub(super) fn write(&self, at: impl Fn(Instant) -> Option<u64>) -> Option<String> {
        let (from, until) = (at(self.from)?, at(self.until)?);
        let since = self.since.as_second();
        let text = format!("{since} {from} {until}");
        Some(match self.whole {
            Some(Whole {
                since,
                at: read,
                log,
            }) => {
                format!("{text} {} {} {log}", since.as_second(), at(read)?)
            }
            None => text,
        })
    }

    /// Reads such a text; `instant` tells when the fleet's clock shows something.
    pub(super) fn read(text: &str, instant: impl Fn(u64) -> Option<Instant>) -> Option<Self> {
        let mut words = text.split(' ');
        let mut word = || words.next();
        Some(Self {
            since: Timestamp::from_second(word()?.parse().ok()?).ok()?,
            from: instant(word()?.parse().ok()?)?,
            until: instant(word()?.parse().ok()?)?,
            whole: match word() {
                Some(since) => Some(Whole {
                    since: Timestamp::from_second(since.parse().ok()?).ok()?,
                    at: instant(word()?.parse().ok()?)?,
                    log: word()?.parse().ok()?,
                }),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_sweep_is_read_as_it_was_written_and_nonsense_is_none() {
        let start = Instant::now();
        let at = |instant: Instant| u64::try_from((instant - start).as_micros()).ok();
        let instant = |at| Some(start + Duration::from_micros(at));
        let whole = Whole {
            since: Timestamp::from_second(1_600_000_000).unwrap(),
            at: start + Duration::from_secs(3),
            log: u64::MAX,
        };
        for whole in [None, Some(whole)] {
            let sweep = Sweep {
                since: Timestamp::from_second(1_700_000_000).unwrap(),
                from: start + Duration::from_millis(5),
                until: start + Duration::from_secs(9),
                whole,
            };
            let text = sweep.write(at).unwrap();
            assert_eq!(Sweep::read(&text, instant), Some(sweep));
        }
        for nonsense in [
            "",
            "1",
            "1 2",
            "1 2 x",
            "1 2 3 x",
            "1 2 3 4",
            "1 2 3 4 5",
            "99999999999999999999 1 2",
        ] {
            assert_eq!(Sweep::read(nonsense, instant), None, "{nonsense}");
        }
    }
}
