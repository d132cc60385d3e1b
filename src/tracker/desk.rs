//! Which parcels are wanted, by whom, and which of them leave with the next batch. No clocks and no sockets here.

use std::collections::hash_map::{Entry, HashMap};
use std::collections::{HashSet, VecDeque};

use tokio::sync::oneshot;

use super::records::Reading;
use super::{TrackerError, Urgency};
use crate::model::{TrackingKey, TrackingNumber};

/// What a waiter gets for one parcel.
pub(super) type Outcome = Result<Reading, TrackerError>;

/// The parcels that wait for a slot or are being asked for.
#[derive(Debug, Default)]
pub(super) struct Desk {
    wanted: HashMap<TrackingKey, Wanted>,
    people: VecDeque<TrackingKey>,
    background: VecDeque<TrackingKey>,
}

#[derive(Debug)]
struct Wanted {
    waiters: Vec<oneshot::Sender<Outcome>>,
    urgency: Urgency,
    flying: bool,
}

impl Desk {
    /// How many parcels are wanted, waiting and flying.
    pub(super) fn len(&self) -> usize {
        self.wanted.len()
    }

    /// How many parcels of people wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.people.len()
    }

    /// Whether the parcel is wanted already, so that one more waiter costs nothing.
    pub(super) fn knows(&self, key: &TrackingKey) -> bool {
        self.wanted.contains_key(key)
    }

    /// Adds a waiter. A parcel that is in flight already is not asked for again.
    pub(super) fn join(
        &mut self,
        key: TrackingKey,
        urgency: Urgency,
    ) -> oneshot::Receiver<Outcome> {
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

    /// Takes what leaves together: people's parcels first, at most `numbers` different numbers. The upstream's list call
    /// knows no carriers, so two carriers' parcels with one number share a place.
    pub(super) fn take_batch(&mut self, numbers: usize) -> Vec<TrackingKey> {
        self.forget_the_unwanted();
        let mut batch = Vec::new();
        let mut taken: HashSet<TrackingNumber> = HashSet::new();
        for queue in [&mut self.people, &mut self.background] {
            while let Some(key) = queue.front() {
                if taken.len() == numbers && !taken.contains(&key.number) {
                    break;
                }
                let Some(key) = queue.pop_front() else { break };
                if let Some(wanted) = self.wanted.get_mut(&key)
                    && !wanted.flying
                {
                    wanted.flying = true;
                    taken.insert(key.number.clone());
                    batch.push(key);
                }
            }
        }
        batch
    }

    /// Hands the outcome to everyone who waits for the parcel.
    pub(super) fn answer(&mut self, key: &TrackingKey, outcome: &Outcome) {
        for waiter in self
            .wanted
            .remove(key)
            .map(|wanted| wanted.waiters)
            .into_iter()
            .flatten()
        {
            // A waiter who has gone does not need his answer.
            let _ = waiter.send(outcome.clone());
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
                self.answer(&key, &Err(error.clone()));
            }
        }
    }

    /// A parcel whose waiters have all gone takes nobody's place in a batch.
    fn forget_the_unwanted(&mut self) {
        self.wanted.retain(|_, wanted| {
            wanted.flying || wanted.waiters.iter().any(|waiter| !waiter.is_closed())
        });
        let waits = |key: &TrackingKey| self.wanted.get(key).is_some_and(|wanted| !wanted.flying);
        self.people.retain(waits);
        self.background.retain(waits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> TrackingKey {
        TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
    }

    #[test]
    fn forty_one_parcels_leave_in_two_batches_first_come_first_served() {
        let mut desk = Desk::default();
        let _waiters: Vec<_> = (0..41)
            .map(|number| desk.join(key(number), Urgency::Person))
            .collect();
        assert_eq!(desk.take_batch(40), (0..40).map(key).collect::<Vec<_>>());
        assert_eq!(desk.take_batch(40), [key(40)]);
        assert!(desk.is_idle());
    }

    #[test]
    fn the_poller_rides_on_the_seats_that_people_leave_free() {
        let mut desk = Desk::default();
        let _polled: Vec<_> = (0..40)
            .map(|number| desk.join(key(number), Urgency::Background))
            .collect();
        let _person = desk.join(key(99), Urgency::Person);
        let batch = desk.take_batch(40);
        assert_eq!(batch.len(), 40);
        assert_eq!(batch[0], key(99));
    }

    #[test]
    fn a_person_lifts_a_polled_parcel_to_the_front_and_it_leaves_once() {
        let mut desk = Desk::default();
        let _polled: Vec<_> = (0..50)
            .map(|number| desk.join(key(number), Urgency::Background))
            .collect();
        let _person = desk.join(key(49), Urgency::Person);
        assert_eq!(desk.take_batch(40)[0], key(49));
        assert!(!desk.take_batch(40).contains(&key(49)));
    }

    #[test]
    fn one_number_of_two_carriers_takes_one_place() {
        let mut desk = Desk::default();
        let twin = TrackingKey::parse("ups", key(0).number.as_str()).unwrap();
        let _waiters = [key(0), twin, key(1)].map(|key| desk.join(key, Urgency::Person));
        assert_eq!(desk.take_batch(1).len(), 2);
        assert_eq!(desk.take_batch(1), [key(1)]);
    }

    #[test]
    fn a_parcel_that_nobody_waits_for_any_more_is_not_asked_for() {
        let mut desk = Desk::default();
        drop(desk.join(key(0), Urgency::Person));
        let _stays = desk.join(key(1), Urgency::Person);
        assert_eq!(desk.take_batch(40), [key(1)]);
        assert_eq!(desk.len(), 1);
    }

    #[test]
    fn who_joins_a_flight_gets_its_answer_without_another_call() {
        let mut desk = Desk::default();
        let mut first = desk.join(key(0), Urgency::Person);
        assert_eq!(desk.take_batch(40), [key(0)]);
        let mut second = desk.join(key(0), Urgency::Person);
        assert!(desk.is_idle());
        desk.answer(&key(0), &Err(TrackerError::NotFound(key(0))));
        assert!(matches!(first.try_recv(), Ok(Err(_))));
        assert!(matches!(second.try_recv(), Ok(Err(_))));
        assert_eq!(desk.len(), 0);
    }
}
