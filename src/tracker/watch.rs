//! What somebody who watches parcels gets to see.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::Tracker;
use super::desk::Outcome;
use super::records::Reading;
use super::watchlist::Watched;
use crate::live::{News, Reader};
use crate::model::{Tracking, TrackingKey};

/// One thing that a watcher sees.
#[derive(Debug, Clone)]
pub enum Sight {
    /// How a parcel stands: first of all, and again after news was missed.
    Snapshot(Outcome),
    /// A parcel changed.
    Change(Reading),
}

/// Watches some parcels: a snapshot of each first, then every change once. As long as it lives they are polled.
#[derive(Debug)]
pub struct Watch {
    tracker: Arc<Tracker>,
    watched: Watched,
    reader: Reader,
    seen: HashMap<TrackingKey, Arc<Tracking>>,
    unread: VecDeque<Sight>,
    needs_snapshot: bool,
}

impl Watch {
    /// The reader is opened before the first snapshot is taken, so that nothing falls between them.
    pub(super) fn new(tracker: Arc<Tracker>, watched: Watched, reader: Reader) -> Self {
        Self {
            tracker,
            watched,
            reader,
            seen: HashMap::new(),
            unread: VecDeque::new(),
            needs_snapshot: true,
        }
    }

    /// Waits for the next thing to see; `None` when the server is going down.
    pub async fn next(&mut self) -> Option<Sight> {
        loop {
            if let Some(sight) = self.unread.pop_front() {
                return Some(sight);
            }
            if self.needs_snapshot {
                self.take_snapshot().await;
                continue;
            }
            match self.reader.next().await? {
                News::Missed(_) => self.needs_snapshot = true,
                News::Change(change) => {
                    let key = &change.after.key;
                    if self.watched.keys().contains(key) && self.is_news(&change.after) {
                        self.seen.insert(key.clone(), change.after.clone());
                        return Some(Sight::Change(Reading {
                            tracking: change.after.clone(),
                            fetched_at: change.at,
                            stale: false,
                        }));
                    }
                }
            }
        }
    }

    async fn take_snapshot(&mut self) {
        self.needs_snapshot = false;
        let mut outcomes = self.tracker.look_up(self.watched.keys()).await;
        for key in self.watched.keys() {
            let Some(outcome) = outcomes.remove(key) else {
                continue;
            };
            if let Ok(reading) = &outcome {
                self.seen.insert(key.clone(), reading.tracking.clone());
            }
            self.unread.push_back(Sight::Snapshot(outcome));
        }
    }

    fn is_news(&self, tracking: &Tracking) -> bool {
        self.seen
            .get(&tracking.key)
            .is_none_or(|seen| tracking.is_news_after(seen))
    }
}
