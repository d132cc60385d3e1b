//! Whether the upstream tells of changes by itself at the moment.

use crate::rounds::Rounds;

/// Clones share what they know, and so do all replicas of the account.
#[derive(Debug, Clone)]
pub(super) struct Pushes {
    rounds: Rounds,
}

impl Pushes {
    pub(super) fn new(rounds: &Rounds) -> Self {
        Self {
            rounds: rounds.clone(),
        }
    }

    /// A message came whose content turned out to be right.
    pub(super) fn note(&self) {
        self.rounds.note_push();
    }

    /// Whether changes will be told without being asked for.
    pub(super) fn are_coming(&self) -> bool {
        self.rounds.pushes_are_coming()
    }
}
