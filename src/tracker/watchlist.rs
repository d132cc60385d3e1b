//! Which parcels somebody is watching at the moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use tokio::sync::Notify;

use crate::model::TrackingKey;

/// How many parcels may be watched at once. Asking for all of them once takes more than four minutes.
const MAX_WATCHED: usize = 10_000;

/// Counts the watchers of every parcel.
#[derive(Debug, Default)]
pub(super) struct Watchlist {
    watchers: Mutex<IndexMap<TrackingKey, usize>>,
    first_came: Notify,
}

impl Watchlist {
    /// Adds a watcher to each of the parcels until the result is dropped; `None` when too many are watched already.
    pub(super) fn add(self: &Arc<Self>, keys: Vec<TrackingKey>) -> Option<Watched> {
        {
            let mut watchers = self.watchers();
            if watchers.len() + keys.len() > MAX_WATCHED {
                return None;
            }
            for key in &keys {
                *watchers.entry(key.clone()).or_default() += 1;
            }
        }
        self.first_came.notify_one();
        Some(Watched {
            list: self.clone(),
            keys,
        })
    }

    /// The watched parcels, as soon as there are any.
    pub(super) async fn keys(&self) -> Vec<TrackingKey> {
        loop {
            let keys: Vec<_> = self.watchers().keys().cloned().collect();
            if !keys.is_empty() {
                return keys;
            }
            self.first_came.notified().await;
        }
    }

    fn watchers(&self) -> MutexGuard<'_, IndexMap<TrackingKey, usize>> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps its parcels on the list for as long as it lives.
#[derive(Debug)]
pub(super) struct Watched {
    list: Arc<Watchlist>,
    keys: Vec<TrackingKey>,
}

impl Watched {
    pub(super) fn keys(&self) -> &[TrackingKey] {
        &self.keys
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut watchers = self.list.watchers();
        for key in &self.keys {
            if let Some(count) = watchers.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    watchers.swap_remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_parcel_is_watched_until_its_last_watcher_leaves() {
        let list = Arc::new(Watchlist::default());
        let key = TrackingKey::parse("dhl", "1234567890").unwrap();
        let first = list.add(vec![key.clone()]).unwrap();
        let second = list.add(vec![key.clone()]).unwrap();
        drop(first);
        assert_eq!(list.keys().await, [key]);
        drop(second);
        assert!(list.watchers().is_empty());
    }

    #[test]
    fn the_list_is_bounded_and_has_room_again_when_watchers_leave() {
        let list = Arc::new(Watchlist::default());
        let keys = |count: usize| {
            let numbers = (0..count).map(|number| format!("{number:010}"));
            let keys = numbers.map(|number| TrackingKey::parse("dhl", &number).unwrap());
            keys.collect::<Vec<_>>()
        };
        let all = list.add(keys(MAX_WATCHED)).unwrap();
        assert!(list.add(keys(1)).is_none());
        drop(all);
        assert!(list.add(keys(1)).is_some());
    }
}
