//! Caches as replicas have them, and what to put into them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use parcelgraph::cache::{Cache, Entry};
use parcelgraph::model::{Completeness, Source, Status, Tracking, TrackingKey};
use parcelgraph::redis_link::{self, Link};
use tokio::time::Instant;

use super::{Redis, until};

/// A cache as one of several replicas has it.
pub struct Replica {
    pub cache: Cache,
    pub link: Link,
    pub heard: Arc<Mutex<Vec<TrackingKey>>>,
    pub outdated: Arc<AtomicUsize>,
}

impl Replica {
    pub async fn of(url: &str) -> Self {
        let link = Link::open(redis_link::Settings {
            url: url.to_owned(),
            secret: b"an API key".to_vec(),
            patience: redis_link::PATIENCE,
        })
        .unwrap();
        let cache = Cache::shared(1_000, link.clone());
        let heard = Arc::<Mutex<Vec<TrackingKey>>>::default();
        let outdated = Arc::<AtomicUsize>::default();
        let (hears, counts) = (heard.clone(), outdated.clone());
        cache.on_news(move |key, _| hears.lock().unwrap().push(key.clone()));
        cache.on_outdated(move || _ = counts.fetch_add(1, Ordering::Relaxed));
        let replica = Self {
            cache,
            link,
            heard,
            outdated,
        };
        replica.is_linked().await;
        replica
    }

    pub async fn is_linked(&self) {
        until("a session", || self.link.session().is_some()).await;
    }

    pub async fn is_alone(&self) {
        until("the end of the session", || self.link.session().is_none()).await;
    }

    pub fn status(&self, key: &TrackingKey) -> Option<Status> {
        let entry = self.cache.get(key)?;
        Some(entry.tracking?.status.clone())
    }

    pub fn title(&self, key: &TrackingKey) -> Option<String> {
        self.cache
            .get(key)?
            .tracking?
            .metadata
            .title
            .as_deref()
            .map(str::to_owned)
    }

    pub fn completeness(&self, key: &TrackingKey) -> Option<Completeness> {
        self.cache.get(key).map(|entry| entry.completeness)
    }

    /// Asks the others, however well the parcel is known here.
    pub async fn fetch(&self, key: &TrackingKey) {
        self.cache
            .fetch(std::slice::from_ref(key), |_, _| false)
            .await;
    }

    /// Asks the others about what may have changed.
    pub async fn catch_up(&self, key: &TrackingKey) {
        self.cache
            .fetch(std::slice::from_ref(key), |_, _| true)
            .await;
    }
}

pub async fn pair(redis: &Redis) -> [Replica; 2] {
    [
        Replica::of(&redis.url()).await,
        Replica::of(&redis.url()).await,
    ]
}

pub fn key(number: usize) -> TrackingKey {
    TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
}

pub fn entry(key: &TrackingKey, status: Status, as_of: Instant) -> Entry {
    Entry {
        tracking: Some(Arc::new(Tracking::bare(key.clone(), status))),
        as_of,
        aging_since: as_of,
        fetched_at: Timestamp::UNIX_EPOCH,
        completeness: Completeness::Whole,
        source: Source::List,
    }
}

pub fn titled(known: &Tracking) -> Tracking {
    let mut known = known.clone();
    known.metadata.title = Some("red shoes".into());
    known
}

/// Instants of a short while ago, by their seconds.
pub fn seconds() -> impl Fn(u64) -> Instant {
    let start = Instant::now() - Duration::from_secs(60);
    move |second| start + Duration::from_secs(second)
}
