//! What an operator may change while it is in use. Whoever reads it has to read it anew each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// The value in force. Clones share it.
#[derive(Debug)]
pub struct Current<T>(Arc<watch::Sender<Arc<T>>>);

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Current<T> {
    /// One that begins with this value.
    pub fn new(value: impl Into<Arc<T>>) -> Self {
        Self(Arc::new(watch::Sender::new(value.into())))
    }

    /// The value at this moment.
    pub fn get(&self) -> Arc<T> {
        self.0.borrow().clone()
    }

    /// Puts another value in force.
    pub fn set(&self, value: impl Into<Arc<T>>) {
        self.0.send_replace(value.into());
    }

    /// Ready as soon as a value is in force of which this is said; that is looked at now, and at each change.
    pub fn when<F>(&self, is_so: F) -> impl Future<Output = ()> + Send + use<T, F>
    where
        T: Send + Sync,
        F: Fn(&T) -> bool + Send + Sync,
    {
        let mut values = self.0.subscribe();
        // Whoever waits does not keep it alive, and without it nothing changes any more.
        async move {
            if values.wait_for(|value| is_so(value)).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// The time in force, to the microsecond. Clones share it.
#[derive(Debug, Clone)]
pub struct Dial(Arc<AtomicU64>);

impl Dial {
    /// One that begins with this time.
    pub fn new(time: Duration) -> Self {
        Self(Arc::new(AtomicU64::new(micros(time))))
    }

    /// The time at this moment.
    pub fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }

    /// Puts another time in force.
    pub fn set(&self, time: Duration) {
        self.0.store(micros(time), Ordering::Relaxed);
    }
}

impl From<Duration> for Dial {
    fn from(time: Duration) -> Self {
        Self::new(time)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_change_is_seen_by_all_and_waited_for() {
        let number = Current::new(1);
        let other = number.clone();
        let mut is_two = Box::pin(other.when(|number| *number == 2));
        assert!((&mut is_two).now_or_never().is_none());
        number.set(3);
        assert!((&mut is_two).now_or_never().is_none());
        number.set(2);
        is_two.await;
        assert_eq!(*other.get(), 2);
        other.when(|number| *number == 2).await;
    }

    #[test]
    fn times_are_kept_to_the_microsecond() {
        let dial = Dial::new(Duration::from_nanos(1_500));
        assert_eq!(dial.get(), Duration::from_micros(1));
        let other = dial.clone();
        other.set(Duration::MAX);
        assert_eq!(dial.get(), Duration::from_micros(u64::MAX));
    }
}
