//! Calls for many that are on their way.

use std::mem;
use std::sync::Arc;

use super::coalescer::Shared;
use super::route::{Route, Stake};
use super::usage::Departure;
use super::{Fault, TrackerError};
use crate::model::{ClientId, Quota};
use crate::telemetry::{self, Scope, Span};
use crate::throttle::{self, Lane, Turn};
use crate::upstream::Kind;

/// After how many calls nothing is split any more. Forty keys with one bad one among them take eleven.
const MOST_CALLS: usize = 16;

/// A batch on its way. Whoever it carries is answered, even if it breaks off.
pub(super) struct Flight<R: Route> {
    shared: Arc<Shared<R>>,
    /// What is not answered yet.
    keys: Vec<R::Key>,
    departures: Vec<Departure>,
    /// In which scope it is told.
    scope: Scope,
    /// On behalf of all replicas.
    for_all: Option<throttle::Flight>,
    /// What could not be had, which the others are told in the end.
    failures: Vec<(R::Key, TrackerError)>,
}

impl<R: Route> Flight<R> {
    pub(super) fn new(shared: Arc<Shared<R>>, keys: Vec<R::Key>) -> Self {
        let scope = shared.desk().scope_of(&keys);
        Self {
            scope,
            shared,
            keys,
            departures: Vec::new(),
            for_all: None,
            failures: Vec::new(),
        }
    }

    /// The same on behalf of all replicas, as long as they leave these keys to this one.
    pub(super) fn for_all(mut self, flight: throttle::Flight) -> Self {
        self.for_all = Some(flight);
        self
    }

    /// Makes the call. What is refused as a whole is tried in halves, each with a turn of its own, so that a key that the
    /// upstream does not like fails alone.
    pub(super) async fn run(mut self, turn: Turn) {
        let scope = mem::take(&mut self.scope);
        scope.around(self.run_in_scope(turn)).await;
    }

    async fn run_in_scope(mut self, turn: Turn) {
        self.span().around(self.fly(turn)).await;
        if let Some(flight) = self.for_all.take() {
            self.shared.tell_failures(&self.failures);
            // The keys are let go of when the others know the answers.
            self.shared.calls.records.cache.settled().await;
            drop(flight);
        }
    }

    /// Its part of the trace of the first who waits for it; others have links to it.
    fn span(&self) -> Span {
        let span = Span::begin(telemetry::Kind::Internal, || "batch".into());
        if span.is_kept() {
            let (keys, seats) = (self.keys.len(), self.shared.route.seats());
            span.set("parcelgraph.lane", R::LANE.name());
            span.set_count("parcelgraph.keys", keys);
            span.set("parcelgraph.fill", keys as f64 / seats as f64);
            span.set("parcelgraph.for_all_replicas", self.for_all.is_some());
        }
        span
    }

    async fn fly(&mut self, turn: Turn) {
        let shared = self.shared.clone();
        let mut batches = vec![self.keys.clone()];
        let mut turn = Ok(turn);
        let mut exhausted = None;
        while let Some(mut batch) = batches.pop() {
            let answer = match turn {
                Ok(turn) => self.call(&mut batch, turn).await,
                Err(error) => Err(error),
            };
            match answer {
                Err(error) if self.is_of_some(&error, &batch) && self.may_call_again() => {
                    shared.desk().call_back(&batch);
                    let half = batch.split_off(batch.len() / 2);
                    batches.extend([half, batch]);
                }
                answer => {
                    let answer = answer.map_err(|error| match error.refusal() {
                        // Who is not at fault is not told another one's.
                        Some(kind) if kind != Kind::Quota && self.is_of_some(&error, &batch) => {
                            TrackerError::Unsorted
                        }
                        _ => error,
                    });
                    let to_each = |error| vec![Err(error); batch.len()];
                    let outcomes = answer.unwrap_or_else(to_each);
                    exhausted = exhausted.or_else(|| no_more_quota(&outcomes));
                    for (key, outcome) in batch.iter().zip(&outcomes) {
                        self.answer(key, outcome);
                    }
                }
            }
            // What nobody waits for any more is not asked for again.
            for batch in &mut batches {
                shared.desk().keep_awaited(batch);
            }
            self.keys = batches.concat();
            batches.retain(|batch| !batch.is_empty());
            if batches.is_empty() {
                return;
            }
            turn = match &exhausted {
                Some(error) => Err(error.clone()),
                None => shared.calls.turn(R::LANE, &ClientId::default()).await,
            };
        }
    }

    async fn call(
        &mut self,
        batch: &mut Vec<R::Key>,
        turn: Turn,
    ) -> Result<Vec<Result<R::Value, TrackerError>>, TrackerError> {
        self.shared.desk().send_out(batch);
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let Shared { route, calls, .. } = &*self.shared;
        if R::LANE == Lane::List {
            self.note_list_call(batch);
        }
        let departure = Departure::now(route.load(batch));
        self.departures.push(departure);
        route.call(calls, batch, turn).await
    }

    /// Notes what leaves, and how long it waited for that.
    fn note_list_call(&self, batch: &[R::Key]) {
        let calls = &self.shared.calls;
        calls.tally.note_batch(batch.len());
        let waited = self.shared.desk().longest_wait(batch);
        if let (Some(waited), true) = (waited, self.departures.is_empty()) {
            calls.throttle.note_wait(R::LANE, waited);
        }
    }

    fn may_call_again(&self) -> bool {
        self.departures.len() < MOST_CALLS
    }

    /// Whether the halves of a batch may fare better than the whole.
    fn is_of_some(&self, error: &TrackerError, batch: &[R::Key]) -> bool {
        let route = &self.shared.route;
        let is_paid = route.quota() > Quota::ZERO;
        batch.len() > 1
            && match error.refusal() {
                Some(Kind::BadInput) => true,
                // The account may be able to pay for less.
                Some(Kind::Quota) => is_paid,
                // It may be about any of the rows, and they belong to strangers.
                Some(Kind::Conflict | Kind::NotFound | Kind::NotDetected) => {
                    route.stake() == Stake::Change
                }
                _ => false,
            }
    }

    fn answer(&mut self, key: &R::Key, outcome: &Result<R::Value, TrackerError>) {
        // That there is no such thing is an answer, and kept with the others.
        if let (Some(_), Err(error)) = (&self.for_all, outcome)
            && error.fault() != Fault::NotFound
        {
            self.failures.push((key.clone(), error.clone()));
        }
        let departures = Arc::from(&self.departures[..]);
        self.shared.desk().answer(key, outcome, &departures);
    }
}

/// Why nothing more can be paid for, if not even one of them could be: each of the others costs the same.
fn no_more_quota<V>(outcomes: &[Result<V, TrackerError>]) -> Option<TrackerError> {
    match outcomes {
        [Err(error)] if error.refusal() == Some(Kind::Quota) => Some(error.clone()),
        _ => None,
    }
}

impl<R: Route> Drop for Flight<R> {
    fn drop(&mut self) {
        for key in &self.keys {
            let broken_off = Err(TrackerError::BrokenOff);
            self.shared.desk().answer(key, &broken_off, &Arc::default());
        }
    }
}
