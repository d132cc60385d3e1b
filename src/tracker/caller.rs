//! Who waits for work, as the work sees him.

use std::future::{Future, pending};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::telemetry::carried;

/// Somebody for whom work is done.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// When he asked, which is when his patience begins.
    pub(super) asked: Instant,
    line: Option<watch::Receiver<()>>,
}

impl Caller {
    /// One who asks right now, and whose waiting ends with the task that he waits in.
    pub(super) fn of_this_task() -> Self {
        Self {
            asked: Instant::now(),
            line: None,
        }
    }

    /// Returns as soon as he has hung up.
    pub(super) async fn hangs_up(&self) {
        let Some(mut line) = self.line.clone() else {
            return pending().await;
        };
        // Nothing is ever said on the line; it ends.
        while line.changed().await.is_ok() {}
    }
}

/// Has work done in a task of its own, which learns when its caller hangs up and decides itself whether it may stop there.
/// `None` if it broke off.
pub(super) async fn errand<T, F>(work: impl FnOnce(Caller) -> F) -> Option<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let (_hung_up_when_dropped, line) = watch::channel(());
    let caller = Caller {
        line: Some(line),
        ..Caller::of_this_task()
    };
    tokio::spawn(carried(work(caller))).await.ok()
}
