//! Time in tests: waiting for something with a deadline, and moving on without waiting.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "{what} did not come");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Moves this process's clock. The sandbox has its own, and nothing waits for a socket meanwhile.
pub async fn age(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}
