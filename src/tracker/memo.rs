//! Answers about other things than the account's trackings: remembered for a while, and fetched once however many ask.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indexmap::IndexSet;
use jiff::Timestamp;
use moka::sync::Cache;
use tokio::time::Instant;

use super::coalescer::Coalescer;
use super::route::Route;
use super::usage::Usage;
use super::{Calls, StaleReason, TrackerError};
use crate::model::Quota;
use crate::throttle::{Lane, Turn, Urgency};
use crate::upstream::{Call, Client, Error};

/// A kind of question and how it is asked.
pub(super) trait Question: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What is answered.
    type Answer: Clone + Debug + Send + Sync + 'static;
    /// The call that asks it.
    const CALL: Call;
    /// How long an answer is good; an older one is given in place of a failure.
    const TIME_TO_LIVE: Duration;
    /// How many answers are remembered.
    const CAPACITY: u64;
    /// How many such questions a call takes.
    const ROWS: usize = 1;

    /// Whether two of them can be asked in one call.
    fn fits(&self, _other: &Self) -> bool {
        true
    }

    /// Whether an answer is one, or only says that there is none to be read.
    fn is_worth_keeping(_answer: &Self::Answer) -> bool {
        true
    }

    /// Asks as many as a call takes; gives an answer for each, in their order.
    fn ask(
        client: &Client,
        questions: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Error>> + Send;
}

/// What the upstream said, and when.
#[derive(Debug, Clone)]
pub struct Remembered<V> {
    /// What it said.
    pub value: V,
    /// When it said so.
    pub fetched_at: Timestamp,
    /// Why it is older than it should be, if it is.
    pub stale: Option<StaleReason>,
    pub(super) as_of: Instant,
    /// How often everything had been outdated when it was asked for.
    epoch: u64,
}

impl<V> Remembered<V> {
    /// Whether it is fresh, as answers to such a question are.
    fn is_of<Q: Question>(&self, epoch: u64) -> bool {
        self.epoch == epoch && self.as_of.elapsed() < Q::TIME_TO_LIVE
    }
}

/// An answer for every question.
pub type Answers<Q, V> = HashMap<Q, Result<Remembered<V>, TrackerError>>;

/// A question, and how often everything had been outdated when it came: who asks after a change does not join a call that
/// left before it.
type Asked<Q> = (Q, u64);

/// Counts how often everything of a kind was outdated.
#[derive(Debug, Clone, Default)]
pub(super) struct Epoch(Arc<AtomicU64>);

