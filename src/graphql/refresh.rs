//! How a refresh stands, and how it ended.

use async_graphql::{Enum, ID, SimpleObject};
use jiff::Timestamp;

use super::date_time::DateTime;
use super::error::Failure;
use super::outcome::Outcome;
use super::tracking::Tracking;
use super::user_error::{Blame, Path, UserError, UserErrorCode, expected};
use crate::model::whole_seconds;
use crate::tracker::{self, Refresh, TicketReason};

/// Stands for a refresh. Its end is told by the subscription `refreshed`, for 15 minutes and on every server of the account.
#[derive(SimpleObject)]
pub(super) struct RefreshTicket {
    /// What `refreshed` wants to have. It means nothing and cannot be guessed.
    id: ID,
    /// How the refresh stands.
    reason: RefreshReason,
    /// How many realtime calls are in front; null if that is not known, because another server of the account waits for the
    /// same parcel, or if there is nothing to wait for.
    position: Option<usize>,
    /// When its turn will come, as far as can be told; null if that is not known or has come.
    estimated_at: Option<DateTime>,
    /// Until when the carrier is not asked about this parcel again; null if he may be asked now.
    cooldown_until: Option<DateTime>,
}

/// How a refresh stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefreshReason {
    /// It waits for its turn: the account may make only so many realtime calls a second.
    Queued,
    /// The carrier is being asked, which can take a minute.
    AskingCarrier,
    /// The carrier was asked a short while ago and is not asked again yet: what is known is the last result.
    CoolingDown,
    /// The carrier has answered.
    Done,
    /// There is no answer; the error says why.
    Failed,
}

impl From<TicketReason> for RefreshReason {
    fn from(reason: TicketReason) -> Self {
        match reason {
            TicketReason::Queued => Self::Queued,
            TicketReason::AskingCarrier => Self::AskingCarrier,
            TicketReason::CoolingDown => Self::CoolingDown,
            TicketReason::Done => Self::Done,
            TicketReason::Failed => Self::Failed,
        }
    }
}

impl From<tracker::RefreshTicket> for RefreshTicket {
    fn from(ticket: tracker::RefreshTicket) -> Self {
        Self {
            id: ID(ticket.id),
            reason: ticket.reason.into(),
            position: ticket.position,
            estimated_at: ticket.estimated_at.map(DateTime),
            cooldown_until: ticket.cooldown_until.map(DateTime),
        }
    }
}

/// How a refresh ended.
#[derive(SimpleObject)]
pub(super) struct RefreshedPayload {
    /// The tracking as the carrier reports it now, or as it was known before if he gave no answer. Null, with an error that
    /// says why, after a fault.
    tracking: Option<Outcome<Tracking>>,
    /// Why the carrier was not asked or gave no answer; empty if all went well. `field` is an argument of `refreshTracking`.
    user_errors: Vec<UserError>,
    /// How the refresh stands: it has ended.
    ticket: RefreshTicket,
}

impl From<Refresh> for RefreshedPayload {
    fn from(refresh: Refresh) -> Self {
        let mut user_errors = Vec::from_iter(cooling_down(&refresh));
        let known = refresh
            .reading
            .map(|reading| Outcome::Value(Tracking::from(reading)));
        let failure = refresh.error.map(failed);
        let tracking = match failure {
            None => known,
            Some(Ok(error)) => {
                user_errors.push(error);
                known
            }
            Some(Err(failure)) => Some(Outcome::Failed(failure)),
        };
        Self {
            tracking,
            user_errors,
            ticket: refresh.ticket.into(),
        }
    }
}

/// That the carrier was not asked, if he was not.
pub(super) fn cooling_down(refresh: &Refresh) -> Option<UserError> {
    if refresh.ticket.reason != TicketReason::CoolingDown {
        return None;
    }
    let until = refresh.ticket.cooldown_until.unwrap_or_default();
    let left = until.duration_since(Timestamp::now());
    let left = left.try_into().unwrap_or_default();
    let message = format!(
        "the carrier was asked about this parcel a short while ago; ask again in {} s",
        whole_seconds(left)
    );
    let error = UserError::new(Path::to("ref"), UserErrorCode::CoolingDown, message);
    Some(error.with_retry_after(left))
}

/// What a failed refresh tells: what a person can mend, or a fault.
pub(super) fn failed(error: tracker::TrackerError) -> Result<UserError, Failure> {
    expected(error, Blame::reference(Path::to("ref")))
}
