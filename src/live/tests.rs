//! The log of one process, followed and gone back to.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::*;
use crate::model::{Completeness, Source, Status, Tracking};

const DEADLINE: Duration = Duration::from_secs(5);

fn key(number: usize) -> TrackingKey {
    TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
}

fn log(events: usize) -> Live {
    let age = Duration::from_secs(3_600);
    Live::in_memory(Kept { events, age }, 1_000)
}

/// Lets the log know that a parcel has that title now.
fn observe(live: &Live, number: usize, title: usize) {
    observe_at(live, number, title, Status::Transit);
}

/// The same of one that stands there.
fn observe_at(live: &Live, number: usize, title: usize, status: Status) {
    let mut tracking = Tracking::bare(key(number), status);
    tracking.metadata.title = Some(title.to_string().into());
    let known = Known {
        tracking: Some(Arc::new(tracking)),
        as_of: Instant::now(),
        aging_since: Instant::now(),
        fetched_at: Timestamp::now(),
        source: Source::List,
        completeness: Completeness::Whole,
    };
    live.observe(&key(number), known);
}

fn parcel(number: usize) -> Arc<Subject> {
    Arc::new(Subject::Parcels(vec![key(number)]))
}

fn title(event: &Event) -> usize {
    let tracking = event.known.tracking.as_ref().unwrap();
    tracking.metadata.title.as_ref().unwrap().parse().unwrap()
}

async fn next(follower: &mut Follower) -> Result<usize, TooOld> {
    let next = timeout(DEADLINE, follower.next()).await;
    next.expect("there is an event").map(|event| title(&event))
}

#[tokio::test]
async fn who_follows_gets_every_change_of_his_parcel_once_and_in_order() {
    let live = log(100);
    let mut follower = live.follow(parcel(1));
    for title in 0..20 {
        observe(&live, 1, title);
        observe(&live, 2, title);
        observe(&live, 1, title);
    }
    for title in 1..20 {
        assert_eq!(next(&mut follower).await, Ok(title));
    }
}

#[tokio::test]
async fn who_comes_back_is_told_what_he_missed() {
    let live = log(100);
    observe(&live, 1, 0);
    let start = live.end().await;
    observe(&live, 1, 1);
    observe(&live, 2, 1);
    observe(&live, 1, 2);
    let missed = live.after(&parcel(1), &start, 10).unwrap();
    let (end, missed) = (missed.end, missed.events);
    let titles: Vec<_> = missed.iter().map(|event| title(event)).collect();
    assert_eq!((titles, end), (vec![1, 2], live.end().await));
    assert!(live.after(&parcel(1), &end, 10).unwrap().events.is_empty());
}

#[tokio::test]
async fn what_is_too_much_is_forgotten_and_who_goes_back_behind_it_is_told_so() {
    let live = log(10);
    observe(&live, 1, 0);
    let start = live.end().await;
    for title in 1..=11 {
        observe(&live, 1, title);
    }
    assert_eq!(live.figures().kept, 10);
    assert_eq!(live.after(&parcel(1), &start, 10).unwrap_err(), TooOld);
    let of_another_log = Cursor {
        log: start.log ^ 1,
        ..live.end().await
    };
    assert_eq!(
        live.after(&parcel(1), &of_another_log, 10).unwrap_err(),
        TooOld
    );
}

#[tokio::test]
async fn a_slow_follower_reads_what_he_had_no_room_for_as_long_as_it_is_kept() {
    let live = log(500);
    let mut follower = live.follow(parcel(1));
    for title in 0..=400 {
        observe(&live, 1, title);
    }
    for title in 1..=400 {
        assert_eq!(next(&mut follower).await, Ok(title));
    }
    for title in 401..=1_000 {
        observe(&live, 1, title);
    }
    assert_eq!(next(&mut follower).await, Err(TooOld));
    observe(&live, 1, 1_001);
    assert_eq!(next(&mut follower).await, Ok(1_001));
}

#[tokio::test]
async fn only_a_change_of_the_status_concerns_who_watches_that() {
    let live = log(100);
    observe(&live, 1, 0);
    let filter = StatusFilter {
        statuses: vec![Status::Delivered],
        ..StatusFilter::default()
    };
    let mut follower = live.follow(Arc::new(Subject::Statuses(filter)));
    observe(&live, 1, 1);
    observe_at(&live, 1, 2, Status::Pickup);
    observe_at(&live, 1, 3, Status::Delivered);
    assert_eq!(next(&mut follower).await, Ok(3));
}

#[tokio::test]
async fn after_missed_changes_those_who_follow_statuses_begin_anew_and_nobody_else_does() {
    let live = log(100);
    observe(&live, 1, 0);
    let before = live.end().await;
    let statuses = Arc::new(Subject::Statuses(StatusFilter::default()));
    let mut of_all = live.follow(statuses.clone());
    let mut of_one = live.follow(parcel(1));
    live.note_missed().await.unwrap();
    assert_eq!(next(&mut of_all).await, Err(TooOld));
    assert_eq!(live.after(&statuses, &before, 10).unwrap_err(), TooOld);
    let end = live.end().await;
    assert!(live.after(&statuses, &end, 10).unwrap().events.is_empty());
    observe(&live, 1, 1);
    assert_eq!(next(&mut of_one).await, Ok(1));
    assert_eq!(live.after(&parcel(1), &before, 10).unwrap().events.len(), 1);
}
