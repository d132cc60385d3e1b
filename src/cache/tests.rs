//! What is kept of what was learned, in whatever order it comes.

use std::time::Duration;

use super::*;
use crate::model::Status;

fn key() -> TrackingKey {
    TrackingKey::parse("dhl", "1234567890").unwrap()
}

fn entry(status: Status, as_of: Instant) -> Entry {
    Entry {
        tracking: Some(Arc::new(Tracking::bare(key(), status))),
        as_of,
        aging_since: as_of,
        fetched_at: Timestamp::UNIX_EPOCH,
        source: Source::List,
        completeness: Completeness::Whole,
    }
}

#[test]
fn a_later_answer_replaces_and_tells_what_was_known() {
    let cache = Cache::in_memory(10);
    let now = Instant::now();
    assert!(
        cache
            .put(&key(), entry(Status::Transit, now))
            .before
            .is_none()
    );
    let stored = cache.put(
        &key(),
        entry(Status::Delivered, now + Duration::from_secs(1)),
    );
    assert!(stored.accepted);
    assert_eq!(stored.before.unwrap().status, Status::Transit);
}

#[test]
fn an_overtaken_answer_changes_nothing() {
    let cache = Cache::in_memory(10);
    let now = Instant::now();
    cache.put(&key(), entry(Status::Delivered, now));
    let stored = cache.put(&key(), entry(Status::Transit, now - Duration::from_secs(1)));
    assert!(!stored.accepted);
    let known = cache.get(&key()).unwrap().tracking.unwrap();
    assert_eq!(known.status, Status::Delivered);
}

#[test]
fn a_change_of_a_part_makes_the_rest_no_younger() {
    let cache = Cache::in_memory(10);
    let start = Instant::now();
    let later = start + Duration::from_secs(2);
    cache.put(&key(), entry(Status::Transit, start));
    let titled = |known: &Tracking| {
        let mut known = known.clone();
        known.metadata.title = Some("red shoes".into());
        known
    };
    let amended = cache.amend(&key(), later, titled).unwrap().now;
    assert_eq!((amended.as_of, amended.aging_since), (later, start));
    assert!(!cache.put(&key(), entry(Status::Transit, start)).accepted);
    let other = TrackingKey::parse("dhl", "0000000000").unwrap();
    assert!(cache.amend(&other, later, titled).is_none());
}

#[test]
fn news_that_a_change_of_a_part_overtook_is_not_lost_and_neither_is_the_change() {
    let cache = Cache::in_memory(10);
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    cache.put(&key(), entry(Status::Transit, at(0)));
    cache.amend(&key(), at(20), |known| {
        let mut known = known.clone();
        known.metadata.title = Some("red shoes".into());
        known
    });
    let stored = cache.put(&key(), entry(Status::Delivered, at(10)));
    let known = stored.now.tracking.unwrap();
    assert!(stored.accepted);
    assert_eq!(known.status, Status::Delivered);
    assert_eq!(known.metadata.title.as_deref(), Some("red shoes"));
    assert_eq!((stored.now.as_of, stored.now.aging_since), (at(20), at(10)));
}

#[test]
fn what_is_doubted_stays_known_until_there_is_better() {
    let cache = Cache::in_memory(10);
    let start = Instant::now();
    cache.put(&key(), entry(Status::Transit, start));
    cache.doubt(&key(), start);
    let known = cache.get(&key()).unwrap();
    assert!(known.tracking.is_some());
    assert_eq!(known.completeness, Completeness::Doubtful);
    cache.put(
        &key(),
        entry(Status::Delivered, start + Duration::from_secs(1)),
    );
    assert_eq!(cache.get(&key()).unwrap().completeness, Completeness::Whole);
}

#[test]
fn an_answer_that_left_before_a_doubt_does_not_dispel_it() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    for known in [None, Some(Status::Transit)] {
        let cache = Cache::in_memory(10);
        if let Some(status) = known {
            cache.put(&key(), entry(status, at(0)));
        }
        cache.doubt(&key(), at(2));
        cache.put(&key(), Entry::of(None, at(1), Source::List));
        let stored = cache.put(&key(), entry(Status::Pickup, at(1)));
        assert_eq!(stored.now.completeness, Completeness::Doubtful);
        assert_eq!(stored.now.tracking.unwrap().status, Status::Pickup);
        let stored = cache.put(&key(), entry(Status::Delivered, at(3)));
        assert_eq!(stored.now.completeness, Completeness::Whole);
    }
}

#[test]
fn a_whole_answer_that_a_partial_one_overtook_completes_it() {
    let cache = Cache::in_memory(10);
    let start = Instant::now();
    let partial = Entry {
        completeness: Completeness::Partial,
        source: Source::Realtime,
        ..entry(Status::Delivered, start + Duration::from_secs(1))
    };
    cache.put(&key(), partial);
    let mut whole = Tracking::bare(key(), Status::Transit);
    whole.metadata.title = Some("red shoes".into());
    let stored = cache.put(
        &key(),
        Entry::of(Some(Arc::new(whole)), start, Source::List),
    );
    let known = stored.now.tracking.unwrap();
    assert!(stored.accepted);
    assert_eq!(stored.now.completeness, Completeness::Whole);
    assert_eq!(known.status, Status::Delivered);
    assert_eq!(known.metadata.title.as_deref(), Some("red shoes"));
    assert_eq!(stored.now.source, Source::Realtime, "its newest part");
}

