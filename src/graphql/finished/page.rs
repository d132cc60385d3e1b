//! An answer as it is sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::graphql::tally::Tally;
use crate::tracker::Basis;

/// How many coded forms of an answer can be kept.
const FORMS: usize = 3;

/// How many hexadecimal digits tell answers apart.
const DIGITS: usize = 32;

/// An answer without errors that would be the same if its operation were carried out again. It does not change.
#[derive(Debug)]
pub struct Page {
    body: Bytes,
    pub(super) basis: Basis,
    /// Where its operation is counted.
    pub(super) tally: Arc<Tally>,
    tag: OnceLock<String>,
    forms: [OnceLock<Bytes>; FORMS],
    room: Arc<Room>,
}

/// How many bytes of coded forms may still be kept, of all pages.
#[derive(Debug)]
pub(super) struct Room {
    left: AtomicUsize,
    all: usize,
}

impl Page {
    pub(super) fn new(body: Bytes, basis: Basis, tally: Arc<Tally>, room: Arc<Room>) -> Self {
        Self {
            body,
            basis,
            tally,
            tag: OnceLock::new(),
            forms: Default::default(),
            room,
        }
    }

    /// The answer as JSON.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Names its bytes; no others have this name.
    pub fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let hash = Sha256::digest(&self.body);
            let digits = hash.iter().map(|byte| format!("{byte:02x}"));
            digits.take(DIGITS / 2).collect()
        })
    }

    /// For how long it stays as it is, unless something changes.
    pub fn lasts_for(&self) -> Duration {
        let ends = self.basis.ends();
        ends.saturating_duration_since(Instant::now())
    }

    /// The coded form of that number, if it was kept.
    pub fn form(&self, number: usize) -> Option<&Bytes> {
        self.forms.get(number)?.get()
    }

    /// Keeps a coded form, if there is room for it.
    pub fn keep_form(&self, number: usize, form: &Bytes) {
        let Some(place) = self.forms.get(number) else {
            return;
        };
        if self.room.take(form.len()) && place.set(form.clone()).is_err() {
            self.room.give_back(form.len());
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let kept = self.forms.iter().filter_map(OnceLock::get);
        self.room.give_back(kept.map(Bytes::len).sum());
    }
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            left: AtomicUsize::new(bytes),
            all: bytes,
        }
    }

    /// How many bytes are taken.
    pub(super) fn taken(&self) -> usize {
        self.all.saturating_sub(self.left.load(Ordering::Relaxed))
    }

    fn take(&self, bytes: usize) -> bool {
        let take = |left: usize| left.checked_sub(bytes);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}
