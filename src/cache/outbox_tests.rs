use crate::model::Completeness;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;
use crate::cache::Entry;

fn key(number: usize) -> TrackingKey {
    TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
}

fn learned(as_of: Instant) -> ParcelNews {
    ParcelNews::Learned(Entry::of(None, as_of, crate::model::Source::List))
}

/// What is told of the parcels, in order: since when it is known, and whether it is in doubt.
fn told(batch: &Batch, start: Instant) -> Vec<(TrackingKey, u64, bool)> {
    let parcels = batch.parcels.iter().map(|(key, news)| {
        let (as_of, is_doubted) = match news {
            ParcelNews::Learned(entry) => {
                (entry.as_of, entry.completeness == Completeness::Doubtful)
            }
            ParcelNews::Doubted(as_of) => (*as_of, true),
        };
        (key.clone(), (as_of - start).as_secs(), is_doubted)
    });
    parcels.collect()
}

/// Whether everything that was put in so far is told.
async fn is_all_sent(outbox: &Outbox) -> bool {
    timeout(Duration::from_millis(1), outbox.all_sent())
        .await
        .is_ok()
}

#[tokio::test(start_paused = true)]
async fn parcels_leave_in_the_order_in_which_they_came_with_the_latest_that_is_known() {
    let (outbox, start) = (Outbox::default(), Instant::now());
    let at = |second| start + Duration::from_secs(second);
    for (number, second) in [(1, 5), (2, 1), (1, 4), (2, 3)] {
        outbox.put(&key(number), learned(at(second)));
    }
    outbox.put(&key(3), ParcelNews::Doubted(at(6)));
    let batch = outbox.take(10).await;
    let expected = [(key(1), 5, false), (key(2), 3, false), (key(3), 6, true)];
    assert_eq!(told(&batch, start), expected);
}

#[tokio::test(start_paused = true)]
async fn a_doubt_is_not_lost_on_what_was_learned_before_it() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    let (known, doubt) = (learned(at(1)), ParcelNews::Doubted(at(2)));
    for news in [[&known, &doubt], [&doubt, &known]] {
        let outbox = Outbox::default();
        for news in news {
            outbox.put(&key(1), news.clone());
        }
        let batch = outbox.take(10).await;
        assert!(matches!(batch.parcels[0].1, ParcelNews::Learned(_)));
        assert_eq!(told(&batch, start), [(key(1), 2, true)]);
    }
    let outbox = Outbox::default();
    outbox.put(&key(1), doubt);
    outbox.put(&key(1), learned(at(3)));
    assert_eq!(told(&outbox.take(10).await, start), [(key(1), 3, false)]);
}

#[tokio::test(start_paused = true)]
async fn all_is_sent_when_what_was_put_in_before_is_told() {
    let (outbox, now) = (Outbox::default(), Instant::now());
    assert!(is_all_sent(&outbox).await);
    for number in 0..3 {
        outbox.put(&key(number), learned(now));
    }
    let first = outbox.take(2).await;
    outbox.note_sent(&first);
    assert!(!is_all_sent(&outbox).await);
    let (all_sent, second) = (outbox.all_sent(), outbox.take(2).await);
    outbox.note_sent(&second);
    all_sent.await;
    outbox.put_outdated();
    assert!(!is_all_sent(&outbox).await);
    let third = outbox.take(2).await;
    assert!(third.is_outdated && third.parcels.is_empty());
    outbox.note_sent(&third);
    assert!(is_all_sent(&outbox).await);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_told_comes_first_and_gives_way_to_what_is_known_since() {
    let (outbox, start) = (Outbox::default(), Instant::now());
    let at = |second| start + Duration::from_secs(second);
    outbox.put(&key(1), learned(at(1)));
    outbox.put(&key(2), learned(at(1)));
    outbox.put_outdated();
    let batch = outbox.take(10).await;
    outbox.put(&key(3), learned(at(2)));
    outbox.put(&key(2), ParcelNews::Doubted(at(3)));
    outbox.put_back(batch);
    assert!(!is_all_sent(&outbox).await);
    let batch = outbox.take(10).await;
    let expected = [(key(1), 1, false), (key(2), 3, true), (key(3), 2, false)];
    assert_eq!(told(&batch, start), expected);
    assert!(batch.is_outdated);
    outbox.note_sent(&batch);
    assert!(is_all_sent(&outbox).await);
}

#[tokio::test(start_paused = true)]
async fn a_long_outage_fills_no_memory() {
    let (outbox, now) = (Outbox::default(), Instant::now());
    for number in 0..MAX_WAITING + 5 {
        outbox.put(&key(number), learned(now));
    }
    outbox.put(&key(0), learned(now + Duration::from_secs(1)));
    let batch = outbox.take(usize::MAX).await;
    assert_eq!(batch.parcels.len(), MAX_WAITING);
    assert_eq!(told(&batch, now)[0], (key(0), 1, false));
    outbox.note_sent(&batch);
    assert!(is_all_sent(&outbox).await);
}
