//! Merges the questions of strangers into full calls.
//!
//! A batch closes when its slot opens, not when a timer fires: what is wanted while a call waits for its turn joins that
//! call. The work runs in tasks of its own, so that a caller who hangs up takes nothing down with him.

use std::collections::HashSet;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use super::desk::{Bill, Delivery, Desk};
use super::flight::Flight;
use super::{Calls, TrackerError, Urgency, Usage};
use crate::model::Quota;
use crate::throttle::{Lane, NoTurn};

/// How many different keys may be wanted at once, so that memory is bounded even where no limit makes anybody wait.
const MAX_WANTED: usize = 4_000;

/// When to come back where no limit says when.
const SOON: Duration = Duration::from_secs(1);

/// A kind of call that answers for many keys at once.
pub(super) trait Route: Debug + Send + Sync + 'static {
    /// What is asked for.
    type Key: Clone + Eq + Hash + Debug + Send + Sync + 'static;
    /// What is answered for each key.
    type Value: Clone + Debug + Send + 'static;
    /// The lane in which such calls wait for their turns.
    const LANE: Lane;

    /// How many keys a call takes.
    fn seats(&self) -> usize;

    /// Whether one more key may leave with those that are in already.
    fn fits(&self, batch: &[Self::Key], key: &Self::Key) -> bool;

    /// What each key costs.
    fn quota(&self) -> Quota;

    /// Makes a call that has its turn; gives an answer for every key, in their order.
    fn call(
        &self,
        calls: &Calls,
        keys: &[Self::Key],
        departed: Instant,
    ) -> impl Future<Output = Result<Vec<Result<Self::Value, TrackerError>>, TrackerError>> + Send;
}

/// An answer that is due.
type Waiter<R> = oneshot::Receiver<Delivery<<R as Route>::Value>>;

/// What somebody got.
pub(super) type Fetched<R> = Vec<(<R as Route>::Key, Result<<R as Route>::Value, TrackerError>)>;

/// The one place where something is asked for, for the whole process.
#[derive(Debug)]
pub(super) struct Coalescer<R: Route> {
    shared: Arc<Shared<R>>,
}

impl<R: Route> Clone for Coalescer<R> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Shared<R: Route> {
    desk: Mutex<Desk<R::Key, R::Value>>,
    /// Held by the task that waits for slots, so that there is never a second one.
    dispatcher: Semaphore,
    pub(super) calls: Calls,
    pub(super) route: R,
}

impl<R: Route> Coalescer<R> {
    pub(super) fn new(calls: Calls, route: R) -> Self {
        Self {
            shared: Arc::new(Shared {
                desk: Mutex::default(),
                dispatcher: Semaphore::new(1),
                calls,
                route,
            }),
        }
    }

    /// Fetches keys with the next free calls. There is an outcome for each, within the caller's patience; what takes longer
    /// goes on without him.
    pub(super) async fn fetch(
        &self,
        keys: Vec<R::Key>,
        urgency: Urgency,
        usage: &Usage,
    ) -> Fetched<R> {
        let asked = Instant::now();
        let route = &self.shared.route;
        let waits = self.want(keys, urgency).into_iter();
        let deliveries = join_all(waits.map(|(key, waiter)| async move {
            let delivery = self.shared.delivered(&key, waiter, asked).await;
            (key, delivery)
        }))
        .await;
        let mut departures = HashSet::new();
        let fetched = deliveries.into_iter().map(|(key, delivery)| {
            if !delivery.departures.is_empty() {
                departures.extend(delivery.departures.iter().copied());
                usage.add_keys(usize::from(route.seats() > 1));
            }
            if delivery.outcome.is_ok() && delivery.bill == Bill::Own {
                usage.add_quota(route.quota());
            }
            (key, delivery.outcome)
        });
        let fetched = fetched.collect();
        for departure in departures {
            usage.add_call(asked, departure);
        }
        fetched
    }

    /// Fetches one key for somebody who asked.
    pub(super) async fn fetch_one(
        &self,
        key: &R::Key,
        usage: &Usage,
    ) -> Result<R::Value, TrackerError> {
        let fetched = self.fetch(vec![key.clone()], Urgency::Person, usage).await;
        let outcome = fetched.into_iter().next().map(|(_, outcome)| outcome);
        outcome.unwrap_or(Err(TrackerError::BrokenOff))
    }

    /// Puts keys on the list of what is wanted, all of them before any can leave.
    fn want(&self, keys: Vec<R::Key>, urgency: Urgency) -> Vec<(R::Key, Waiter<R>)> {
        let waits = {
            let mut desk = self.shared.desk();
            let wait = |key: R::Key| match self.shared.refusal(&desk, &key) {
                None => (key.clone(), desk.join(key, urgency)),
                Some(refusal) => (key, refused::<R>(refusal.into())),
            };
            keys.into_iter().map(wait).collect()
        };
        tokio::spawn(Shared::dispatch(self.shared.clone()));
        waits
    }
}

impl<R: Route> Shared<R> {
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk<R::Key, R::Value>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes within the caller's patience. Only for what was paid for already he waits to the end of the call, which
    /// has a deadline of its own: else nobody would learn what became of it.
    async fn delivered(
        &self,
        key: &R::Key,
        mut waiter: Waiter<R>,
        asked: Instant,
    ) -> Delivery<R::Value> {
        let waited = self.calls.patience;
        let delivery = match timeout_at(asked + waited, &mut waiter).await {
            Ok(delivery) => delivery,
            Err(_) if self.route.quota() > Quota::ZERO && self.desk().is_out(key) => waiter.await,
            // It may have come this very moment.
            Err(_) => match waiter.try_recv() {
                Ok(delivery) => Ok(delivery),
                Err(_) => return Delivery::refusal(TrackerError::TimedOut { waited }),
            },
        };
        delivery.unwrap_or_else(|_| Delivery::refusal(TrackerError::BrokenOff))
    }

    /// Who would wait in vain is told at once when to come back.
    fn refusal(&self, desk: &Desk<R::Key, R::Value>, key: &R::Key) -> Option<NoTurn> {
        let calls = desk.waiting() / self.route.seats() + 1;
        let wait = self.calls.throttle.time_for(R::LANE, calls);
        let in_vain = wait >= self.calls.patience || desk.len() >= MAX_WANTED;
        (in_vain && !desk.knows(key)).then_some(NoTurn::Full {
            retry_after: wait.max(SOON),
        })
    }

    /// Sends batches as slots open, until nothing waits. Only one such task is at work at a time; it looks once more
    /// after it has stepped down, so that nobody who came meanwhile is left behind.
    async fn dispatch(self: Arc<Self>) {
        while let Ok(dispatcher) = self.dispatcher.try_acquire() {
            while !self.desk().is_idle() {
                let calls = &self.calls;
                match calls.throttle.turn(R::LANE, calls.patience).await {
                    Ok(()) => {
                        let fits = |batch: &[R::Key], key: &R::Key| self.route.fits(batch, key);
                        let batch = self.desk().take_batch(fits);
                        if !batch.is_empty() {
                            tokio::spawn(Flight::new(self.clone(), batch).run());
                        }
                    }
                    Err(no_turn) => self.desk().refuse_waiting(&no_turn.into()),
                }
            }
            drop(dispatcher);
            if self.desk().is_idle() {
                return;
            }
        }
    }
}

fn refused<R: Route>(error: TrackerError) -> Waiter<R> {
    let (sender, receiver) = oneshot::channel();
    // The receiver is right here.
    let _ = sender.send(Delivery::refusal(error));
    receiver
}
