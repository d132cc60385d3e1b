//! Taking trackings out of the account.

use std::sync::Arc;

use tokio::time::Instant;

use super::notes::Notes;
use super::row::{Told, Write};
use super::writer::Writer;
use crate::model::TrackingKey;
use crate::tracker::{Tracker, TrackerError, Usage};
use crate::upstream::{Call, Client, Error, RowOutcome};

/// A tracking that is taken out.
#[derive(Debug, Clone)]
pub(in crate::tracker) struct Deletion(TrackingKey);

impl Tracker {
    /// Takes a tracking out of the account. No quota comes back.
    pub async fn delete(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        key: TrackingKey,
    ) -> Result<(), TrackerError> {
        self.write(usage, Deletion(key)).await
    }

    /// Takes trackings out of the account. No quota comes back.
    pub async fn delete_many(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        keys: Vec<TrackingKey>,
    ) -> Vec<Result<(), TrackerError>> {
        let rows = keys.into_iter().map(Deletion).collect();
        self.write_many(usage, rows).await
    }
}

impl Write for Deletion {
    type Done = ();
    type Outcome = ();
    const CALL: Call = Call::DeleteBatch;

    fn key(&self) -> &TrackingKey {
        &self.0
    }

    fn writer<'a>(tracker: &'a Tracker, _: &[Self]) -> &'a Writer<Self> {
        &tracker.deletions
    }

    async fn send_alone(&self, client: &Client) -> Result<RowOutcome, Error> {
        client.delete(&self.0).await?;
        Ok(RowOutcome::Done(None))
    }

    async fn send_together(client: &Client, rows: Vec<Self>) -> Result<Vec<RowOutcome>, Error> {
        let keys: Vec<_> = rows.into_iter().map(|Self(key)| key).collect();
        client.delete_batch(&keys).await
    }

    fn noted(&self, notes: &Notes, told: Told, _: Instant) -> Result<(), TrackerError> {
        notes.known_by(&self.0, told)?;
        notes.deleted(&self.0);
        Ok(())
    }

    async fn completed(
        tracker: &Tracker,
        usage: &Usage,
        rows: &[Self],
        mut done: Vec<Result<(), TrackerError>>,
    ) -> Vec<Result<(), TrackerError>> {
        tracker.look_for_unconfirmed(usage, rows, &mut done).await;
        done
    }
}
