//! The work on one parcel, from the claim to the end.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::courier::remember;
use super::end::End;
use super::{Refreshed, Stage};
use crate::cooldown::{Claim, Cooldown, Flight, LOOK_AGAIN, Lost, Spent, Stage as Elsewhere};
use crate::model::{RealtimeOptions, Tracking, TrackingKey};
use crate::throttle::{Lane, NoTurn, Progress, Turn};
use crate::tracker::coalescer::Coalescer;
use crate::tracker::lookup::Lookup;
use crate::tracker::records::Reading;
use crate::tracker::usage::{Departure, Load};
use crate::tracker::{Calls, TrackerError, Usage};
use crate::upstream;

pub(super) struct Attempt {
    pub(super) cooldown: Cooldown,
    pub(super) calls: Calls,
    pub(super) coalescer: Coalescer<Lookup>,
    pub(super) key: TrackingKey,
    pub(super) options: RealtimeOptions,
    pub(super) usage: Arc<Usage>,
    pub(super) asked: Instant,
    pub(super) stage: watch::Sender<Stage>,
}

/// Where a flight has ended.
enum Landing {
    /// At an end.
    Over(Result<Refreshed, TrackerError>),
    /// Before its call left: another replica may have the parcel.
    Back,
}

impl Attempt {
    pub(super) async fn run(&self) -> Result<Refreshed, TrackerError> {
        let ticket = self.cooldown.ticket(&self.key, self.asked);
        let since = ticket.map(|ticket| ticket.since).unwrap_or_default();
        let mut has_waited = false;
        loop {
            let changed = self.cooldown.changed();
            let claim = self.cooldown.claim(&self.key).await;
            // Whoever had the parcel may have said how it ended, and a refusal is not asked for once more by each replica. It
            // is looked for after the claim, because an end that is said between the two would be missed.
            if has_waited && let Some(end) = self.told_end(since).await {
                if let Claim::Granted(flight) = claim {
                    flight.lets_go().await;
                }
                return end.outcome(&self.calls).await;
            }
            match claim {
                Claim::Granted(flight) => match self.fly(flight).await {
                    Landing::Over(outcome) => return outcome,
                    Landing::Back => has_waited = true,
                },
                Claim::CoolingDown { until } => return Ok(Refreshed::CoolingDown { until }),
                Claim::Elsewhere(stage) => {
                    has_waited = true;
                    self.follow(stage);
                    tokio::select! {
                        () = changed => {}
                        () = sleep(LOOK_AGAIN) => {}
                    }
                }
                Claim::NotYet { until } => {
                    self.stage.send_replace(Stage::Queued {
                        position: None,
                        until: Some(until),
                    });
                    sleep_until(until).await;
                }
                Claim::Apart => return self.failed(apart()).await,
            }
        }
    }

    /// What was said of an end since that moment.
    async fn told_end(&self, since: u64) -> Option<End> {
        let said = self.cooldown.end_since(&self.key, since).await?;
        End::read(&said)
    }

    fn follow(&self, stage: Elsewhere) {
        self.stage.send_replace(match stage {
            Elsewhere::Asking => Stage::Asking,
            Elsewhere::Waiting => Stage::Queued {
                position: None,
                until: None,
            },
        });
    }

    /// Ends without a flight, so that those who have tickets learn why.
    async fn failed(&self, error: TrackerError) -> Result<Refreshed, TrackerError> {
        self.cooldown
            .fail(&self.key, &End::failed(&error).write())
            .await;
        Err(error)
    }

    async fn fly(&self, mut flight: Flight) -> Landing {
        let turn = match self.turn().await {
            Ok(turn) => turn,
            Err(error) => {
                let said = End::failed(&error).write();
                flight.ends(Spent::Nothing, &said).await;
                return Landing::Over(Err(error));
            }
        };
        match flight.departs().await {
            Ok(()) => {}
            Err(Lost::ToOthers) => {
                flight.lets_go().await;
                return Landing::Back;
            }
            Err(Lost::Apart) => {
                flight.lets_go().await;
                return Landing::Over(self.failed(apart()).await);
            }
        }
        let answer = match self.call(turn).await {
            Ok(answer) => answer,
            Err(no_turn) => {
                let error = TrackerError::from(no_turn);
                let said = End::failed(&error).write();
                flight.ends(Spent::Nothing, &said).await;
                return Landing::Over(Err(error));
            }
        };
        let spent = match &answer {
            Err(error) if !error.outcome_unknown() => Spent::Nothing,
            _ => Spent::Call,
        };
        let outcome = self.settle(answer).await;
        let said = End::of(&self.calls, &outcome).write();
        flight.ends(spent, &said).await;
        let refreshed = outcome.map(|reading| Refreshed::Asked(Box::new(reading)));
        Landing::Over(refreshed)
    }

    /// Waits for a turn and tells how far it is.
    async fn turn(&self) -> Result<Turn, TrackerError> {
        let (progress, mut waits) = Progress::watched();
        let calls = &self.calls;
        let turn = calls.watched_turn(Lane::Realtime, self.usage.client(), &progress);
        let tell = async {
            while waits.changed().await.is_ok() {
                if let Some(wait) = *waits.borrow_and_update() {
                    self.stage.send_replace(Stage::Queued {
                        position: Some(wait.position),
                        until: Some(wait.until),
                    });
                }
            }
            std::future::pending().await
        };
        tokio::select! {
            turn = turn => turn,
            () = tell => Err(TrackerError::BrokenOff),
        }
    }

    async fn call(&self, turn: Turn) -> Result<Result<Option<Tracking>, upstream::Error>, NoTurn> {
        self.stage.send_replace(Stage::Asking);
        self.usage.add_call(self.asked, Departure::now(Load::One));
        self.usage.add_realtime_call();
        let client = &self.calls.client;
        turn.spent_on(client.realtime(&self.key, &self.options))
            .await
    }

    /// Takes in what the courier said.
    async fn settle(
        &self,
        answer: Result<Option<Tracking>, upstream::Error>,
    ) -> Result<Reading, TrackerError> {
        let arrived = Instant::now();
        let (calls, coalescer) = (&self.calls, &self.coalescer);
        let answer = calls.heeding_change(answer);
        if matches!(answer, Err(TrackerError::OutcomeUnknown(_))) {
            // The courier's news may have reached the account all the same.
            calls.records.cache.doubt(&self.key, Instant::now());
        }
        let answer = answer?;
        let answer = answer.ok_or_else(|| TrackerError::NotFound(self.key.clone()))?;
        let reading = remember(calls, coalescer, answer, arrived, &self.usage).await;
        let key = std::slice::from_ref(&self.key);
        calls.records.settled(key).await;
        Ok(reading)
    }
}

fn apart() -> TrackerError {
    NoTurn::Apart {
        retry_after: LOOK_AGAIN,
    }
    .into()
}
