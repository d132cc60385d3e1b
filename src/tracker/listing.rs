//! Which part of the account's trackings somebody wants, and what he gets.

use std::sync::Arc;

use jiff::Timestamp;

use super::list_page::{Age, ListPage};
use super::pages::{PageSize, Pages};
use super::records::Outcome;
use super::usage::Usage;
use super::{Calls, TrackerError};
use crate::model::{Language, Status, TrackingKey, TrackingNumber};

/// Which trackings of the account are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ListFilter {
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only the archived ones, or only the others.
    pub archived: Option<bool>,
    /// Only those that were added at this instant or later.
    pub created_min: Option<Timestamp>,
    /// Only those that were added at this instant or earlier.
    pub created_max: Option<Timestamp>,
    /// Only those that were updated at this instant or later.
    pub updated_min: Option<Timestamp>,
    /// Only those that were updated at this instant or earlier.
    pub updated_max: Option<Timestamp>,
    /// Only those that were ordered at this instant or later.
    pub ordered_min: Option<Timestamp>,
    /// Only those that were ordered at this instant or earlier.
    pub ordered_max: Option<Timestamp>,
    /// Only these numbers, whatever the carrier; no matter if it is empty. As many as a list call takes.
    pub numbers: Vec<TrackingNumber>,
    /// Only these orders; no matter if it is empty. As many as a list call takes.
    pub orders: Vec<String>,
    /// In which language couriers' texts are wanted. Such answers are not remembered as what is known of the trackings.
    pub language: Option<Language>,
}

/// A place in the list. It is found again by its tracking, wherever that has moved to, or by its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its position when it was seen, counted from 0.
    pub position: u64,
    /// Its tracking, if that could be read.
    pub key: Option<TrackingKey>,
    /// The tracking before it, if it is known.
    pub previous: Option<TrackingKey>,
    /// The tracking behind it, if it is known.
    pub next: Option<TrackingKey>,
}

/// Which part of the list is wanted, in the words of the Relay specification.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Only what is behind this place.
    pub after: Option<Place>,
    /// Only what is before this place.
    pub before: Option<Place>,
    /// How much of it, and from which end.
    pub end: End,
}

/// From which end a part is taken, and how many trackings.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// So many from the beginning.
    First(usize),
    /// So many from the end.
    Last(usize),
}

/// Part of the account's trackings.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Each tracking with its place in the whole list.
    pub items: Vec<(Place, Outcome)>,
    /// How many there are in all, if the upstream said so.
    pub total: Option<u64>,
    /// Whether there are some before these.
    pub has_previous: bool,
    /// Whether there are more behind these.
    pub has_next: bool,
}

/// Reads parts of the list.
pub(super) struct Reader<'a> {
    pub(super) pages: &'a Pages,
    pub(super) calls: &'a Calls,
    pub(super) usage: &'a Usage,
    pub(super) filter: &'a ListFilter,
    pub(super) size: PageSize,
    pub(super) age: Age,
}

/// One of the two sides of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    Behind,
}

