//! One of the upstream's pages of the account's trackings.

use std::time::Duration;

use super::StaleReason;
use super::records::Outcome;
use super::usage::Departure;
use crate::model::TrackingKey;

/// Pages that were fetched within this time are taken for parts of one list.
const ONE_TIME: Duration = Duration::from_secs(30);

/// How old a page may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// For somebody who begins to read: new trackings appear after half a minute, the server's own at once.
    Beginning,
    /// For somebody who reads on: what he began stays together for a few minutes.
    ReadingOn,
}

impl Age {
    fn limit(self) -> Duration {
        match self {
            Self::Beginning => Duration::from_secs(30),
            Self::ReadingOn => Duration::from_secs(300),
        }
    }
}

/// One of the upstream's pages.
#[derive(Debug)]
pub(super) struct ListPage {
    pub(super) items: Vec<ListItem>,
    pub(super) total: Option<u64>,
    /// The position of its first place, and how many places it has.
    pub(super) first: u64,
    pub(super) size: u32,
    pub(super) departure: Departure,
    /// How often the account had been changed when the page was asked for.
    pub(super) changes: u64,
}

/// A place of a page.
#[derive(Debug, Clone)]
pub(super) struct ListItem {
    /// Which tracking; unknown if not even that can be read.
    pub(super) key: Option<TrackingKey>,
    pub(super) outcome: Outcome,
}

impl ListPage {
    pub(super) fn is_good(&self, age: Age, changes: u64) -> bool {
        let is_unchanged = self.changes == changes || age == Age::ReadingOn;
        is_unchanged && self.departure.at.elapsed() < age.limit()
    }

    /// Whether nothing is on it.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The position of its first place.
    pub(super) fn start(&self) -> u64 {
        self.first
    }

    /// The position behind its last place.
    pub(super) fn end(&self) -> u64 {
        self.first + u64::from(self.size)
    }

    /// The position behind its last tracking.
    pub(super) fn filled_end(&self) -> u64 {
        self.first + self.items.len() as u64
    }

    /// Whether nothing comes behind it.
    pub(super) fn is_last(&self) -> bool {
        let is_full = self.filled_end() == self.end();
        !is_full || self.total.is_some_and(|total| total <= self.end())
    }

    /// Whether there is anything at this position or behind it.
    pub(super) fn goes_on_behind(&self, position: u64) -> bool {
        self.filled_end() > position
            || !self.is_last() && self.total.is_none_or(|total| total > position)
    }

    /// What is at a position.
    pub(super) fn item(&self, position: u64) -> Option<&ListItem> {
        let index = position.checked_sub(self.first)?;
        self.items.get(usize::try_from(index).ok()?)
    }

    /// The trackings that can be named, in order.
    pub(super) fn keys(&self) -> impl DoubleEndedIterator<Item = &TrackingKey> {
        self.items.iter().filter_map(|item| item.key.as_ref())
    }

    /// Whether the two were fetched so close to each other that they are taken for parts of one list.
    pub(super) fn is_of_one_time_with(&self, other: &Self) -> bool {
        let (one, other_one) = (self.departure.at, other.departure.at);
        let (earlier, later) = (one.min(other_one), one.max(other_one));
        self.changes == other.changes && later - earlier < ONE_TIME
    }

    /// Where a tracking is.
    pub(super) fn position_of(&self, key: &TrackingKey) -> Option<u64> {
        let mut items = (self.first..).zip(&self.items);
        let found = items.find(|(_, item)| item.key.as_ref() == Some(key));
        found.map(|(position, _)| position)
    }

    /// The page as an answer in place of a failure.
    pub(super) fn stale(&self, reason: StaleReason) -> Self {
        let stale = |item: &ListItem| ListItem {
            outcome: item.outcome.clone().map(|reading| reading.stale(reason)),
            ..item.clone()
        };
        Self {
            items: self.items.iter().map(stale).collect(),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::TrackerError;
    use crate::tracker::usage::Load;

    fn page(first: u64, size: u32, items: u32, total: Option<u64>) -> ListPage {
        let item = |number: u64| ListItem {
            key: TrackingKey::parse("dhl", &format!("{number:010}")).ok(),
            outcome: Err(TrackerError::Nameless),
        };
        ListPage {
            items: (first..first + u64::from(items)).map(item).collect(),
            total,
            first,
            size,
            departure: Departure::now(Load::One),
            changes: 0,
        }
    }

    #[test]
    fn the_end_of_the_list_is_told_by_the_total_or_by_a_page_that_is_not_full() {
        for (page, is_last) in [
            (page(0, 100, 100, Some(100)), true),
            (page(0, 100, 100, Some(101)), false),
            (page(0, 100, 99, None), true),
            (page(0, 100, 100, None), false),
            (page(200, 100, 0, Some(200)), true),
        ] {
            assert_eq!(page.is_last(), is_last, "{page:?}");
        }
    }

    #[test]
    fn more_comes_behind_a_position_only_if_there_is_an_item_or_another_page() {
        for (page, position, goes_on) in [
            (page(0, 100, 100, Some(250)), 20, true),
            (page(0, 100, 100, Some(250)), 100, true),
            (page(0, 100, 100, Some(100)), 100, false),
            (page(0, 100, 30, Some(30)), 30, false),
            (page(0, 100, 30, None), 29, true),
            (page(0, 100, 100, None), 100, true),
            // A total that nothing stands behind would have clients page on for ever.
            (page(0, 100, 30, Some(1_000)), 30, false),
        ] {
            assert_eq!(
                page.goes_on_behind(position),
                goes_on,
                "{page:?} {position}"
            );
        }
    }

    #[test]
    fn items_and_keys_have_the_positions_of_the_whole_list() {
        let page = page(200, 100, 50, Some(250));
        assert!(page.item(199).is_none() && page.item(250).is_none());
        assert_eq!(
            page.item(249).unwrap().key.as_ref(),
            page.keys().next_back()
        );
        let key = TrackingKey::parse("dhl", "0000000207").unwrap();
        assert_eq!(page.position_of(&key), Some(207));
        let stranger = TrackingKey::parse("ups", "0000000207").unwrap();
        assert_eq!(page.position_of(&stranger), None);
    }

    #[test]
    fn who_reads_on_sees_older_pages_and_those_from_before_a_change() {
        let page = page(0, 100, 1, None);
        assert!(page.is_good(Age::Beginning, 0) && page.is_good(Age::ReadingOn, 0));
        assert!(!page.is_good(Age::Beginning, 1) && page.is_good(Age::ReadingOn, 1));
    }
}
