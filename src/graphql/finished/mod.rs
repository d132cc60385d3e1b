//! Answers that were finished once, and are given again as bytes for as long as they are certainly the same.
//!
//! Whether one is, is found out each time that it is asked for: no list tells which answers a parcel is in. It knows
//! nothing of HTTP.

mod page;
mod question;
mod seen;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ahash::RandomState;
use bytes::Bytes;
use moka::sync::Cache;

use super::answer::Answer;
use super::door::Door;
use super::operation::{Kind, Operation};
use super::request::Sent;
use super::tally::End;
use super::trace::{Begun, Title};
use crate::telemetry::is_tracing;
use crate::tracker::{Basis, Usage};

pub use page::Page;

use page::Room;
use question::Question;
use seen::Seen;

/// About how many bytes a page takes beside what it is of.
const LEAST_WEIGHT: usize = 600;

/// The same for each parcel.
const PARCEL_WEIGHT: usize = 40;

/// One byte of so many is for coded forms.
const FOR_FORMS: u64 = 4;

/// All answers that are kept. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Finished(Arc<Archive>);

#[derive(Debug)]
struct Archive {
    /// In bytes.
    most: u64,
    /// `None` if nothing is kept.
    pages: Option<Cache<Question, Kept, RandomState>>,
    room: Arc<Room>,
    seen: Seen,
    tally: Arc<Tally>,
}

/// What happened since the process was started.
#[derive(Debug, Default)]
struct Tally {
    hits: AtomicU64,
    misses: AtomicU64,
    glances: AtomicU64,
}

/// An answer that is kept.
#[derive(Debug, Clone)]
struct Kept {
    page: Arc<Page>,
    /// What its operation costs, in points.
    cost: u32,
    /// What it is called, if there are traces.
    title: Option<Arc<Title>>,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedFigures {
    /// Answers that were there already.
    pub hits: u64,
    /// Answers that could have been there and were not.
    pub misses: u64,
    /// Answers that were made at once, of parcels that were at hand.
    pub glances: u64,
    /// About how many bytes are kept.
    pub bytes: u64,
}

impl Finished {
    /// Takes so many bytes at the most; with 0 nothing is kept.
    pub(super) fn new(bytes: u64) -> Self {
        Self::counting(bytes, Arc::default())
    }

    /// Another archive in its place, in which nothing is kept yet.
    pub(super) fn anew(&self, bytes: u64) -> Self {
        Self::counting(bytes, self.0.tally.clone())
    }

    /// Whether it is the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// How many bytes it may take.
    pub(super) fn most(&self) -> u64 {
        self.0.most
    }

    /// Gives up all that is kept.
    pub(super) fn give_up(&self) {
        if let Some(pages) = &self.0.pages {
            pages.invalidate_all();
            pages.run_pending_tasks();
        }
    }

    fn counting(bytes: u64, tally: Arc<Tally>) -> Self {
        let for_forms = bytes / FOR_FORMS;
        let weigh = |question: &Question, Kept { page, .. }: &Kept| {
            let parcels = page.basis.parcels() * PARCEL_WEIGHT;
            let weight = LEAST_WEIGHT + question.weight() + page.body().len() + parcels;
            u32::try_from(weight).unwrap_or(u32::MAX)
        };
        let pages = Cache::builder().max_capacity(bytes - for_forms);
        Self(Arc::new(Archive {
            most: bytes,
            pages: (bytes > 0).then(|| pages.weigher(weigh).build_with_hasher(RandomState::new())),
            room: Arc::new(Room::new(usize::try_from(for_forms).unwrap_or(usize::MAX))),
            seen: Seen::new(bytes / LEAST_WEIGHT as u64),
            tally,
        }))
    }

    /// The page that answers a question, and what that costs, if it would be the same now.
    fn find(&self, question: &Question, is_same: impl Fn(&Page) -> bool) -> Option<Kept> {
        let kept = self.0.pages.as_ref()?.get(question);
        kept.filter(|kept| is_same(&kept.page))
    }

