//! Places in the log of events, and how they are named for ever.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which log: another one when its events were lost, so that places of the lost one are not taken for places of the new one.
pub type LogId = u64;

/// A place in a log. Later events have higher ones.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    /// The log's clock, in milliseconds since 1970.
    pub ms: u64,
    /// Counts within the millisecond.
    pub count: u64,
}

impl Position {
    /// The next place at a time.
    pub(super) fn next(self, ms: u64) -> Self {
        if ms > self.ms {
            Self { ms, count: 0 }
        } else {
            Self {
                ms: self.ms,
                count: self.count + 1,
            }
        }
    }

    /// The place right before this one.
    pub(super) fn before(self) -> Self {
        match self.count.checked_sub(1) {
            Some(count) => Self { count, ..self },
            None => Self {
                ms: self.ms.saturating_sub(1),
                count: u64::MAX,
            },
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.count)
    }
}

impl FromStr for Position {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (ms, count) = text.split_once('-').ok_or(InvalidCursor)?;
        let number = |text: &str| text.parse().map_err(|_| InvalidCursor);
        Ok(Self {
            ms: number(ms)?,
            count: number(count)?,
        })
    }
}

/// A text that names no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a cursor that an event had")]
pub struct InvalidCursor;

/// A place that every replica finds again: what was told before it, and what is to be told behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// In which log.
    pub log: LogId,
    /// Where.
    pub position: Position,
}

impl Cursor {
    /// When the last event before it came; `None` before the first.
    pub fn time(&self) -> Option<Timestamp> {
        let ms = i64::try_from(self.position.ms).ok().filter(|ms| *ms > 0)?;
        Timestamp::from_millisecond(ms).ok()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.log, self.position)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (log, position) = text.split_once('-').ok_or(InvalidCursor)?;
        Ok(Self {
            log: u64::from_str_radix(log, 16).map_err(|_| InvalidCursor)?,
            position: position.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(log: u64, ms: u64, count: u64) {
            let cursor = Cursor { log, position: Position { ms, count } };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = text.parse::<Cursor>();
        }
    }

    #[test]
    fn places_grow_also_when_the_clock_steps_back() {
        let first = Position::default().next(7);
        let second = first.next(7);
        let third = second.next(3);
        assert!(first < second && second < third);
        assert_eq!((second.before(), first.before() < first), (first, true));
    }
}
