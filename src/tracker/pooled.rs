//! How replicas ask together: what any of them wants waits in one pool, and whoever has the next turn carries it for all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::TrackerError;
use super::coalescer::{Coalescer, Shared};
use super::desk::Due;
use super::flight::Flight;
use super::report::Report;
use super::route::Route;
use crate::model::ClientId;
use crate::throttle::{Carried, InPool, NoTurn, Pool, Urgency, Want};

/// How often it is said again that something is wanted.
const SAID_AGAIN: Duration = Duration::from_secs(1);

/// How many keys are put into the pool at once.
const MAX_AT_ONCE: usize = 500;

/// What became of keys that could not be had, as replicas tell each other.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failures {
    version: u32,
    keys: Vec<(String, Report)>,
}

const VERSION: u32 = 1;

impl<R: Route> Shared<R> {
    /// The pool, for what is asked for together while the others can be reached.
    pub(super) fn pool(&self) -> Option<Pool> {
        R::POOLED.then(|| self.calls.throttle.pool()).flatten()
    }

    /// Has everything in the pool that is wanted here, and carries a batch if there is a turn for it.
    pub(super) async fn carry_for_all(self: &Arc<Self>, pool: &Pool) {
        self.put_into(pool).await;
        let again = Instant::now() + SAID_AGAIN;
        let until = match pool.carry(self.route.seats()).await {
            Ok(Carried::Batch(turn, names)) => {
                let keys: Vec<_> = names
                    .iter()
                    .filter_map(|name| self.route.key(name))
                    .collect();
                self.desk().adopt(&keys);
                let flight = Flight::new(self.clone(), keys).for_all(pool.flight(&names));
                tokio::spawn(flight.run(turn));
                return;
            }
            Ok(Carried::Wait(until)) => until.min(again),
            Ok(Carried::Lost(until)) => {
                self.desk().say_again();
                until
            }
            Ok(Carried::Nothing) => again,
            Err(no_turn) => return self.desk().refuse_waiting(&no_turn.into()),
        };
        tokio::select! {
            () = sleep_until(until) => {}
            () = self.came.notified() => {}
        }
    }

    /// Puts into the pool what is not in it, and says of the rest that it is still wanted.
    async fn put_into(&self, pool: &Pool) {
        let due = self.desk().due_for_pool(Instant::now(), SAID_AGAIN);
        let mut by_client = HashMap::<_, Vec<_>>::new();
        for wanted in due {
            let group = (wanted.client.clone(), wanted.urgency);
            by_client.entry(group).or_default().push(wanted);
        }
        // Side by side: each is a question to Redis.
        let said = by_client.iter().flat_map(|((client, urgency), wanted)| {
            let chunks = wanted.chunks(MAX_AT_ONCE);
            chunks.map(move |wanted| self.want(pool, client, *urgency, wanted))
        });
        let known: Vec<_> = join_all(said).await.concat();
        if !known.is_empty() {
            self.desk().note_brought_in(&known);
            for (key, outcome) in self.route.bring_in(&self.calls, &known).await {
                self.desk().answer_waiting(&key, &outcome);
            }
            // What did not do goes into the pool now.
            self.came.notify_one();
        }
    }

    /// Says that some keys are wanted for a client; gives those of which more is known elsewhere.
    async fn want(
        &self,
        pool: &Pool,
        client: &ClientId,
        urgency: Urgency,
        wanted: &[Due<R::Key>],
    ) -> Vec<R::Key> {
        let keys = wanted.iter().filter_map(|wanted| {
            let name = self.route.name(&wanted.key)?;
            // What was brought in and did not do is not brought in again.
            let known = match wanted.was_brought_in {
                true => Some(Instant::now()),
                false => self.route.known(&self.calls, &wanted.key),
            };
            Some((name, known))
        });
        let want = Want {
            client,
            urgency,
            patience: self.calls.patience.get(),
            seats: self.route.seats(),
            keys: keys.collect(),
        };
        // If Redis is away, this replica is alone from now on.
        let said = pool.want(&want).await.unwrap_or_default();
        let mut known = Vec::new();
        for (wanted, said) in wanted.iter().zip(said) {
            match said {
                InPool::Coming => {}
                InPool::Known => known.push(wanted.key.clone()),
                InPool::Full(retry_after) => {
                    let full = Err(NoTurn::Full { retry_after }.into());
                    self.desk().answer_waiting(&wanted.key, &full);
                }
            }
        }
        known
    }

    /// Tells the others what could not be had.
    pub(super) fn tell_failures(&self, failures: &[(R::Key, TrackerError)]) {
        let keys = failures.iter().filter_map(|(key, error)| {
            let name = self.route.name(key)?;
            Some((name, Report::of(error)))
        });
        let failures = Failures {
            version: VERSION,
            keys: keys.collect(),
        };
        if let Ok(text) = serde_json::to_vec(&failures) {
            self.calls.throttle.tell(text);
        }
    }
}

impl<R: Route> Coalescer<R> {
    /// Listens to what other replicas could not get.
    pub(super) fn listen(&self) {
        let shared = Arc::downgrade(&self.shared);
        self.shared.calls.throttle.on_told(move |text| {
            let failures = serde_json::from_slice::<Failures>(text);
            let (Some(shared), Ok(failures)) = (shared.upgrade(), failures) else {
                return;
            };
            if failures.version != VERSION {
                return;
            }
            for (name, report) in failures.keys {
                if let Some(key) = shared.route.key(&name) {
                    let outcome = Err(TrackerError::Elsewhere(report));
                    shared.desk().answer_waiting(&key, &outcome);
                }
            }
        });
    }
}