    /// Notes that an answer was there.
    fn hit(&self) {
        self.0.tally.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the answer to a question is worth to be kept. Most of what comes by itself never comes again; what does is
    /// kept from the second time on.
    fn is_worth_keeping(&self, operation: &Operation, question: &Question) -> bool {
        self.0.pages.is_some() && (operation.sent.is_none() || self.0.seen.again(question))
    }

    /// Notes that an answer had to be made.
    fn miss(&self) {
        if self.0.pages.is_some() {
            self.0.tally.misses.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn keep(&self, question: Question, kept: Kept) {
        if let Some(pages) = &self.0.pages {
            pages.insert(question, kept);
        }
    }

    /// How it stands.
    pub(super) fn figures(&self) -> FinishedFigures {
        let pages = self.0.pages.as_ref().map_or(0, |pages| {
            pages.run_pending_tasks();
            pages.weighted_size()
        });
        FinishedFigures {
            hits: self.0.tally.hits.load(Ordering::Relaxed),
            misses: self.0.tally.misses.load(Ordering::Relaxed),
            glances: self.0.tally.glances.load(Ordering::Relaxed),
            bytes: pages + self.0.room.taken() as u64,
        }
    }
}

impl Door {
    /// The answer to a query that came as these bytes before, if it would be the same now and its caller can pay for it.
    pub async fn again(&self, sent: &Sent) -> Option<Answer> {
        if self.is_keyed() || self.reports() {
            return None;
        }
        let began = Instant::now();
        let begun = is_tracing().then(Begun::now);
        let question = Question::sent(sent, self.caller());
        let Kept { page, cost, title } = self.kept(&question)?;
        let charge = self.charge_whole(cost).await?;
        self.finished().hit();
        page.tally.note(Some(Kind::Query), End::Good, began);
        if let Some(begun) = begun {
            begun.answered_again(title.as_deref());
        }
        Some(Answer::finished(page).charged(charge))
    }

    /// The answer to a query: the one that is there, if it would be the same, or else its own.
    pub(super) async fn read(&self, operation: &Operation) -> Answer {
        let usual = || self.new_usage(Kind::Query);
        if !operation.lasts() || self.reports() {
            return self.answered(operation, usual).await.0;
        }
        let Some(question) = Question::of(operation, self.caller()) else {
            return self.answered(operation, usual).await.0;
        };
        // For what came by itself that was found out before it was read.
        let known = || self.kept(&question);
        if let Some(kept) = operation.sent.is_none().then(known).flatten() {
            self.finished().hit();
            return Answer::finished(kept.page);
        }
        self.finished().miss();
        let is_kept = self.finished().is_worth_keeping(operation, &question);
        // Only what is asked in an address has a name by which it is asked for again.
        if !is_kept && matches!(operation.sent, Some(Sent::Body(_))) {
            return self.answered(operation, usual).await.0;
        }
        let (answer, basis) = self
            .answered(operation, || usual().noting_ingredients())
            .await;
        let Some(basis) = basis else {
            return answer;
        };
        let room = self.finished().0.room.clone();
        let body = match is_kept {
            // It is to hold nothing but its own bytes.
            true => Bytes::copy_from_slice(&answer.to_bytes()),
            false => answer.to_bytes(),
        };
        let page = Arc::new(Page::new(body, basis, operation.tally().clone(), room));
        if is_kept {
            let kept = Kept {
                page: page.clone(),
                cost: operation.cost(),
                title: operation
                    .trace
                    .as_ref()
                    .and_then(|it| it.title_for_traces()),
            };
            self.finished().keep(question, kept);
        }
        Answer::finished(page)
    }

    /// The answer to a query, and of what it was made if that is noted and it is a good one.
    async fn answered(
        &self,
        operation: &Operation,
        usage: impl Fn() -> Usage,
    ) -> (Answer, Option<Basis>) {
        if !self.reports() {
            let usage = usage();
            if let Some(json) = operation.glance(self.caller(), self.tracker(), &usage) {
                self.finished()
                    .0
                    .tally
                    .glances
                    .fetch_add(1, Ordering::Relaxed);
                return (Answer::written(json), usage.basis());
            }
        }
        let usage = Arc::new(usage());
        let response = self.carry_out(operation, &usage).await;
        let basis = usage.basis().filter(|_| response.errors.is_empty());
        (Answer::first(response), basis)
    }

    fn kept(&self, question: &Question) -> Option<Kept> {
        let is_same = |page: &Page| self.tracker().would_repeat(&page.basis);
        self.finished().find(question, is_same)
    }
}
