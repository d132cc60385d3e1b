use std::sync::Arc;

use super::*;
use crate::model::{Source, Status};

const ROOM: usize = 10;
const SECOND: Duration = Duration::from_secs(1);

fn key(number: usize) -> TrackingKey {
    TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
}

fn claim(arrived: Instant) -> Claim {
    Claim {
        message: Tracking::bare(key(0), Status::Pickup),
        arrived,
        weight: Weight::Nothing,
    }
}

fn case(arrived: &[Instant]) -> Case {
    Case {
        claims: arrived.iter().copied().map(claim).collect(),
        ..Case::default()
    }
}

fn listed(status: Status, as_of: Instant) -> Entry {
    let tracking = Tracking::bare(key(0), status);
    Entry::of(Some(Arc::new(tracking)), as_of, Source::List)
}

fn hear(case: &mut Case, entry: &Entry) -> Vec<Testimony> {
    let heard = case.hear(entry).into_iter();
    heard.map(|(_, testimony)| testimony).collect()
}

#[test]
fn only_a_whole_answer_to_a_call_that_left_after_the_message_came_says_anything_of_it() {
    let now = Instant::now();
    let mut case = case(&[now, now + SECOND]);
    for completeness in [
        Completeness::Hinted,
        Completeness::Doubtful,
        Completeness::Partial,
    ] {
        let entry = Entry {
            completeness,
            ..listed(Status::Pickup, now + SECOND)
        };
        assert_eq!(hear(&mut case, &entry), []);
    }
    let entry = listed(Status::Pickup, now);
    assert_eq!(hear(&mut case, &entry), [Testimony::BorneOut]);
    assert!(!case.is_over());
    let entry = listed(Status::Pickup, now + SECOND);
    assert_eq!(hear(&mut case, &entry), [Testimony::BorneOut]);
    assert!(case.is_over());
}

#[test]
fn a_list_that_may_trail_its_messages_is_asked_once_more_before_it_contradicts_one() {
    let now = Instant::now();
    let mut true_one = case(&[now]);
    let behind = listed(Status::Transit, now + SECOND);
    assert_eq!(hear(&mut true_one, &behind), []);
    assert!(true_one.is_early(now + GRACE - SECOND));
    assert!(!true_one.is_early(now + GRACE + LEEWAY));
    let caught_up = listed(Status::Pickup, now + GRACE);
    assert_eq!(hear(&mut true_one, &caught_up), [Testimony::BorneOut]);
    let mut false_one = case(&[now]);
    assert_eq!(hear(&mut false_one, &behind), []);
    let still = listed(Status::Transit, now + GRACE);
    assert_eq!(hear(&mut false_one, &still), [Testimony::Contradicted]);
}

#[test]
fn a_claim_that_waits_for_the_list_to_catch_up_holds_up_no_later_one() {
    let now = Instant::now();
    let mut case = case(&[now, now + 2 * SECOND]);
    let behind = listed(Status::Transit, now + SECOND);
    assert_eq!(hear(&mut case, &behind), []);
    assert!(!case.is_early(now + SECOND));
}

#[test]
fn a_parcel_that_the_account_does_not_have_contradicts_every_claim_about_it() {
    let now = Instant::now();
    let missing = Entry::of(None, now + GRACE, Source::List);
    let mut case = case(&[now]);
    assert_eq!(hear(&mut case, &missing), [Testimony::Contradicted]);
}

#[test]
fn both_parcels_and_claims_are_bounded_and_the_oldest_are_given_up() {
    let now = Instant::now();
    let mut claims = Claims::new(ROOM);
    for number in 0..ROOM {
        assert_eq!(claims.add(key(number), claim(now)), 0);
    }
    assert_eq!(claims.add(key(ROOM), claim(now)), 1);
    assert_eq!(claims.len(), ROOM);
    let given_up = (1..20).map(|_| claims.add(key(7), claim(now)));
    assert_eq!(given_up.sum::<usize>(), 20 - MAX_CLAIMS);
    let taken = claims.take(3, now);
    assert_eq!(taken[0].0, key(1));
    assert_eq!(taken.len(), 3);
    for (key, case) in taken {
        assert_eq!(claims.put_back(key, case, now + SECOND), 0);
    }
    assert_eq!(claims.len(), ROOM);
    // Those that were asked for already go first.
    assert_eq!(claims.add(key(ROOM + 1), claim(now)), 1);
    assert_eq!(claims.len(), ROOM);
}

#[test]
fn what_the_list_does_not_tell_is_asked_for_more_and_more_rarely_and_given_up_in_the_end() {
    let mut now = Instant::now();
    let mut claims = Claims::new(ROOM);
    claims.add(key(0), claim(now));
    let mut delays = Vec::new();
    for _ in 1..MOST_ATTEMPTS {
        let (key, case) = claims.take(1, now).remove(0);
        assert_eq!(claims.put_back(key, case, now), 0);
        let next = claims.next_at().unwrap();
        delays.push((next - now).as_secs());
        now = next;
    }
    assert_eq!(delays, [0, 1, 2, 4, 8, 16, 32]);
    let (key, case) = claims.take(1, now).remove(0);
    assert_eq!(claims.put_back(key, case, now), 1);
    assert_eq!(claims.len(), 0);
}

#[test]
fn a_parcel_that_is_asked_for_later_keeps_no_other_waiting() {
    let now = Instant::now();
    let mut claims = Claims::new(ROOM);
    claims.add(key(0), claim(now));
    let (unreadable, mut case) = claims.take(1, now).remove(0);
    case.attempts = 3;
    claims.put_back(unreadable, case, now);
    claims.add(key(1), claim(now));
    let taken = claims.take(ROOM, now);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].0, key(1));
}

#[test]
fn a_contradicted_claim_waits_until_the_list_may_have_caught_up() {
    let now = Instant::now();
    let mut claims = Claims::new(ROOM);
    claims.add(key(0), claim(now));
    let (key, mut case) = claims.take(1, now).remove(0);
    assert_eq!(hear(&mut case, &listed(Status::Transit, now + SECOND)), []);
    claims.put_back(key, case, now + SECOND);
    let next = now + GRACE + LEEWAY;
    assert_eq!(claims.next_at(), Some(next));
    assert!(claims.take(1, now + SECOND).is_empty());
    assert_eq!(claims.take(1, next).len(), 1);
}
