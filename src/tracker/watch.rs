//! What somebody who watches parcels gets to see.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::records::Outcome;
use super::records::Reading;
use super::usage::Usage;
use super::watchlist::Watched;
use super::{Ask, Tracker};
use crate::live::{Change, News, Reader};
use crate::model::{ClientId, TrackingKey};

/// One thing that a watcher sees.
#[derive(Debug, Clone)]
pub enum Sight {
    /// How a parcel stands: first of all, and again after news was missed.
    Snapshot(Outcome),
    /// A parcel changed, and when that was noticed.
    Change(Reading, Timestamp),
}

/// Watches some parcels: a snapshot of each first, then every change once. As long as it lives they are polled.
#[derive(Debug)]
pub struct Watch {
    tracker: Arc<Tracker>,
    client: ClientId,
    watched: Watched,
    reader: Reader,
    seen: HashMap<TrackingKey, Reading>,
    unread: VecDeque<Sight>,
    needs_snapshot: bool,
}

impl Watch {
    /// The reader is opened before the first snapshot is taken, so that nothing falls between them.
    pub(super) fn new(
        tracker: Arc<Tracker>,
        client: ClientId,
        watched: Watched,
        reader: Reader,
    ) -> Self {
        Self {
            tracker,
            client,
            watched,
            reader,
            seen: HashMap::new(),
            unread: VecDeque::new(),
            needs_snapshot: true,
        }
    }

    /// Waits for the next thing to see; `None` when the server is going down.
    pub async fn next(&mut self) -> Option<Sight> {
        loop {
            if let Some(sight) = self.unread.pop_front() {
                return Some(sight);
            }
            if self.needs_snapshot {
                self.take_snapshot().await;
                continue;
            }
            match self.reader.next().await? {
                News::Missed(_) => self.needs_snapshot = true,
                News::Change(change) => {
                    if let Some(reading) = self.look_at(&change) {
                        return Some(Sight::Change(reading, change.at));
                    }
                }
            }
        }
    }

    /// A change of one of the watched parcels, if it is later and other than what was seen already. Changes can overtake
    /// each other on their way, so what is later is remembered even when it is no news.
    fn look_at(&mut self, change: &Change) -> Option<Reading> {
        let key = &change.tracking.key;
        let seen = self.seen.get(key);
        if !self.watched.keys().contains(key) || seen.is_some_and(|seen| change.as_of <= seen.as_of)
        {
            return None;
        }
        let is_news = seen.is_none_or(|seen| change.tracking.is_news_after(&seen.tracking));
        let reading = Reading {
            tracking: change.tracking.clone(),
            as_of: change.as_of,
            fetched_at: change.fetched_at,
            source: change.source,
            next_refresh_at: change.next_refresh_at,
            stale: None,
        };
        self.seen.insert(key.clone(), reading.clone());
        is_news.then_some(reading)
    }

