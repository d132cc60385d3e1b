//! How it goes with Redis, for operators.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How it goes with Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Whether it can be reached.
    pub is_up: bool,
    /// Commands that it answered.
    pub answered: u64,
    /// Commands that it refused for what they are.
    pub refused: u64,
    /// Commands to which no answer came in time.
    pub lost: u64,
    /// Commands that were not sent, because it was away.
    pub kept_back: u64,
    /// How often it went away.
    pub outages: u64,
    /// How long ago it was heard of last; `None` if it never was.
    pub silent_for: Option<Duration>,
}

/// What was counted since the start.
#[derive(Debug)]
pub(super) struct Tally {
    started: Instant,
    answered: AtomicU64,
    refused: AtomicU64,
    lost: AtomicU64,
    kept_back: AtomicU64,
    outages: AtomicU64,
    /// When it was heard of last, in milliseconds since the start; 0 is never.
    heard: AtomicU64,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Answered,
    Refused,
    Lost,
    KeptBack,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            answered: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            kept_back: AtomicU64::new(0),
            outages: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        }
    }

    pub(super) fn note(&self, end: End) {
        let figure = match end {
            End::Answered => &self.answered,
            End::Refused => &self.refused,
            End::Lost => &self.lost,
            End::KeptBack => &self.kept_back,
        };
        figure.fetch_add(1, Ordering::Relaxed);
        if matches!(end, End::Answered | End::Refused) {
            self.hear();
        }
    }

    /// Notes a sign of life.
    pub(super) fn hear(&self) {
        let since = self.started.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.heard.store(since.max(1), Ordering::Relaxed);
    }

    pub(super) fn note_outage(&self) {
        self.outages.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, is_up: bool) -> Figures {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        let heard = read(&self.heard);
        let silent_for = self.started.elapsed();
        let silent_for = silent_for.saturating_sub(Duration::from_millis(heard));
        Figures {
            is_up,
            answered: read(&self.answered),
            refused: read(&self.refused),
            lost: read(&self.lost),
            kept_back: read(&self.kept_back),
            outages: read(&self.outages),
            silent_for: (heard > 0).then_some(silent_for),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_silent_since_its_last_answer_and_what_is_lost_is_none() {
        let tally = Tally::new();
        assert_eq!(tally.read(false).silent_for, None);
        tally.note(End::Lost);
        tally.note(End::KeptBack);
        assert_eq!(tally.read(false).silent_for, None);
        tokio::time::advance(Duration::from_secs(2)).await;
        tally.note(End::Answered);
        tokio::time::advance(Duration::from_secs(3)).await;
        tally.note(End::Lost);
        let figures = tally.read(true);
        assert_eq!(figures.silent_for, Some(Duration::from_secs(3)));
        assert_eq!((figures.answered, figures.lost), (1, 2));
    }
}
