//! Adding trackings to the account.

use std::sync::Arc;

use tokio::time::Instant;

use super::notes::Notes;
use super::row::{Told, Write};
use super::writer::Writer;
use crate::model::{NewTracking, Source, Status, Tracking, TrackingKey};
use crate::tracker::records::{Outcome, Reading};
use crate::tracker::{Fault, Tracker, TrackerError, Usage};
use crate::upstream::{Call, Client, Error, RowOutcome};

/// A tracking that is added.
#[derive(Debug, Clone)]
pub(in crate::tracker) struct Creation(NewTracking);

impl Tracker {
    /// Adds a tracking to the account, for one quota.
    pub async fn create(self: &Arc<Self>, usage: &Arc<Usage>, new: NewTracking) -> Outcome {
        self.write(usage, Creation(new)).await
    }

    /// Adds trackings to the account, for one quota each.
    pub async fn create_many(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<NewTracking>,
    ) -> Vec<Outcome> {
        let rows = rows.into_iter().map(Creation).collect();
        self.write_many(usage, rows).await
    }
}

impl Write for Creation {
    /// `None` if it was added, and nothing was told of it.
    type Done = Option<Reading>;
    type Outcome = Reading;
    const CALL: Call = Call::CreateBatch;

    fn key(&self) -> &TrackingKey {
        &self.0.key
    }

    fn writer<'a>(tracker: &'a Tracker, _: &[Self]) -> &'a Writer<Self> {
        &tracker.creations
    }

    async fn send_alone(&self, client: &Client) -> Result<RowOutcome, Error> {
        let created = client.create(&self.0).await?;
        Ok(RowOutcome::Done(Some(Box::new(created))))
    }

    async fn send_together(client: &Client, rows: Vec<Self>) -> Result<Vec<RowOutcome>, Error> {
        let rows: Vec<_> = rows.into_iter().map(|Self(new)| new).collect();
        client.create_batch(&rows).await
    }

    fn noted(
        &self,
        notes: &Notes,
        told: Told,
        _: Instant,
    ) -> Result<Option<Reading>, TrackerError> {
        if told.as_ref().map_or_else(may_exist, |_| true) {
            notes.doubt(self.key());
        }
        Ok(told?.map(|created| {
            let created = created.added_as(&self.0);
            notes
                .records
                .absorb(created, Instant::now(), Source::Created)
        }))
    }

    async fn completed(
        tracker: &Tracker,
        usage: &Usage,
        rows: &[Self],
        done: Vec<Result<Option<Reading>, TrackerError>>,
    ) -> Vec<Outcome> {
        let answered = Instant::now();
        let is_untold =
            |done: &Result<_, _>| matches!(done, Ok(None) | Err(TrackerError::Unconfirmed(_)));
        let mut found = tracker.look_for(usage, rows, &done, is_untold).await;
        let outcomes = rows.iter().zip(done).map(|(row, done)| match done {
            Ok(Some(reading)) => Ok(reading),
            Ok(None) => {
                let found = found.remove(row.key()).and_then(Result::ok);
                Ok(found.unwrap_or_else(|| {
                    // It was confirmed, and new trackings are pending.
                    let bare = Tracking::bare(row.key().clone(), Status::Pending);
                    tracker
                        .calls
                        .records
                        .absorb_partial(bare, answered, Source::Created)
                }))
            }
            Err(error @ TrackerError::Unconfirmed(_)) => {
                let found = found.remove(row.key()).and_then(Result::ok);
                found.ok_or(error)
            }
            Err(error) => Err(error),
        });
        outcomes.collect()
    }
}

/// Whether a tracking may be there although creating it failed, so that it is wrong to remember that it is not.
fn may_exist(error: &TrackerError) -> bool {
    error.leaves_a_doubt() || error.fault() == Fault::Conflict
}
