//! How far a call has come that waits for its turn.

use tokio::sync::watch;
use tokio::time::Instant;

/// A place in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// How many are in front.
    pub position: usize,
    /// When the turn comes, as far as can be told.
    pub until: Instant,
}

/// Whom to tell of it.
#[derive(Debug, Default)]
pub struct Progress(Option<watch::Sender<Option<Wait>>>);

impl Progress {
    /// Tells whoever has the receiver: nothing before the place in the line is known.
    pub fn watched() -> (Self, watch::Receiver<Option<Wait>>) {
        let (sender, receiver) = watch::channel(None);
        (Self(Some(sender)), receiver)
    }

    pub(super) fn note(&self, wait: Wait) {
        if let Some(sender) = &self.0 {
            sender.send_replace(Some(wait));
        }
    }
}
