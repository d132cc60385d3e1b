//! A change of a part of a tracking, and the tracking after it.

use std::collections::HashMap;

use tokio::time::Instant;

use super::notes::Notes;
use super::row::Write;
use crate::model::{Tracking, TrackingKey};
use crate::tracker::records::{Outcome, Reading};
use crate::tracker::{Tracker, TrackerError, Urgency, Usage};

/// A tracking that was changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// How it stands, if that can be told.
    pub tracking: Outcome,
}

/// What is known of a tracking that was changed before it is asked for.
#[derive(Debug, Clone)]
pub(in crate::tracker) struct Revised {
    /// When the change was noted.
    at: Instant,
    /// What the answer stated, as far as it is not out of date.
    stated: Option<Box<Tracking>>,
    /// How the tracking stands; `None` if it has to be asked for.
    pub(super) reading: Option<Reading>,
}

/// A change of a part of a tracking.
pub(super) trait Revision: Write<Done = Revised> {
    /// The tracking after the change, of which the answer stated something or nothing.
    fn revise(&self, known: &Tracking, stated: Option<&Tracking>) -> Tracking;

    /// Notes that the change was made.
    fn revised(&self, notes: &Notes, stated: Option<Box<Tracking>>) -> Revised {
        let at = Instant::now();
        notes.change();
        let revise = |known: &Tracking| self.revise(known, stated.as_deref());
        let reading = notes.records.amend(self.key(), at, revise);
        Revised {
            at,
            stated,
            reading,
        }
    }
}

impl Tracker {
    /// Gives the trackings after their changes. Those that are not known, or not after such a change, are asked for, all at
    /// once.
    pub(super) async fn changed<W: Revision>(
        &self,
        usage: &Usage,
        rows: &[W],
        mut done: Vec<Result<Revised, TrackerError>>,
    ) -> Vec<Result<Changed, TrackerError>> {
        self.look_for_unconfirmed(usage, rows, &mut done).await;
        let is_open =
            |done: &Result<Revised, _>| done.as_ref().is_ok_and(|done| done.reading.is_none());
        let mut fetched = self.look_for(usage, rows, &done, is_open).await;
        let outcomes = rows.iter().zip(done).map(|(row, done)| {
            let done = done?;
            let tracking = done.reading.map(Ok).unwrap_or_else(|| {
                let fetched = fetched.remove(row.key());
                let fetched = fetched.unwrap_or(Err(TrackerError::BrokenOff))?;
                let revise = |known: &Tracking| row.revise(known, done.stated.as_deref());
                Ok(self.calls.records.with_change(fetched, done.at, revise))
            });
            Ok(Changed { tracking })
        });
        outcomes.collect()
    }

    /// Looks in the account for what was not confirmed: what does not exist could not be changed.
    pub(super) async fn look_for_unconfirmed<W: Write>(
        &self,
        usage: &Usage,
        rows: &[W],
        done: &mut [Result<W::Done, TrackerError>],
    ) {
        let is_unconfirmed =
            |done: &Result<W::Done, _>| matches!(done, Err(TrackerError::Unconfirmed(_)));
        let found = self.look_for(usage, rows, done, is_unconfirmed).await;
        for (row, done) in rows.iter().zip(done) {
            if let Some(Err(error @ TrackerError::NotFound(_))) = found.get(row.key()) {
                *done = Err(error.clone());
            }
        }
    }

    /// Looks in the account for those of the trackings of which this or that is known.
    pub(super) async fn look_for<W: Write>(
        &self,
        usage: &Usage,
        rows: &[W],
        done: &[Result<W::Done, TrackerError>],
        is_meant: impl Fn(&Result<W::Done, TrackerError>) -> bool,
    ) -> HashMap<TrackingKey, Outcome> {
        let meant = rows.iter().zip(done).filter(|(_, done)| is_meant(done));
        let meant: Vec<_> = meant.map(|(row, _)| row.key().clone()).collect();
        if meant.is_empty() {
            return HashMap::new();
        }
        let found = self.coalescer.fetch(meant, Urgency::Person, usage).await;
        found.into_iter().collect()
    }
}
