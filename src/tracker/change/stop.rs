//! Having the upstream leave trackings alone.

use std::sync::Arc;

use tokio::time::Instant;

use super::notes::Notes;
use super::revision::{Changed, Revised, Revision};
use super::row::{Told, Write};
use super::writer::Writer;
use crate::model::{Tracking, TrackingKey};
use crate::tracker::{Tracker, TrackerError, Usage};
use crate::upstream::{Call, Client, Error, RowOutcome};

/// A tracking about which carriers are asked no more.
#[derive(Debug, Clone)]
pub(in crate::tracker) struct Stop(TrackingKey);

impl Tracker {
    /// Has the upstream stop asking carriers about these trackings. Nothing is documented to turn that on again.
    pub async fn stop_updating(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        keys: Vec<TrackingKey>,
    ) -> Vec<Result<Changed, TrackerError>> {
        let rows = keys.into_iter().map(Stop).collect();
        self.write_many(usage, rows).await
    }
}

impl Revision for Stop {
    fn revise(&self, known: &Tracking, _: Option<&Tracking>) -> Tracking {
        known.stopped()
    }
}

impl Write for Stop {
    type Done = Revised;
    type Outcome = Changed;
    const CALL: Call = Call::StopUpdating;

    fn key(&self) -> &TrackingKey {
        &self.0
    }

    fn writer<'a>(tracker: &'a Tracker, _: &[Self]) -> &'a Writer<Self> {
        &tracker.stops
    }

    async fn send_alone(&self, client: &Client) -> Result<RowOutcome, Error> {
        // There is no call for one.
        let told = client.stop_updating(std::slice::from_ref(&self.0)).await?;
        Ok(told.into_iter().next().unwrap_or(RowOutcome::Unaccounted))
    }

    async fn send_together(client: &Client, rows: Vec<Self>) -> Result<Vec<RowOutcome>, Error> {
        let keys: Vec<_> = rows.into_iter().map(|Self(key)| key).collect();
        client.stop_updating(&keys).await
    }

    fn noted(&self, notes: &Notes, told: Told, _: Instant) -> Result<Revised, TrackerError> {
        notes.known_by(&self.0, told)?;
        Ok(self.revised(notes, None))
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
