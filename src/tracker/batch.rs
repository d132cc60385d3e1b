//! What can be changed about many trackings: forty rows a call, and an outcome for each row.

use std::collections::HashMap;
use std::future::Future;
use std::iter::repeat_n;
use std::sync::Arc;

use tokio::time::Instant;

use super::change::{Changed, may_exist};
use super::records::Outcome;
use super::usage::Usage;
use super::{Fault, Tracker, TrackerError, Urgency};
use crate::model::{NewTracking, Status, StatusOverride, Tracking, TrackingChanges, TrackingKey};
use crate::upstream::{Call, Error, MAX_ROWS, RowOutcome};

/// What the upstream says of a row: done, with the tracking if it tells of it, or why not.
type Row = Result<Option<Box<Tracking>>, TrackerError>;

/// No two rows of a list may be about the same tracking. What the upstream carries out but does not confirm is looked up
/// in the account.
impl Tracker {
    /// Adds trackings to the account, for one quota each.
    pub async fn create_many(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<NewTracking>,
    ) -> Vec<Outcome> {
        self.in_batches(usage, rows, |this, usage, rows| async move {
            let answer = this.calls.client.create_batch(&rows).await;
            let answer = this.calls.heeding_change(answer);
            let keys: Vec<_> = rows.iter().map(|new| new.key.clone()).collect();
            if answer.as_ref().is_err_and(may_exist) {
                keys.iter().for_each(|key| this.note_created(key));
            }
            let mut told = told(Call::CreateBatch, &keys, answer?);
            for (new, row) in rows.iter().zip(&mut told) {
                if let Ok(Some(created)) = row {
                    **created = created.added_as(new);
                }
            }
            Ok(this.created(&usage, &keys, told).await)
        })
        .await
    }

    /// Changes what the shop wrote on trackings.
    pub async fn update_many(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<(TrackingKey, TrackingChanges)>,
    ) -> Vec<Result<Changed, TrackerError>> {
        self.in_batches(usage, rows, |this, usage, rows| async move {
            let answer = this.calls.client.update_batch(&rows).await;
            let answer = this.calls.heeding_change(answer);
            let keys: Vec<_> = rows.iter().map(|(key, _)| key.clone()).collect();
            let answer = this.known_of(&keys, answer)?;
            let changes: HashMap<_, _> = rows.into_iter().collect();
            let rows = told(Call::UpdateBatch, &keys, answer);
            let change = |known: &Tracking| known.changed_by(&changes[&known.key]);
            // What the carrier says in place of a status that was set by hand has to be asked for.
            let is_told =
                |key: &TrackingKey| changes[key].status != Some(StatusOverride::Automatic);
            let overridden = keys.iter().filter(|key| changes[key].status.is_some());
            overridden.for_each(|key| this.note_doubt(key));
            Ok(this.changed(&usage, &keys, rows, change, is_told).await)
        })
        .await
    }

    /// Has the upstream stop asking carriers about these trackings. Nothing is documented to turn that on again.
    pub async fn stop_updating(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        keys: Vec<TrackingKey>,
    ) -> Vec<Result<Changed, TrackerError>> {
        self.in_batches(usage, keys, |this, usage, keys| async move {
            let answer = this.calls.client.stop_updating(&keys).await;
            let answer = this.known_of(&keys, this.calls.heeding_change(answer))?;
            let rows = told(Call::StopUpdating, &keys, answer);
            Ok(this
                .changed(&usage, &keys, rows, Tracking::stopped, |_| true)
                .await)
        })
        .await
    }

    /// Takes trackings out of the account. No quota comes back.
    pub async fn delete_many(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        keys: Vec<TrackingKey>,
    ) -> Vec<Result<(), TrackerError>> {
        self.in_batches(usage, keys, |this, usage, keys| async move {
            let answer = this.calls.client.delete_batch(&keys).await;
            let answer = this.known_of(&keys, this.calls.heeding_change(answer))?;
            let mut rows = told(Call::DeleteBatch, &keys, answer);
            let deleted = keys.iter().zip(&rows).filter(|(_, row)| row.is_ok());
            deleted.for_each(|(key, _)| this.note_deleted(key));
            this.look_for_unconfirmed(&usage, &keys, &mut rows).await;
            Ok(rows.into_iter().map(|row| row.map(drop)).collect())
        })
        .await
    }

