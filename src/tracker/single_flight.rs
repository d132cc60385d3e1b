//! Work that many may ask for at once and that is done once.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

type Waiters<K, V> = Arc<Mutex<HashMap<K, Vec<oneshot::Sender<V>>>>>;

/// Runs one piece of work per key at a time, in a task of its own, and gives its result to all who asked meanwhile.
#[derive(Debug)]
pub(super) struct SingleFlight<K, V> {
    waiters: Waiters<K, V>,
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self {
            waiters: Waiters::default(),
        }
    }
}

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    /// Whether somebody waits for work on the key already.
    pub(super) fn is_flying(&self, key: &K) -> bool {
        let waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        waiters.contains_key(key)
    }

    /// Joins the work on `key`, or starts it. `None` when the work broke off without a result.
    pub(super) async fn join<F>(&self, key: K, work: impl FnOnce() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let is_first = {
            let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
            let waiters = waiters.entry(key.clone()).or_default();
            waiters.push(sender);
            waiters.len() == 1
        };
        if is_first {
            let landing = Landing {
                waiters: self.waiters.clone(),
                key,
            };
            let work = work();
            tokio::spawn(async move {
                let value = work.await;
                landing.hand_out(&value);
            });
        }
        receiver.await.ok()
    }
}

/// Makes sure that the next one who asks starts anew, whatever became of the work.
struct Landing<K: Eq + Hash, V> {
    waiters: Waiters<K, V>,
    key: K,
}

impl<K: Eq + Hash, V: Clone> Landing<K, V> {
    fn hand_out(self, value: &V) {
        for waiter in self.take() {
            // A waiter who has gone does not need his answer.
            let _ = waiter.send(value.clone());
        }
    }
}

impl<K: Eq + Hash, V> Landing<K, V> {
    fn take(&self) -> Vec<oneshot::Sender<V>> {
        self.waiters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key)
            .unwrap_or_default()
    }
}

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        self.take();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hundred_who_ask_at_once_cost_one_piece_of_work() {
        let flights = SingleFlight::default();
        let runs = Arc::new(AtomicUsize::new(0));
        let ask = || {
            flights.join("key", || {
                let runs = runs.clone();
                async move {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    runs.fetch_add(1, Ordering::SeqCst) + 1
                }
            })
        };
        let answers = join_all((0..100).map(|_| ask())).await;
        assert!(answers.iter().all(|answer| *answer == Some(1)));
        assert_eq!(ask().await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_hangs_up_first_takes_nothing_down_with_him() {
        let flights: SingleFlight<&str, u32> = SingleFlight::default();
        let work = || async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            7
        };
        let hangs_up = tokio::time::timeout(Duration::from_millis(1), flights.join("key", work));
        let (gone, stays) = tokio::join!(hangs_up, flights.join("key", work));
        assert!(gone.is_err());
        assert_eq!(stays, Some(7));
    }

    #[tokio::test]
    async fn work_that_panics_leaves_nobody_waiting() {
        let flights: SingleFlight<&str, u32> = SingleFlight::default();
        let answer = flights.join("key", || async { panic!("on purpose") }).await;
        assert_eq!(answer, None);
        assert_eq!(flights.join("key", || async { 1 }).await, Some(1));
    }
}