    async fn take_snapshot(&mut self) {
        self.needs_snapshot = false;
        let keys = self.watched.keys();
        let asks: Vec<_> = keys.iter().cloned().map(Ask::usual).collect();
        let usage = Usage::of(self.client.clone());
        let outcomes = self.tracker.look_up(&usage, &asks).await;
        for (key, outcome) in keys.iter().zip(outcomes) {
            if let Ok(reading) = &outcome {
                self.seen.insert(key.clone(), reading.clone());
            }
            self.unread.push_back(Sight::Snapshot(outcome));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::cache::Cache;
    use crate::cooldown::Cooldown;
    use crate::live::Hub;
    use crate::model::{Source, Status, Tracking};
    use crate::throttle::{Limits, Throttle};
    use crate::tracker::Settings;
    use crate::upstream::{self, ApiKey, Client, OnConnecting};

    /// A tracker whose upstream nobody needs, because the cache knows the parcel.
    fn tracker() -> Arc<Tracker> {
        let second = Duration::from_secs(1);
        let client = Client::new(upstream::Settings {
            base_url: "http://127.0.0.1:9/v2".parse().unwrap(),
            api_key: ApiKey::parse("unused").unwrap(),
            connect_timeout: second,
            call_timeout: second,
            realtime_timeout: second,
            on_connecting: OnConnecting::default(),
        });
        let settings = Settings {
            patience: second,
            poll_interval: Duration::ZERO,
            realtime_cooldown: Duration::ZERO,
        };
        Arc::new(Tracker::start(
            &settings,
            client.unwrap(),
            Throttle::new(&Limits::default()),
            Cooldown::in_memory(settings.realtime_cooldown),
            Cache::in_memory(10),
            Hub::default(),
        ))
    }

    fn key() -> TrackingKey {
        TrackingKey::parse("dhl", "1234567890").unwrap()
    }

    fn learn(tracker: &Tracker, status: Status, as_of: Instant) {
        let tracking = Tracking::bare(key(), status);
        tracker.calls.records.absorb(tracking, as_of, Source::List);
    }

    async fn status_of_next(watch: &mut Watch) -> Status {
        let sight = timeout(Duration::from_secs(5), watch.next()).await;
        let reading = match sight.unwrap().unwrap() {
            Sight::Snapshot(outcome) => outcome.unwrap(),
            Sight::Change(reading, _) => reading,
        };
        reading.tracking.status.clone()
    }

    #[tokio::test]
    async fn what_the_snapshot_holds_already_is_not_told_again_and_time_never_runs_back() {
        let tracker = tracker();
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        learn(&tracker, Status::Transit, at(0));
        let mut watch = tracker.watch(&Usage::default(), vec![key()]).unwrap();
        learn(&tracker, Status::Pickup, at(1));
        learn(&tracker, Status::Undelivered, at(2));
        assert_eq!(status_of_next(&mut watch).await, Status::Undelivered);
        learn(&tracker, Status::Pickup, at(3));
        learn(&tracker, Status::Pickup, at(4));
        learn(&tracker, Status::Delivered, at(5));
        assert_eq!(status_of_next(&mut watch).await, Status::Pickup);
        assert_eq!(status_of_next(&mut watch).await, Status::Delivered);
    }

    #[tokio::test]
    async fn a_change_that_was_overtaken_on_its_way_is_not_shown() {
        let tracker = tracker();
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        learn(&tracker, Status::Transit, at(0));
        let mut watch = tracker.watch(&Usage::default(), vec![key()]).unwrap();
        assert_eq!(status_of_next(&mut watch).await, Status::Transit);
        for (status, second) in [
            (Status::Transit, 2),
            (Status::Pickup, 1),
            (Status::Delivered, 3),
        ] {
            tracker.calls.records.hub.publish(Change {
                tracking: Arc::new(Tracking::bare(key(), status)),
                as_of: at(second),
                fetched_at: Timestamp::UNIX_EPOCH,
                source: Source::List,
                next_refresh_at: None,
                at: Timestamp::UNIX_EPOCH,
            });
        }
        assert_eq!(status_of_next(&mut watch).await, Status::Delivered);
    }

    #[tokio::test]
    async fn who_missed_changes_gets_a_snapshot_again() {
        let tracker = tracker();
        let start = Instant::now();
        learn(&tracker, Status::Transit, start);
        let mut watch = tracker.watch(&Usage::default(), vec![key()]).unwrap();
        assert_eq!(status_of_next(&mut watch).await, Status::Transit);
        for change in 1..3_000 {
            let status = if change % 2 == 0 {
                Status::Transit
            } else {
                Status::Pickup
            };
            learn(&tracker, status, start + Duration::from_millis(change));
        }
        let sight = timeout(Duration::from_secs(5), watch.next()).await.unwrap();
        let Some(Sight::Snapshot(Ok(reading))) = sight else {
            panic!("{sight:?}")
        };
        assert_eq!(reading.tracking.status, Status::Pickup);
    }
}