#[test]
fn a_change_to_older_knowledge_leaves_what_is_younger() {
    let cache = Cache::in_memory(10);
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    cache.put(&key(), entry(Status::Delivered, at(10)));
    let mut changed = Tracking::bare(key(), Status::Transit);
    changed.metadata.title = Some("red shoes".into());
    let changed = Entry {
        tracking: Some(Arc::new(changed)),
        as_of: at(20),
        ..entry(Status::Transit, at(0))
    };
    let stored = cache.put(&key(), changed);
    let known = stored.now.tracking.unwrap();
    assert!(stored.accepted);
    assert_eq!(known.status, Status::Delivered);
    assert_eq!(known.metadata.title.as_deref(), Some("red shoes"));
    assert_eq!((stored.now.as_of, stored.now.aging_since), (at(20), at(10)));
}

#[test]
fn a_hint_stands_until_a_list_call_that_left_later_and_no_change_makes_a_list_a_hint() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    let cache = Cache::in_memory(10);
    cache.put(&key(), entry(Status::Transit, at(0)));
    let hint = Entry {
        completeness: Completeness::Hinted,
        source: Source::Webhook,
        ..entry(Status::Delivered, at(10))
    };
    let known = || cache.get(&key()).unwrap();
    assert!(cache.put(&key(), hint.clone()).accepted);
    assert!(!cache.put(&key(), entry(Status::Pickup, at(9))).accepted);
    assert_eq!(known().completeness, Completeness::Hinted);
    cache.amend(&key(), at(20), |known| {
        let mut known = known.clone();
        known.metadata.title = Some("red shoes".into());
        known
    });
    assert_eq!(known().source, Source::Webhook);
    // It left before the title was set, and after the message came.
    assert!(cache.put(&key(), entry(Status::Pickup, at(15))).accepted);
    let now = known();
    assert_eq!(
        (now.completeness, now.source),
        (Completeness::Whole, Source::List)
    );
    let tracking = now.tracking.unwrap();
    assert_eq!(tracking.status, Status::Pickup);
    assert_eq!(tracking.metadata.title.as_deref(), Some("red shoes"));
    assert!(!cache.put(&key(), hint).accepted);
}

#[test]
fn a_reader_knows_when_another_would_read_something_else() {
    let now = Instant::now();
    let later = now + Duration::from_secs(1);
    type Change = fn(&Cache, Instant);
    let cases: [(&str, bool, Change); 6] = [
        ("nothing", true, |_, _| ()),
        ("overtaken", true, |cache, at| {
            let earlier = at - Duration::from_secs(60);
            cache.put(&key(), entry(Status::Pickup, earlier));
        }),
        ("replaced", false, |cache, at| {
            cache.put(&key(), entry(Status::Pickup, at));
        }),
        ("heard", false, |cache, at| {
            cache.learn(&key(), entry(Status::Pickup, at));
        }),
        ("amended", false, |cache, at| {
            cache.amend(&key(), at, Tracking::clone);
        }),
        ("doubted", false, |cache, at| cache.doubt(&key(), at)),
    ];
    for (what, stands, change) in cases {
        let cache = Cache::in_memory(10);
        cache.put(&key(), entry(Status::Transit, now));
        let found = cache.find(&key()).unwrap();
        assert_eq!(found.epoch, Some(cache.epoch()));
        change(&cache, later);
        assert_eq!(found.validity.stands(), stands, "{what}");
        assert!(cache.find(&key()).unwrap().validity.stands(), "{what}");
    }
}

#[test]
fn what_nobody_knows_better_stands() {
    let shelf = Shelf::new(10);
    let learned = entry(Status::Transit, Instant::now());
    shelf.put(&key(), learned, Teller::Here, |_| ());
    for session in [1, 1, 2] {
        shelf.note_in_step(&key(), session);
        let (_, validity, in_step) = shelf.find(&key()).unwrap();
        assert!(validity.stands());
        assert_eq!(in_step, Some(session));
    }
}

#[test]
fn what_is_forgotten_stands_no_more_even_while_it_is_learned_anew() {
    let cache = Cache::in_memory(3);
    let start = Instant::now();
    let learn = |cache: &Cache, thread: usize| {
        let key = TrackingKey::parse("dhl", &format!("{thread:010}")).unwrap();
        let mut known = None::<Found>;
        for round in 0..5_000 {
            let entry = Entry {
                tracking: Some(Arc::new(Tracking::bare(key.clone(), Status::Transit))),
                ..entry(Status::Transit, start + Duration::from_micros(round))
            };
            cache.put(&key, entry);
            let stands = known.is_some_and(|found| found.validity.stands());
            assert!(!stands, "round {round}");
            known = cache.find(&key);
        }
    };
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let cache = &cache;
            scope.spawn(move || learn(cache, thread));
        }
    });
    assert!(cache.parcels() <= 3);
}
