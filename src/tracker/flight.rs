//! Calls for many that are on their way.

use std::sync::Arc;

use super::TrackerError;
use super::coalescer::{Route, Shared};
use super::usage::Departure;
use crate::model::Quota;
use crate::upstream::Kind;

/// After how many calls nothing is split any more. Forty keys with one bad one among them take eleven.
const MOST_CALLS: usize = 16;

/// A batch on its way. Whoever it carries is answered, even if it breaks off.
pub(super) struct Flight<R: Route> {
    shared: Arc<Shared<R>>,
    keys: Vec<R::Key>,
    departures: Vec<Departure>,
}

impl<R: Route> Flight<R> {
    pub(super) fn new(shared: Arc<Shared<R>>, keys: Vec<R::Key>) -> Self {
        Self {
            shared,
            keys,
            departures: Vec::new(),
        }
    }

    /// Makes the call. What is refused as a whole is tried in halves, each with a turn of its own, so that a key that the
    /// upstream does not like fails alone.
    pub(super) async fn run(mut self) {
        let shared = self.shared.clone();
        let mut batches = vec![self.keys.clone()];
        let mut turn = Ok(());
        while let Some(mut batch) = batches.pop() {
            let answer = match turn {
                Ok(()) => self.call(&batch).await,
                Err(error) => Err(error),
            };
            match answer {
                Err(error) if self.may_split(&error, &batch) => {
                    shared.desk().call_back(&batch);
                    let half = batch.split_off(batch.len() / 2);
                    batches.extend([half, batch]);
                }
                Err(error) => {
                    let outcome = Err(error);
                    batch.iter().for_each(|key| self.answer(key, &outcome));
                }
                Ok(outcomes) => {
                    for (key, outcome) in batch.iter().zip(&outcomes) {
                        self.answer(key, outcome);
                    }
                }
            }
            // What nobody waits for any more is not asked for again.
            batches.iter_mut().for_each(|batch| {
                let desk = shared.desk();
                batch.retain(|key| desk.is_awaited(key));
            });
            batches.retain(|batch| !batch.is_empty());
            if batches.is_empty() {
                return;
            }
            turn = shared.calls.turn(R::LANE).await;
        }
    }

    async fn call(
        &mut self,
        batch: &[R::Key],
    ) -> Result<Vec<Result<R::Value, TrackerError>>, TrackerError> {
        let Shared { route, calls, .. } = &*self.shared;
        let departure = Departure::now();
        self.departures.push(departure);
        self.shared.desk().send_out(batch);
        route.call(calls, batch, departure.at).await
    }

    /// Whether the halves of a batch may fare better than the whole.
    fn may_split(&self, error: &TrackerError, batch: &[R::Key]) -> bool {
        let is_paid = self.shared.route.quota() > Quota::ZERO;
        batch.len() > 1
            && self.departures.len() < MOST_CALLS
            && match error.refusal() {
                Some(Kind::BadInput) => true,
                // The account may be able to pay for less.
                Some(Kind::Quota) => is_paid,
                _ => false,
            }
    }

    fn answer(&mut self, key: &R::Key, outcome: &Result<R::Value, TrackerError>) {
        self.keys.retain(|waiting| waiting != key);
        let departures = Arc::from(&self.departures[..]);
        self.shared.desk().answer(key, outcome, &departures);
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
