//! What is wanted, by whom, and what of it leaves with the next call. No sockets here, and the time is given.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::TrackerError;
use super::usage::Departure;
use crate::model::ClientId;
use crate::telemetry::Scope;
use crate::throttle::{Line, Urgency};

/// What a waiter gets for one key.
#[derive(Debug, Clone)]
pub(super) struct Delivery<V> {
    /// The answer, or why there is none.
    pub(super) outcome: Result<V, TrackerError>,
    /// The calls that it took.
    pub(super) departures: Arc<[Departure]>,
    /// Whom it was bought for.
    pub(super) bill: Bill,
}

/// Whom an answer was bought for, of those who wait for it: the first who is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bill {
    /// This waiter.
    Own,
    /// Another one, or nobody.
    Others,
}

impl<V> Delivery<V> {
    /// What a waiter gets when no call was made for him.
    pub(super) fn refusal(error: TrackerError) -> Self {
        Self {
            outcome: Err(error),
            departures: Arc::default(),
            bill: Bill::Others,
        }
    }
}

/// The keys that wait for a slot or are being asked for.
#[derive(Debug)]
pub(super) struct Desk<K, V> {
    wanted: HashMap<K, Wanted<V>>,
    line: Line<K>,
}

#[derive(Debug)]
struct Wanted<V> {
    waiters: Vec<oneshot::Sender<Delivery<V>>>,
    /// The first who wanted it, or the first person.
    client: ClientId,
    urgency: Urgency,
    flying: bool,
    /// Since when somebody here waits for it.
    since: Option<Instant>,
    /// Whether a call for it is out right now, of which nobody knows yet what it spends.
    out: bool,
    /// Whether it is asked for on behalf of others, who wait elsewhere.
    adopted: bool,
    /// When it was last put into the pool.
    pooled: Option<Instant>,
    was_brought_in: bool,
    /// For which of those who wait it is told that it is asked for.
    scope: Scope,
}

impl<V> Wanted<V> {
    fn by(client: &ClientId, urgency: Urgency) -> Self {
        Self {
            waiters: Vec::new(),
            client: client.clone(),
            urgency,
            flying: false,
            since: None,
            out: false,
            adopted: false,
            pooled: None,
            was_brought_in: false,
            scope: Scope::default(),
        }
    }

    fn is_awaited(&self) -> bool {
        self.adopted || self.waiters.iter().any(|waiter| !waiter.is_closed())
    }
}

/// What has to be said to the other replicas of a key that waits here.
#[derive(Debug)]
pub(super) struct Due<K> {
    pub(super) key: K,
    pub(super) client: ClientId,
    pub(super) urgency: Urgency,
    /// Whether what others knew of it was brought in, and was not enough.
    pub(super) was_brought_in: bool,
}

