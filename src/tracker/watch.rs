//! How watching begins: with how things stand, or with what was missed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::records::{Outcome, Reading, entry};
use super::usage::Usage;
use super::watchlist::Watched;
use super::{Ask, Tracker, TrackerError};
use crate::live::{Cursor, Event, Follower, Live, Subject, Summary, TooOld};
use crate::model::{ClientId, TrackingKey};

/// Replicas read one clock differently, but by less than that.
const SAME_MOMENT: Duration = Duration::from_millis(10);

/// How many events a watcher is told at once of those that he missed. Those behind them wait until he has got these.
const MOST_AT_ONCE: usize = 256;

/// One thing that a watcher is told before he is up to date.
#[derive(Debug, Clone)]
pub enum Sight {
    /// How a parcel stands.
    Snapshot(TrackingKey, Outcome),
    /// What he missed.
    Event(Arc<Event>),
    /// That he missed something since, and nobody knows what.
    Lagged(Option<Timestamp>),
    /// That he watches from here on.
    Started,
}

/// What a watcher is told before he is up to date, and what he has to know to go on.
#[derive(Debug)]
pub struct Beginning {
    /// What he is told, in order.
    pub sights: Vec<Sight>,
    /// Up to here all is told.
    pub end: Cursor,
    /// Whether there is more to tell behind that before he is up to date.
    pub has_more: bool,
    /// What the snapshots showed.
    pub seen: Seen,
    /// The parcels of which nothing could be told; `None` if how they stand was not told at all.
    pub failed: Option<Vec<TrackingKey>>,
}

/// What snapshots showed. They may know more than the log does at that moment: what it learns later then is no news.
#[derive(Debug, Default)]
pub struct Seen(HashMap<TrackingKey, (Instant, Arc<Summary>)>);

impl Seen {
    /// Whether a snapshot held an event already. The first one that it did not hold, or that led to what it showed, is the
    /// last that is compared.
    pub fn holds(&mut self, event: &Event) -> bool {
        let Some((as_of, shown)) = self.0.get(&event.key) else {
            return false;
        };
        if event.known.as_of + SAME_MOMENT < *as_of {
            return true;
        }
        let later = event.summary.as_ref();
        let is_shown = later.is_some_and(|later| shown.shows(&event.changes, later));
        self.0.remove(&event.key);
        is_shown
    }

    /// Notes what an event showed that will be told once more.
    pub fn note_event(&mut self, event: &Event) {
        if let Some(summary) = &event.summary {
            let shown = (event.known.as_of, summary.clone());
            self.0.insert(event.key.clone(), shown);
        }
    }

    /// Adds what other snapshots showed.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn note(&mut self, live: &Live, reading: &Reading) {
        let tracking = &reading.tracking;
        let summary = Summary::of(tracking, reading.completeness);
        let summary = live.shared(&tracking.key, summary);
        self.0
            .insert(tracking.key.clone(), (reading.as_of, summary));
    }
}

impl Tracker {
    /// Has a subject asked about again and again for a client, for as long as the result lives.
    pub fn watch(&self, client: &ClientId, subject: &Subject) -> Result<Watched, TrackerError> {
        match subject {
            Subject::Parcels(keys) => self.watchlist.add(client, keys.clone()),
            Subject::Statuses(_) => Ok(self.watchlist.add_everything()),
        }
    }

    /// What a watcher is told first: what happened behind a cursor, or how things stand if there is none or it is too old.
    pub async fn begin(
        &self,
        usage: &Usage,
        subject: &Subject,
        after: Option<Cursor>,
    ) -> Beginning {
        let live = self.live();
        let end = live.end().await;
        let lagged = match after {
            None => None,
            Some(after) => match self.missed(subject, &after, end).await {
                Ok(beginning) => return beginning,
                Err(TooOld) => Some(Sight::Lagged(after.time())),
            },
        };
        let mut beginning = match subject {
            Subject::Parcels(keys) => self.snapshots(usage, keys).await,
            Subject::Statuses(_) => Beginning {
                sights: Vec::from_iter(lagged.is_none().then_some(Sight::Started)),
                ..Beginning::at(end)
            },
        };
        beginning.sights.splice(0..0, lagged);
        beginning
    }

    /// What happened behind a cursor.
    async fn missed(
        &self,
        subject: &Subject,
        after: &Cursor,
        end: Cursor,
    ) -> Result<Beginning, TooOld> {
        let live = self.live();
        let missed = match (live.after(subject, after, MOST_AT_ONCE), subject) {
            (Ok(missed), _) => missed,
            // What is not kept any more was about others.
            (Err(TooOld), Subject::Parcels(keys)) if live.is_unchanged(keys, after).await => {
                return Ok(Beginning::at(end));
            }
            (Err(TooOld), _) => {
                live.note_lagged();
                return Err(TooOld);
            }
        };
        let end = missed.end;
        Ok(Beginning {
            sights: missed.events.into_iter().map(Sight::Event).collect(),
            has_more: missed.has_more,
            // He may have been told more elsewhere.
            ..Beginning::at(if after.position > end.position {
                *after
            } else {
                end
            })
        })
    }

    /// How parcels stand, and what of it was seen.
    pub async fn snapshots(&self, usage: &Usage, keys: &[TrackingKey]) -> Beginning {
        let asks: Vec<_> = keys.iter().cloned().map(Ask::usual).collect();
        let outcomes = self.look_up(usage, &asks).await;
        let records = &self.calls.records;
        // From what is shown on every change has to be an event.
        keys.iter().for_each(|key| records.observe_known(key));
        records.live.settled(keys).await;
        let mut beginning = Beginning::at(self.live().end().await);
        let mut failed = Vec::new();
        for (key, outcome) in keys.iter().zip(outcomes) {
            let outcome = outcome.map(|reading| records.newest(reading));
            match &outcome {
                Ok(reading) => beginning.seen.note(self.live(), reading),
                // If it comes into the account that is an event.
                Err(TrackerError::NotFound(_)) => {}
                Err(_) => failed.push(key.clone()),
            }
            beginning.sights.push(Sight::Snapshot(key.clone(), outcome));
        }
        beginning.failed = Some(failed);
        beginning
    }

    /// Follows a subject from here on.
    pub fn follow(&self, subject: Arc<Subject>) -> Follower {
        self.live().follow(subject)
    }

    /// The log of events.
    pub fn live(&self) -> &Live {
        &self.calls.records.live
    }
}

impl Beginning {
    fn at(end: Cursor) -> Self {
        Self {
            sights: Vec::new(),
            end,
            has_more: false,
            seen: Seen::default(),
            failed: None,
        }
    }
}

/// The tracking as an event left it; `None` if it is gone.
pub fn reading_of(event: &Event) -> Option<Reading> {
    let tracking = event.known.tracking.clone()?;
    Some(Reading::of(&entry(&event.known), tracking))
}
