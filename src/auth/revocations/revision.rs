//! How much of the list in Redis a replica knows, so that it fetches it only when it has missed something.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How many may be heard of before those that come first. After more the list is fetched.
const MAX_AHEAD: usize = 1_000;

/// A state of the list: how many were added since it was begun. A list that was forgotten begins anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Revision {
    pub(super) since: String,
    pub(super) count: u64,
}

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Everything up to it; `None` before the list was fetched.
    known: Option<Revision>,
    /// Counts that were heard of, though some before them were not.
    ahead: BTreeSet<u64>,
}

impl Progress {
    pub(super) fn known(&self) -> Option<&Revision> {
        self.known.as_ref()
    }

    /// Takes note that one was heard of, which made the list come to that revision. News may overtake each other.
    pub(super) fn hear(&mut self, revision: &Revision) {
        let Some(known) = &self.known else {
            return;
        };
        // The first of a list that was empty.
        if known.since.is_empty() && revision.count == 1 {
            self.known = Some(revision.clone());
            return;
        }
        // News of another list, or of what is known: looking at Redis tells the rest.
        if known.since != revision.since || revision.count <= known.count {
            return;
        }
        if self.ahead.len() >= MAX_AHEAD {
            return;
        }
        self.ahead.insert(revision.count);
        self.catch_up();
    }

    /// Takes note that the whole list was fetched.
    pub(super) fn fetched(&mut self, revision: Revision) {
        let is_same = self
            .known
            .as_ref()
            .is_some_and(|known| known.since == revision.since);
        if !is_same {
            self.ahead.clear();
        }
        self.ahead.retain(|count| *count > revision.count);
        self.known = Some(revision);
        self.catch_up();
    }

    /// Takes note that it may be another list from now on.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    fn catch_up(&mut self) {
        let Some(known) = &mut self.known else {
            return;
        };
        while self.ahead.remove(&(known.count + 1)) {
            known.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(since: &str, count: u64) -> Revision {
        Revision {
            since: since.to_owned(),
            count,
        }
    }

    #[test]
    fn news_that_overtake_each_other_are_put_in_order() {
        let mut progress = Progress::default();
        progress.hear(&at("a", 1));
        assert_eq!(progress.known(), None);
        progress.fetched(at("a", 5));
        for (count, known) in [(7, 5), (8, 5), (6, 8), (6, 8), (9, 9), (11, 9)] {
            progress.hear(&at("a", count));
            assert_eq!(progress.known(), Some(&at("a", known)));
        }
        progress.fetched(at("a", 10));
        assert_eq!(progress.known(), Some(&at("a", 11)));
    }

    #[test]
    fn an_empty_list_is_followed_from_its_first_entry() {
        let mut progress = Progress::default();
        progress.fetched(at("", 0));
        progress.hear(&at("a", 1));
        progress.hear(&at("a", 2));
        assert_eq!(progress.known(), Some(&at("a", 2)));
    }

    #[test]
    fn another_list_is_known_only_when_it_was_fetched() {
        let mut progress = Progress::default();
        progress.fetched(at("a", 5));
        progress.hear(&at("a", 7));
        progress.hear(&at("b", 6));
        assert_eq!(progress.known(), Some(&at("a", 5)));
        progress.fetched(at("b", 6));
        assert_eq!(progress.known(), Some(&at("b", 6)));
        progress.forget();
        assert_eq!(progress.known(), None);
    }
}
