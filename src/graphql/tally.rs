//! What became of operations, for operators: by their names, if their documents are the operator's own.
//!
//! Whoever sends operations may call them what he likes, and each name would be kept for ever.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use prometheus_client::metrics::histogram::Histogram;

use super::answer::Answer;
use super::document::Trust;
use super::error::ErrorCode;
use super::operation::Kind;

/// How many names are told apart at the most.
const MOST_NAMES: usize = 200;

/// What all others are called.
const OTHER: &str = "other";

/// In seconds: from what is at hand to what waits for the upstream until nobody does any more.
const TIMES: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0];

/// How many kinds of operations there are, with that of which it is not known.
const KINDS: usize = 4;

/// What becomes of operations besides failing, which has a code each.
const UNFAILED: [&str; 3] = ["ok", "partial", "abandoned"];

const OUTCOMES: usize = ErrorCode::ALL.len() + UNFAILED.len();

/// What became of the operations of one name.
#[derive(Debug, Clone)]
pub struct OperationFigures {
    /// What they are called.
    pub name: String,
    /// How many of each type had each outcome, of those that there were.
    pub counts: Vec<Counted>,
    /// How long they took, in seconds; a subscription until it began.
    pub took: Histogram,
}

/// So many operations of a type had an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// What they do.
    pub kind: &'static str,
    /// What became of them.
    pub outcome: &'static str,
    /// How many they were.
    pub count: u64,
}

/// What became of all operations. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Tallies(Arc<Book>);

#[derive(Debug)]
struct Book {
    other: Arc<Tally>,
    named: Mutex<BTreeMap<String, Arc<Tally>>>,
}

/// What became of the operations of one name.
#[derive(Debug)]
pub(super) struct Tally {
    counts: [[AtomicU64; OUTCOMES]; KINDS],
    took: Histogram,
}

/// An operation that is under way, and is counted when it is known what became of it.
#[derive(Debug)]
pub(super) struct Counting {
    tally: Arc<Tally>,
    kind: Option<Kind>,
    began: Instant,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is as it should be.
    Good,
    /// It has errors, and data besides.
    Partial,
    /// Its client left before it came to any other end.
    Abandoned,
    /// It has nothing but errors, of which this is the first.
    Failed(ErrorCode),
}

impl Default for Tallies {
    fn default() -> Self {
        Self(Arc::new(Book {
            other: Arc::default(),
            named: Mutex::default(),
        }))
    }
}

impl Tallies {
    /// Where an operation of that name is counted. What is asked for here is kept by whoever asks.
    pub(super) fn of(&self, name: Option<&str>, trust: Trust) -> Arc<Tally> {
        let (Some(name), Trust::Trusted) = (name, trust) else {
            return self.0.other.clone();
        };
        let mut named = self.named();
        if let Some(known) = named.get(name) {
            return known.clone();
        }
        if name == OTHER || named.len() >= MOST_NAMES {
            return self.0.other.clone();
        }
        named.entry(name.to_owned()).or_default().clone()
    }

    /// Begins to count something that came at that moment, of which nothing is known yet.
    pub(super) fn begin(&self, began: Instant) -> Counting {
        Counting {
            tally: self.0.other.clone(),
            kind: None,
            began,
        }
    }

    pub(super) fn read(&self) -> Vec<OperationFigures> {
        let other = [(OTHER.to_owned(), self.0.other.clone())];
        let named = self.named().clone().into_iter();
        let all = named.chain(other);
        let figures = all.map(|(name, tally)| OperationFigures {
            name,
            counts: tally.read(),
            took: tally.took.clone(),
        });
        figures
            .filter(|figures| !figures.counts.is_empty())
            .collect()
    }

    fn named(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Tally>>> {
        self.0.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            counts: Default::default(),
            took: Histogram::new(TIMES),
        }
    }
}

impl Tally {
    /// Counts an operation that began at that moment and has come to its end.
    pub(super) fn note(&self, kind: Option<Kind>, end: End, began: Instant) {
        self.counts[place_of(kind)][end.place()].fetch_add(1, Ordering::Relaxed);
        self.took.observe(began.elapsed().as_secs_f64());
    }

    fn read(&self) -> Vec<Counted> {
        let kinds = ["query", "mutation", "subscription", "unknown"];
        let codes = ErrorCode::ALL.into_iter().map(ErrorCode::as_str);
        let outcomes: Vec<_> = UNFAILED.into_iter().chain(codes).collect();
        let all = kinds.into_iter().zip(&self.counts);
        let all = all.flat_map(|(kind, counts)| {
            let counts = outcomes.iter().zip(counts);
            counts.map(move |(outcome, count)| Counted {
                kind,
                outcome,
                count: count.load(Ordering::Relaxed),
            })
        });
        all.filter(|counted| counted.count > 0).collect()
    }
}

