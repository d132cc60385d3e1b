//! What the poller stands on, and what it has to look after.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::TrackingKey;
use crate::rounds::{Duty, Rounds};
use crate::tracker::coalescer::Coalescer;
use crate::tracker::lookup::Lookup;
use crate::tracker::watchlist::Watchlist;

/// What the poller stands on.
#[derive(Debug)]
pub(in crate::tracker) struct Ground {
    pub(in crate::tracker) watchlist: Arc<Watchlist>,
    pub(in crate::tracker) rounds: Rounds,
    pub(in crate::tracker) coalescer: Coalescer<Lookup>,
}

/// What there is to look after.
#[derive(Debug, Default)]
pub(super) struct Beat {
    pub(super) parcels: HashSet<TrackingKey>,
    pub(super) everything: bool,
}

impl Ground {
    /// What is watched by those for whom this replica asks.
    pub(super) async fn beat(&self, duty: Duty) -> Beat {
        let mut beat = match duty {
            Duty::Nothing => return Beat::default(),
            Duty::Own => Beat::default(),
            Duty::All => {
                let elsewhere = self.rounds.elsewhere().await;
                Beat {
                    parcels: elsewhere.parcels.into_iter().collect(),
                    everything: elsewhere.everything,
                }
            }
        };
        beat.parcels.extend(self.watchlist.keys());
        beat.everything |= self.watchlist.has_everything();
        beat
    }
}
