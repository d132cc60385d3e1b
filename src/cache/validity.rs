//! Whether what was read here is still what is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Entry;
use super::shelf::Session;

/// Of one entry: it falls when the entry is replaced, doubted, amended or forgotten, and stays down. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Validity(Arc<AtomicBool>);

impl Validity {
    /// Whether the entry is still what is known of its parcel.
    pub fn stands(&self) -> bool {
        !self.0.load(Ordering::Acquire)
    }

    pub(super) fn fall(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A time in which nothing was missed: another one begins whenever a session with Redis begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub(super) Option<Session>);

#[cfg(test)]
impl Epoch {
    /// That of a session.
    pub fn test(session: Session) -> Self {
        Self(Some(session))
    }
}

/// An entry, with what tells its reader later whether he would read it again.
#[derive(Debug, Clone)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
    /// Whether it is still on the shelf.
    pub validity: Validity,
    /// In which epoch it is known to be what all replicas know; `None` if others may know better.
    pub epoch: Option<Epoch>,
}
