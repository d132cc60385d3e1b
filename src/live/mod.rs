//! News on its way from whoever noticed it to whoever watches.
//!
//! It knows neither where news comes from nor how it reaches a browser.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::model::{Source, Tracking};

/// How much news a slow reader may leave unread before he is told that he missed some.
const UNREAD: usize = 1_024;

/// One observed change of a tracking.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is known now.
    pub tracking: Arc<Tracking>,
    /// The moment that this knowledge is of. Changes of one tracking can overtake each other on their way.
    pub as_of: Instant,
    /// When the upstream told what is known, on the calendar. A change of a part leaves the rest as old as it was.
    pub fetched_at: Timestamp,
    /// Where the newest part of it comes from.
    pub source: Source,
    /// From when on the next question asks the upstream again, if that is known.
    pub next_refresh_at: Option<Timestamp>,
    /// When the change was noticed.
    pub at: Timestamp,
}

/// What a reader gets next.
#[derive(Debug, Clone)]
pub enum News {
    /// A change of some tracking.
    Change(Arc<Change>),
    /// The reader was too slow; that many changes are lost to him.
    Missed(u64),
}

/// Spreads changes to all readers of this process.
#[derive(Debug, Clone)]
pub struct Hub {
    sender: broadcast::Sender<Arc<Change>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sender: broadcast::Sender::new(UNREAD),
        }
    }
}

impl Hub {
    /// Tells every reader. Nobody waits for a slow one.
    pub fn publish(&self, change: Change) {
        // An error means that nobody reads at the moment, which is fine.
        let _ = self.sender.send(Arc::new(change));
    }

    /// Everything from now on.
    pub fn subscribe(&self) -> Reader {
        Reader {
            receiver: self.sender.subscribe(),
        }
    }
}

/// One reader's place in the news.
#[derive(Debug)]
pub struct Reader {
    receiver: broadcast::Receiver<Arc<Change>>,
}

impl Reader {
    /// Waits for the next news; `None` when the hub is gone.
    pub async fn next(&mut self) -> Option<News> {
        match self.receiver.recv().await {
            Ok(change) => Some(News::Change(change)),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(News::Missed(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Status, TrackingKey};

    fn change() -> Change {
        let key = TrackingKey::parse("dhl", "1234567890").unwrap();
        Change {
            tracking: Arc::new(Tracking::bare(key, Status::Pending)),
            as_of: Instant::now(),
            fetched_at: Timestamp::UNIX_EPOCH,
            source: Source::List,
            next_refresh_at: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_he_missed() {
        let hub = Hub::default();
        let mut reader = hub.subscribe();
        for _ in 0..UNREAD + 3 {
            hub.publish(change());
        }
        assert!(matches!(reader.next().await, Some(News::Missed(3))));
        assert!(matches!(reader.next().await, Some(News::Change(_))));
    }

    #[tokio::test]
    async fn a_reader_hears_the_end() {
        let hub = Hub::default();
        let mut reader = hub.subscribe();
        drop(hub);
        assert!(reader.next().await.is_none());
    }
}
