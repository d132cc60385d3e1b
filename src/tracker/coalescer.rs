//! Merges the questions of strangers into full calls.
//!
//! A batch closes when its slot opens, not when a timer fires: what is wanted while a call waits for its turn joins that
//! call. The work runs in tasks of its own, so that a caller who hangs up takes nothing down with him.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep_until;

use super::caller::Caller;
use super::desk::{Bill, Delivery, Desk};
use super::flight::Flight;
use super::order::{Order, Placed, Waiter, Wish, refused};
use super::route::{Outcome, Route, Stake};
use super::usage::{Load, Usage};
use super::{Calls, TrackerError};
use crate::model::ClientId;
use crate::telemetry::{Kind, Scope, Span, carried};
use crate::throttle::{Lane, NoTurn, Urgency};

/// How many different keys may be wanted at once, so that memory is bounded even where no limit makes anybody wait.
const MAX_WANTED: usize = 4_000;

/// From how many wanted keys on none are added that nobody waits for.
const MAX_UNATTENDED: usize = 1_000;

/// When to come back where no limit says when.
const SOON: Duration = Duration::from_secs(1);

/// What somebody got.
pub(super) type Fetched<R> = Vec<(<R as Route>::Key, Outcome<R>)>;

/// The one place where something is asked for, for the whole process.
#[derive(Debug)]
pub(super) struct Coalescer<R: Route> {
    pub(super) shared: Arc<Shared<R>>,
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
    /// Something new is wanted.
    pub(super) came: Notify,
    pub(super) calls: Calls,
    pub(super) route: R,
}

