//! Changing what the shop wrote on trackings.

use std::sync::Arc;

use tokio::time::Instant;

use super::notes::Notes;
use super::revision::{Changed, Revised, Revision};
use super::row::{Told, Write};
use super::writer::Writer;
use crate::model::{Change, StatusOverride, Tracking, TrackingChanges, TrackingKey};
use crate::tracker::{Tracker, TrackerError, Usage};
use crate::upstream::{Call, Client, Error, RowOutcome};

/// A tracking on which something is changed, and what.
#[derive(Debug, Clone)]
pub(in crate::tracker) struct Update {
    key: TrackingKey,
    changes: TrackingChanges,
}

impl Tracker {
    /// Changes what the shop wrote on a tracking.
    pub async fn update(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        key: TrackingKey,
        changes: TrackingChanges,
    ) -> Result<Changed, TrackerError> {
        self.write(usage, Update { key, changes }).await
    }

    /// Changes what the shop wrote on trackings. Customers' phone numbers cannot be changed like this.
    pub async fn update_many(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<(TrackingKey, TrackingChanges)>,
    ) -> Vec<Result<Changed, TrackerError>> {
        let rows = rows.into_iter();
        let rows = rows.map(|(key, changes)| Update { key, changes });
        self.write_many(usage, rows.collect()).await
    }
}

impl Revision for Update {
    fn revise(&self, known: &Tracking, stated: Option<&Tracking>) -> Tracking {
        let changed = known.changed_by(&self.changes);
        match stated {
            Some(stated) => changed.with_metadata_of(stated),
            None => changed,
        }
    }
}

impl Write for Update {
    type Done = Revised;
    type Outcome = Changed;
    const CALL: Call = Call::UpdateBatch;

    fn key(&self) -> &TrackingKey {
        &self.key
    }

    fn writer<'a>(tracker: &'a Tracker, rows: &[Self]) -> &'a Writer<Self> {
        // The call for many cannot change a phone number.
        let changes_phone = |row: &Self| row.changes.customer_phone != Change::Keep;
        if rows.iter().any(changes_phone) {
            &tracker.phone_updates
        } else {
            &tracker.updates
        }
    }

    async fn send_alone(&self, client: &Client) -> Result<RowOutcome, Error> {
        let updated = client.update(&self.key, &self.changes).await?;
        Ok(RowOutcome::Done(Some(Box::new(updated))))
    }

    async fn send_together(client: &Client, rows: Vec<Self>) -> Result<Vec<RowOutcome>, Error> {
        let rows = rows.into_iter().map(|row| (row.key, row.changes));
        let mut told = client.update_batch(&rows.collect::<Vec<_>>()).await?;
        // What such an answer states is documented nowhere, so that only the confirmation counts.
        for told in &mut told {
            if let RowOutcome::Done(stated) = told {
                *stated = None;
            }
        }
        Ok(told)
    }

    fn noted(&self, notes: &Notes, told: Told, departed: Instant) -> Result<Revised, TrackerError> {
        let stated = notes.known_by(&self.key, told)?;
        let known = notes.records.cache.get(&self.key);
        let is_overtaken = stated.is_some() && known.is_some_and(|known| known.as_of > departed);
        if is_overtaken || self.changes.status.is_some() {
            // The answer is of a moment before another change, or the carrier's word counts differently from now on.
            notes.doubt(&self.key);
        }
        // What the carrier says in place of a status that was set by hand has to be asked for, unless the answer states it.
        let is_open = stated.is_none() && self.changes.status == Some(StatusOverride::Automatic);
        let mut revised = self.revised(notes, stated.filter(|_| !is_overtaken));
        if is_open {
            revised.reading = None;
        }
        Ok(revised)
    }

    async fn completed(
        tracker: &Tracker,
        usage: &Usage,
        rows: &[Self],
        done: Vec<Result<Revised, TrackerError>>,
    ) -> Vec<Result<Changed, TrackerError>> {
        tracker.changed(usage, rows, done).await
    }
}
