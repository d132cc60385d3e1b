//! Merges what the sibling fields of one operation want into one look-up.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use dataloader::BatchFn;
use dataloader::cached::Loader;

use super::error::{ErrorCode, Failure};
use crate::tracker::{Ask, Reading, Tracker, Usage};

/// Made anew for every operation: the crate holds a lock across a load, and what it remembers must not outlive the
/// operation. One parcel under two contracts is two asks, and each has its own answer.
pub(super) type TrackingLoader = Loader<Ask, Result<Reading, Failure>, LookUp>;

pub(super) struct LookUp {
    tracker: Arc<Tracker>,
    usage: Arc<Usage>,
}

impl BatchFn<Ask, Result<Reading, Failure>> for LookUp {
    async fn load(&mut self, asks: &[Ask]) -> HashMap<Ask, Result<Reading, Failure>> {
        let outcomes = self.tracker.look_up(&self.usage, asks).await;
        asks.iter()
            .cloned()
            .zip(outcomes)
            .map(|(ask, outcome)| (ask, outcome.map_err(Failure::from)))
            .collect()
    }
}

/// A loader for one operation. Siblings are all there after one turn of the executor, and there may be any number.
pub(super) fn new(tracker: Arc<Tracker>, usage: Arc<Usage>) -> TrackingLoader {
    Loader::new(LookUp { tracker, usage })
        .with_max_batch_size(usize::MAX)
        .with_yield_count(1)
}

/// Loads one parcel together with its siblings. Nothing may be awaited before, or it falls out of their batch.
pub(super) async fn load(context: &Context<'_>, ask: Ask) -> Result<Reading, Failure> {
    let missing = || Failure::new(ErrorCode::Internal, "this parcel was left out; ask again");
    match context.data::<TrackingLoader>() {
        Ok(loader) => loader.try_load(ask).await.map_err(|_| missing())?,
        Err(_) => Err(missing()),
    }
}
