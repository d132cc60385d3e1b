//! Asks again and again for what is being watched, on the seats that people leave free.
//!
//! A parcel is due by its status and by its last answer. What is due leaves in full batches; where many are due, one list of
//! all that changed is read instead if that is cheaper. For those who watch the whole account all of it is read once, and from
//! then on what changed.

mod due;
mod ground;
mod polling;
mod sweep;
mod upstream_time;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::watchlist::Watchlist;

use polling::Tally;
use walk::Walk;

pub(super) use ground::Ground;
pub use polling::Polling;

/// The polling task; it ends with this.
#[derive(Debug)]
pub(super) struct Poller {
    task: Option<JoinHandle<()>>,
    tally: Arc<Tally>,
    watchlist: Arc<Watchlist>,
}

impl Poller {
    /// Starts to poll, unless the interval is zero. While nobody watches it rests.
    pub(super) fn start(interval: Duration, ground: Ground) -> Self {
        let tally = Arc::<Tally>::default();
        let watchlist = ground.watchlist.clone();
        let walk = Walk::new(interval, ground, tally.clone());
        let task = (!interval.is_zero()).then(|| tokio::spawn(walk.go_on()));
        Self {
            task,
            tally,
            watchlist,
        }
    }

    /// What operators see of it.
    pub(super) fn polling(&self) -> Polling {
        let polling = self.tally.read(self.watchlist.len());
        Polling {
            is_polling: polling.is_polling.filter(|_| self.task.is_some()),
            ..polling
        }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
