//! Asking a courier now, which costs quota and a scarce turn.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;

use super::coalescer::Coalescer;
use super::desk::Outcome;
use super::freshness::is_fresh;
use super::records::Reading;
use super::single_flight::SingleFlight;
use super::{Calls, TrackerError, Urgency};
use crate::model::{Tracking, TrackingKey};
use crate::throttle::Lane;

/// For how many parcels the last realtime call is remembered.
const MAX_REMEMBERED: u64 = 100_000;

/// What became of a refresh.
#[derive(Debug, Clone)]
pub enum Refreshed {
    /// The courier was asked.
    Asked(Reading),
    /// The courier was asked about this parcel a short while ago and may not be asked again yet.
    CoolingDown {
        /// When he may be.
        retry_after: Duration,
    },
}

/// Realtime calls: one at a time for a parcel, and none during its cooldown.
#[derive(Debug)]
pub(super) struct Refreshes {
    cooldown: Duration,
    asked: Cache<TrackingKey, Instant>,
    flights: SingleFlight<TrackingKey, Outcome>,
}

impl Refreshes {
    pub(super) fn new(cooldown: Duration) -> Self {
        Self {
            cooldown,
            asked: Cache::new(MAX_REMEMBERED),
            flights: SingleFlight::default(),
        }
    }

    /// Asks the courier, or joins those who are asking already.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        calls: &Calls,
        coalescer: &Coalescer,
        key: &TrackingKey,
    ) -> Result<Refreshed, TrackerError> {
        if !self.flights.is_flying(key)
            && let Some(asked) = self.asked.get(key)
            && let Some(retry_after) =
                (asked + self.cooldown).checked_duration_since(Instant::now())
            && !retry_after.is_zero()
        {
            return Ok(Refreshed::CoolingDown { retry_after });
        }
        let work = || {
            let (this, calls, coalescer, key) =
                (self.clone(), calls.clone(), coalescer.clone(), key.clone());
            async move { this.ask(&calls, &coalescer, key).await }
        };
        let outcome = self.flights.join(key.clone(), work).await;
        Ok(Refreshed::Asked(
            outcome.unwrap_or(Err(TrackerError::BrokenOff))?,
        ))
    }

    async fn ask(&self, calls: &Calls, coalescer: &Coalescer, key: TrackingKey) -> Outcome {
        calls.turn(Lane::Realtime).await?;
        self.asked.insert(key.clone(), Instant::now());
        let answer = calls.client.realtime(&key).await;
        if answer.as_ref().is_err_and(|error| !error.outcome_unknown()) {
            // Nobody asked the courier, so that nobody has to wait before asking him.
            self.asked.invalidate(&key);
        }
        let answer = calls.heeding_quota(answer)?;
        let answer = answer.ok_or_else(|| TrackerError::NotFound(key.clone()))?;
        Ok(remember(calls, coalescer, answer).await)
    }
}

/// Completes a realtime answer, which lacks what only the account knows. The service may have corrected the carrier, so the
/// answer's own key counts.
async fn remember(calls: &Calls, coalescer: &Coalescer, answer: Tracking) -> Reading {
    match known(calls, coalescer, &answer.key).await {
        Ok(known) => {
            let merged = known.refreshed_by(&answer);
            calls.records.absorb(merged, Instant::now())
        }
        // The account does not hold this parcel: the answer is passed on, but not remembered as one of its trackings.
        Err(TrackerError::NotFound(_)) => Reading::just_fetched(answer),
        // The answer was paid for and is not thrown away, but what the account knows has to be asked for again.
        Err(_) => {
            let entry = calls.records.cache.get(&answer.key);
            let merged = match entry.and_then(|entry| entry.tracking) {
                Some(old) => old.refreshed_by(&answer),
                None => answer,
            };
            calls.records.absorb_partial(merged, Instant::now())
        }
    }
}

/// What the account knows of a parcel, from the cache while it is fresh and else by a list call.
async fn known(
    calls: &Calls,
    coalescer: &Coalescer,
    key: &TrackingKey,
) -> Result<Arc<Tracking>, TrackerError> {
    let entry = calls.records.cache.get(key);
    let fresh = entry.filter(|entry| is_fresh(entry, Instant::now()));
    if let Some(tracking) = fresh.and_then(|entry| entry.tracking) {
        return Ok(tracking);
    }
    let fetched = coalescer.fetch(vec![key.clone()], Urgency::Person).await;
    let outcome = fetched.into_iter().next().map(|(_, outcome)| outcome);
    Ok(outcome.unwrap_or(Err(TrackerError::BrokenOff))?.tracking)
}
