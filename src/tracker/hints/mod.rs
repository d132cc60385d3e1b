//! What the upstream tells by itself.
//!
//! Its messages are signed, but the signature does not cover what they say. So a message is a hint: what it says is shown
//! as such, its parcel joins the next list call, and what the list says counts.

mod alarm;
mod claims;
mod counts;
mod hearing;
mod intake;
mod seals;
mod trust;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Tracker;
use crate::receipts::Receipts;
use crate::upstream::{MAX_NUMBERS, Signer};

pub use counts::HintCounts;
pub use intake::{PushError, Taken};

use alarm::Alarm;
use counts::Counts;
use hearing::Docket;
use intake::Intake;
use seals::Seals;
use trust::Trust;
use work::{Desk, Work};

/// How many messages may wait to be handled.
const MAX_WAITING: usize = 10_000;

/// How many parcels that are known wait for the list. A list call that leaves every second needs four minutes for them.
const MAX_KNOWN: usize = 10_000;

/// How many of them are asked for at once: as many as ten calls carry.
const MAX_KNOWN_ASKED: usize = 10 * MAX_NUMBERS;

/// How many parcels wait of which nothing is known but what messages say. They have a line of their own, because anybody who
/// has seen a message can invent them; no more of them are asked for at once than one call carries.
const MAX_STRANGERS: usize = 2_000;

/// How long the seal of a message is known after the message would be too old, because it may be signed ahead of its time.
const AHEAD: Duration = Duration::from_secs(10 * 60);

/// Whose messages are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSettings {
    /// Who signs them.
    pub signer: Signer,
    /// How old a message may be.
    pub tolerance: Duration,
}

/// The way of messages from the door to what is known.
#[derive(Debug)]
pub(super) struct Hints {
    intake: Intake,
    counts: Arc<Counts>,
    /// It ends with this.
    _work: Work,
}

impl Tracker {
    /// Takes messages of the upstream from now on.
    pub fn taking_pushes(mut self, settings: PushSettings, receipts: Receipts) -> Self {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let counts = Arc::new(Counts::default());
        let alarm = Arc::new(Alarm::default());
        let kept = settings.tolerance.saturating_add(AHEAD);
        let desk = Desk {
            calls: self.calls.clone(),
            coalescer: self.coalescer.clone(),
            receipts: receipts.clone(),
            rounds: self.rounds.clone(),
            counts: counts.clone(),
            alarm: alarm.clone(),
            trust: Trust::default(),
            known: Docket::new(MAX_KNOWN, MAX_KNOWN_ASKED),
            strangers: Docket::new(MAX_STRANGERS, MAX_NUMBERS),
        };
        self.hints = Some(Hints {
            intake: Intake {
                settings,
                receipts,
                seals: Seals::new(kept),
                alarm,
                queue,
            },
            counts,
            _work: Work::start(desk, waiting),
        });
        self
    }

    /// Takes in what is said to be a message of the upstream. It is handled later; nothing is waited for here.
    pub fn push(&self, body: &[u8]) -> Result<Taken, PushError> {
        match &self.hints {
            Some(hints) => hints.intake.take(body),
            None => Err(PushError::NotSetUp),
        }
    }

    /// Whether messages of the upstream are taken.
    pub fn takes_pushes(&self) -> bool {
        self.hints.is_some()
    }

    /// Ready when what is known here is told to all: the messages that were taken, and what was observed. While Redis is away
    /// nobody waits for it.
    pub async fn all_told(&self) {
        if let Some(hints) = &self.hints {
            hints.intake.is_empty().await;
        }
        self.live().all_settled().await;
    }

    /// What became of messages so far; `None` if none are taken.
    pub fn hint_counts(&self) -> Option<HintCounts> {
        self.hints.as_ref().map(|hints| hints.counts.so_far())
    }
}
