//! Work that many may ask for at once and that is done once.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::telemetry::carried;

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
                value: None,
            };
            let work = work();
            tokio::spawn(carried(async move {
                landing.with(work.await);
            }));
        }
        receiver.await.ok()
    }
}

/// Ends the work on a key, whatever became of it: those who wait get the value, if there is one, and the next who asks
/// starts anew.
struct Landing<K: Eq + Hash, V: Clone> {
    waiters: Waiters<K, V>,
    key: K,
    value: Option<V>,
}

impl<K: Eq + Hash, V: Clone> Landing<K, V> {
    fn with(mut self, value: V) {
        self.value = Some(value);
    }
}

impl<K: Eq + Hash, V: Clone> Drop for Landing<K, V> {
    fn drop(&mut self) {
        let waiters = self
            .waiters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
        let Some(value) = &self.value else { return };
        for waiter in waiters.into_iter().flatten() {
            // A waiter who has gone does not need his answer.
            let _ = waiter.send(value.clone());
        }
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_comes_just_as_a_flight_lands_is_never_left_out() {
        let flights: Arc<SingleFlight<u8, u8>> = Arc::default();
        let ask_often = |flights: Arc<SingleFlight<u8, u8>>| async move {
            for _ in 0..20_000 {
                assert_eq!(flights.join(0, || async { 1 }).await, Some(1));
            }
        };
        let asking: Vec<_> = (0..4)
            .map(|_| tokio::spawn(ask_often(flights.clone())))
            .collect();
        for task in asking {
            task.await.unwrap();
        }
    }
}
