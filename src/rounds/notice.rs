//! What of the own topics the others have still to be told.

use indexmap::{IndexMap, IndexSet};

use super::topic::Topic;

/// The topics that are watched here, and what is untold. Bounded by what may be watched.
#[derive(Debug, Default)]
pub(super) struct Notice {
    present: IndexSet<Topic>,
    /// Whether each of them came or went.
    untold: IndexMap<Topic, bool>,
    /// Whatever was told does not count any more.
    is_anew: bool,
}

/// What is told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) is_anew: bool,
    pub(super) came: Vec<Topic>,
    pub(super) went: Vec<Topic>,
}

impl Notice {
    pub(super) fn note(&mut self, topic: Topic, is_present: bool) {
        if is_present {
            self.present.insert(topic.clone());
        } else {
            self.present.swap_remove(&topic);
        }
        // All that is there will be told anyway.
        if !self.is_anew {
            self.untold.insert(topic, is_present);
        }
    }

    /// Takes so many topics out to be told.
    pub(super) fn take(&mut self, most: usize) -> Part {
        let is_anew = std::mem::take(&mut self.is_anew);
        if is_anew {
            let all = self.present.iter().cloned();
            self.untold = all.map(|topic| (topic, true)).collect();
        }
        let rest = self.untold.split_off(most.min(self.untold.len()));
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for (topic, is_present) in std::mem::replace(&mut self.untold, rest) {
            if is_present {
                came.push(topic);
            } else {
                went.push(topic);
            }
        }
        Part {
            is_anew,
            came,
            went,
        }
    }

    /// Has everything told again, because nobody knows what of it was heard.
    pub(super) fn start_anew(&mut self) {
        self.untold.clear();
        self.is_anew = true;
    }

    /// Whether all is told. Then the others know so many topics.
    pub(super) fn all_told(&self) -> Option<usize> {
        let is_told = self.untold.is_empty() && !self.is_anew;
        is_told.then_some(self.present.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrackingKey;

    fn topic(number: usize) -> Topic {
        Topic::Parcel(TrackingKey::parse("dhl", &format!("{number:010}")).unwrap())
    }

    #[test]
    fn what_came_and_went_is_told_in_parts() {
        let mut notice = Notice::default();
        (0..3).for_each(|number| notice.note(topic(number), true));
        notice.note(topic(1), false);
        let part = notice.take(2);
        assert_eq!((part.came, part.went), (vec![topic(0)], vec![topic(1)]));
        assert_eq!(notice.all_told(), None);
        assert_eq!(notice.take(2).came, [topic(2)]);
        assert_eq!(notice.all_told(), Some(2));
    }

    #[test]
    fn after_a_loss_all_that_is_there_is_told_again() {
        let mut notice = Notice::default();
        (0..3).for_each(|number| notice.note(topic(number), true));
        notice.take(9);
        notice.start_anew();
        notice.note(topic(2), false);
        let part = notice.take(9);
        assert!(part.is_anew && part.went.is_empty());
        assert_eq!(part.came, [topic(0), topic(1)]);
        assert_eq!(notice.all_told(), Some(2));
    }
}
