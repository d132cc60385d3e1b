//! Answers that were finished once, and are given again as bytes for as long as they are certainly the same.
//!
//! Whether one is, is found out each time that it is asked for: no list tells which answers a parcel is in. It knows
//! nothing of HTTP.

mod page;
mod question;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::sync::Cache;

use super::answer::Answer;
use super::door::Door;
use super::operation::{Kind, Operation};

pub use page::Page;

use page::Room;
use question::Question;

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
    /// `None` if nothing is kept.
    pages: Option<Cache<Question, Arc<Page>>>,
    room: Arc<Room>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedFigures {
    /// Answers that were there already.
    pub hits: u64,
    /// Answers that could have been there and were not.
    pub misses: u64,
    /// About how many bytes are kept.
    pub bytes: u64,
}

impl Finished {
    /// Takes so many bytes at the most; with 0 nothing is kept.
    pub(super) fn new(bytes: u64) -> Self {
        let for_forms = bytes / FOR_FORMS;
        let weigh = |question: &Question, page: &Arc<Page>| {
            let parcels = page.basis.parcels() * PARCEL_WEIGHT;
            let weight = LEAST_WEIGHT + question.weight() + page.body().len() + parcels;
            u32::try_from(weight).unwrap_or(u32::MAX)
        };
        let pages = Cache::builder().max_capacity(bytes - for_forms);
        Self(Arc::new(Archive {
            pages: (bytes > 0).then(|| pages.weigher(weigh).build()),
            room: Arc::new(Room::new(usize::try_from(for_forms).unwrap_or(usize::MAX))),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }))
    }

    /// The page that answers a question, if it would be the same now.
    fn find(&self, question: &Question, is_same: impl Fn(&Page) -> bool) -> Option<Arc<Page>> {
        let pages = self.0.pages.as_ref()?;
        let page = pages.get(question);
        let same = page.as_ref().filter(|page| is_same(page)).cloned();
        let count = match &same {
            Some(_) => &self.0.hits,
            None => &self.0.misses,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if page.is_some() && same.is_none() {
            pages.invalidate(question);
        }
        same
    }

    fn keep(&self, question: Question, page: &Arc<Page>) {
        if let Some(pages) = &self.0.pages {
            pages.insert(question, page.clone());
        }
    }

    /// How it stands.
    pub(super) fn figures(&self) -> FinishedFigures {
        let pages = self.0.pages.as_ref().map_or(0, |pages| {
            pages.run_pending_tasks();
            pages.weighted_size()
        });
        FinishedFigures {
            hits: self.0.hits.load(Ordering::Relaxed),
            misses: self.0.misses.load(Ordering::Relaxed),
            bytes: pages + self.0.room.taken() as u64,
        }
    }
}

impl Door {
    /// The answer to a query: the one that is there, if it would be the same, or else its own.
    pub(super) async fn read(&self, operation: &Operation) -> Answer {
        if !operation.lasts() || self.reports() {
            let usage = self.usage(Kind::Query);
            return Answer::first(self.carry_out(operation, &usage).await);
        }
        let question = Question::of(operation, self.caller());
        let known = question.as_ref().and_then(|question| {
            let is_same = |page: &Page| self.tracker().would_repeat(&page.basis);
            self.finished().find(question, is_same)
        });
        if let Some(page) = known {
            return Answer::finished(page);
        }
        let usage = Arc::new(self.new_usage(Kind::Query).noting_ingredients());
        let response = self.carry_out(operation, &usage).await;
        let has_errors = !response.errors.is_empty();
        let answer = Answer::first(response);
        match (usage.basis().filter(|_| !has_errors), question) {
            (Some(basis), Some(question)) => {
                let room = self.finished().0.room.clone();
                let page = Arc::new(Page::new(answer.to_bytes(), basis, room));
                self.finished().keep(question, &page);
                Answer::finished(page)
            }
            _ => answer,
        }
    }
}
