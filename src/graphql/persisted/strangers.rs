//! Which operations are sent that the operator did not list.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::time::Instant;

use crate::graphql::trace::is_sane;
use crate::persisted::TextHash;

/// How many texts are remembered, so that each is told once.
const MAX_TOLD: u64 = 1_000;

/// After so long it is told again that a text is still sent.
const TOLD: Duration = Duration::from_secs(60 * 60);

/// How many are told in a minute, because anybody can send any number of texts.
const MOST_LINES: u32 = 10;

const MINUTE: Duration = Duration::from_secs(60);

/// Counts them, and tells of each once an hour: by its name and its hash, because its text may hold what is private.
#[derive(Debug)]
pub(super) struct Strangers {
    count: AtomicU64,
    told: Cache<TextHash, ()>,
    minute: Mutex<Minute>,
}

/// What was told in this minute.
#[derive(Debug)]
struct Minute {
    begun: Instant,
    lines: u32,
    /// How many more could have been told.
    silent: u64,
}

/// What is to be told of an operation.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    /// What it is called, and before that how many were not told in the minute that is over.
    Told { silent: u64 },
    /// Nothing.
    Silent,
}

impl Minute {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            lines: 0,
            silent: 0,
        }
    }

    fn next(&mut self) -> Line {
        let mut silent = 0;
        if self.begun.elapsed() >= MINUTE {
            silent = self.silent;
            *self = Self::new();
        }
        if self.lines == MOST_LINES {
            self.silent += 1;
            return Line::Silent;
        }
        self.lines += 1;
        Line::Told { silent }
    }
}

impl Default for Strangers {
    fn default() -> Self {
        Self {
            count: AtomicU64::default(),
            told: Cache::builder()
                .max_capacity(MAX_TOLD)
                // The usual policy may turn away what is new, and would have it told again and again.
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(TOLD)
                .build(),
            minute: Mutex::new(Minute::new()),
        }
    }
}

impl Strangers {
    pub(super) fn note(&self, operation: Option<&str>, hash: TextHash) {
        self.count.fetch_add(1, Ordering::Relaxed);
        if !self.told.entry(hash).or_insert(()).is_fresh() {
            return;
        }
        let minute = &self.minute;
        let line = minute.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Line::Told { silent } = line else {
            return;
        };
        if silent > 0 {
            tracing::info!("and {silent} more operations that are not listed");
        }
        // Whoever sent it may have put anything into its name.
        let name = operation.filter(|name| is_sane(name));
        tracing::info!(operation = name, %hash, "an operation that is not listed");
    }

    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ten_are_told_in_a_minute_and_how_many_more_there_were_in_the_next() {
        let mut minute = Minute::new();
        for _ in 0..10 {
            assert_eq!(minute.next(), Line::Told { silent: 0 });
        }
        for _ in 0..5 {
            assert_eq!(minute.next(), Line::Silent);
        }
        tokio::time::advance(MINUTE).await;
        assert_eq!(minute.next(), Line::Told { silent: 5 });
        assert_eq!(minute.next(), Line::Told { silent: 0 });
    }
}
