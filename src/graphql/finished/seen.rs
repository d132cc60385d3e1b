//! Which questions came lately, roughly and in little room.

use std::hash::Hash;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};

use ahash::RandomState;

/// How many questions are remembered at the most. Of those that share a place it is the last.
const PLACES: RangeInclusive<u64> = 8_192..=1 << 20;

/// The questions that came.
#[derive(Debug)]
pub(super) struct Seen {
    places: Box<[AtomicU32]>,
    hasher: RandomState,
}

impl Seen {
    /// Remembers about so many.
    pub(super) fn new(questions: u64) -> Self {
        let places = questions.clamp(*PLACES.start(), *PLACES.end());
        Self {
            places: (0..places).map(|_| AtomicU32::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Whether a question comes again; one in some billions is taken for another.
    pub(super) fn again(&self, question: &impl Hash) -> bool {
        let hash = self.hasher.hash_one(question);
        let place = hash as usize % self.places.len();
        let mark = (hash >> 32) as u32;
        self.places[place].swap(mark, Ordering::Relaxed) == mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_comes_again_unless_too_many_others_came_in_between() {
        let seen = Seen::new(0);
        assert!(!seen.again(&"a"));
        assert!(!seen.again(&"b"));
        assert!(seen.again(&"a"));
        let others = (0..20 * PLACES.start()).filter(|other| seen.again(other));
        assert_eq!(others.count(), 0);
        assert!(!seen.again(&"a"));
    }
}
