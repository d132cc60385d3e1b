//! Which view tokens were revoked: known to this process, and to all replicas if they share a Redis.
//!
//! It knows ids and when their tokens end anyway, nothing else. Whoever asks is answered from memory. While Redis is away, what is
//! known here counts here, and the others learn it as soon as it is back.

mod fleet;
mod revision;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use thiserror::Error;

use crate::redis_link::Link;
use fleet::Fleet;

/// How many ids are remembered. Beyond that none is forgotten; the next one is refused.
const MAX_IDS: usize = 100_000;

/// Why a revoked token may still count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotForAll {
    /// Nobody knows what the others have heard.
    #[error(
        "the token is revoked on this replica, and Redis is away: try again, so that all of them know"
    )]
    Away,
    /// There is no room for another one.
    #[error(
        "{MAX_IDS} tokens are revoked already: change the secret of the view tokens, which ends all of them"
    )]
    Full,
}

/// The tokens that were revoked.
pub(super) struct Revocations {
    memory: Memory,
    fleet: Option<Fleet>,
}

impl Revocations {
    pub(super) fn open(link: Option<&Link>) -> Self {
        let memory = Memory::default();
        let fleet = link.map(|link| Fleet::start(link.clone(), memory.clone()));
        Self { memory, fleet }
    }

    /// Whether that token was revoked.
    pub(super) fn contain(&self, id: &str) -> bool {
        self.memory.contains(id)
    }

    /// Revokes a token that ends at that second.
    pub(super) async fn add(&self, id: &str, ends_at: i64) -> Result<(), NotForAll> {
        self.memory.add(id, ends_at)?;
        match &self.fleet {
            Some(fleet) => fleet.add(id, ends_at).await,
            None => Ok(()),
        }
    }
}

/// What is known here: when which token ends, in seconds since 1970. Clones share it.
#[derive(Clone, Default)]
struct Memory(Arc<RwLock<HashMap<Box<str>, i64>>>);

impl Memory {
    fn contains(&self, id: &str) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.contains_key(id)
    }

    fn add(&self, id: &str, ends_at: i64) -> Result<(), NotForAll> {
        self.add_before(id, ends_at, Timestamp::now().as_second(), MAX_IDS)
    }

    fn add_before(&self, id: &str, ends_at: i64, now: i64, most: usize) -> Result<(), NotForAll> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= most && !known.contains_key(id) {
            known.retain(|_, ends_at| *ends_at > now);
            if known.len() >= most {
                return Err(NotForAll::Full);
            }
        }
        let end = known.entry(id.into()).or_insert(ends_at);
        *end = ends_at.max(*end);
        Ok(())
    }

    /// All whose tokens have not ended; the others are forgotten.
    fn all(&self) -> Vec<(String, i64)> {
        let now = Timestamp::now().as_second();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, ends_at| *ends_at > now);
        let all = known.iter();
        all.map(|(id, ends_at)| (id.to_string(), *ends_at))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_room_nothing_is_forgotten_that_still_counts() {
        let memory = Memory::default();
        let add = |id, ends_at, now| memory.add_before(id, ends_at, now, 2);
        assert_eq!(add("a", 10, 0), Ok(()));
        assert_eq!(add("b", 20, 0), Ok(()));
        assert_eq!(add("b", 15, 0), Ok(()));
        assert_eq!(add("c", 30, 9), Err(NotForAll::Full));
        assert!(memory.contains("a") && !memory.contains("c"));
        assert_eq!(add("c", 30, 10), Ok(()));
        assert!(!memory.contains("a") && memory.contains("b") && memory.contains("c"));
        assert_eq!(add("d", 30, 19), Err(NotForAll::Full));
    }

    #[test]
    fn what_has_ended_is_no_longer_told() {
        let memory = Memory::default();
        let later = Timestamp::now().as_second() + 100;
        memory.add("ended", 1).unwrap();
        memory.add("counts", later).unwrap();
        assert_eq!(memory.all(), [("counts".to_owned(), later)]);
        assert!(!memory.contains("ended"));
    }
}
