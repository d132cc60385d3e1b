//! The upstream's pages of the account's trackings: fetched once however many ask, and kept for a short while.

use std::sync::Arc;

use moka::sync::Cache;
use tokio::time::Instant;

use super::list_page::{Age, ListItem, ListPage};
use super::listing::ListFilter;
use super::memo::Epoch;
use super::records::Outcome;
use super::records::{Reading, answer};
use super::single_flight::SingleFlight;
use super::usage::{Departure, Load, Usage};
use super::{Calls, StaleReason, TrackerError};
use crate::model::{ClientId, Source};
use crate::telemetry::{Kind, Span};
use crate::throttle::Lane;
use crate::upstream::{ItemError, ListQuery, MAX_PAGE_SIZE};

/// Who looks at the head of a list only does not have thousands of trackings sent.
const HEAD: u32 = 100;

/// Who goes further reads from pages as large as the upstream gives.
const LARGE: u32 = MAX_PAGE_SIZE;

/// Which pages somebody reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageSize {
    /// From the head of the list, and from large ones behind it.
    Head,
    /// From large ones.
    Large,
}

impl PageSize {
    /// For somebody who reads as far as before this position.
    pub(super) fn reaching(position: u64) -> Self {
        if position <= u64::from(HEAD) {
            Self::Head
        } else {
            Self::Large
        }
    }
}

/// How many trackings are remembered in pages.
const MAX_REMEMBERED: u64 = 40_000;

type PageOutcome = Result<Arc<ListPage>, TrackerError>;

/// All pages that are remembered.
#[derive(Debug)]
pub(super) struct Pages {
    known: Cache<ListQuery, Arc<ListPage>>,
    /// Who asks after a change does not join a flight that left before it.
    flights: SingleFlight<(ListQuery, u64), PageOutcome>,
    changes: Epoch,
}

impl Default for Pages {
    fn default() -> Self {
        let weight = |_: &ListQuery, page: &Arc<ListPage>| {
            u32::try_from(page.items.len()).map_or(u32::MAX, |items| items.saturating_add(1))
        };
        Self {
            known: Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .weigher(weight)
                .build(),
            flights: SingleFlight::default(),
            changes: Epoch::default(),
        }
    }
}

impl Pages {
    /// Tells that the account was changed: pages from before answer only who reads on, or in place of a failure.
    pub(super) fn note_change(&self) {
        self.changes.outdate();
    }

    /// Counts the changes, for whoever else hears of one.
    pub(super) fn changes(&self) -> Epoch {
        self.changes.clone()
    }

    /// The page that holds a position.
    pub(super) async fn page(
        &self,
        calls: &Calls,
        usage: &Usage,
        filter: &ListFilter,
        position: u64,
        size: PageSize,
        age: Age,
    ) -> PageOutcome {
        let changes = self.changes.now();
        let large = query(filter, position, LARGE);
        let query = match size {
            PageSize::Head if position < u64::from(HEAD) => query(filter, position, HEAD),
            _ => large.clone(),
        };
        let known = self.known.get(&query);
        let candidates = [known.clone(), self.known.get(&large)]
            .into_iter()
            .flatten();
        let good = candidates.filter(|page| page.is_good(age, changes));
        if let Some(page) = good.max_by_key(|page| page.departure.at) {
            usage.add_hits(1);
            return Ok(page);
        }
        let asked = Instant::now();
        let key = (query.clone(), changes);
        let work = || {
            let (calls, known) = (calls.clone(), self.known.clone());
            let client = usage.client().clone();
            async move {
                let span = Span::begin(Kind::Internal, || "page".into());
                let page = span.around(fetch(&calls, &client, &query, changes)).await;
                drop(span);
                let page = Arc::new(page?);
                known.insert(query, page.clone());
                Ok(page)
            }
        };
        let flight = calls.patiently(usage, self.flights.join(key, work)).await;
        let outcome = flight.and_then(|landed| landed.unwrap_or(Err(TrackerError::BrokenOff)));
        if let Ok(page) = &outcome {
            usage.add_call(asked, page.departure);
        }
        outcome.or_else(|error| match known {
            Some(page) if !error.is_answer() => Ok(Arc::new(page.stale(StaleReason::of(&error)))),
            _ => Err(error),
        })
    }

    /// What is known of an item by now; `None` if it was deleted since the page was fetched.
    pub(super) fn newest(
        &self,
        calls: &Calls,
        filter: &ListFilter,
        item: &ListItem,
    ) -> Option<Outcome> {
        let (Ok(reading), Some(key)) = (&item.outcome, &item.key) else {
            return Some(item.outcome.clone());
        };
        let known = calls.records.cache.get(key);
        match known.filter(|entry| entry.as_of > reading.as_of) {
            Some(entry) if entry.tracking.is_none() => None,
            // What is known is in another language than what was asked for.
            Some(entry) if filter.language.is_none() => Some(answer(key, &entry)),
            _ => Some(item.outcome.clone()),
        }
    }
}

fn query(filter: &ListFilter, position: u64, size: u32) -> ListQuery {
    let number = position / u64::from(size) + 1;
    ListQuery {
        page: u32::try_from(number).unwrap_or(u32::MAX),
        limit: size,
        status: filter.status.clone(),
        archived: filter.archived,
        created_min: filter.created_min,
        created_max: filter.created_max,
        updated_min: filter.updated_min,
        updated_max: filter.updated_max,
        ordered_min: filter.ordered_min,
        ordered_max: filter.ordered_max,
        numbers: filter.numbers.clone(),
        orders: filter.orders.clone(),
        language: filter.language,
    }
}

async fn fetch(
    calls: &Calls,
    client: &ClientId,
    query: &ListQuery,
    changes: u64,
) -> Result<ListPage, TrackerError> {
    let turn = calls.turn(Lane::Page, client).await?;
    let departure = Departure::now(Load::One);
    let page = calls.heeding(turn.spent_on(calls.client.list(query)).await?)?;
    // Positions are counted in pages of the size that was asked for.
    let given = page.limit.filter(|limit| (1..query.limit).contains(limit));
    let is_more = page
        .total
        .is_none_or(|total| total > page.items.len() as u64);
    if let Some(given) = given.filter(|given| is_more && page.items.len() >= *given as usize) {
        return Err(TrackerError::SmallPage { given });
    }
    let items = page.items.into_iter().map(|item| match item {
        Ok(tracking) => ListItem {
            key: Some(tracking.key.clone()),
            outcome: Ok(match query.language {
                None => calls.records.absorb(tracking, departure.at, Source::List),
                // In another language it is not what the account keeps.
                Some(_) => Reading::just_fetched(tracking, Source::List),
            }),
        },
        Err(ItemError { key, .. }) => ListItem {
            outcome: Err(match key.clone() {
                Some(key) => TrackerError::Unreadable(key),
                None => TrackerError::Nameless,
            }),
            key,
        },
    });
    Ok(ListPage {
        items: items.collect(),
        total: page.total,
        first: u64::from(query.page - 1) * u64::from(query.limit),
        size: query.limit,
        departure,
        changes,
    })
}
