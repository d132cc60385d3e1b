//! The right to make one call.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::NoTurn;
use super::desk::Desk;
use super::ledger::Ticket;
use super::limits::PUNCTUAL;
use super::progress::Progress;
use crate::model::ClientId;

/// How many turns a call uses up at the most that cannot leave in time.
const MOST_TURNS: usize = 3;

/// How long another turn is waited for.
const RENEWED_WITHIN: Duration = Duration::from_secs(5);

/// By whose ledger a turn was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Giver {
    /// This process's.
    Local,
    /// That of all replicas.
    Fleet,
}

/// One call may leave now. As long as this lives the call counts as being on its way.
#[derive(Debug)]
pub struct Turn {
    desk: Arc<Desk>,
    ticket: Ticket,
    giver: Giver,
    given: Instant,
}

impl Turn {
    pub(super) fn new(desk: Arc<Desk>, ticket: Ticket, giver: Giver, given: Instant) -> Self {
        desk.note_given();
        Self {
            desk,
            ticket,
            giver,
            given,
        }
    }

    /// When it was given; the call leaves at this moment or later.
    pub fn given(&self) -> Instant {
        self.given
    }

    /// Makes the call. One that leaves later than it was let through counts from when it leaves; if the others cannot be told,
    /// it waits for another turn. Without one nothing was sent.
    pub async fn spent_on<T>(mut self, call: impl Future<Output = T>) -> Result<T, NoTurn> {
        for _ in 0..MOST_TURNS {
            if self.given.elapsed() > PUNCTUAL {
                match self.desk.tell_late(self.ticket, self.giver).await {
                    Some(given) => self.given = given,
                    None => {
                        self = self.renewed().await?;
                        continue;
                    }
                }
            }
            self.desk.note_left(self.ticket, self.giver);
            self.desk.tally.left(self.ticket.lane);
            return Ok(call.await);
        }
        let retry_after = RENEWED_WITHIN;
        Err(NoTurn::Full { retry_after })
    }

    async fn renewed(self) -> Result<Self, NoTurn> {
        let (desk, lane) = (self.desk.clone(), self.ticket.lane);
        drop(self);
        let (client, progress) = (ClientId::default(), Progress::default());
        tokio::select! {
            biased;
            retry_after = desk.closed() => Err(NoTurn::Closed { retry_after }),
            turn = desk.turn(lane, &client, RENEWED_WITHIN, &progress) => turn,
            () = sleep(RENEWED_WITHIN) => Err(NoTurn::Full { retry_after: RENEWED_WITHIN }),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.desk.answered(self.ticket, self.giver);
    }
}
