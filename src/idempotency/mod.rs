//! The first outcomes of operations, kept by the keys that clients give them: the same key gives the same outcome.
//!
//! It knows neither how operations arrive nor what they are: it keeps bytes. Without a Redis, and while it is away, a
//! process remembers for itself.

mod claim;
mod fleet;
mod key;
mod memory;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::current::Dial;
use crate::redis_link::Link;

pub use claim::Claim;
pub use key::{Content, InvalidKey, Key, Name};

use fleet::{Fleet, Standing};
use memory::{Memory, Seen, Slot};

/// For how long an outcome is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest answer that is kept, in bytes.
pub const MAX_ANSWER: usize = 1024 * 1024;

/// What is known under a key. Clones share it.
#[derive(Debug, Clone)]
pub struct Outcomes {
    memory: Memory,
    fleet: Option<Arc<Fleet>>,
    /// How long a twin waits for the first.
    patience: Dial,
}

/// What is to be done with an operation.
#[derive(Debug)]
pub enum Begun {
    /// It is the first with its key: it is done, and the claim told what became of it.
    First(Claim),
    /// It was done, and this was its answer.
    Replay(Arc<[u8]>),
    /// It was done, and its answer was larger than is kept.
    TooLarge,
    /// It was begun by somebody who is gone, so that nobody knows whether it was done.
    Unknown,
    /// The key was given to another operation.
    Other,
    /// The first is still at work after all the patience.
    Busy,
}

/// What became of an operation.
#[derive(Clone, PartialEq, Eq)]
enum Outcome {
    Answer(Arc<[u8]>),
    TooLarge,
    BrokenOff,
}

impl Outcomes {
    /// Remembered by this process alone.
    pub fn in_memory(patience: impl Into<Dial>) -> Self {
        Self {
            memory: Memory::default(),
            fleet: None,
            patience: patience.into(),
        }
    }

    /// Remembered by all replicas of the account.
    pub fn in_fleet(patience: impl Into<Dial>, link: Link) -> Self {
        Self {
            fleet: Some(Arc::new(Fleet::new(link))),
            ..Self::in_memory(patience)
        }
    }

    /// Begins an operation. Who comes while the first is at work waits for its outcome, but not for ever.
    pub async fn begin(&self, name: Name, content: Content) -> Begun {
        let end = Instant::now() + self.patience.get();
        loop {
            match self.memory.claim(name, content) {
                Seen::Free(slot) => return self.begin_for_all(slot, end).await,
                Seen::Kept(outcome) => return outcome.into(),
                Seen::Other => return Begun::Other,
                // It ends with an outcome, or leaves the key to the next.
                Seen::Working(mut ended) => {
                    if timeout_at(end, ended.changed()).await.is_err() {
                        return Begun::Busy;
                    }
                }
            }
        }
    }

    /// What is free here may be known to the others.
    async fn begin_for_all(&self, slot: Slot, end: Instant) -> Begun {
        let Some(fleet) = &self.fleet else {
            return Begun::First(Claim::new(slot, None));
        };
        match fleet.begin(slot.name(), slot.content(), end).await {
            Standing::Ours(lease) => Begun::First(Claim::new(slot, lease)),
            Standing::Kept(outcome) => {
                slot.keep(outcome.clone());
                outcome.into()
            }
            Standing::Unknown => Begun::Unknown,
            Standing::Other => Begun::Other,
            Standing::Working => Begun::Busy,
        }
    }
}

impl Outcome {
    fn answered(answer: Vec<u8>) -> Self {
        if answer.len() > MAX_ANSWER {
            Self::TooLarge
        } else {
            Self::Answer(answer.into())
        }
    }
}

impl From<Outcome> for Begun {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Answer(answer) => Self::Replay(answer),
            Outcome::TooLarge => Self::TooLarge,
            Outcome::BrokenOff => Self::Unknown,
        }
    }
}

impl fmt::Debug for Outcome {
    /// Answers hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answer(_) => "Answer(..)",
            Self::TooLarge => "TooLarge",
            Self::BrokenOff => "BrokenOff",
        })
    }
}
