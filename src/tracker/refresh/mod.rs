//! Asking a courier now, which costs quota and a scarce turn.
//!
//! The work runs in a task of its own, one for each parcel on each replica. Who asks follows it for as long as he likes, and
//! gets a ticket with which its end can be found on every replica.

mod attempt;
mod courier;
mod end;
mod ticket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use super::coalescer::Coalescer;
use super::lookup::Lookup;
use super::records::Reading;
use super::{Calls, TrackerError, Usage};
use crate::cooldown::Cooldown;
use crate::model::{RealtimeOptions, TrackingKey};
use crate::telemetry::{self, Span, carried};

use attempt::Attempt;

pub(super) use ticket::calendar;
pub use ticket::{Refresh, RefreshTicket, TicketReason};

/// What became of a refresh.
#[derive(Debug, Clone)]
pub(super) enum Refreshed {
    /// The courier was asked.
    Asked(Box<Reading>),
    /// The courier was asked about this parcel a short while ago and may not be asked again before then.
    CoolingDown {
        /// When he may be.
        until: Instant,
    },
}

/// How far the work on a parcel is.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// Nothing is known yet.
    Beginning,
    /// It waits for its turn: behind so many, until then, as far as that is known.
    Queued {
        position: Option<usize>,
        until: Option<Instant>,
    },
    /// The courier is being asked.
    Asking,
    /// It has ended.
    Over(Result<Refreshed, TrackerError>),
}

/// The work that is under way for each parcel.
#[derive(Debug, Default)]
struct UnderWay(Mutex<HashMap<TrackingKey, watch::Receiver<Stage>>>);

impl UnderWay {
    fn stages(&self) -> MutexGuard<'_, HashMap<TrackingKey, watch::Receiver<Stage>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Realtime calls: one at a time for a parcel, and none during its cooldown.
#[derive(Debug)]
pub(super) struct Refreshes {
    pub(super) cooldown: Cooldown,
    under_way: Arc<UnderWay>,
}

impl Refreshes {
    pub(super) fn new(cooldown: Cooldown) -> Self {
        Self {
            cooldown,
            under_way: Arc::default(),
        }
    }

    /// Begins to ask the courier, or joins those who are at it already, whatever they tell him along.
    fn begin(
        &self,
        calls: &Calls,
        coalescer: &Coalescer<Lookup>,
        key: &TrackingKey,
        options: &RealtimeOptions,
        usage: &Arc<Usage>,
    ) -> watch::Receiver<Stage> {
        let mut stages = self.under_way.stages();
        if let Some(stage) = stages.get(key) {
            return stage.clone();
        }
        let (sender, receiver) = watch::channel(Stage::Beginning);
        stages.insert(key.clone(), receiver.clone());
        let place = Place {
            under_way: self.under_way.clone(),
            key: key.clone(),
        };
        let attempt = Attempt {
            cooldown: self.cooldown.clone(),
            calls: calls.clone(),
            coalescer: coalescer.clone(),
            key: key.clone(),
            options: options.clone(),
            usage: usage.clone(),
            asked: Instant::now(),
            stage: sender,
        };
        tokio::spawn(carried(async move {
            let span = Span::begin(telemetry::Kind::Internal, || "refresh".into());
            let outcome = span.around(attempt.run()).await;
            drop(span);
            // Who comes from now on begins anew, and who was there sees how it ended.
            drop(place);
            attempt.stage.send_replace(Stage::Over(outcome));
        }));
        receiver
    }

    /// The work on a parcel that is under way on this replica.
    fn under_way(&self, key: &TrackingKey) -> Option<watch::Receiver<Stage>> {
        self.under_way.stages().get(key).cloned()
    }
}

/// A parcel's place among what is under way, also if the work breaks off.
struct Place {
    under_way: Arc<UnderWay>,
    key: TrackingKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.under_way.stages().remove(&self.key);
    }
}

/// Waits for a stage at which the work is, or for its end.
async fn reached(
    stages: &mut watch::Receiver<Stage>,
    is_reached: impl Fn(&Stage) -> bool,
) -> Stage {
    if let Ok(stage) = stages.wait_for(is_reached).await {
        return stage.clone();
    }
    match &*stages.borrow() {
        over @ Stage::Over(_) => over.clone(),
        _ => Stage::Over(Err(TrackerError::BrokenOff)),
    }
}
