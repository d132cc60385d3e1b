//! Asking a courier now, which costs quota and a scarce turn.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;

use super::coalescer::Coalescer;
use super::freshness::is_fresh;
use super::lookup::Lookup;
use super::records::Outcome;
use super::records::{Reading, answer};
use super::single_flight::SingleFlight;
use super::usage::Departure;
use super::{Calls, TrackerError, Usage};
use crate::model::{RealtimeOptions, Tracking, TrackingKey};
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
    flights: SingleFlight<TrackingKey, Result<Refreshed, TrackerError>>,
}

impl Refreshes {
    pub(super) fn new(cooldown: Duration) -> Self {
        Self {
            cooldown,
            asked: Cache::new(MAX_REMEMBERED),
            flights: SingleFlight::default(),
        }
    }

    /// Asks the courier, or joins those who are asking already, whatever they tell him along.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        calls: &Calls,
        coalescer: &Coalescer<Lookup>,
        key: &TrackingKey,
        options: &RealtimeOptions,
        usage: &Arc<Usage>,
    ) -> Result<Refreshed, TrackerError> {
        let work = || {
            let (this, calls, coalescer) = (self.clone(), calls.clone(), coalescer.clone());
            let (key, options, usage) = (key.clone(), options.clone(), usage.clone());
            async move { this.ask(&calls, &coalescer, key, options, &usage).await }
        };
        let outcome = self.flights.join(key.clone(), work).await;
        outcome.unwrap_or(Err(TrackerError::BrokenOff))
    }

    async fn ask(
        &self,
        calls: &Calls,
        coalescer: &Coalescer<Lookup>,
        key: TrackingKey,
        options: RealtimeOptions,
        usage: &Usage,
    ) -> Result<Refreshed, TrackerError> {
        if let Some(retry_after) = self.cooling_down(&key) {
            return Ok(Refreshed::CoolingDown { retry_after });
        }
        let asked = Instant::now();
        calls.turn(Lane::Realtime).await?;
        usage.add_call(asked, Departure::now());
        usage.add_realtime_call();
        self.asked.insert(key.clone(), Instant::now());
        let answer = calls.client.realtime(&key, &options).await;
        let arrived = Instant::now();
        if answer.as_ref().is_err_and(|error| !error.outcome_unknown()) {
            // Nobody asked the courier, so that nobody has to wait before asking him.
            self.asked.invalidate(&key);
        }
        let answer = calls.heeding_change(answer);
        if matches!(answer, Err(TrackerError::OutcomeUnknown(_))) {
            // The courier's news may have reached the account all the same.
            calls.records.cache.doubt(&key, Instant::now());
        }
        let answer = answer?;
        let answer = answer.ok_or(TrackerError::NotFound(key))?;
        Ok(Refreshed::Asked(
            remember(calls, coalescer, answer, arrived, usage).await,
        ))
    }

    fn cooling_down(&self, key: &TrackingKey) -> Option<Duration> {
        let end = self.asked.get(key)? + self.cooldown;
        end.checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    }
}

/// Completes a realtime answer, which lacks what only the account knows. The service may have corrected the carrier, so the
/// answer's own key counts.
async fn remember(
    calls: &Calls,
    coalescer: &Coalescer<Lookup>,
    answer: Tracking,
    arrived: Instant,
    usage: &Usage,
) -> Reading {
    match known(calls, coalescer, &answer.key, usage).await {
        // What the account knows may have been asked for only now; courier's news that was paid for goes over it.
        Ok(known) => {
            let merged = known.tracking.refreshed_by(&answer);
            calls.records.absorb(merged, arrived.max(known.as_of))
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
            calls.records.absorb_partial(merged, arrived)
        }
    }
}

/// What the account knows of a parcel, from the cache while it is fresh and else by a list call.
async fn known(
    calls: &Calls,
    coalescer: &Coalescer<Lookup>,
    key: &TrackingKey,
    usage: &Usage,
) -> Outcome {
    if let Some(entry) = calls.records.cache.get(key)
        && entry.tracking.is_some()
        && is_fresh(&entry, Instant::now())
    {
        return answer(key, &entry);
    }
    coalescer.fetch_one(key, usage).await
}
