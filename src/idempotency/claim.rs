//! The right to do an operation, and the duty to tell what became of it.

use super::Outcome;
use super::fleet::{End, Lease};
use super::memory::Slot;

/// Held by whoever does an operation. Dropped without a word, it leaves the outcome unknown, and nobody does it again.
#[derive(Debug)]
pub struct Claim {
    /// Empty when the outcome was told.
    slot: Option<Slot>,
    /// None while the other replicas cannot be told.
    lease: Option<Lease>,
}

impl Claim {
    pub(super) fn new(slot: Slot, lease: Option<Lease>) -> Self {
        Self {
            slot: Some(slot),
            lease,
        }
    }

    /// Tells the answer. One of more than [`MAX_ANSWER`](super::MAX_ANSWER) bytes is not kept, but that it was given is.
    pub async fn keep(mut self, answer: Vec<u8>) {
        let outcome = Outcome::answered(answer);
        if let Some(lease) = self.lease.take() {
            lease.end(End::Kept(outcome.clone())).await;
        }
        if let Some(slot) = self.slot.take() {
            slot.keep(outcome);
        }
    }

    /// Tells that nothing was done, so that the key is free for another try.
    pub async fn free(mut self) {
        if let Some(lease) = self.lease.take() {
            lease.end(End::Free).await;
        }
        drop(self.slot.take());
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.keep(Outcome::BrokenOff);
        }
    }
}
