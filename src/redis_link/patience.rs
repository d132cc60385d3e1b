//! How long an answer is waited for.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// Who wakes up so much later than he wanted was held up himself.
const HELD_UP: Duration = Duration::from_millis(20);

/// What the process gets to catch up with what has arrived meanwhile.
const CATCHING_UP: Duration = Duration::from_millis(50);

/// The outcome of the work, or none when it takes longer. Redis is not blamed for a delay of our own: who was held up looks
/// once more.
pub(super) async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let end = Instant::now() + patience;
    if let Ok(outcome) = timeout_at(end, &mut work).await {
        return Some(outcome);
    }
    if end.elapsed() < HELD_UP {
        return None;
    }
    timeout(CATCHING_UP, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_is_waited_for_no_longer_than_was_said() {
        let start = Instant::now();
        let silence = std::future::pending::<()>();
        assert_eq!(within(Duration::from_millis(150), silence).await, None);
        assert!(start.elapsed() < Duration::from_millis(160));
    }

    #[tokio::test]
    async fn an_answer_that_came_while_the_process_was_held_up_counts() {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let held_up = async {
            // The thread itself stands still, as it does for a process that gets no turn.
            std::thread::sleep(Duration::from_millis(100));
            tokio::spawn(async { answer.send(1) });
            answered.await
        };
        assert_eq!(
            within(Duration::from_millis(10), held_up).await,
            Some(Ok(1))
        );
    }
}
