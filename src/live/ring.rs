//! The newest part of the log, in memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::cursor::{Cursor, LogId, Position};
use super::event::Event;
use super::subject::Subject;

/// How much of the log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// So many events at the most.
    pub events: usize,
    /// None that is older.
    pub age: Duration,
}

/// What was told behind a place is known no more, or it is a place of another log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOld;

/// All events behind its beginning; nothing is known of what came before. They age by the log's own clock.
#[derive(Debug)]
pub(super) struct Ring {
    kept: Kept,
    log: LogId,
    beginning: Position,
    end: Position,
    /// The place of the last gap in the changes of a status.
    gap: Position,
    events: VecDeque<Arc<Event>>,
}

impl Ring {
    pub(super) fn new(kept: Kept, log: LogId, beginning: Position) -> Self {
        Self {
            kept,
            log,
            beginning,
            end: beginning,
            gap: Position::default(),
            events: VecDeque::new(),
        }
    }

    /// Where it ends at the moment.
    pub(super) fn end(&self) -> Cursor {
        Cursor {
            log: self.log,
            position: self.end,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Takes in the next event, and forgets what is too much or too old.
    pub(super) fn push(&mut self, event: Arc<Event>) {
        debug_assert!(event.cursor.position > self.end, "events come in order");
        self.end = event.cursor.position;
        self.events.push_back(event);
        let age = SignedDuration::try_from(self.kept.age).unwrap_or(SignedDuration::MAX);
        let newest = self.events.back().map_or(Timestamp::MIN, |event| event.at);
        let oldest = newest.saturating_sub(age).unwrap_or(Timestamp::MIN);
        let is_surplus = |ring: &Self| {
            ring.events.len() > ring.kept.events
                || ring.events.front().is_some_and(|event| event.at < oldest)
        };
        while is_surplus(self) {
            if let Some(forgotten) = self.events.pop_front() {
                self.beginning = forgotten.cursor.position;
            }
        }
    }

    /// Notes that at this place changes of a status were missed.
    pub(super) fn push_gap(&mut self, position: Position) {
        self.end = self.end.max(position);
        self.gap = position;
    }

    /// What concerns a subject and was told behind a place.
    pub(super) fn after(
        &self,
        subject: &Subject,
        cursor: &Cursor,
    ) -> Result<impl Iterator<Item = &Arc<Event>>, TooOld> {
        let has_gap = matches!(subject, Subject::Statuses(_)) && cursor.position < self.gap;
        if cursor.log != self.log || cursor.position < self.beginning || has_gap {
            return Err(TooOld);
        }
        let known = |event: &Arc<Event>| event.cursor.position <= cursor.position;
        let told = self.events.range(self.events.partition_point(known)..);
        Ok(told.filter(|event| subject.includes(event)))
    }
}
