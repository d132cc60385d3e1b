//! Giving a tracking another carrier.

use std::sync::Arc;

use tokio::time::Instant;

use crate::model::{CarrierCode, TrackingKey};
use crate::throttle::{Lane, Turn};
use crate::tracker::caller::errand;
use crate::tracker::records::Outcome;
use crate::tracker::usage::{Departure, Load};
use crate::tracker::{Tracker, TrackerError, Usage};

/// A tracking under its new carrier.
#[derive(Debug, Clone)]
pub struct Moved {
    /// How it is named now.
    pub key: TrackingKey,
    /// How it stands, if that can be told.
    pub tracking: Outcome,
}

impl Tracker {
    /// Has a parcel tracked under another carrier. The upstream has no call that does it for many.
    pub async fn change_carrier(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        key: TrackingKey,
        carrier: CarrierCode,
    ) -> Result<Moved, TrackerError> {
        let asked = Instant::now();
        let turn = self.calls.turn(Lane::Other, usage.client()).await?;
        usage.add_call(asked, Departure::now(Load::One));
        let (this, usage) = (self.clone(), usage.clone());
        // From here on it is done to its end, even if the caller hangs up.
        let moved = errand(|_| async move { this.moved(turn, &usage, key, carrier).await });
        moved.await.unwrap_or(Err(TrackerError::BrokenOff))
    }

    async fn moved(
        &self,
        turn: Turn,
        usage: &Usage,
        key: TrackingKey,
        carrier: CarrierCode,
    ) -> Result<Moved, TrackerError> {
        let answer = turn
            .spent_on(self.calls.client.change_carrier(&key, &carrier))
            .await?;
        let answer = self.calls.heeding_change(answer);
        let moved = TrackingKey {
            carrier,
            number: key.number.clone(),
        };
        if answer.as_ref().is_err_and(TrackerError::leaves_a_doubt) {
            self.notes.doubt(&moved);
        }
        self.notes.known_by(&key, answer)?;
        self.notes.deleted(&key);
        self.notes.doubt(&moved);
        let mut tracking = self.coalescer.fetch_one(&moved, usage).await;
        if matches!(tracking, Err(TrackerError::NotFound(_))) {
            // It may have joined a call that had left before the change.
            tracking = self.coalescer.fetch_one(&moved, usage).await;
        }
        let both = [key, moved.clone()];
        self.calls.records.settled(&both).await;
        Ok(Moved {
            tracking,
            key: moved,
        })
    }
}