impl<K, V> Default for Desk<K, V> {
    fn default() -> Self {
        Self {
            wanted: HashMap::new(),
            line: Line::default(),
        }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Desk<K, V> {
    /// How many keys are wanted, waiting and flying.
    pub(super) fn len(&self) -> usize {
        self.wanted.len()
    }

    /// How many keys wait for a call.
    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    /// How many keys leave before one that this client wants now.
    pub(super) fn ahead_of(&self, client: &ClientId, urgency: Urgency) -> usize {
        self.line.ahead_of(client, urgency)
    }

    /// Whether the key is wanted already, so that one more waiter costs nothing.
    pub(super) fn knows(&self, key: &K) -> bool {
        self.wanted.contains_key(key)
    }

    /// Adds a waiter. What is in flight already is not asked for again.
    pub(super) fn join(
        &mut self,
        key: K,
        client: &ClientId,
        urgency: Urgency,
    ) -> oneshot::Receiver<Delivery<V>> {
        let (sender, receiver) = oneshot::channel();
        let wanted = self.wanted.entry(key.clone());
        let wanted = wanted.or_insert_with(|| Wanted::by(client, urgency));
        wanted.since.get_or_insert_with(Instant::now);
        wanted.waiters.push(sender);
        if urgency < wanted.urgency {
            // A person who wants what only the poller wanted so far does not wait behind the poller's queue.
            wanted.client = client.clone();
            wanted.urgency = urgency;
            wanted.pooled = None;
        }
        if !wanted.flying {
            self.line.join(key, client, urgency);
        }
        receiver
    }

    /// Notes in which scope one of those is who wait for a key.
    pub(super) fn note_scope(&mut self, key: &K, scope: impl FnOnce() -> Scope) {
        if let Some(wanted) = self.wanted.get_mut(key) {
            wanted.scope.or(scope);
        }
    }

    /// In which scope a call for these is told.
    pub(super) fn scope_of(&self, keys: &[K]) -> Scope {
        let mut scope = Scope::default();
        for wanted in keys.iter().filter_map(|key| self.wanted.get(key)) {
            scope.or(|| wanted.scope.clone());
        }
        scope
    }

    /// Whether anything waits for a slot.
    pub(super) fn is_idle(&mut self) -> bool {
        self.forget_the_unwanted();
        self.line.is_empty()
    }

    /// Takes what leaves together, in the order of the line and only what fits to those that are in already.
    pub(super) fn take_batch(&mut self, fits: impl Fn(&[K], &K) -> bool) -> Vec<K> {
        self.forget_the_unwanted();
        let mut batch = Vec::new();
        while let Some(key) = self.line.first().cloned()
            && fits(&batch, &key)
        {
            self.line.serve(&key);
            if let Some(wanted) = self.wanted.get_mut(&key) {
                wanted.flying = true;
                batch.push(key);
            }
        }
        batch
    }

    /// What waits here and has not been spoken of to the others for a while; from now on it has.
    pub(super) fn due_for_pool(&mut self, now: Instant, interval: Duration) -> Vec<Due<K>> {
        let mut due = Vec::new();
        for key in self.line.iter() {
            let Some(wanted) = self.wanted.get_mut(key) else {
                continue;
            };
            if wanted.pooled.is_none_or(|pooled| pooled + interval <= now) {
                wanted.pooled = Some(now);
                due.push(Due {
                    key: key.clone(),
                    client: wanted.client.clone(),
                    urgency: wanted.urgency,
                    was_brought_in: wanted.was_brought_in,
                });
            }
        }
        due
    }

    /// Has everything that waits here said to the others again.
    pub(super) fn say_again(&mut self) {
        self.wanted
            .values_mut()
            .for_each(|wanted| wanted.pooled = None);
    }

    /// Notes that these are asked for on behalf of all replicas.
    pub(super) fn adopt(&mut self, keys: &[K]) {
        for key in keys {
            self.line.serve(key);
            let wanted = self.wanted.entry(key.clone());
            let wanted =
                wanted.or_insert_with(|| Wanted::by(&ClientId::default(), Urgency::Background));
            wanted.flying = true;
            wanted.adopted = true;
        }
    }

    /// Notes that what others know of these was brought in. What still waits has to be said again.
    pub(super) fn note_brought_in(&mut self, keys: &[K]) {
        for key in keys {
            if let Some(wanted) = self.wanted.get_mut(key) {
                wanted.was_brought_in = true;
                wanted.pooled = None;
            }
        }
    }

    /// Hands an outcome that others had to everyone who waits for the key, unless it is being asked for here.
    pub(super) fn answer_waiting(&mut self, key: &K, outcome: &Result<V, TrackerError>) {
        if self.wanted.get(key).is_some_and(|wanted| !wanted.flying) {
            self.answer(key, outcome, &Arc::default());
        }
    }

    /// Notes that a call for these leaves. What nobody waits for any more stays behind.
    pub(super) fn send_out(&mut self, keys: &mut Vec<K>) {
        self.keep_awaited(keys);
        self.set_out(keys, true);
    }

    /// For how long that of these has waited which waited longest; `None` if all are wanted elsewhere.
    pub(super) fn longest_wait(&self, keys: &[K]) -> Option<Duration> {
        let wanted = keys.iter().filter_map(|key| self.wanted.get(key));
        let since = wanted.filter_map(|wanted| wanted.since).min();
        since.map(|since| since.elapsed())
    }

    /// Forgets those of a batch that nobody waits for any more.
    pub(super) fn keep_awaited(&mut self, keys: &mut Vec<K>) {
        keys.retain(|key| {
            let is_awaited = self.is_awaited(key);
            if !is_awaited {
                self.wanted.remove(key);
            }
            is_awaited
        });
    }

    /// Takes a key back that has one waiter. Says whether no call for it is out, so that none will be.
    pub(super) fn withdraw(&mut self, key: &K) -> bool {
        let may_go = self.wanted.get(key).is_some_and(|wanted| !wanted.out);
        if may_go {
            self.wanted.remove(key);
        }
        may_go
    }

    /// Notes that the call for these came back without an answer for each of them.
    pub(super) fn call_back(&mut self, keys: &[K]) {
        self.set_out(keys, false);
    }

    fn set_out(&mut self, keys: &[K], out: bool) {
        for key in keys {
            if let Some(wanted) = self.wanted.get_mut(key) {
                wanted.out = out;
            }
        }
    }

    /// Whether a call for the key is out right now.
    pub(super) fn is_out(&self, key: &K) -> bool {
        self.wanted.get(key).is_some_and(|wanted| wanted.out)
    }

    /// Whether anybody still waits for the key.
    pub(super) fn is_awaited(&self, key: &K) -> bool {
        self.wanted.get(key).is_some_and(Wanted::is_awaited)
    }

    /// Hands the outcome to everyone who waits for the key.
    pub(super) fn answer(
        &mut self,
        key: &K,
        outcome: &Result<V, TrackerError>,
        departures: &Arc<[Departure]>,
    ) {
        self.line.leave(key);
        let waiters = self.wanted.remove(key).map(|wanted| wanted.waiters);
        let mut bill = Bill::Own;
        for waiter in waiters.into_iter().flatten() {
            let delivery = Delivery {
                outcome: outcome.clone(),
                departures: departures.clone(),
                bill,
            };
            // A waiter who has gone does not need his answer, and pays for nothing.
            if waiter.send(delivery).is_ok() {
                bill = Bill::Others;
            }
        }
    }

    /// Ends everything that still waits for a slot.
    pub(super) fn refuse_waiting(&mut self, error: &TrackerError) {
        let waiting: Vec<K> = self.line.iter().cloned().collect();
        for key in waiting {
            self.answer(&key, &Err(error.clone()), &Arc::default());
        }
    }

    /// What nobody waits for any more takes nobody's place in a batch.
    fn forget_the_unwanted(&mut self) {
        self.wanted
            .retain(|_, wanted| wanted.flying || wanted.is_awaited());
        self.line.retain(|key| self.wanted.contains_key(key));
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
