//! The account's trackings, page by page.

use async_graphql::{InputObject, Object, SimpleObject};

use super::date_time::DateTime;
use super::error::Failure;
use super::opaque;
use super::outcome::Outcome;
use super::status::TrackingStatus;
use super::tracking::Tracking;
use crate::tracker::{ListFilter, Listing};

/// How many trackings a page holds if nobody says.
pub(super) const DEFAULT_FIRST: i32 = 20;

/// How many trackings a page may hold.
const MAX_FIRST: usize = 100;

/// The upstream numbers its pages in 32 bits; nobody has more trackings than this.
const MAX_POSITION: u64 = 100_000_000;

/// What cursors are wrapped with.
const PREFIX: &str = "position";

/// Which trackings are meant. Conditions that are left out do not count.
#[derive(InputObject, Default)]
pub(super) struct TrackingFilter {
    /// Only those with this status. TrackingMore cannot be asked for `UNKNOWN`.
    status: Option<TrackingStatus>,
    /// `true`: only the archived ones; `false`: only the others.
    archived: Option<bool>,
    /// Only those that were added at this instant or later.
    created_at_min: Option<DateTime>,
    /// Only those that were added at this instant or earlier.
    created_at_max: Option<DateTime>,
}

impl TrackingFilter {
    pub(super) fn parse(self) -> Result<ListFilter, Failure> {
        let status = self
            .status
            .map(|status| {
                status.known().ok_or_else(|| {
                    Failure::bad_input(
                        "filter.status: TrackingMore cannot be asked for UNKNOWN; leave the status out",
                    )
                })
            })
            .transpose()?;
        Ok(ListFilter {
            status,
            archived: self.archived,
            created_min: self.created_at_min.map(|instant| instant.0),
            created_max: self.created_at_max.map(|instant| instant.0),
        })
    }
}

pub(super) struct TrackingConnection {
    listing: Listing,
    offset: u64,
}

impl TrackingConnection {
    pub(super) fn new(listing: Listing, offset: u64) -> Self {
        Self { listing, offset }
    }
}

/// A part of the account's trackings (a connection by the Relay specification).
#[Object]
impl TrackingConnection {
    /// The trackings with their cursors.
    async fn edges(&self) -> Vec<TrackingEdge> {
        let items = self.listing.items.iter();
        items
            .map(|(position, outcome)| TrackingEdge {
                cursor: cursor_of(*position),
                node: outcome.clone().map(Tracking).into(),
            })
            .collect()
    }

    /// The trackings without their cursors. One whose part of TrackingMore's answer cannot be read is null, with an error.
    async fn nodes(&self) -> Vec<Outcome<Tracking>> {
        let items = self.listing.items.iter();
        items
            .map(|(_, outcome)| outcome.clone().map(Tracking).into())
            .collect()
    }

    /// Where this part lies in the whole.
    async fn page_info(&self) -> PageInfo {
        let items = &self.listing.items;
        PageInfo {
            has_next_page: self.listing.has_more,
            has_previous_page: self.offset > 0,
            start_cursor: items.first().map(|(position, _)| cursor_of(*position)),
            end_cursor: items.last().map(|(position, _)| cursor_of(*position)),
        }
    }

    /// How many trackings there are in all; null where TrackingMore does not say.
    async fn total_count(&self) -> Option<u64> {
        self.listing.total
    }
}

/// A tracking and its place in the list.
#[derive(SimpleObject)]
pub(super) struct TrackingEdge {
    /// Give it as `after` to go on behind this tracking.
    cursor: String,
    /// The tracking; null, with an error that says why, if TrackingMore's answer about this one cannot be read.
    node: Outcome<Tracking>,
}

/// Where a page lies (by the Relay specification).
#[derive(SimpleObject)]
pub(super) struct PageInfo {
    /// Whether there are more behind this page.
    has_next_page: bool,
    /// Whether there are some before this page.
    has_previous_page: bool,
    /// The cursor of the first tracking of this page.
    start_cursor: Option<String>,
    /// The cursor of the last tracking of this page.
    end_cursor: Option<String>,
}

/// How many trackings are wanted; the library does not fill in the default for a variable that was left out.
pub(super) fn parse_first(first: Option<i32>) -> Result<usize, Failure> {
    let first = first.unwrap_or(DEFAULT_FIRST);
    usize::try_from(first)
        .ok()
        .filter(|first| (1..=MAX_FIRST).contains(first))
        .ok_or_else(|| {
            Failure::bad_input(format!(
                "first must be from 1 to {MAX_FIRST}; it is {first}"
            ))
        })
}

/// Where the page begins.
pub(super) fn parse_after(after: Option<&str>) -> Result<u64, Failure> {
    let Some(cursor) = after else { return Ok(0) };
    let position = opaque::unwrap(PREFIX, cursor)
        .and_then(|text| text.parse::<u64>().ok())
        .filter(|position| *position < MAX_POSITION);
    position.map(|position| position + 1).ok_or_else(|| {
        Failure::bad_input(
            "after is not a cursor: give the endCursor of the page before, or leave it out",
        )
    })
}

fn cursor_of(position: u64) -> String {
    opaque::wrap(PREFIX, &position.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_leads_behind_its_tracking(position in 0u64..MAX_POSITION) {
            prop_assert_eq!(parse_after(Some(&cursor_of(position))).unwrap(), position + 1);
        }
    }
}