impl Counting {
    /// Notes which operation it is.
    pub(super) fn is_of(&mut self, tally: &Arc<Tally>, kind: Kind) {
        self.tally = tally.clone();
        self.kind = Some(kind);
    }

    /// Counts it, now that it has come to its end.
    pub(super) fn note(&self, end: End) {
        self.tally.note(self.kind, end, self.began);
    }
}

impl End {
    /// What an answer says.
    pub(super) fn of(answer: &Answer) -> Self {
        match (answer.refusal, answer.first_code(), answer.has_data()) {
            (Some(code), ..) => Self::Failed(code),
            (None, None, _) => Self::Good,
            (None, Some(_), true) => Self::Partial,
            (None, Some(code), false) => Self::Failed(code),
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Good => 0,
            Self::Partial => 1,
            Self::Abandoned => 2,
            Self::Failed(code) => UNFAILED.len() + code as usize,
        }
    }
}

fn place_of(kind: Option<Kind>) -> usize {
    match kind {
        Some(Kind::Query) => 0,
        Some(Kind::Mutation) => 1,
        Some(Kind::Subscription) => 2,
        None => 3,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Response, Value};

    use super::*;
    use crate::graphql::error::Failure;

    fn counts(tallies: &Tallies) -> Vec<(String, &'static str, &'static str, u64)> {
        let figures = tallies.read().into_iter();
        let figures = figures.flat_map(|figures| {
            let counts = figures.counts.into_iter();
            let name = figures.name;
            counts.map(move |it| (name.clone(), it.kind, it.outcome, it.count))
        });
        figures.collect()
    }

    #[test]
    fn only_the_operators_own_operations_are_counted_by_their_names_and_only_so_many() {
        let tallies = Tallies::default();
        let now = Instant::now();
        let note = |name: Option<&str>, trust| {
            let tally = tallies.of(name, trust);
            tally.note(Some(Kind::Query), End::Good, now);
        };
        note(Some("Order"), Trust::Trusted);
        note(Some("Order"), Trust::Trusted);
        note(Some("Order"), Trust::Stranger);
        note(Some(OTHER), Trust::Trusted);
        note(None, Trust::Trusted);
        let told = |name: &str, count| (name.to_owned(), "query", "ok", count);
        assert_eq!(counts(&tallies), [told("Order", 2), told(OTHER, 3)]);
        for number in 0..2 * MOST_NAMES {
            note(Some(&format!("Name{number}")), Trust::Trusted);
        }
        assert_eq!(counts(&tallies).len(), MOST_NAMES + 1);
        let all: u64 = counts(&tallies).iter().map(|counted| counted.3).sum();
        assert_eq!(all, 5 + 2 * MOST_NAMES as u64);
    }

    #[test]
    fn an_end_is_what_the_answer_says() {
        let failed = |code| Failure::new(code, "").into_response();
        let with_data = |mut response: Response| {
            response.data = Value::from_json(serde_json::json!({ "a": 1 })).unwrap();
            response
        };
        let empty = |mut response: Response| {
            let nothing = serde_json::json!({ "a": null, "b": [null, null] });
            response.data = Value::from_json(nothing).unwrap();
            response
        };
        let good = with_data(Response::new(Value::Null));
        assert_eq!(End::of(&Answer::first(good)), End::Good);
        let partial = with_data(failed(ErrorCode::Timeout));
        assert_eq!(End::of(&Answer::first(partial)), End::Partial);
        let none = Answer::first(failed(ErrorCode::Timeout));
        assert_eq!(End::of(&none), End::Failed(ErrorCode::Timeout));
        let none = Answer::first(empty(failed(ErrorCode::Timeout)));
        assert_eq!(End::of(&none), End::Failed(ErrorCode::Timeout));
        let refused = Failure::new(ErrorCode::Forbidden, "").into();
        assert_eq!(End::of(&refused), End::Failed(ErrorCode::Forbidden));
    }

    #[test]
    fn every_outcome_has_a_place_and_the_right_word() {
        let tallies = Tallies::default();
        for code in ErrorCode::ALL {
            tallies.begin(Instant::now()).note(End::Failed(code));
            let told = (OTHER.to_owned(), "unknown", code.as_str(), 1);
            assert!(counts(&tallies).contains(&told), "{code:?}");
        }
        assert_eq!(counts(&tallies).len(), ErrorCode::ALL.len());
    }
}
