//! What this process has learned and the fleet has not heard yet.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use tokio::sync::{Notify, watch};

use super::news::ParcelNews;
use crate::model::TrackingKey;

/// How many parcels wait, for the time that Redis is away. What more is learned then the others have to find out themselves.
const MAX_WAITING: usize = 10_000;

/// First in, first out; what is learned of a parcel that waits already takes its place.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
    came: Notify,
    sent: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Waiting {
    parcels: IndexMap<TrackingKey, Parcel>,
    /// Whether lists and figures are out of date.
    is_outdated: bool,
    /// How much was put in so far.
    count: u64,
    is_overflowing: bool,
}

#[derive(Debug)]
struct Parcel {
    came: u64,
    news: ParcelNews,
}

/// What is told at once.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) parcels: Vec<(TrackingKey, ParcelNews)>,
    pub(super) is_outdated: bool,
    /// How much of what was put in is told with it.
    upto: u64,
}

impl Outbox {
    /// Takes in what is to be told of a parcel.
    pub(super) fn put(&self, key: &TrackingKey, news: ParcelNews) {
        self.waiting().put(key, news);
        self.came.notify_one();
    }

    /// Takes in that lists and figures are out of date.
    pub(super) fn put_outdated(&self) {
        {
            let mut waiting = self.waiting();
            waiting.count += 1;
            waiting.is_outdated = true;
        }
        self.came.notify_one();
    }

    /// Takes out what is to be told next, of so many parcels at the most, as soon as there is anything.
    pub(super) async fn take(&self, max_parcels: usize) -> Batch {
        loop {
            if let Some(batch) = self.waiting().take(max_parcels) {
                return batch;
            }
            self.came.notified().await;
        }
    }

    /// Puts back what could not be told.
    pub(super) fn put_back(&self, batch: Batch) {
        let mut waiting = self.waiting();
        let later = std::mem::take(&mut waiting.parcels);
        for (key, news) in batch.parcels {
            waiting.put(&key, news);
        }
        for (key, parcel) in later {
            waiting.put(&key, parcel.news);
        }
        waiting.is_outdated |= batch.is_outdated;
    }

    /// Notes that a batch was told.
    pub(super) fn note_sent(&self, batch: &Batch) {
        self.waiting().is_overflowing = false;
        self.sent.send_replace(batch.upto);
    }

    /// Ready when everything is told that was put in before.
    pub(super) async fn all_sent(&self) {
        let upto = self.waiting().count;
        // The sender lives as long as this.
        let _ = self.sent.subscribe().wait_for(|sent| *sent >= upto).await;
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn put(&mut self, key: &TrackingKey, news: ParcelNews) {
        self.count += 1;
        if let Some(parcel) = self.parcels.get_mut(key) {
            parcel.news = parcel.news.clone().and_then(news);
        } else if self.parcels.len() < MAX_WAITING {
            let came = self.count;
            self.parcels.insert(key.clone(), Parcel { came, news });
        } else if !self.is_overflowing {
            self.is_overflowing = true;
            tracing::warn!(
                "{MAX_WAITING} parcels wait to be told to the other replicas, which will not hear of more until Redis takes these"
            );
        }
    }

    fn take(&mut self, max_parcels: usize) -> Option<Batch> {
        if self.parcels.is_empty() && !self.is_outdated {
            return None;
        }
        let count = self.parcels.len().min(max_parcels);
        let parcels = self.parcels.drain(..count);
        let parcels = parcels.map(|(key, parcel)| (key, parcel.news)).collect();
        let next = self.parcels.first();
        Some(Batch {
            parcels,
            is_outdated: std::mem::take(&mut self.is_outdated),
            upto: next.map_or(self.count, |(_, parcel)| parcel.came - 1),
        })
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