impl Epoch {
    /// Has everything asked for again that is asked for from now on; what is known stays in case that fails.
    pub(super) fn outdate(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one question costs.
fn price<Q: Question>() -> Quota {
    Q::CALL.quota_per_row().unwrap_or_default()
}

/// The answers to one kind of question.
#[derive(Debug)]
pub(super) struct Memo<Q: Question> {
    known: Cache<Q, Remembered<Q::Answer>>,
    epoch: Epoch,
    coalescer: Coalescer<Inquiry<Q>>,
}

impl<Q: Question> Memo<Q> {
    /// `account` is outdated by whatever spends quota.
    pub(super) fn new(calls: &Calls, account: &Epoch) -> Self {
        let known = Cache::new(Q::CAPACITY);
        let inquiry = Inquiry {
            known: known.clone(),
            account: account.clone(),
            question: PhantomData,
        };
        Self {
            known,
            epoch: Epoch::default(),
            coalescer: Coalescer::new(calls.clone(), inquiry),
        }
    }

    /// The same for answers that others outdate.
    pub(super) fn outdated_by(self, epoch: Epoch) -> Self {
        Self { epoch, ..self }
    }

    /// What is known, however old; nothing is asked.
    pub(super) fn known(&self, question: &Q) -> Option<Remembered<Q::Answer>> {
        self.known.get(question)
    }

    /// What is known, if it is fresh; nothing is asked.
    pub(super) fn at_hand(&self, question: &Q) -> Option<Remembered<Q::Answer>> {
        let epoch = self.epoch.now();
        self.known(question).filter(|known| known.is_of::<Q>(epoch))
    }

    /// The answer to one question.
    pub(super) async fn get(
        &self,
        usage: &Usage,
        question: Q,
    ) -> Result<Remembered<Q::Answer>, TrackerError> {
        self.get_if(usage, question, |_| true).await
    }

    /// The same, if what is known is also good in other ways than by its age.
    pub(super) async fn get_if(
        &self,
        usage: &Usage,
        question: Q,
        is_good: impl Fn(&Remembered<Q::Answer>) -> bool,
    ) -> Result<Remembered<Q::Answer>, TrackerError> {
        let questions = vec![question.clone()];
        let mut answers = self.get_many_if(usage, questions, is_good).await;
        let answer = answers.remove(&question);
        answer.unwrap_or(Err(TrackerError::BrokenOff))
    }

    /// The answers to many questions.
    pub(super) async fn get_many(&self, usage: &Usage, questions: Vec<Q>) -> Answers<Q, Q::Answer> {
        self.get_many_if(usage, questions, |_| true).await
    }

    async fn get_many_if(
        &self,
        usage: &Usage,
        questions: Vec<Q>,
        is_good: impl Fn(&Remembered<Q::Answer>) -> bool,
    ) -> Answers<Q, Q::Answer> {
        let epoch = self.epoch.now();
        let is_fresh = |known: &Remembered<_>| known.is_of::<Q>(epoch) && is_good(known);
        let mut answers = Answers::with_capacity(questions.len());
        let mut missing = IndexSet::new();
        for question in questions {
            match self.known.get(&question).filter(is_fresh) {
                Some(known) => _ = answers.insert(question, Ok(known)),
                None => _ = missing.insert((question, epoch)),
            }
        }
        usage.add_hits(answers.len());
        if missing.is_empty() {
            return answers;
        }
        if let Err(refusal) = usage.reserve(price::<Q>().times(missing.len() as u64)) {
            let refused = missing.into_iter();
            answers.extend(refused.map(|(question, _)| (question, Err(refusal.clone()))));
            return answers;
        }
        let missing = missing.into_iter().collect();
        let fetched = self.coalescer.fetch(missing, Urgency::Person, usage).await;
        answers.extend(fetched.into_iter().map(|((question, _), answer)| {
            let answer = answer.or_else(|error| self.instead_of(error, &question));
            (question, answer)
        }));
        answers
    }

    /// What was known before, in place of a failure. That something does not exist is none, and that something may have
    /// been paid for has to be told.
    fn instead_of(
        &self,
        error: TrackerError,
        question: &Q,
    ) -> Result<Remembered<Q::Answer>, TrackerError> {
        let has_to_be_told = error.is_answer() || matches!(error, TrackerError::SpendingUnknown(_));
        match self.known.get(question) {
            Some(known) if !has_to_be_told => Ok(Remembered {
                stale: Some(StaleReason::of(&error)),
                ..known
            }),
            _ => Err(error),
        }
    }
}

/// The way of one kind of question.
#[derive(Debug)]
struct Inquiry<Q: Question> {
    known: Cache<Q, Remembered<Q::Answer>>,
    account: Epoch,
    question: PhantomData<Q>,
}

impl<Q: Question> Route for Inquiry<Q> {
    type Key = Asked<Q>;
    type Value = Remembered<Q::Answer>;
    const LANE: Lane = Lane::Other;

    fn seats(&self) -> usize {
        Q::ROWS
    }

    fn quota(&self) -> Quota {
        price::<Q>()
    }

    fn fits(&self, batch: &[Asked<Q>], (question, _): &Asked<Q>) -> bool {
        batch.len() < Q::ROWS && batch.iter().all(|(other, _)| other.fits(question))
    }

    async fn call(
        &self,
        calls: &Calls,
        asked: &[Asked<Q>],
        turn: Turn,
    ) -> Result<Vec<Result<Self::Value, TrackerError>>, TrackerError> {
        let questions: Vec<Q> = asked.iter().map(|(question, _)| question.clone()).collect();
        let departed = turn.given();
        let answer = turn.spent_on(Q::ask(&calls.client, &questions)).await?;
        let values = if self.quota() == Quota::ZERO {
            calls.heeding(answer)?
        } else {
            // Whatever became of it, the figures of the account may be others now.
            self.account.outdate();
            calls.heeding_spending(answer)?
        };
        let fetched_at = Timestamp::now();
        let answers = asked.iter().zip(values).map(|((question, epoch), value)| {
            let answer = Remembered {
                value,
                fetched_at,
                stale: None,
                as_of: departed,
                epoch: *epoch,
            };
            if Q::is_worth_keeping(&answer.value) {
                self.known.insert(question.clone(), answer.clone());
            }
            Ok(answer)
        });
        Ok(answers.collect())
    }
}