impl Reader<'_> {
    /// The part of the list that a slice means.
    pub(super) async fn read(&self, slice: &Slice) -> Result<Listing, TrackerError> {
        let start = match &slice.after {
            Some(place) => self.find(place, Side::Behind).await?,
            None => 0,
        };
        let stop = match &slice.before {
            Some(place) => Some(self.find(place, Side::Before).await?),
            None => None,
        };
        match slice.end {
            End::First(count) => self.forward(start, stop.unwrap_or(u64::MAX), count).await,
            End::Last(count) => {
                let stop = match stop {
                    Some(stop) => stop,
                    None => self.length().await?,
                };
                self.backward(start, stop, count).await
            }
        }
    }

    /// The first `count` trackings from one position to before another.
    async fn forward(&self, start: u64, stop: u64, count: usize) -> Result<Listing, TrackerError> {
        let mut items = Vec::with_capacity(count);
        let mut position = start;
        loop {
            let page = self.page(position).await?;
            while position < page.filled_end().min(stop) && items.len() < count {
                items.extend(self.item(&page, position));
                position += 1;
            }
            while position < page.filled_end() && self.item(&page, position).is_none() {
                position += 1;
            }
            let is_done = items.len() == count || position >= stop || page.is_last();
            if is_done {
                return Ok(Listing {
                    items,
                    total: page.total,
                    has_previous: start > 0,
                    has_next: page.goes_on_behind(position),
                });
            }
            position = self.behind(&page).await?;
        }
    }

    /// The last `count` trackings from one position to before another.
    async fn backward(&self, start: u64, stop: u64, count: usize) -> Result<Listing, TrackerError> {
        let mut items = Vec::with_capacity(count);
        let mut page = self.page(stop.saturating_sub(1)).await?;
        let mut position = stop;
        if page.item(stop.saturating_sub(1)).is_none() {
            // The list has become shorter, or the place is of another one.
            position = stop.min(self.length().await?);
            page = self.page(position.saturating_sub(1)).await?;
        }
        let has_next = page.goes_on_behind(position);
        while position > start && items.len() < count {
            if position <= page.start() {
                page = self.page(position - 1).await?;
                if page.is_empty() {
                    break;
                }
            }
            position -= 1;
            items.extend(self.item(&page, position));
        }
        items.reverse();
        Ok(Listing {
            items,
            total: page.total,
            has_previous: position > 0,
            has_next,
        })
    }

    /// What is at a position; `None` if it was deleted since the page was fetched.
    fn item(&self, page: &ListPage, position: u64) -> Option<(Place, Outcome)> {
        let item = page.item(position)?;
        let outcome = self.pages.newest(self.calls, self.filter, item)?;
        let key_at = |position| page.item(position).and_then(|item| item.key.clone());
        let place = Place {
            position,
            key: item.key.clone(),
            previous: position.checked_sub(1).and_then(key_at),
            next: key_at(position + 1),
        };
        Some((place, outcome))
    }

    /// The position before or behind a place, wherever it has moved to: what was added moved it on, what was removed moved
    /// it back. If its tracking is gone, its neighbours tell; if they are gone as well, its old position.
    async fn find(&self, place: &Place, side: Side) -> Result<u64, TrackerError> {
        let here = self.page(place.position).await?;
        let on = |page: &ListPage| {
            let find = |key: &Option<TrackingKey>| page.position_of(key.as_ref()?);
            let at = find(&place.key).map(|at| match side {
                Side::Before => at,
                Side::Behind => at + 1,
            });
            at.or_else(|| find(&place.next))
                .or_else(|| find(&place.previous).map(|at| at + 1))
        };
        match on(&here) {
            Some(position) if position == here.end() && !here.is_last() => {
                return self.behind(&here).await;
            }
            Some(position) => return Ok(position),
            None => {}
        }
        let behind = (!here.is_last()).then(|| here.end());
        let before = here.start().checked_sub(1);
        for neighbour in behind.into_iter().chain(before) {
            if let Some(position) = on(&*self.page(neighbour).await?) {
                return Ok(position);
            }
        }
        let young = self.page_of(place.position, Age::Beginning).await?;
        if let Some(position) = on(&young) {
            return Ok(position);
        }
        Ok(match (side, &place.key) {
            // Nothing can be told of a place without a key but that it was there.
            (Side::Behind, None) => place.position + 1,
            _ => place.position,
        })
    }

    /// Where the list goes on behind a page. A next page that was fetched at another time begins elsewhere if anything was
    /// added or removed meanwhile; then the page itself is fetched anew to see where its last trackings are now.
    async fn behind(&self, page: &ListPage) -> Result<u64, TrackerError> {
        let mut next = self.page(page.end()).await?;
        if next.departure.at < page.departure.at {
            next = self.page_of(page.end(), Age::Beginning).await?;
        }
        if next.is_of_one_time_with(page) {
            return Ok(page.end());
        }
        let again = self.page_of(page.start(), Age::Beginning).await?;
        for key in page.keys().rev() {
            let found = again.position_of(key).or_else(|| next.position_of(key));
            if let Some(position) = found {
                return Ok(position + 1);
            }
        }
        Ok(page.end())
    }

    /// How long the list is, which its first page tells.
    async fn length(&self) -> Result<u64, TrackerError> {
        let page = self.page(0).await?;
        match page.total {
            Some(total) => Ok(total),
            None if page.is_last() => Ok(page.filled_end()),
            None => Err(TrackerError::LengthUnknown),
        }
    }

    async fn page(&self, position: u64) -> Result<Arc<ListPage>, TrackerError> {
        self.page_of(position, self.age).await
    }

    async fn page_of(&self, position: u64, age: Age) -> Result<Arc<ListPage>, TrackerError> {
        let Self { calls, usage, .. } = self;
        self.pages
            .page(calls, usage, self.filter, position, self.size, age)
            .await
    }
}

/// From which pages a slice is best read. The tracking behind it belongs to its last place.
pub(super) fn page_size(slice: &Slice) -> PageSize {
    let reach = |place: &Option<Place>| place.as_ref().map_or(0, |place| place.position + 1);
    match slice.end {
        End::First(count) => {
            let from = reach(&slice.after).max(reach(&slice.before));
            PageSize::reaching(from + count as u64 + 1)
        }
        End::Last(_) => match &slice.before {
            Some(place) => PageSize::reaching(place.position + 2),
            None => PageSize::Large,
        },
    }
}
