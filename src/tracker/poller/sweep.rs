//! Reading a list of the account page by page while other calls go on: all that is there, or what changed since the last time.
//!
//! Rows move from page to page while it is read. A list is read again, once, if some of it was not seen.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::polling::Tally;
use super::upstream_time::{before, earlier, newest};
use crate::live::LogId;
use crate::model::{ClientId, Source, TrackingKey};
use crate::rounds::{Sweep, Whole};
use crate::throttle::{Lane, LaneBudget};
use crate::tracker::calls::Calls;
use crate::upstream::{ItemError, ListQuery, MAX_PAGE_SIZE, Page};

/// How many pages are read for those who watch the whole account.
pub(super) const MOST_PAGES: u32 = 20;

/// What takes longer to be read is of no moment any more.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// How long a page gives way to people who wait for list calls.
const GIVES_WAY: Duration = Duration::from_secs(10);

/// How often it is looked whether a page may leave.
const LOOK: Duration = Duration::from_millis(100);

/// Which rows are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// All of the account, so that it is known how things stand.
    All,
    /// What changed since the last time, for those who watch the whole account.
    News(Sweep),
    /// The same for those who watch parcels, if it is on no more than so many pages.
    FewNews(Sweep, u32),
}

impl Rows {
    /// Whether those want it who watch the whole account.
    pub(super) fn are_for_all(self) -> bool {
        !matches!(self, Self::FewNews(..))
    }

    /// Since when they changed.
    fn last(self) -> Option<Sweep> {
        match self {
            Self::All => None,
            Self::News(last) | Self::FewNews(last, _) => Some(last),
        }
    }

    fn most_pages(self) -> u32 {
        match self {
            Self::All | Self::News(_) => MOST_PAGES,
            Self::FewNews(_, most) => most.min(MOST_PAGES),
        }
    }
}

/// What became of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swept {
    /// It was read to its end, in so many pages.
    Whole(Sweep, usize),
    /// There is more to read than is worth it.
    TooLong,
    /// It could not be read.
    Failed,
}

/// A list that is being read.
#[derive(Debug)]
pub(super) struct Course {
    rows: Rows,
    /// Which log of events learns of it.
    log: LogId,
    page: u32,
    pass: u32,
    started: Instant,
    /// When a page was read last.
    waits_since: Instant,
    /// When the first page left.
    began: Option<Instant>,
    seen: HashSet<TrackingKey>,
    /// How many rows the pages of this pass had, and how many of those are not told from others of their page.
    read: u64,
    blurred: u64,
    longest: u64,
    is_readable: bool,
    updated: Option<Timestamp>,
    created: Option<Timestamp>,
}

impl Course {
    pub(super) fn new(rows: Rows, log: LogId) -> Self {
        let now = Instant::now();
        Self {
            rows,
            log,
            page: 1,
            pass: 1,
            started: now,
            waits_since: now,
            began: None,
            seen: HashSet::new(),
            read: 0,
            blurred: 0,
            longest: 0,
            is_readable: true,
            updated: None,
            created: None,
        }
    }

    /// Which rows it is about.
    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    /// Until when the next page gives way; `None` if it may leave.
    pub(super) async fn gives_way(&self, calls: &Calls) -> Option<Instant> {
        let lane = calls.throttle.lane_budget(Lane::List).await;
        gives_way(self.waits_since, &lane, Instant::now())
    }

    /// Reads the next page; `None` if there is more.
    pub(super) async fn read_on(&mut self, calls: &Calls, tally: &Tally) -> Option<Swept> {
        if self.started.elapsed() > LONGEST {
            return Some(Swept::Failed);
        }
        let Some((page, departed)) = self.next_page(calls, tally).await else {
            return Some(Swept::Failed);
        };
        let next = self.take_in(&page, departed);
        absorb(calls, page, departed).await;
        self.waits_since = Instant::now();
        next
    }

    async fn next_page(&self, calls: &Calls, tally: &Tally) -> Option<(Page, Instant)> {
        let query = ListQuery {
            page: self.page,
            limit: MAX_PAGE_SIZE,
            updated_min: self.rows.last().map(|last| last.since),
            ..ListQuery::default()
        };
        let turn = calls.turn(Lane::Page, &ClientId::default()).await.ok()?;
        tally.note_sweep();
        let departed = turn.given();
        let answer = turn.spent_on(calls.client.list(&query)).await.ok()?;
        let page = calls.heeding(answer).ok()?;
        tally.note_answer();
        Some((page, departed))
    }