    /// Sends rows in full calls, one after the other. When a call fails as a whole, the rest is not sent.
    async fn in_batches<R, T, F>(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<R>,
        send: impl Fn(Arc<Self>, Arc<Usage>, Vec<R>) -> F,
    ) -> Vec<Result<T, TrackerError>>
    where
        T: Send + 'static,
        F: Future<Output = Result<Vec<Result<T, TrackerError>>, TrackerError>> + Send + 'static,
    {
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let batch: Vec<R> = rows.by_ref().take(MAX_ROWS).collect();
            let count = batch.len();
            usage.add_keys(count);
            let answer = self.after_turn(usage, |this, usage| send(this, usage, batch));
            match answer.await {
                Ok(answer) => outcomes.extend(answer),
                Err(error) => {
                    let not_sent = TrackerError::NotSent(Box::new(error.clone()));
                    outcomes.extend(repeat_n(error, count).map(Err));
                    outcomes.extend(repeat_n(not_sent, rows.len()).map(Err));
                    return outcomes;
                }
            }
        }
        outcomes
    }

    /// Passes the answer to a call on. If it is not known what became of it, that is noted of every row.
    fn known_of<T>(
        &self,
        keys: &[TrackingKey],
        answer: Result<T, TrackerError>,
    ) -> Result<T, TrackerError> {
        if matches!(answer, Err(TrackerError::OutcomeUnknown(_))) {
            keys.iter().for_each(|key| self.note_doubt(key));
        }
        answer
    }

    async fn created(&self, usage: &Usage, keys: &[TrackingKey], rows: Vec<Row>) -> Vec<Outcome> {
        let price = Call::CreateBatch.quota_per_row().unwrap_or_default();
        for (key, row) in keys.iter().zip(&rows) {
            if row.as_ref().map_or_else(may_exist, |_| true) {
                self.note_created(key);
            }
            if row.is_ok() {
                usage.add_quota(price);
            }
        }
        let answered = Instant::now();
        let is_untold = |row: &Row| matches!(row, Ok(None) | Err(TrackerError::Unconfirmed(_)));
        let mut found = self.look_for(usage, keys, &rows, is_untold).await;
        let outcomes = keys.iter().zip(rows).map(|(key, row)| match row {
            Ok(Some(tracking)) => Ok(self.calls.records.absorb(*tracking, answered)),
            Ok(None) => found.remove(key).and_then(Result::ok).map_or_else(
                || {
                    // It was confirmed, and new trackings are pending.
                    let bare = Tracking::bare(key.clone(), Status::Pending);
                    Ok(self.calls.records.absorb_partial(bare, answered))
                },
                Ok,
            ),
            Err(error @ TrackerError::Unconfirmed(_)) => {
                found.remove(key).and_then(Result::ok).ok_or(error)
            }
            Err(error) => Err(error),
        });
        outcomes.collect()
    }

    /// Notes what was changed and gives it. Trackings that are not known, or not after such a change, are asked for, all at
    /// once.
    async fn changed(
        &self,
        usage: &Usage,
        keys: &[TrackingKey],
        mut rows: Vec<Row>,
        change: impl Fn(&Tracking) -> Tracking,
        is_told: impl Fn(&TrackingKey) -> bool,
    ) -> Vec<Result<Changed, TrackerError>> {
        let changed = Instant::now();
        self.note_change();
        self.look_for_unconfirmed(usage, keys, &mut rows).await;
        let records = &self.calls.records;
        let mut known = HashMap::new();
        for (key, row) in keys.iter().zip(&rows) {
            if row.is_ok()
                && let Some(reading) = records.amend(key, changed, &change)
                && is_told(key)
            {
                known.insert(key.clone(), Ok(reading));
            }
        }
        let unknown = keys.iter().zip(&rows);
        let unknown = unknown.filter(|(key, row)| row.is_ok() && !known.contains_key(*key));
        let unknown: Vec<_> = unknown.map(|(key, _)| key.clone()).collect();
        let fetched = self.coalescer.fetch(unknown, Urgency::Person, usage).await;
        known.extend(fetched.into_iter().map(|(key, outcome)| {
            let outcome = outcome.map(|fetched| records.with_change(fetched, changed, &change));
            (key, outcome)
        }));
        let outcomes = keys.iter().zip(rows).map(|(key, row)| {
            row?;
            let tracking = known.remove(key);
            Ok(Changed {
                tracking: tracking.unwrap_or(Err(TrackerError::BrokenOff)),
            })
        });
        outcomes.collect()
    }

    /// Looks in the account for what was not confirmed: what does not exist could not be changed.
    async fn look_for_unconfirmed(&self, usage: &Usage, keys: &[TrackingKey], rows: &mut [Row]) {
        let is_unconfirmed = |row: &Row| matches!(row, Err(TrackerError::Unconfirmed(_)));
        let found = self.look_for(usage, keys, rows, is_unconfirmed).await;
        for (key, row) in keys.iter().zip(rows) {
            if let Some(Err(error @ TrackerError::NotFound(_))) = found.get(key) {
                *row = Err(error.clone());
            }
        }
    }

    async fn look_for(
        &self,
        usage: &Usage,
        keys: &[TrackingKey],
        rows: &[Row],
        is_meant: impl Fn(&Row) -> bool,
    ) -> HashMap<TrackingKey, Outcome> {
        let meant = keys.iter().zip(rows).filter(|(_, row)| is_meant(row));
        let meant: Vec<_> = meant.map(|(key, _)| key.clone()).collect();
        if meant.is_empty() {
            return HashMap::new();
        }
        let found = self.coalescer.fetch(meant, Urgency::Person, usage).await;
        found.into_iter().collect()
    }
}

/// What the upstream says of each row.
fn told(call: Call, keys: &[TrackingKey], answer: Vec<RowOutcome>) -> Vec<Row> {
    let rows = keys.iter().zip(answer).map(|(key, outcome)| match outcome {
        RowOutcome::Done(tracking) => Ok(tracking),
        RowOutcome::Unaccounted => Err(TrackerError::Unconfirmed(key.clone())),
        RowOutcome::Refused { code, message } => {
            let error = Error::Refused {
                call,
                code,
                message,
            };
            let error = TrackerError::RowRefused(error);
            match error.fault() {
                Fault::NotFound => Err(TrackerError::NotFound(key.clone())),
                _ => Err(error),
            }
        }
    });
    rows.collect()
}
