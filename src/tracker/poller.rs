//! Asks again and again for what is being watched, on the seats that people leave free.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::Usage;
use super::coalescer::Coalescer;
use super::lookup::Lookup;
use super::watchlist::Watchlist;
use crate::throttle::Urgency;
use crate::upstream::MAX_NUMBERS;

/// The polling task; it ends with this.
#[derive(Debug)]
pub(super) struct Poller(JoinHandle<()>);

impl Poller {
    /// Starts to poll, each parcel once per `interval` at the most. While nobody watches it rests.
    pub(super) fn start(
        interval: Duration,
        watchlist: Arc<Watchlist>,
        coalescer: Coalescer<Lookup>,
    ) -> Self {
        Self(tokio::spawn(async move {
            loop {
                let keys = watchlist.keys().await;
                let next_round = Instant::now() + interval;
                for batch in keys.chunks(MAX_NUMBERS) {
                    // What could not be had is asked for again in the next round.
                    coalescer
                        .fetch(batch.to_vec(), Urgency::Background, &Usage::default())
                        .await;
                }
                sleep_until(next_round).await;
            }
        }))
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}