    /// Notes what is on a page, and decides how to go on.
    fn take_in(&mut self, page: &Page, departed: Instant) -> Option<Swept> {
        self.began.get_or_insert(departed);
        let rows = page.items.len() as u64;
        let keys = page.items.iter().filter_map(|row| match row {
            Ok(tracking) => Some(&tracking.key),
            Err(error) => error.key.as_ref(),
        });
        let keys: HashSet<_> = keys.collect();
        self.read += rows;
        self.blurred += rows - keys.len() as u64;
        self.seen.extend(keys.into_iter().cloned());
        // A row without a name may be about any parcel.
        let is_nameless = |error: &ItemError| error.key.is_none();
        self.is_readable &= !page
            .items
            .iter()
            .any(|row| row.as_ref().is_err_and(is_nameless));
        let rows_read = || page.items.iter().flatten();
        self.updated = newest(rows_read().map(|row| row.updated_at)).max(self.updated);
        self.created = newest(rows_read().map(|row| row.created_at)).max(self.created);

        let is_full = rows >= u64::from(MAX_PAGE_SIZE);
        let total = page.total.unwrap_or(self.read + u64::from(is_full));
        let is_all = self.rows.last().is_none();
        let (is_shorter, is_broken) = (total < self.longest, rows == 0 && self.read < total);
        self.longest = self.longest.max(total);
        // Pages that grow shorter meanwhile may hide a row.
        if !is_all && (is_shorter || is_broken) {
            return Some(Swept::Failed);
        }
        if self.seen.len() as u64 + self.blurred >= total {
            return Some(self.whole(departed));
        }
        if self.read < total && !is_broken {
            return self.turn_page(total, departed);
        }
        // Rows moved to pages that were read already.
        if self.pass == 2 {
            // What of all was missed twice is noticed when it changes once more.
            return Some(if is_all {
                self.whole(departed)
            } else {
                Swept::Failed
            });
        }
        (self.pass, self.page, self.read, self.blurred) = (2, 1, 0, 0);
        None
    }

    fn turn_page(&mut self, total: u64, departed: Instant) -> Option<Swept> {
        let pages = total.div_ceil(u64::from(MAX_PAGE_SIZE));
        let most = self.rows.most_pages();
        if let Rows::All = self.rows
            && self.page >= most
        {
            tracing::warn!(
                parcels = total,
                "the account has more parcels than {MOST_PAGES} pages hold: of those behind them the first change is not told to those who watch the whole account"
            );
            return Some(self.whole(departed));
        }
        let is_news = self.rows.last().is_some();
        if is_news && (pages > u64::from(most) || self.page >= most) {
            return Some(Swept::TooLong);
        }
        self.page += 1;
        None
    }

    /// Where the next one goes on.
    fn whole(&self, departed: Instant) -> Swept {
        let began = self.began.unwrap_or(departed);
        // What the last page tells of may be of a later time than the first page is.
        let took = SignedDuration::try_from(departed - began).unwrap_or_default();
        let since = |newest| earlier(before(newest), took);
        let sweep = match self.rows.last() {
            None => Sweep {
                since: since(self.updated),
                from: began,
                until: began,
                whole: Some(Whole {
                    since: since(self.updated.max(self.created)),
                    at: began,
                    log: self.log,
                }),
            },
            Some(last) => Sweep {
                // Without rows nothing is known of the time, and the next one costs nothing more.
                since: self
                    .updated
                    .map_or(last.since, |time| last.since.max(since(Some(time)))),
                from: if self.is_readable { last.from } else { began },
                until: began,
                whole: last.whole,
            },
        };
        Swept::Whole(sweep, self.page as usize)
    }
}

fn gives_way(waits_since: Instant, lane: &LaneBudget, now: Instant) -> Option<Instant> {
    let is_free = lane.queued == 0 && lane.next_slot.is_none();
    if is_free || now >= waits_since + GIVES_WAY {
        return None;
    }
    Some(lane.next_slot.unwrap_or(now).max(now + LOOK))
}

async fn absorb(calls: &Calls, page: Page, departed: Instant) {
    let mut keys = Vec::new();
    for tracking in page.items.into_iter().flatten() {
        keys.push(tracking.key.clone());
        calls.records.absorb(tracking, departed, Source::List);
    }
    // The log is not flooded with the next page before it has this one.
    calls.records.live.settled(&keys).await;
}

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod tests;
