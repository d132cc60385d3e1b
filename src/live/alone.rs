//! What a replica tells its own subscribers while Redis is away for long: what it observes by itself. It has no place in the
//! log yet, and is told once more when it has.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::event::{Event, Known};
use super::fleet::Room;
use super::head::{Head, Verdict, judge};
use crate::model::TrackingKey;

/// After which time without Redis it begins. Most outages are shorter.
const BEGINS: Duration = Duration::from_secs(5);

/// Of how many parcels it is remembered what was told.
const MOST: usize = 10_000;

#[derive(Debug)]
pub(super) struct Alone(Mutex<State>);

#[derive(Debug)]
struct State {
    /// `None` while Redis is there.
    since: Option<Instant>,
    /// How parcels stand as far as subscribers were told.
    heads: HashMap<TrackingKey, Head>,
}

impl Default for Alone {
    fn default() -> Self {
        Self(Mutex::new(State {
            since: Some(Instant::now()),
            heads: HashMap::new(),
        }))
    }
}

impl Alone {
    /// Redis is away from now on.
    pub(super) fn begin(&self) {
        self.state().since.get_or_insert_with(Instant::now);
    }

    /// Redis is back.
    pub(super) fn end(&self) {
        let mut state = self.state();
        if state.since.take().is_some() {
            state.heads = HashMap::new();
        }
    }

    /// The event that an observation is to those who can be told of no other.
    pub(super) fn observe(&self, room: &Room, key: &TrackingKey, known: &Known) -> Option<Event> {
        let mut state = self.state();
        if state.since?.elapsed() < BEGINS {
            return None;
        }
        let told = state.heads.get(key).cloned();
        let before = told.or_else(|| room.heads.get(key));
        let (event, head) = match judge(before.as_ref(), known, None, Instant::now()) {
            Verdict::Nothing => return None,
            Verdict::Head(head) => (None, head),
            Verdict::Event(kind, changes, head) => (Some((kind, changes)), head),
        };
        if state.heads.len() >= MOST && !state.heads.contains_key(key) {
            return None;
        }
        let summary = head.summary.clone();
        state.heads.insert(key.clone(), head);
        let (kind, changes) = event?;
        Some(Event {
            cursor: room.log.end(),
            is_logged: false,
            key: key.clone(),
            kind,
            changes,
            at: Timestamp::now(),
            known: known.clone(),
            summary,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
