//! Merges the questions of strangers into full list calls.
//!
//! A batch closes when its slot opens, not when a timer fires: parcels that are wanted while a call waits for its turn
//! join that call. The work runs in tasks of its own, so that a caller who hangs up takes nothing down with him.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::desk::{Desk, Outcome};
use super::{Calls, TrackerError, Urgency};
use crate::model::{TrackingKey, TrackingNumber};
use crate::throttle::{Lane, NoTurn};
use crate::upstream::{self, ListQuery, MAX_NUMBERS, MAX_PAGE_SIZE};

/// How many different parcels may be wanted at once, so that memory is bounded even where no limit makes anybody wait.
const MAX_WANTED: usize = 4_000;

/// When to come back where no limit says when.
const SOON: Duration = Duration::from_secs(1);

/// An answer that is due.
type Waiter = oneshot::Receiver<Outcome>;

/// The one place where parcels are looked up, for the whole process.
#[derive(Debug, Clone)]
pub(super) struct Coalescer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    desk: Mutex<Desk>,
    /// Held by the task that waits for slots, so that there is never a second one.
    dispatcher: tokio::sync::Semaphore,
    calls: Calls,
}

impl Coalescer {
    pub(super) fn new(calls: Calls) -> Self {
        Self {
            shared: Arc::new(Shared {
                desk: Mutex::default(),
                dispatcher: tokio::sync::Semaphore::new(1),
                calls,
            }),
        }
    }

    /// Fetches parcels with the next free list calls. There is an outcome for each, within the caller's patience; what takes
    /// longer goes on without him.
    pub(super) async fn fetch(
        &self,
        keys: Vec<TrackingKey>,
        urgency: Urgency,
    ) -> Vec<(TrackingKey, Outcome)> {
        let waited = self.shared.calls.patience;
        let deadline = Instant::now() + waited;
        let waits = self.want(keys, urgency).into_iter();
        join_all(waits.map(|(key, waiter)| async move {
            let outcome = match timeout_at(deadline, waiter).await {
                Ok(answer) => answer.unwrap_or(Err(TrackerError::BrokenOff)),
                Err(_) => Err(TrackerError::TimedOut { waited }),
            };
            (key, outcome)
        }))
        .await
    }

    /// Puts parcels on the list of what is wanted, all of them before any can leave.
    fn want(&self, keys: Vec<TrackingKey>, urgency: Urgency) -> Vec<(TrackingKey, Waiter)> {
        let waiters = {
            let mut desk = self.shared.desk();
            keys.into_iter()
                .map(|key| {
                    let waiter = match self.shared.refusal(&desk, &key) {
                        None => desk.join(key.clone(), urgency),
                        Some(refusal) => refused(refusal.into()),
                    };
                    (key, waiter)
                })
                .collect()
        };
        tokio::spawn(Shared::dispatch(self.shared.clone()));
        waiters
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who would wait in vain is told at once when to come back.
    fn refusal(&self, desk: &Desk, key: &TrackingKey) -> Option<NoTurn> {
        let batches = desk.waiting() / MAX_NUMBERS + 1;
        let wait = self.calls.throttle.time_for_batches(batches);
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
                match calls.throttle.turn(Lane::List, calls.patience).await {
                    Ok(()) => {
                        let batch = self.desk().take_batch(MAX_NUMBERS);
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

/// One list call on its way. Whoever it carries is answered, even if it breaks off.
struct Flight {
    shared: Arc<Shared>,
    keys: Vec<TrackingKey>,
}

impl Flight {
    fn new(shared: Arc<Shared>, keys: Vec<TrackingKey>) -> Self {
        Self { shared, keys }
    }

    async fn run(mut self) {
        let calls = self.shared.calls.clone();
        let as_of = Instant::now();
        let mut numbers: Vec<TrackingNumber> =
            self.keys.iter().map(|key| key.number.clone()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let query = ListQuery {
            page: 1,
            limit: MAX_PAGE_SIZE,
            numbers,
            ..ListQuery::default()
        };
        match calls.heeding(calls.client.list(&query).await) {
            Ok(page) => self.land(page, as_of),
            Err(error) => self.fail(error),
        }
    }

    fn land(&mut self, page: upstream::Page, as_of: Instant) {
        let records = &self.shared.calls.records;
        let mut outcomes: HashMap<TrackingKey, Outcome> = HashMap::new();
        for item in page.items {
            match item {
                Ok(tracking) => {
                    let key = tracking.key.clone();
                    outcomes.insert(key, Ok(records.absorb(tracking, as_of)));
                }
                Err(unreadable) => {
                    let key = unreadable.key;
                    outcomes.insert(key.clone(), Err(TrackerError::Unreadable(key)));
                }
            }
        }
        for key in mem::take(&mut self.keys) {
            let outcome = outcomes.remove(&key).unwrap_or_else(|| {
                if page.unreadable > 0 {
                    return Err(TrackerError::Unreadable(key.clone()));
                }
                records.absorb_missing(&key, as_of)
            });
            self.shared.desk().answer(&key, &outcome);
        }
    }

    fn fail(&mut self, error: TrackerError) {
        let outcome = Err(error);
        for key in mem::take(&mut self.keys) {
            self.shared.desk().answer(&key, &outcome);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        for key in &self.keys {
            self.shared
                .desk()
                .answer(key, &Err(TrackerError::BrokenOff));
        }
    }
}

fn refused(error: TrackerError) -> Waiter {
    let (sender, receiver) = oneshot::channel();
    // The receiver is right here.
    let _ = sender.send(Err(error));
    receiver
}
