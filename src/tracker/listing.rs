//! Pages of the account's trackings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;
use tokio::time::Instant;

use super::desk::Outcome;
use super::records::Reading;
use super::single_flight::SingleFlight;
use super::{Calls, TrackerError};
use crate::model::Status;
use crate::throttle::Lane;
use crate::upstream::ListQuery;

/// How many trackings one upstream page holds; a connection's page of any size touches two of them at most.
const PAGE_SIZE: u32 = 100;

/// How long a page is fresh. New trackings appear in lists after this time at the latest.
const PAGE_TTL: Duration = Duration::from_secs(30);

/// How many pages are remembered.
const MAX_PAGES: u64 = 100;

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
}

/// Part of the account's trackings.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Each tracking with its position in the whole list.
    pub items: Vec<(u64, Outcome)>,
    /// How many there are in all, if the upstream said so.
    pub total: Option<u64>,
    /// Whether there are more behind these.
    pub has_more: bool,
}

#[derive(Debug)]
struct ListPage {
    items: Vec<Outcome>,
    total: Option<u64>,
    is_full: bool,
    as_of: Instant,
    /// How often the account had been changed when the page was asked for.
    changes: u64,
}

impl ListPage {
    fn is_fresh(&self, changes: u64) -> bool {
        self.changes == changes && self.as_of.elapsed() < PAGE_TTL
    }

    /// The page as an answer in place of a failure.
    fn stale(&self) -> Self {
        let items = self.items.iter().cloned();
        Self {
            items: items.map(|item| item.map(Reading::stale)).collect(),
            ..*self
        }
    }
}

type PageOutcome = Result<Arc<ListPage>, TrackerError>;

/// The upstream's pages: fetched once however many ask, and kept for a short while.
#[derive(Debug)]
pub(super) struct Listings {
    pages: Cache<ListQuery, Arc<ListPage>>,
    /// Who asks after a change does not join a flight that left before it.
    flights: SingleFlight<(ListQuery, u64), PageOutcome>,
    changes: AtomicU64,
}

impl Default for Listings {
    fn default() -> Self {
        Self {
            pages: Cache::new(MAX_PAGES),
            flights: SingleFlight::default(),
            changes: AtomicU64::new(0),
        }
    }
}

impl Listings {
    /// Tells that something was added or taken away: pages from before answer only in place of a failure.
    pub(super) fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// The `count` trackings from position `offset` on.
    pub(super) async fn list(
        &self,
        calls: &Calls,
        filter: &ListFilter,
        offset: u64,
        count: usize,
    ) -> Result<Listing, TrackerError> {
        let end = offset + count as u64;
        let mut listing = Listing {
            items: Vec::with_capacity(count),
            total: None,
            has_more: false,
        };
        for number in offset / u64::from(PAGE_SIZE)..end.div_ceil(u64::from(PAGE_SIZE)) {
            let page = self.page(calls, filter, number).await?;
            let first = number * u64::from(PAGE_SIZE);
            let positions = first..;
            listing.items.extend(
                positions
                    .zip(page.items.iter().cloned())
                    .filter(|(position, _)| (offset..end).contains(position)),
            );
            listing.total = page.total;
            let page_end = first + u64::from(PAGE_SIZE);
            listing.has_more = match page.total {
                Some(total) => total > end,
                None => page.is_full || first + (page.items.len() as u64) > end,
            };
            if page.total.is_some_and(|total| total <= page_end) || !page.is_full {
                break;
            }
        }
        Ok(listing)
    }

    async fn page(&self, calls: &Calls, filter: &ListFilter, number: u64) -> PageOutcome {
        let query = ListQuery {
            page: u32::try_from(number + 1).unwrap_or(u32::MAX),
            limit: PAGE_SIZE,
            status: filter.status.clone(),
            archived: filter.archived,
            created_min: filter.created_min,
            created_max: filter.created_max,
            ..ListQuery::default()
        };
        let changes = self.changes.load(Ordering::Relaxed);
        let known = self.pages.get(&query);
        if let Some(page) = known.as_ref().filter(|page| page.is_fresh(changes)) {
            return Ok(page.clone());
        }
        let key = (query.clone(), changes);
        let work = || {
            let (calls, pages) = (calls.clone(), self.pages.clone());
            async move {
                let page = Arc::new(fetch(&calls, &query, changes).await?);
                pages.insert(query, page.clone());
                Ok(page)
            }
        };
        let flight = calls.patiently(self.flights.join(key, work)).await;
        let outcome = flight.and_then(|landed| landed.unwrap_or(Err(TrackerError::BrokenOff)));
        outcome.or_else(|error| known.map(|page| Arc::new(page.stale())).ok_or(error))
    }
}

async fn fetch(calls: &Calls, query: &ListQuery, changes: u64) -> Result<ListPage, TrackerError> {
    calls.turn(Lane::Page).await?;
    let as_of = Instant::now();
    let page = calls.heeding(calls.client.list(query).await)?;
    let is_full = page.items.len() + page.unreadable >= query.limit as usize;
    let items = page
        .items
        .into_iter()
        .map(|item| match item {
            Ok(tracking) => Ok(calls.records.absorb(tracking, as_of)),
            Err(unreadable) => Err(TrackerError::Unreadable(unreadable.key)),
        })
        .collect();
    Ok(ListPage {
        items,
        total: page.total,
        is_full,
        as_of,
        changes,
    })
}
