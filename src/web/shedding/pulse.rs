//! How late the server is with what it has to do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Microseconds since the pulse was made.
pub(super) type Micros = u64;

/// How often it beats while somebody asks.
const BEAT: Micros = 2_000;

/// So late is whoever has as much to do as he can, and no more.
const CALM: Micros = 20_000;

/// So many tasks may wait behind those that threads have at hand, which the pulse passes by.
pub(super) const FEW: usize = 32;

/// It rests.
const NEVER: Micros = Micros::MAX;

/// A task that wants to be at work every two milliseconds while requests come, and like all others waits until it is its turn.
#[derive(Debug)]
pub(super) struct Pulse(Arc<Beats>);

#[derive(Debug)]
struct Beats {
    begun: Instant,
    /// When the next one is due.
    due: AtomicU64,
    /// When the last one was that came in time.
    calm: AtomicU64,
    /// How many came too late since then.
    late: AtomicU64,
    /// How many requests came since the last one.
    asked: AtomicU64,
    waking: Notify,
    runtime: Handle,
}

/// What is felt at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Felt {
    pub(super) now: Micros,
    /// How late the server is.
    pub(super) late_by: Micros,
    /// For how long it has been late.
    pub(super) late_for: Micros,
    /// How many times in a row.
    pub(super) late_times: u64,
}

impl Pulse {
    /// Beats in the present runtime for as long as anybody can feel it.
    pub(super) fn start() -> Self {
        let beats = Arc::new(Beats {
            begun: Instant::now(),
            due: AtomicU64::new(NEVER),
            calm: AtomicU64::new(0),
            late: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            waking: Notify::new(),
            runtime: Handle::current(),
        });
        tokio::spawn(beat(Arc::downgrade(&beats)));
        Self(beats)
    }

    /// How many tasks wait behind those that the runtime's threads have at hand, and so behind the pulse: each thread has room
    /// for 256.
    pub(super) fn queued(&self) -> usize {
        self.0.queued()
    }

    /// What a request feels that comes now.
    pub(super) fn felt(&self) -> Felt {
        let beats = &self.0;
        let now = beats.now();
        beats.asked.fetch_add(1, Ordering::Relaxed);
        let due = beats.due.load(Ordering::Relaxed);
        if due == NEVER {
            beats.is_calm(now);
            beats.due.store(now + BEAT, Ordering::Relaxed);
            beats.waking.notify_one();
        }
        let late_by = now.saturating_sub(due);
        let calm = beats.calm.load(Ordering::Relaxed);
        Felt {
            now,
            late_by,
            late_for: now.saturating_sub(calm),
            late_times: beats.late.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.waking.notify_one();
    }
}

impl Beats {
    fn now(&self) -> Micros {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }

    fn queued(&self) -> usize {
        self.runtime.metrics().global_queue_depth()
    }

    fn is_calm(&self, now: Micros) {
        self.calm.store(now, Ordering::Relaxed);
        self.late.store(0, Ordering::Relaxed);
    }

    /// Comes when it was due or later. Whether there is a next one: without requests it rests.
    fn comes(&self) -> bool {
        let (now, due) = (self.now(), self.due.load(Ordering::Relaxed));
        match now.saturating_sub(due) <= CALM && self.queued() <= FEW {
            true => self.is_calm(now),
            false => _ = self.late.fetch_add(1, Ordering::Relaxed),
        }
        let next = match self.asked.swap(0, Ordering::Relaxed) {
            0 => NEVER,
            _ => now + BEAT,
        };
        self.due.store(next, Ordering::Relaxed);
        next != NEVER
    }
}

async fn beat(beats: Weak<Beats>) {
    loop {
        let Some(waking) = beats.upgrade() else {
            return;
        };
        waking.waking.notified().await;
        // Whoever feels it keeps it, and not this task.
        drop(waking);
        loop {
            sleep(Duration::from_micros(BEAT)).await;
            match beats.upgrade() {
                Some(beats) if beats.comes() => {}
                Some(_) => break,
                None => return,
            }
        }
    }
}
