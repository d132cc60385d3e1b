//! Subscribers, and whether all of them have heard of everything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::driver::Board;
use super::judge::Judgement;
use super::watcher::{Watch, Watcher};

/// How long it may take until all have heard of something.
const DEADLINE: Duration = Duration::from_secs(60);

/// All who watch the parcels of a board. They end with it.
#[derive(Debug)]
pub struct Audience {
    watchers: Vec<Watcher>,
    board: Arc<Board>,
}

impl Audience {
    /// Nobody yet.
    pub fn of(board: Arc<Board>) -> Self {
        Self {
            watchers: Vec::new(),
            board,
        }
    }

    /// Lets subscribers come to these servers, and waits until each knows how its parcels stand.
    pub async fn gather(&mut self, watches: impl Iterator<Item = Watch>, servers: &[SocketAddr]) {
        let watchers =
            watches.map(|watch| Watcher::start(watch, self.board.clone(), servers.to_vec()));
        self.watchers.extend(watchers);
        let is_ready = |watcher: &Watcher| {
            let parcels = watcher.watch.parcels.len();
            watcher.read(|log| log.entries.len() >= parcels || log.others > 0)
        };
        let end = Instant::now() + DEADLINE;
        while !self.watchers.iter().all(is_ready) {
            assert!(
                Instant::now() < end,
                "not all snapshots came: {}",
                self.judge()
            );
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until everybody has heard of everything, or for as long as something still comes.
    pub async fn settle(&self) {
        let mut last = (0, Instant::now());
        loop {
            let judgement = self.judge();
            if judgement.lost == 0 || last.1.elapsed() > DEADLINE / 4 {
                return;
            }
            if judgement.deliveries > last.0 {
                last = (judgement.deliveries, Instant::now());
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    pub fn judge(&self) -> Judgement {
        Judgement::of(&self.watchers, &self.board)
    }
}
