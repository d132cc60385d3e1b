//! The log of one process, for as long as it lives.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::cursor::{Cursor, Position};
use super::event::{Event, Known};
use super::head::{Verdict, judge};
use super::heads::Heads;
use super::log::Log;
use super::ring::{Kept, Ring};
use crate::model::TrackingKey;

/// The log, and where it stands with each tracking.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) log: Arc<Log>,
    pub(super) heads: Heads,
    /// Who writes holds it, so that events get their places in order.
    writing: Mutex<()>,
}

impl Memory {
    pub(super) fn new(kept: Kept, max_parcels: u64) -> Self {
        let log = super::new_log();
        Self {
            log: Arc::new(Log::new(Ring::new(kept, log, Position::default()))),
            heads: Heads::new(max_parcels, Duration::MAX),
            writing: Mutex::new(()),
        }
    }

    pub(super) fn observe(&self, key: &TrackingKey, known: Known) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, whole_since) = (self.heads.get(key), self.log.whole_since());
        match judge(before.as_ref(), &known, whole_since, Instant::now()) {
            Verdict::Nothing => {}
            Verdict::Head(mut head) => {
                if before.is_none() {
                    // It may have been forgotten.
                    head.event = Some(self.log.end().position);
                }
                self.heads.insert(key.clone(), head);
            }
            Verdict::Event(kind, changes, mut head) => {
                let now = Timestamp::now();
                let event = Event {
                    cursor: self.next(now),
                    is_logged: true,
                    key: key.clone(),
                    kind,
                    changes,
                    at: now,
                    known,
                    summary: head.summary.clone(),
                };
                head.event = Some(event.cursor.position);
                self.heads.insert(key.clone(), head);
                self.log.push(event);
            }
        }
    }

    /// Whether parcels have had no event behind a place. What is not remembered may have had one.
    pub(super) fn is_unchanged(&self, keys: &[TrackingKey], since: Position) -> bool {
        keys.iter().all(|key| {
            let head = self.heads.get(key);
            head.is_some_and(|head| head.event.is_none_or(|event| event <= since))
        })
    }

    /// Notes that changes of a status were missed.
    pub(super) fn note_missed(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.log.push_gap(self.next(Timestamp::now()).position);
    }

    /// The next place in the log, for who writes.
    fn next(&self, now: Timestamp) -> Cursor {
        let end = self.log.end();
        let ms = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Cursor {
            position: end.position.next(ms),
            ..end
        }
    }
}
