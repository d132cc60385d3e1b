//! Who leaves with the next call, and who stays.

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
        .map(|number| desk.join(key(number), &ClientId::default(), Urgency::Person))
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
        .map(|number| desk.join(key(number), &ClientId::default(), Urgency::Background))
        .collect();
    let _person = desk.join(key(99), &ClientId::default(), Urgency::Person);
    let batch = desk.take_batch(at_most(40));
    assert_eq!(batch.len(), 40);
    assert_eq!(batch[0], key(99));
}

#[test]
fn a_person_lifts_a_polled_parcel_to_the_front_and_it_leaves_once() {
    let mut desk = TestDesk::default();
    let _polled: Vec<_> = (0..50)
        .map(|number| desk.join(key(number), &ClientId::default(), Urgency::Background))
        .collect();
    let _person = desk.join(key(49), &ClientId::default(), Urgency::Person);
    assert_eq!(desk.take_batch(at_most(40))[0], key(49));
    assert!(!desk.take_batch(at_most(40)).contains(&key(49)));
}

#[test]
fn a_parcel_that_nobody_waits_for_any_more_is_not_asked_for() {
    let mut desk = TestDesk::default();
    drop(desk.join(key(0), &ClientId::default(), Urgency::Person));
    let _stays = desk.join(key(1), &ClientId::default(), Urgency::Person);
    assert_eq!(desk.take_batch(at_most(40)), [key(1)]);
    assert_eq!(desk.len(), 1);
}

#[test]
fn who_joins_a_flight_gets_its_answer_without_another_call() {
    let mut desk = TestDesk::default();
    let mut first = desk.join(key(0), &ClientId::default(), Urgency::Person);
    assert_eq!(desk.take_batch(at_most(40)), [key(0)]);
    let mut second = desk.join(key(0), &ClientId::default(), Urgency::Person);
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

#[test]
fn what_has_not_left_can_be_withdrawn_even_from_a_batch_and_what_is_out_cannot() {
    let mut desk = TestDesk::default();
    let _waiters: Vec<_> = (0..3)
        .map(|number| desk.join(key(number), &ClientId::default(), Urgency::Person))
        .collect();
    assert!(desk.withdraw(&key(0)));
    let mut batch = desk.take_batch(at_most(40));
    assert_eq!(batch, [key(1), key(2)]);
    assert!(desk.withdraw(&key(1)));
    desk.send_out(&mut batch);
    assert_eq!(batch, [key(2)]);
    assert!(!desk.withdraw(&key(2)));
    desk.call_back(&batch);
    assert!(desk.withdraw(&key(2)));
    desk.keep_awaited(&mut batch);
    assert!(batch.is_empty() && desk.len() == 0);
}

#[test]
fn who_joins_after_a_batch_was_left_by_its_last_waiter_is_asked_for_anew() {
    let mut desk = TestDesk::default();
    let gone = desk.join(key(0), &ClientId::default(), Urgency::Person);
    let mut batch = desk.take_batch(at_most(40));
    drop(gone);
    desk.send_out(&mut batch);
    assert!(batch.is_empty());
    let _comes = desk.join(key(0), &ClientId::default(), Urgency::Person);
    assert_eq!(desk.take_batch(at_most(40)), [key(0)]);
}
