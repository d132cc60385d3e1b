//! The door for messages: what is wrong with one is known here and at once, so that the upstream learns it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::PushSettings;
use super::alarm::Alarm;
use super::seals::{MAX_PARCELS, Seals};
use crate::model::Tracking;
use crate::receipts::{Receipt, Receipts, Standing};
use crate::upstream::InvalidPush;

/// How far ahead the upstream's clock may be.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// When the upstream may come back where there is no room.
const SOON: Duration = Duration::from_secs(1);

/// A message on its way.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) tracking: Tracking,
    pub(super) receipt: Receipt,
    pub(super) arrived: Instant,
}

/// What becomes of a message that is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It will be handled.
    New,
    /// It came before; nothing happens.
    Repeated,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PushError {
    /// Nobody said who signs messages.
    #[error(
        "no messages are taken here: start with --webhook-email (WEBHOOK_EMAIL), the e-mail with which the account's owner logs in to TrackingMore"
    )]
    NotSetUp,
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// It was signed by somebody else.
    #[error(
        "the signature is not that of this account: compare --webhook-email (WEBHOOK_EMAIL) with the e-mail with which its owner logs in to TrackingMore"
    )]
    Forged,
    /// It was signed too long ago, or in the future.
    #[error(
        "signed {} s {}: older than --webhook-tolerance (WEBHOOK_TOLERANCE), or ahead of this server's clock",
        .age.as_secs().unsigned_abs(),
        if age.is_negative() { "from now" } else { "ago" }
    )]
    Untimely {
        /// How long ago; negative in the future.
        age: SignedDuration,
    },
    /// A message about the same parcel had this signature and said something else.
    #[error("another message about this parcel was signed with this time; this one is not taken")]
    Replayed,
    /// Messages about too many parcels had this signature.
    #[error(
        "messages about {MAX_PARCELS} parcels were signed with this time, and no other parcel's is taken; send it with another one"
    )]
    Worn,
    /// There is no room for more.
    #[error("too many messages wait to be handled; send it again")]
    Overloaded {
        /// When there may be room again.
        retry_after: Duration,
    },
}

#[derive(Debug)]
pub(super) struct Intake {
    pub(super) settings: PushSettings,
    pub(super) receipts: Receipts,
    pub(super) seals: Seals,
    pub(super) alarm: Arc<Alarm>,
    pub(super) queue: mpsc::Sender<Message>,
}

impl Intake {
    /// Ready when no message waits.
    pub(super) async fn is_empty(&self) {
        // Each of the seats in the queue is free then.
        if let Ok(seats) = self.queue.reserve_many(self.queue.max_capacity()).await {
            drop(seats);
        }
    }

    /// Checks a message and puts it into the queue. What finds no room there leaves no receipt, so that it can come again.
    pub(super) fn take(&self, body: &[u8]) -> Result<Taken, PushError> {
        let push = self.settings.signer.open(body)?;
        let age = Timestamp::now().duration_since(push.signed_at);
        let tolerance = SignedDuration::try_from(self.settings.tolerance);
        if age > tolerance.unwrap_or(SignedDuration::MAX) || age < -AHEAD {
            return Err(PushError::Untimely { age });
        }
        let place = self.queue.try_reserve();
        let place = place.map_err(|_| PushError::Overloaded { retry_after: SOON })?;
        let parcel = push.tracking.key.name();
        let name = format!("{} {parcel}", push.signed_at.as_second());
        let receipt = Receipt::of(&name, &push.content);
        if self.seals.is_worn(push.signed_at) && !self.receipts.are_there_of(&receipt) {
            self.alarm.worn(&push.tracking.key);
            return Err(PushError::Worn);
        }
        match self.receipts.note(&receipt) {
            Standing::First => {
                self.seals.use_for_one(push.signed_at);
                place.send(Message {
                    tracking: push.tracking,
                    receipt,
                    arrived: Instant::now(),
                });
                Ok(Taken::New)
            }
            Standing::Repeated => Ok(Taken::Repeated),
            Standing::Other => Err(PushError::Replayed),
        }
    }
}

impl From<InvalidPush> for PushError {
    fn from(invalid: InvalidPush) -> Self {
        match invalid {
            InvalidPush::Malformed(what) => Self::Malformed(what),
            InvalidPush::Forged => Self::Forged,
        }
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
