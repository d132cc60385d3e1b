//! What this replica observed and the log does not have yet.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use tokio::sync::{Notify, watch};

use super::event::Known;
use crate::model::TrackingKey;

/// How many observations wait, for the time that Redis is away. Of what is observed then the latest counts.
const MAX_WAITING: usize = 10_000;

/// First in, first out for each parcel.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    came: Notify,
    written: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    parcels: IndexMap<TrackingKey, VecDeque<Known>>,
    count: usize,
    is_overflowing: bool,
}

impl Outbox {
    /// Takes in what was observed.
    pub(super) fn put(&self, key: &TrackingKey, known: Known) {
        self.waiting().put(key, known);
        self.came.notify_one();
    }

    /// The first observation of each parcel, of so many at the most, as soon as there are any. They stay until they are
    /// written.
    pub(super) async fn first(&self, most: usize) -> Vec<(TrackingKey, Known)> {
        loop {
            let first: Vec<_> = {
                let waiting = self.waiting();
                let parcels = waiting.parcels.iter().take(most);
                let first =
                    parcels.filter_map(|(key, all)| Some((key.clone(), all.front()?.clone())));
                first.collect()
            };
            if !first.is_empty() {
                return first;
            }
            self.came.notified().await;
        }
    }

    /// Notes that the first observation of a parcel is written.
    pub(super) fn note_written(&self, keys: impl Iterator<Item = TrackingKey>) {
        let mut waiting = self.waiting();
        for key in keys {
            let Some(all) = waiting.parcels.get_mut(&key) else {
                continue;
            };
            all.pop_front();
            let is_done = all.is_empty();
            waiting.count -= 1;
            if is_done {
                // The others stay in the order in which they came.
                waiting.parcels.shift_remove(&key);
            }
        }
        waiting.is_overflowing = false;
        drop(waiting);
        self.written.send_replace(());
    }

    /// Ready when nothing waits that was observed of these parcels.
    pub(super) async fn is_empty_of(&self, keys: &[TrackingKey]) {
        let mut written = self.written.subscribe();
        let is_empty = |_: &()| {
            let waiting = self.waiting();
            !keys.iter().any(|key| waiting.parcels.contains_key(key))
        };
        // The sender lives as long as this.
        let _ = written.wait_for(is_empty).await;
    }

    /// Ready when nothing waits at all.
    pub(super) async fn is_empty(&self) {
        let mut written = self.written.subscribe();
        let is_empty = |_: &()| self.waiting().parcels.is_empty();
        let _ = written.wait_for(is_empty).await;
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn put(&mut self, key: &TrackingKey, known: Known) {
        let is_full = self.count >= MAX_WAITING;
        let says_the_same = |last: &Known| {
            last.completeness == known.completeness && last.tracking == known.tracking
        };
        match self.parcels.get_mut(key) {
            // The first one may be on its way.
            Some(all) if all.len() > 1 && (is_full || all.back().is_some_and(says_the_same)) => {
                all.pop_back();
                all.push_back(known);
            }
            Some(all) => {
                all.push_back(known);
                self.count += 1;
            }
            None if is_full => {
                if !std::mem::replace(&mut self.is_overflowing, true) {
                    tracing::warn!(
                        "more than {MAX_WAITING} observations wait for Redis; what else changes is told when it is observed again"
                    );
                }
            }
            None => {
                self.parcels.insert(key.clone(), VecDeque::from([known]));
                self.count += 1;
            }
        }
    }
}
