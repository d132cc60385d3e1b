//! What can be changed about one tracking.

use std::future::Future;
use std::sync::Arc;

use tokio::time::Instant;

use super::records::Outcome;
use super::usage::{Departure, Usage};
use super::{Fault, Tracker, TrackerError};
use crate::model::{CarrierCode, NewTracking, Tracking, TrackingChanges, TrackingKey};
use crate::throttle::Lane;
use crate::upstream::Call;

/// A tracking that was changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// How it stands, if that can be told.
    pub tracking: Outcome,
}

/// A tracking under its new carrier.
#[derive(Debug, Clone)]
pub struct Moved {
    /// How it is named now.
    pub key: TrackingKey,
    /// How it stands, if that can be told.
    pub tracking: Outcome,
}

impl Tracker {
    /// Adds a tracking to the account, for one quota.
    pub async fn create(self: &Arc<Self>, usage: &Arc<Usage>, new: NewTracking) -> Outcome {
        self.after_turn(usage, |this, usage| async move {
            let created = this.calls.client.create(&new).await;
            let created = this.calls.heeding_change(created);
            if created.as_ref().map_or_else(may_exist, |_| true) {
                this.note_created(&new.key);
            }
            let created = created?.added_as(&new);
            usage.add_quota(Call::Create.quota_per_row().unwrap_or_default());
            Ok(this.calls.records.absorb(created, Instant::now()))
        })
        .await
    }

    /// Changes what the shop wrote on a tracking.
    pub async fn update(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        key: TrackingKey,
        changes: TrackingChanges,
    ) -> Result<Changed, TrackerError> {
        self.after_turn(usage, |this, usage| async move {
            let left = Instant::now();
            let answer = this.calls.client.update(&key, &changes).await;
            let answer = this.calls.heeding_change(answer);
            let answer = this.known_by(&key, answer)?;
            let known = this.calls.records.cache.get(&key);
            let is_overtaken = known.is_some_and(|known| known.as_of > left);
            if is_overtaken || changes.status.is_some() {
                // The answer is of a moment before another change, or the carrier's word counts differently from now on.
                this.note_doubt(&key);
            }
            let change = |known: &Tracking| {
                let changed = known.changed_by(&changes);
                if is_overtaken {
                    changed
                } else {
                    changed.with_metadata_of(&answer)
                }
            };
            Ok(Changed {
                tracking: this.note_changed(&usage, &key, change).await,
            })
        })
        .await
    }

    /// Takes a tracking out of the account. No quota comes back.
    pub async fn delete(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        key: TrackingKey,
    ) -> Result<(), TrackerError> {
        self.after_turn(usage, |this, _| async move {
            let answer = this.calls.client.delete(&key).await;
            let answer = this.calls.heeding_change(answer);
            this.known_by(&key, answer)?;
            this.note_deleted(&key);
            Ok(())
        })
        .await
    }

    /// Has a parcel tracked under another carrier.
    pub async fn change_carrier(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        key: TrackingKey,
        carrier: CarrierCode,
    ) -> Result<Moved, TrackerError> {
        self.after_turn(usage, |this, usage| async move {
            let answer = this.calls.client.change_carrier(&key, &carrier).await;
            let answer = this.calls.heeding_change(answer);
            if matches!(answer, Err(TrackerError::OutcomeUnknown(_))) {
                let number = key.number.clone();
                let carrier = carrier.clone();
                this.note_created(&TrackingKey { carrier, number });
            }
            this.known_by(&key, answer)?;
            this.note_deleted(&key);
            let number = key.number;
            let moved = TrackingKey { carrier, number };
            this.note_created(&moved);
            let mut tracking = this.coalescer.fetch_one(&moved, &usage).await;
            if matches!(tracking, Err(TrackerError::NotFound(_))) {
                // It may have joined a call that had left before the change.
                tracking = this.coalescer.fetch_one(&moved, &usage).await;
            }
            Ok(Moved {
                tracking,
                key: moved,
            })
        })
        .await
    }

    /// Waits for a turn, and then does the work to its end, even if the caller hangs up.
    pub(super) async fn after_turn<T, F>(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        work: impl FnOnce(Arc<Self>, Arc<Usage>) -> F,
    ) -> Result<T, TrackerError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, TrackerError>> + Send + 'static,
    {
        let asked = Instant::now();
        self.calls.turn(Lane::Other).await?;
        usage.add_call(asked, Departure::now());
        let work = tokio::spawn(work(self.clone(), usage.clone()));
        work.await.unwrap_or(Err(TrackerError::BrokenOff))
    }

    /// Notes what was changed of a tracking and gives it. One that is not known is asked for first.
    pub(super) async fn note_changed(
        &self,
        usage: &Usage,
        key: &TrackingKey,
        change: impl Fn(&Tracking) -> Tracking,
    ) -> Outcome {
        let changed = Instant::now();
        self.note_change();
        let records = &self.calls.records;
        if let Some(reading) = records.amend(key, changed, &change) {
            return Ok(reading);
        }
        let fetched = self.coalescer.fetch_one(key, usage).await?;
        Ok(records.with_change(fetched, changed, &change))
    }

    /// Notes that the account has, or may have, a tracking that it did not have before.
    pub(super) fn note_created(&self, key: &TrackingKey) {
        self.note_doubt(key);
    }

    /// Notes that the account does not have a tracking any more.
    pub(super) fn note_deleted(&self, key: &TrackingKey) {
        self.note_change();
        self.note_missing(key);
    }

    fn note_missing(&self, key: &TrackingKey) {
        // The outcome is that there is no such tracking, which is what is noted.
        let _ = self.calls.records.absorb_missing(key, Instant::now());
    }

    /// Notes that lists and figures look different from now on.
    pub(super) fn note_change(&self) {
        self.pages.note_change();
        self.inquiries.note_change();
    }

    /// Notes that something may have become of a tracking, so that who looks at it now is not shown what was known before.
    pub(super) fn note_doubt(&self, key: &TrackingKey) {
        self.note_change();
        self.calls.records.cache.doubt(key, Instant::now());
    }

    /// Passes an answer about a tracking on. That it does not exist, or that something may have become of it, is noted.
    fn known_by<T>(
        &self,
        key: &TrackingKey,
        answer: Result<T, TrackerError>,
    ) -> Result<T, TrackerError> {
        match answer {
            Err(error) if error.fault() == Fault::NotFound => {
                self.note_missing(key);
                Err(TrackerError::NotFound(key.clone()))
            }
            Err(error @ TrackerError::OutcomeUnknown(_)) => {
                self.note_doubt(key);
                Err(error)
            }
            answer => answer,
        }
    }
}

/// Whether a tracking may be there although creating it failed, so that it is wrong to remember that it is not.
pub(super) fn may_exist(error: &TrackerError) -> bool {
    matches!(error, TrackerError::OutcomeUnknown(_)) || error.fault() == Fault::Conflict
}
