//! What one process remembers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::watch;

use super::{Content, KEPT, Name, Outcome};

/// How many bytes of outcomes are remembered. Beyond that, those go first that were not asked for the longest.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// What an outcome takes besides its answer, in bytes.
const OVERHEAD: usize = 256;

/// What is at work in this process, and what was done. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    room: Arc<Room>,
}

#[derive(Debug)]
struct Room {
    /// One for each operation with a key that is at work, so that connections are its bound.
    working: Mutex<HashMap<Name, Working>>,
    kept: Cache<Name, Kept>,
}

#[derive(Debug)]
struct Working {
    content: Content,
    /// Dropped at the end, which those who wait notice.
    end: watch::Sender<()>,
}

#[derive(Debug, Clone)]
struct Kept {
    content: Content,
    outcome: Outcome,
}

/// What is seen under a key.
#[derive(Debug)]
pub(super) enum Seen {
    /// Nothing, until now: who asked may work.
    Free(Slot),
    /// Somebody works on it; ready when he has ended.
    Working(watch::Receiver<()>),
    /// It was done.
    Kept(Outcome),
    /// It is about another operation.
    Other,
}

/// The place of the one who works under a key. Dropped, it leaves the key free.
#[derive(Debug)]
pub(super) struct Slot {
    room: Arc<Room>,
    name: Name,
    content: Content,
}

impl Default for Memory {
    fn default() -> Self {
        let weigh = |_: &Name, kept: &Kept| {
            let answer = match &kept.outcome {
                Outcome::Answer(answer) => answer.len(),
                Outcome::TooLarge | Outcome::BrokenOff => 0,
            };
            u32::try_from(answer + OVERHEAD).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(weigh)
            .time_to_live(KEPT)
            // The usual policy may turn away what is new.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        let room = Room {
            working: Mutex::default(),
            kept,
        };
        Self {
            room: Arc::new(room),
        }
    }
}

impl Memory {
    /// Takes the key, if it is free.
    pub(super) fn claim(&self, name: Name, content: Content) -> Seen {
        let mut working = self.room.working();
        if let Some(work) = working.get(&name) {
            return match work.content == content {
                true => Seen::Working(work.end.subscribe()),
                false => Seen::Other,
            };
        }
        if let Some(kept) = self.room.kept.get(&name) {
            return match kept.content == content {
                true => Seen::Kept(kept.outcome),
                false => Seen::Other,
            };
        }
        let end = watch::Sender::new(());
        working.insert(name, Working { content, end });
        Seen::Free(Slot {
            room: self.room.clone(),
            name,
            content,
        })
    }
}

impl Slot {
    pub(super) fn name(&self) -> Name {
        self.name
    }

    pub(super) fn content(&self) -> Content {
        self.content
    }

    /// Remembers what became of it, and ends the work.
    pub(super) fn keep(self, outcome: Outcome) {
        let content = self.content;
        self.room.kept.insert(self.name, Kept { content, outcome });
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.room.working().remove(&self.name);
    }
}

impl Room {
    fn working(&self) -> MutexGuard<'_, HashMap<Name, Working>> {
        self.working.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
