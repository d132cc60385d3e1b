//! Which view tokens were revoked: known to this process, and to all replicas if they share a Redis.
//!
//! It knows ids, and signers by signs that tell nobody who they are. Whoever asks is answered from memory. Without a Redis, a
//! process that ends forgets all of it. A replica with a Redis that has never reached it knows of nothing that was revoked, and
//! says so; one that has lost it goes on with what it knows, and the others learn what it revokes meanwhile as soon as Redis is
//! back.

mod book;
mod entry;
mod fleet;
mod revision;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::view_id::ViewId;
use crate::redis_link::Link;
use book::{Book, Change, Room};
use entry::Entry;
use fleet::Fleet;

/// How much is remembered in all, and of one signer.
const ROOM: Room = Room {
    most: 100_000,
    share: 10_000,
};

/// What Redis holds goes in beside what it does not know yet.
const MOST_LEARNED: usize = 2 * ROOM.most;

/// For how long behind the start it is waited for what Redis knows.
const AT_START: Duration = Duration::from_secs(2);

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
        "{} tokens are revoked already, and not all replicas may know of this one: change the secret of the view tokens, which ends all of them",
        ROOM.most
    )]
    Full,
}

/// The tokens that were revoked.
pub(super) struct Revocations {
    memory: Memory,
    fleet: Option<Fleet>,
    opened_at: Instant,
}

impl Revocations {
    pub(super) fn open(link: Option<&Link>) -> Self {
        let memory = Memory::default();
        let fleet = link.map(|link| Fleet::start(link.clone(), memory.clone()));
        Self {
            memory,
            fleet,
            opened_at: Instant::now(),
        }
    }

    /// Whether what the replicas have revoked was ever told here.
    pub(super) fn are_known(&self) -> bool {
        self.fleet.as_ref().is_none_or(Fleet::is_known)
    }

    /// Waits until that is so, as long as this process has just begun.
    pub(super) async fn wait_at_start(&self) {
        if let Some(fleet) = self.fleet.as_ref().filter(|fleet| !fleet.is_known()) {
            // Who looks afterwards sees whether it came.
            let _ = timeout_at(self.opened_at + AT_START, fleet.known()).await;
        }
    }

    /// Whether that token was revoked.
    pub(super) fn contain(&self, id: &str) -> bool {
        ViewId::said(id).is_some_and(|said| self.memory.book().contains(id, &said))
    }

    /// Revokes a token, with what its id says.
    pub(super) async fn add(&self, id: &str, said: &ViewId) -> Result<(), NotForAll> {
        let change = self.memory.book().revoke(id, said, now(), ROOM)?;
        match &self.fleet {
            Some(fleet) => fleet.add(change).await,
            None => Ok(()),
        }
    }
}

/// What is known here. Clones share it.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Book>>);

impl Memory {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, entry: &Entry) -> Result<(), NotForAll> {
        self.book().learn(entry, now(), MOST_LEARNED)
    }

    fn all(&self) -> Vec<Entry> {
        self.book().all(now())
    }
}

fn now() -> i64 {
    Timestamp::now().as_second()
}
