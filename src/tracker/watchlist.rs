//! Which parcels somebody is watching here at the moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;

use super::TrackerError;
use crate::model::{ClientId, TrackingKey};
use crate::rounds::{Rounds, Topic};

/// How many parcels may be watched at once by the clients of one process. Asking for all of them once takes more than four minutes.
const MAX_WATCHED: usize = 10_000;

/// How many of them one client may bring.
const MAX_OF_CLIENT: usize = MAX_WATCHED / 2;

/// Counts the watchers of every parcel of this process, and tells the other replicas what is watched.
#[derive(Debug)]
pub(super) struct Watchlist {
    watchers: Mutex<Watchers>,
    rounds: Rounds,
}

#[derive(Debug, Default)]
struct Watchers {
    of_parcels: IndexMap<TrackingKey, usize>,
    /// Which of them each client watches, and how often.
    of_clients: HashMap<ClientId, HashMap<TrackingKey, usize>>,
    of_everything: usize,
}

impl Watchlist {
    pub(super) fn new(rounds: &Rounds) -> Arc<Self> {
        Arc::new(Self {
            watchers: Mutex::default(),
            rounds: rounds.clone(),
        })
    }

    /// Adds a watcher to each of the parcels until the result is dropped. It fails when too many are watched already, by all or
    /// by this client.
    pub(super) fn add(
        self: &Arc<Self>,
        client: &ClientId,
        keys: Vec<TrackingKey>,
    ) -> Result<Watched, TrackerError> {
        let mut watchers = self.watchers();
        let is_new = |key: &&TrackingKey| !watchers.of_parcels.contains_key(*key);
        if watchers.of_parcels.len() + keys.iter().filter(is_new).count() > MAX_WATCHED {
            return Err(TrackerError::TooManyWatched);
        }
        let own = watchers.of_clients.get(client);
        let is_own = |key: &TrackingKey| own.is_some_and(|own| own.contains_key(key));
        let more = keys.iter().filter(|key| !is_own(key)).count();
        if own.map_or(0, HashMap::len) + more > MAX_OF_CLIENT {
            let most = MAX_OF_CLIENT;
            return Err(TrackerError::TooManyOfClient { most });
        }
        for key in &keys {
            let count = watchers.of_parcels.entry(key.clone()).or_default();
            *count += 1;
            if *count == 1 {
                self.rounds.watch(Topic::Parcel(key.clone()));
            }
        }
        let own = watchers.of_clients.entry(client.clone()).or_default();
        for key in &keys {
            *own.entry(key.clone()).or_default() += 1;
        }
        drop(watchers);
        Ok(Watched {
            list: self.clone(),
            what: What::Parcels(client.clone(), keys),
        })
    }

    /// Adds a watcher of whatever changes in the account, until the result is dropped.
    pub(super) fn add_everything(self: &Arc<Self>) -> Watched {
        let mut watchers = self.watchers();
        watchers.of_everything += 1;
        if watchers.of_everything == 1 {
            self.rounds.watch(Topic::Everything);
        }
        drop(watchers);
        Watched {
            list: self.clone(),
            what: What::Everything,
        }
    }

    /// The parcels that are watched here.
    pub(super) fn keys(&self) -> Vec<TrackingKey> {
        self.watchers().of_parcels.keys().cloned().collect()
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.watchers().of_parcels.len()
    }

    /// Whether somebody here watches the whole account.
    pub(super) fn has_everything(&self) -> bool {
        self.watchers().of_everything > 0
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps what is watched on the list for as long as it lives.
#[derive(Debug)]
pub struct Watched {
    list: Arc<Watchlist>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// These parcels, by this client.
    Parcels(ClientId, Vec<TrackingKey>),
    /// Whatever changes in the account.
    Everything,
}

impl Watchers {
    /// One watcher of these parcels leaves. Gives the parcels that nobody watches any more.
    fn leave<'a>(&mut self, client: &ClientId, keys: &'a [TrackingKey]) -> Vec<&'a TrackingKey> {
        if let Some(own) = self.of_clients.get_mut(client) {
            for key in keys {
                if let Some(count) = own.get_mut(key) {
                    *count -= 1;
                    if *count == 0 {
                        own.remove(key);
                    }
                }
            }
            if own.is_empty() {
                self.of_clients.remove(client);
            }
        }
        let mut left = Vec::new();
        for key in keys {
            if let Some(count) = self.of_parcels.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    self.of_parcels.swap_remove(key);
                    left.push(key);
                }
            }
        }
        left
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut watchers = self.list.watchers();
        match &self.what {
            What::Parcels(client, keys) => {
                for key in watchers.leave(client, keys) {
                    self.list.rounds.unwatch(Topic::Parcel(key.clone()));
                }
            }
            What::Everything => {
                watchers.of_everything -= 1;
                if watchers.of_everything == 0 {
                    self.list.rounds.unwatch(Topic::Everything);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize) -> Vec<TrackingKey> {
        let numbers = (0..count).map(|number| format!("{number:010}"));
        let keys = numbers.map(|number| TrackingKey::parse("dhl", &number).unwrap());
        keys.collect()
    }

    #[test]
    fn a_parcel_is_watched_until_its_last_watcher_leaves() {
        let list = Watchlist::new(&Rounds::alone());
        let (client, key) = (ClientId::default(), keys(1));
        let first = list.add(&client, key.clone()).unwrap();
        let second = list.add(&client, key.clone()).unwrap();
        drop(first);
        assert_eq!(list.keys(), key);
        drop(second);
        assert!(list.keys().is_empty());
        assert!(list.watchers().of_clients.is_empty());
    }

    #[test]
    fn the_list_is_bounded_and_has_room_again_when_watchers_leave() {
        let list = Watchlist::new(&Rounds::alone());
        let all = keys(MAX_WATCHED + 1);
        let [one, other, third] = ["a", "b", "c"].map(ClientId::named);
        let (half, rest) = all.split_at(MAX_OF_CLIENT);
        let half = list.add(&one, half.to_vec()).unwrap();
        let _rest = list.add(&other, rest[..MAX_OF_CLIENT].to_vec()).unwrap();
        assert!(list.add(&third, keys(1)).is_ok(), "it is watched already");
        let new = || vec![all[MAX_WATCHED].clone()];
        let refused = list.add(&third, new());
        assert!(matches!(refused, Err(TrackerError::TooManyWatched)));
        drop(half);
        assert!(list.add(&third, new()).is_ok());
    }

    #[test]
    fn one_client_leaves_room_for_the_others() {
        let list = Watchlist::new(&Rounds::alone());
        let [one, other] = ["a", "b"].map(ClientId::named);
        let all = keys(MAX_OF_CLIENT + 1);
        let (last, most) = all.split_last().unwrap();
        let watched = list.add(&one, most.to_vec()).unwrap();
        let again = list.add(&one, most.to_vec());
        assert!(again.is_ok(), "he watches them already");
        let refused = list.add(&one, vec![last.clone()]);
        assert!(matches!(refused, Err(TrackerError::TooManyOfClient { .. })));
        assert!(list.add(&other, vec![last.clone()]).is_ok());
        drop((watched, again));
        assert!(list.add(&one, vec![last.clone()]).is_ok());
    }
}