impl<R: Route> Coalescer<R> {
    pub(super) fn new(calls: Calls, route: R) -> Self {
        Self {
            shared: Arc::new(Shared {
                desk: Mutex::default(),
                dispatcher: Semaphore::new(1),
                came: Notify::new(),
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
        let caller = Caller::of_this_task();
        self.fetch_for(keys, urgency, usage, &caller).await
    }

    /// The same for a caller somewhere else.
    pub(super) async fn fetch_for(
        &self,
        keys: Vec<R::Key>,
        urgency: Urgency,
        usage: &Usage,
        caller: &Caller,
    ) -> Fetched<R> {
        let patience = usage.patience(self.shared.calls.patience.get());
        let wishes = keys.iter().map(|key| Wish {
            key: key.clone(),
            client: usage.client().clone(),
            urgency,
            patience,
        });
        let placed = self.place_for(wishes.collect(), Vec::new(), caller);
        let outcomes = self.collect(placed.orders, usage).await;
        keys.into_iter().zip(outcomes).collect()
    }

    /// How many keys wait for a call here.
    pub(super) fn waiting(&self) -> usize {
        self.shared.desk().waiting()
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

    /// Puts keys on the list of what is wanted, all of them before any can leave: those that somebody waits for, and others
    /// that are fetched on the seats which these leave free, for whoever asks next.
    pub(super) fn place(&self, wishes: Vec<Wish<R::Key>>, unattended: Vec<R::Key>) -> Placed<R> {
        self.place_for(wishes, unattended, &Caller::of_this_task())
    }

    fn place_for(
        &self,
        wishes: Vec<Wish<R::Key>>,
        unattended: Vec<R::Key>,
        caller: &Caller,
    ) -> Placed<R> {
        let mut placed = Placed {
            orders: Vec::new(),
            left_out: HashSet::new(),
        };
        if wishes.is_empty() && unattended.is_empty() {
            return placed;
        }
        let mut kept = Vec::new();
        {
            let mut desk = self.shared.desk();
            let mut order = |wish, caller| self.shared.order(&mut desk, wish, caller);
            let orders = wishes.into_iter().map(|wish| order(wish, caller.clone()));
            placed.orders = orders.collect();
            for key in unattended {
                let wish = Wish {
                    key,
                    client: ClientId::default(),
                    urgency: Urgency::Background,
                    patience: self.shared.calls.patience.get(),
                };
                if desk.is_awaited(&wish.key) {
                    continue;
                }
                let is_crowded = desk.len() >= MAX_UNATTENDED;
                if is_crowded || self.shared.refusal(&desk, &wish).is_some() {
                    placed.left_out.insert(wish.key);
                } else {
                    let nobody = Caller::of_this_task();
                    kept.push(self.shared.order(&mut desk, wish, nobody));
                }
            }
        }
        if !kept.is_empty() {
            // What nobody waits for is forgotten, so somebody does.
            let this = self.clone();
            tokio::spawn(carried(async move {
                this.collect(kept, &Usage::default()).await
            }));
        }
        self.shared.came.notify_one();
        tokio::spawn(Shared::dispatch(self.shared.clone()));
        placed
    }

    /// Waits for what was ordered. There is an outcome for each order, within its patience.
    pub(super) async fn collect(&self, orders: Vec<Order<R>>, usage: &Usage) -> Vec<Outcome<R>> {
        if orders.is_empty() {
            return Vec::new();
        }
        let span = Span::begin(Kind::Internal, || "wait".into());
        span.set("parcelgraph.lane", R::LANE.name());
        span.set_count("parcelgraph.keys", orders.len());
        span.around(self.collected(orders, usage)).await
    }

    async fn collected(&self, orders: Vec<Order<R>>, usage: &Usage) -> Vec<Outcome<R>> {
        let route = &self.shared.route;
        let deliveries = join_all(orders.into_iter().map(|mut order| async move {
            let delivery = self.shared.delivered(&mut order).await;
            (order, delivery)
        }));
        let mut departures = HashMap::new();
        let mut batched = HashSet::new();
        let mut outcomes = Vec::new();
        for (order, delivery) in deliveries.await {
            let calls = delivery.departures.iter();
            departures.extend(calls.clone().map(|call| (*call, order.caller.asked)));
            if delivery.outcome.is_ok() && delivery.bill == Bill::Own {
                usage.add_quota(route.quota());
                self.shared.calls.tally.note_spent(route.quota());
            }
            if calls.into_iter().any(|call| call.load == Load::Many) {
                batched.insert(order.key);
            }
            outcomes.push(delivery.outcome);
        }
        usage.add_keys(batched.len());
        for (departure, asked) in departures {
            usage.add_call(asked, departure);
        }
        outcomes
    }
}

impl<R: Route> Shared<R> {
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk<R::Key, R::Value>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(
        &self,
        desk: &mut Desk<R::Key, R::Value>,
        wish: Wish<R::Key>,
        caller: Caller,
    ) -> Order<R> {
        if R::LANE == Lane::List && desk.knows(&wish.key) {
            self.calls.tally.note_joined();
        }
        let waiter = match self.refusal(desk, &wish) {
            None => desk.join(wish.key.clone(), &wish.client, wish.urgency),
            Some(refusal) => refused::<R>(refusal.into()),
        };
        desk.note_scope(&wish.key, Scope::here);
        Order {
            waiter,
            key: wish.key,
            caller,
            patience: wish.patience,
        }
    }

    /// What comes within the caller's patience. Only for what something depends on and what has left already it is waited to
    /// the end of the call, which has a deadline of its own: else nobody would learn what became of it.
    async fn delivered(&self, order: &mut Order<R>) -> Delivery<R::Value> {
        let waited = order.patience;
        let Order {
            key,
            waiter,
            caller,
            ..
        } = order;
        let given_up = async {
            tokio::select! {
                () = sleep_until(caller.asked + waited) => (),
                () = caller.hangs_up() => (),
            }
        };
        let delivery = tokio::select! {
            biased;
            delivery = &mut *waiter => delivery,
            () = given_up => match self.give_up(key, waiter) {
                None => waiter.await,
                // It may have come this very moment.
                Some(error) => waiter.try_recv().or(Ok(Delivery::refusal(error(waited)))),
            },
        };
        delivery.unwrap_or_else(|_| Delivery::refusal(TrackerError::BrokenOff))
    }

    /// Takes an order back, so that nothing leaves for it from now on, and says what its caller is told; `None` if it has
    /// left and he depends on it.
    fn give_up(
        &self,
        key: &R::Key,
        waiter: &mut Waiter<R>,
    ) -> Option<fn(Duration) -> TrackerError> {
        let mut desk = self.desk();
        let (stays, error): (_, fn(Duration) -> _) = match self.route.stake() {
            Stake::Change => (!desk.withdraw(key), |retry_after| {
                NoTurn::Full { retry_after }.into()
            }),
            Stake::Quota => (desk.is_out(key), |waited| TrackerError::TimedOut { waited }),
            Stake::Nothing => (false, |waited| TrackerError::TimedOut { waited }),
        };
        if stays {
            return None;
        }
        // As long as it is open it counts as awaited.
        waiter.close();
        Some(error)
    }

    /// Who would wait in vain is told at once when to come back.
    fn refusal(&self, desk: &Desk<R::Key, R::Value>, wish: &Wish<R::Key>) -> Option<NoTurn> {
        if desk.knows(&wish.key) {
            return None;
        }
        let throttle = &self.calls.throttle;
        if let Some(retry_after) = throttle.closed_for() {
            return Some(NoTurn::Closed { retry_after });
        }
        let ahead = desk.ahead_of(&wish.client, wish.urgency);
        let wait = throttle.time_for(R::LANE, ahead / self.route.seats() + 1);
        // Who has no patience at all does not wait for a turn, but for the answer.
        let is_free = wait.is_zero() && self.route.stake() == Stake::Nothing;
        let in_vain = !is_free && wait >= wish.patience || desk.len() >= MAX_WANTED;
        in_vain.then_some(NoTurn::Full {
            retry_after: wait.max(SOON),
        })
    }

    /// Sends batches as slots open, until nothing waits. Only one such task is at work at a time; it looks once more
    /// after it has stepped down, so that nobody who came meanwhile is left behind.
    async fn dispatch(self: Arc<Self>) {
        while let Ok(dispatcher) = self.dispatcher.try_acquire() {
            while !self.desk().is_idle() {
                match self.pool() {
                    Some(pool) => self.carry_for_all(&pool).await,
                    None => self.carry_own().await,
                }
            }
            drop(dispatcher);
            if self.desk().is_idle() {
                return;
            }
        }
    }

    /// Sends the next batch of what is wanted here.
    async fn carry_own(self: &Arc<Self>) {
        let calls = &self.calls;
        let all = ClientId::default();
        match calls
            .throttle
            .turn(R::LANE, &all, calls.patience.get())
            .await
        {
            Ok(turn) => {
                let fits = |batch: &[R::Key], key: &R::Key| self.route.fits(batch, key);
                let batch = self.desk().take_batch(fits);
                if !batch.is_empty() {
                    tokio::spawn(Flight::new(self.clone(), batch).run(turn));
                }
            }
            Err(no_turn) => self.desk().refuse_waiting(&no_turn.into()),
        }
    }
}
