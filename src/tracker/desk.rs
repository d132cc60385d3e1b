//! What is wanted, by whom, and what of it leaves with the next call. No clocks and no sockets here.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::usage::Departure;
use super::{TrackerError, Urgency};

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
    people: VecDeque<K>,
    background: VecDeque<K>,
}

#[derive(Debug)]
struct Wanted<V> {
    waiters: Vec<oneshot::Sender<Delivery<V>>>,
    urgency: Urgency,
    flying: bool,
    /// Whether a call for it is out right now, of which nobody knows yet what it spends.
    out: bool,
}

impl<K, V> Default for Desk<K, V> {
    fn default() -> Self {
        Self {
            wanted: HashMap::new(),
            people: VecDeque::new(),
            background: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Desk<K, V> {
    /// How many keys are wanted, waiting and flying.
    pub(super) fn len(&self) -> usize {
        self.wanted.len()
    }

    /// How many keys of people wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.people.len()
    }

    /// Whether the key is wanted already, so that one more waiter costs nothing.
    pub(super) fn knows(&self, key: &K) -> bool {
        self.wanted.contains_key(key)
    }

    /// Adds a waiter. What is in flight already is not asked for again.
    pub(super) fn join(&mut self, key: K, urgency: Urgency) -> oneshot::Receiver<Delivery<V>> {
        let (sender, receiver) = oneshot::channel();
        match self.wanted.entry(key.clone()) {
            Entry::Occupied(mut wanted) => {
                let wanted = wanted.get_mut();
                wanted.waiters.push(sender);
                // A person who wants what only the poller wanted so far does not wait behind the poller's queue.
                if urgency == Urgency::Person && wanted.urgency == Urgency::Background {
                    wanted.urgency = urgency;
                    self.people.push_back(key);
                }
            }
            Entry::Vacant(place) => {
                place.insert(Wanted {
                    waiters: vec![sender],
                    urgency,
                    flying: false,
                    out: false,
                });
                match urgency {
                    Urgency::Person => self.people.push_back(key),
                    Urgency::Background => self.background.push_back(key),
                }
            }
        }
        receiver
    }

    /// Whether anything waits for a slot.
    pub(super) fn is_idle(&mut self) -> bool {
        self.forget_the_unwanted();
        self.people.is_empty() && self.background.is_empty()
    }

    /// Takes what leaves together: what people want first, and only what fits to those that are in already.
    pub(super) fn take_batch(&mut self, fits: impl Fn(&[K], &K) -> bool) -> Vec<K> {
        self.forget_the_unwanted();
        let mut batch = Vec::new();
        for queue in [&mut self.people, &mut self.background] {
            while queue.front().is_some_and(|key| fits(&batch, key)) {
                let Some(key) = queue.pop_front() else { break };
                if let Some(wanted) = self.wanted.get_mut(&key)
                    && !wanted.flying
                {
                    wanted.flying = true;
                    batch.push(key);
                }
            }
        }
        batch
    }

    /// Notes that a call for these leaves.
    pub(super) fn send_out(&mut self, keys: &[K]) {
        self.set_out(keys, true);
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
        self.wanted
            .get(key)
            .is_some_and(|wanted| wanted.waiters.iter().any(|waiter| !waiter.is_closed()))
    }

    /// Hands the outcome to everyone who waits for the key.
    pub(super) fn answer(
        &mut self,
        key: &K,
        outcome: &Result<V, TrackerError>,
        departures: &Arc<[Departure]>,
    ) {
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
        let waiting: Vec<_> = self
            .people
            .drain(..)
            .chain(self.background.drain(..))
            .collect();
        for key in waiting {
            if self.wanted.get(&key).is_some_and(|wanted| !wanted.flying) {
                self.answer(&key, &Err(error.clone()), &Arc::default());
            }
        }
    }

    /// What nobody waits for any more takes nobody's place in a batch.
    fn forget_the_unwanted(&mut self) {
        self.wanted.retain(|_, wanted| {
            wanted.flying || wanted.waiters.iter().any(|waiter| !waiter.is_closed())
        });
        let waits = |key: &K| self.wanted.get(key).is_some_and(|wanted| !wanted.flying);
        self.people.retain(waits);
        self.background.retain(waits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrackingKey;

    type TestDesk = Desk<TrackingKey, ()>;

    fn at_most(seats: usize) -> impl Fn(&[TrackingKey], &TrackingKey) -> bool {
        move |batch, _| batch.len() < seats
    }

    fn key(number: usize) -> TrackingKey {
        TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
    }

    #[test]
    fn forty_one_parcels_leave_in_two_batches_first_come_first_served() {
        let mut desk = TestDesk::default();
        let _waiters: Vec<_> = (0..41)
            .map(|number| desk.join(key(number), Urgency::Person))
            .collect();
        assert_eq!(
            desk.take_batch(at_most(40)),
            (0..40).map(key).collect::<Vec<_>>()
        );
        assert_eq!(desk.take_batch(at_most(40)), [key(40)]);
        assert!(desk.is_idle());
    }

    #[test]
    fn the_poller_rides_on_the_seats_that_people_leave_free() {
        let mut desk = TestDesk::default();
        let _polled: Vec<_> = (0..40)
            .map(|number| desk.join(key(number), Urgency::Background))
            .collect();
        let _person = desk.join(key(99), Urgency::Person);
        let batch = desk.take_batch(at_most(40));
        assert_eq!(batch.len(), 40);
        assert_eq!(batch[0], key(99));
    }

    #[test]
    fn a_person_lifts_a_polled_parcel_to_the_front_and_it_leaves_once() {
        let mut desk = TestDesk::default();
        let _polled: Vec<_> = (0..50)
            .map(|number| desk.join(key(number), Urgency::Background))
            .collect();
        let _person = desk.join(key(49), Urgency::Person);
        assert_eq!(desk.take_batch(at_most(40))[0], key(49));
        assert!(!desk.take_batch(at_most(40)).contains(&key(49)));
    }

    #[test]
    fn a_parcel_that_nobody_waits_for_any_more_is_not_asked_for() {
        let mut desk = TestDesk::default();
        drop(desk.join(key(0), Urgency::Person));
        let _stays = desk.join(key(1), Urgency::Person);
        assert_eq!(desk.take_batch(at_most(40)), [key(1)]);
        assert_eq!(desk.len(), 1);
    }

    #[test]
    fn who_joins_a_flight_gets_its_answer_without_another_call() {
        let mut desk = TestDesk::default();
        let mut first = desk.join(key(0), Urgency::Person);
        assert_eq!(desk.take_batch(at_most(40)), [key(0)]);
        let mut second = desk.join(key(0), Urgency::Person);
        assert!(desk.is_idle());
        desk.answer(
            &key(0),
            &Err(TrackerError::NotFound(key(0))),
            &Arc::default(),
        );
        let bills = [&mut first, &mut second].map(|waiter| waiter.try_recv().unwrap().bill);
        assert_eq!(bills, [Bill::Own, Bill::Others]);
        assert_eq!(desk.len(), 0);
    }
}
