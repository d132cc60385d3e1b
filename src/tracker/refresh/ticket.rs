//! What those who ask for a refresh get at once, and how they learn its end.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::end::{End, last_known};
use super::{Refreshed, Stage, reached};
use crate::cooldown::{ENDS_KEPT, InvalidTicket, LOOK_AGAIN, Standing, Ticket};
use crate::model::{RealtimeOptions, TrackingKey};
use crate::throttle::NoTurn;
use crate::tracker::records::Reading;
use crate::tracker::{Tracker, TrackerError, Usage};

/// How long the first word of a refresh is waited for, which is a round trip to Redis or nothing.
const FIRST_WORD: Duration = Duration::from_millis(300);

/// After how long an asking has broken off of which nothing is heard and that nobody has taken over.
const GIVEN_UP: Duration = Duration::from_secs(4);

/// How a refresh stands.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// The tracking as the courier reports it, or as it was last known if he has not answered.
    pub reading: Option<Reading>,
    /// Why it failed.
    pub error: Option<TrackerError>,
    /// With what its end can be found.
    pub ticket: RefreshTicket,
}

/// A ticket, and how the refresh stood when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshTicket {
    /// What clients hand back.
    pub id: String,
    /// How it stands.
    pub reason: TicketReason,
    /// How many realtime calls are in front, if that is known.
    pub position: Option<usize>,
    /// When its turn comes, as far as can be told.
    pub estimated_at: Option<Timestamp>,
    /// Until when the courier may not be asked again; `None` if he may.
    pub cooldown_until: Option<Timestamp>,
}

/// How a refresh stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketReason {
    /// It waits for its turn.
    Queued,
    /// The courier is being asked.
    AskingCarrier,
    /// The courier was asked before and is not asked again yet.
    CoolingDown,
    /// The courier has answered.
    Done,
    /// There is no answer.
    Failed,
}

impl Tracker {
    /// Asks the courier about a parcel, for one turn in the realtime lane and quota. It answers at once, or waits until the
    /// deadline, which is never longer than the server's patience; the work goes on by itself. What fails before that is an
    /// error.
    pub async fn refresh(
        &self,
        usage: &Arc<Usage>,
        key: &TrackingKey,
        options: &RealtimeOptions,
        deadline: Duration,
    ) -> Result<Refresh, TrackerError> {
        let (calls, refreshes) = (&self.calls, &self.refreshes);
        let ticket = refreshes.cooldown.ticket(key, Instant::now());
        let ticket = ticket.ok_or(NoTurn::Apart {
            retry_after: LOOK_AGAIN,
        })?;
        let mut stages = refreshes.begin(calls, &self.coalescer, key, options, usage);
        let is_over = |stage: &Stage| matches!(stage, Stage::Over(_));
        let has_begun = |stage: &Stage| !matches!(stage, Stage::Beginning);
        let over = reached(&mut stages, is_over);
        let stage = match timeout(deadline.min(calls.patience.get()), over).await {
            Ok(over) => over,
            Err(_) => {
                let begun = timeout(FIRST_WORD, reached(&mut stages, has_begun)).await;
                begun.unwrap_or(Stage::Beginning)
            }
        };
        if spends(&stage) {
            usage.commit();
        }
        match stage {
            Stage::Over(Err(error)) => Err(error),
            stage => Ok(self.refresh_at(stage, ticket).await),
        }
    }

    /// Reads a ticket that any replica gave.
    pub fn refresh_ticket(&self, id: &str) -> Result<Ticket, InvalidTicket> {
        self.refreshes.cooldown.read_ticket(id)
    }

    /// Waits for the end of the refresh that a ticket stands for.
    pub async fn refreshed(&self, ticket: Ticket) -> Refresh {
        let end = timeout(ENDS_KEPT, self.end_of(&ticket)).await;
        let stage = end.unwrap_or(Stage::Over(Err(TrackerError::BrokenOff)));
        self.refresh_at(stage, ticket).await
    }

