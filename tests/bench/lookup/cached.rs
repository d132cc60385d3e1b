//! What it costs to look up parcels that are known and fresh.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use parcelgraph::cache::Cache;
use parcelgraph::redis_link::Link;
use parcelgraph::throttle::Throttle;
use parcelgraph::tracker::{Ask, Tracker, Usage};

use crate::figures::Figures;
use crate::redis::Redis;
use crate::stage;

/// How many parcels are asked for one after the other. More than the processor has in its own cache, where Redis need not
/// hear of all of them first.
const PARCELS: usize = 50_000;
const SHARED_PARCELS: usize = 4_000;

/// How many are asked for between two looks at the clock.
const AT_ONCE: usize = 4_000;

const ROUNDS: usize = 300;

/// A parcel may cost so much.
const BAR: Duration = Duration::from_micros(5);

/// Nobody is called.
const NOWHERE: &str = "http://127.0.0.1:9/v2";

pub async fn measure(figures: &mut Figures, redis: &Redis) {
    let name = "cached parcel, memory";
    if figures.wants(name) {
        let cache = Cache::in_memory(2 * PARCELS as u64);
        Known::of(PARCELS, cache, None).time(figures, name).await;
    }
    let name = "cached parcel, redis";
    if figures.wants(name) {
        let link = stage::link(&redis.url()).await;
        let cache = Cache::shared(2 * SHARED_PARCELS as u64, link.clone());
        let known = Known::of(SHARED_PARCELS, cache, Some(link));
        known.time(figures, name).await;
    }
}

/// Parcels that are known, and who is asked for them.
struct Known {
    tracker: Arc<Tracker>,
    cache: Cache,
    link: Option<Link>,
    asks: Vec<Ask>,
}

impl Known {
    fn of(parcels: usize, cache: Cache, link: Option<Link>) -> Self {
        let asks = (0..parcels).map(|number| Ask::usual(stage::key(number)));
        let asks: Vec<Ask> = asks.collect();
        for ask in &asks {
            cache.put(&ask.key, stage::entry(&ask.key));
        }
        let throttle = Throttle::new(&stage::UNLIMITED);
        Self {
            tracker: stage::tracker(NOWHERE, throttle, cache.clone()),
            cache,
            link,
            asks,
        }
    }

    async fn time(&self, figures: &mut Figures, name: &str) {
        for at_once in [1, 40, 1_000] {
            let times = self.times(figures.rounds(ROUNDS), at_once).await;
            figures.judge(&format!("{name}, {at_once} at once"), times, BAR);
        }
    }

    /// Times for one parcel, if so many are asked for at once.
    async fn times(&self, rounds: usize, at_once: usize) -> Vec<Duration> {
        let mut next = self.asks.chunks_exact(at_once).cycle();
        let mut session = self.in_step().await;
        let mut times = Vec::new();
        while times.len() < rounds {
            let mut operations = next.by_ref().take(AT_ONCE / at_once);
            let started = Instant::now();
            let is_known = operations.all(|asks| self.is_given(asks));
            let time = started.elapsed() / (AT_ONCE / at_once * at_once) as u32;
            if is_known {
                times.push(time);
            } else {
                // Only the end of a session makes anybody wait.
                assert_ne!(session, self.session(), "what is fresh is given at once");
                session = self.in_step().await;
            }
        }
        times
    }

    /// Whether these are given without waiting for anything, and so without asking Redis.
    fn is_given(&self, asks: &[Ask]) -> bool {
        let usage = Usage::default();
        let answers = self.tracker.look_up(&usage, asks).now_or_never();
        answers.is_some_and(|answers| answers.iter().all(Result::is_ok))
    }

    /// Waits until Redis has nothing to add, and gives the session for which that is so.
    async fn in_step(&self) -> Option<u64> {
        let keys: Vec<_> = self.asks.iter().map(|ask| ask.key.clone()).collect();
        let link = self.link.as_ref()?;
        loop {
            let mut sessions = link.sessions();
            let session = *sessions.wait_for(Option::is_some).await.unwrap();
            self.cache.fetch(&keys, |_, _| true).await;
            if link.session() == session {
                return session;
            }
        }
    }

    fn session(&self) -> Option<u64> {
        self.link.as_ref()?.session()
    }
}
