//! What all connections have in common (by the Relay specification).

use async_graphql::SimpleObject;

use super::error::Failure;
use crate::tracker::End;

/// How many things a page holds if nobody says.
pub(super) const DEFAULT_COUNT: usize = 20;

/// How many things a page may hold.
const MAX_COUNT: usize = 100;

/// Where a page lies (by the Relay specification).
#[derive(SimpleObject)]
pub(super) struct PageInfo {
    /// Whether there are more behind this page.
    pub(super) has_next_page: bool,
    /// Whether there are some before this page.
    pub(super) has_previous_page: bool,
    /// The cursor of the first thing on this page; null if the page is empty.
    pub(super) start_cursor: Option<String>,
    /// The cursor of the last thing on this page; null if the page is empty.
    pub(super) end_cursor: Option<String>,
}

/// The arguments of a connection, as they came.
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl PageArguments {
    /// From which end things are taken, and how many.
    pub(super) fn end(&self) -> Result<End, Failure> {
        match (self.first, self.last) {
            (Some(_), Some(_)) => Err(Failure::bad_input(
                "give first to page forward or last to page backward, not both",
            )),
            (None, Some(last)) => Ok(End::Last(count("last", last)?)),
            (Some(first), None) => Ok(End::First(count("first", first)?)),
            (None, None) => Ok(End::First(DEFAULT_COUNT)),
        }
    }

    /// Reads the cursors. `parse` knows those of this connection.
    pub(super) fn cursors<T>(
        &self,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<(Option<T>, Option<T>), Failure> {
        let read = |name: &str, cursor: &Option<String>| {
            match cursor {
            None => Ok(None),
            Some(cursor) => parse(cursor).map(Some).ok_or_else(|| {
                Failure::bad_input(format!(
                    "{name} is not a cursor of this list: give one that an earlier answer contained, or leave it out"
                ))
            }),
        }
        };
        Ok((read("after", &self.after)?, read("before", &self.before)?))
    }
}

fn count(name: &str, given: i32) -> Result<usize, Failure> {
    usize::try_from(given)
        .ok()
        .filter(|count| (1..=MAX_COUNT).contains(count))
        .ok_or_else(|| {
            Failure::bad_input(format!(
                "{name} must be from 1 to {MAX_COUNT}; it is {given}"
            ))
        })
}