    async fn end_of(&self, ticket: &Ticket) -> Stage {
        let (cooldown, key) = (&self.refreshes.cooldown, &ticket.key);
        let mut nobody_since = None;
        loop {
            let changed = cooldown.changed();
            if let Some(over) = self.told_end_of(ticket).await {
                return over;
            }
            if let Some(mut stages) = self.refreshes.under_way(key) {
                return reached(&mut stages, |stage| matches!(stage, Stage::Over(_))).await;
            }
            match cooldown.look(key).await {
                Some(Standing::CoolingDown) => {
                    // It may have been told meanwhile.
                    let told = self.told_end_of(ticket).await;
                    let until = cooldown.until(key).unwrap_or_else(Instant::now);
                    let cooling = Stage::Over(Ok(Refreshed::CoolingDown { until }));
                    return told.unwrap_or(cooling);
                }
                Some(Standing::Free) => {
                    let since = *nobody_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > GIVEN_UP {
                        return Stage::Over(Err(TrackerError::BrokenOff));
                    }
                }
                Some(Standing::Flying) | None => nobody_since = None,
            }
            tokio::select! {
                () = changed => {}
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// How it ended, if somebody has told.
    async fn told_end_of(&self, ticket: &Ticket) -> Option<Stage> {
        let key = &ticket.key;
        let said = self.refreshes.cooldown.end_since(key, ticket.since).await?;
        let end = End::read(&said)?;
        Some(Stage::Over(end.outcome(&self.calls).await))
    }

    /// What is said of a refresh at some stage.
    async fn refresh_at(&self, stage: Stage, ticket: Ticket) -> Refresh {
        let mut told = RefreshTicket {
            id: ticket.id,
            reason: TicketReason::Queued,
            position: None,
            estimated_at: None,
            cooldown_until: None,
        };
        let (mut reading, mut error) = (None, None);
        match stage {
            Stage::Beginning => {}
            Stage::Queued { position, until } => {
                told.position = position;
                told.estimated_at = until.map(calendar);
            }
            Stage::Asking => {
                told.reason = TicketReason::AskingCarrier;
                told.position = Some(0);
            }
            Stage::Over(Ok(Refreshed::Asked(answer))) => {
                told.reason = TicketReason::Done;
                reading = Some(*answer);
            }
            Stage::Over(Ok(Refreshed::CoolingDown { until })) => {
                told.reason = TicketReason::CoolingDown;
                told.cooldown_until = Some(calendar(until));
            }
            Stage::Over(Err(failure)) => {
                told.reason = TicketReason::Failed;
                error = Some(failure);
            }
        }
        if told.cooldown_until.is_none() {
            told.cooldown_until = self.realtime_allowed_at(&ticket.key);
        }
        if reading.is_none() {
            reading = last_known(&self.calls, &ticket.key).await;
        }
        Refresh {
            reading,
            error,
            ticket: told,
        }
    }

    /// From when on a refresh may ask the courier about a parcel again; `None` if it may now.
    pub fn realtime_allowed_at(&self, key: &TrackingKey) -> Option<Timestamp> {
        self.refreshes.cooldown.until(key).map(calendar)
    }
}

/// Whether the courier was or will be asked for somebody who leaves it at this stage, by him or by whom he joined.
fn spends(stage: &Stage) -> bool {
    match stage {
        Stage::Over(Ok(Refreshed::CoolingDown { .. }) | Err(TrackerError::NoTurn(_))) => false,
        Stage::Over(_) | Stage::Beginning | Stage::Queued { .. } | Stage::Asking => true,
    }
}

/// An instant on the calendar.
pub(in crate::tracker) fn calendar(instant: Instant) -> Timestamp {
    let now = Instant::now();
    let (ahead, behind) = (
        instant.saturating_duration_since(now),
        now.saturating_duration_since(instant),
    );
    let at = Timestamp::now();
    let at = at.checked_add(ahead).unwrap_or(Timestamp::MAX);
    at.checked_sub(behind).unwrap_or(Timestamp::MIN)
}
