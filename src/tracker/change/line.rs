//! Changes of one tracking are carried out one after the other, in the order in which they came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync;

use crate::model::TrackingKey;

/// A line before each tracking that is being changed.
#[derive(Debug, Clone, Default)]
pub(in crate::tracker) struct Lines(Arc<Mutex<HashMap<TrackingKey, Line>>>);

#[derive(Debug, Default)]
struct Line {
    length: usize,
    head: Arc<sync::Mutex<()>>,
}

impl Lines {
    /// Joins the line before a tracking. Who drops his place leaves it.
    pub(super) fn join(&self, key: &TrackingKey) -> Place {
        let mut lines = self.lock();
        let line = lines.entry(key.clone()).or_default();
        let in_front = line.length;
        line.length += 1;
        Place {
            head: line.head.clone(),
            turn: line.head.clone().try_lock_owned().ok(),
            lines: self.clone(),
            key: key.clone(),
            in_front,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TrackingKey, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a line.
#[derive(Debug)]
pub(super) struct Place {
    head: Arc<sync::Mutex<()>>,
    turn: Option<sync::OwnedMutexGuard<()>>,
    lines: Lines,
    key: TrackingKey,
    /// How many had joined before.
    pub(super) in_front: usize,
}

impl Place {
    /// Whether it is the first.
    pub(super) fn is_first(&self) -> bool {
        self.turn.is_some()
    }

    /// Waits until it is the first.
    pub(super) async fn becomes_first(&mut self) {
        if self.turn.is_none() {
            self.turn = Some(self.head.clone().lock_owned().await);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.lines.lock();
        if let Some(line) = lines.get_mut(&self.key) {
            line.length -= 1;
            if line.length == 0 {
                lines.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn key(number: &str) -> TrackingKey {
        TrackingKey::parse("dhl", number).unwrap()
    }

    #[tokio::test]
    async fn places_before_one_tracking_are_first_in_the_order_in_which_they_were_taken() {
        let lines = Lines::default();
        let first = lines.join(&key("00001"));
        let mut second = lines.join(&key("00001"));
        let mut third = lines.join(&key("00001"));
        assert!(first.is_first() && !second.is_first() && !third.is_first());
        assert_eq!((second.in_front, third.in_front), (1, 2));
        {
            let mut second_waits = std::pin::pin!(second.becomes_first());
            let mut third_waits = std::pin::pin!(third.becomes_first());
            assert!(second_waits.as_mut().now_or_never().is_none());
            assert!(third_waits.as_mut().now_or_never().is_none());
            drop(first);
            assert!(third_waits.as_mut().now_or_never().is_none());
            assert!(second_waits.as_mut().now_or_never().is_some());
        }
        drop(second);
        third.becomes_first().await;
        assert!(lines.join(&key("00002")).is_first());
    }

    #[tokio::test]
    async fn who_leaves_the_line_holds_nobody_up_and_leaves_nothing_behind() {
        let lines = Lines::default();
        let first = lines.join(&key("00001"));
        drop(lines.join(&key("00001")));
        let mut third = lines.join(&key("00001"));
        drop(first);
        third.becomes_first().await;
        drop(third);
        assert!(lines.lock().is_empty());
    }
}
