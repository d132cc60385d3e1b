//! How many texts each client may still register.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::model::ClientId;

/// How many new texts a client can register in a day, so that nobody drives out what the others use.
const MOST: u32 = 100;

/// The day begins with a client's first text.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many clients are remembered. Who is not, has all of his places.
const MAX_CLIENTS: u64 = 100_000;

/// The places that clients took. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Places {
    taken: Cache<ClientId, Arc<AtomicU32>>,
}

impl Default for Places {
    fn default() -> Self {
        let taken = Cache::builder()
            .max_capacity(MAX_CLIENTS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(DAY);
        Self {
            taken: taken.build(),
        }
    }
}

impl Places {
    pub(super) fn has_one(&self, client: &ClientId) -> bool {
        let taken = self.taken.get(client);
        taken.is_none_or(|taken| taken.load(Ordering::Relaxed) < MOST)
    }

    pub(super) fn take(&self, client: &ClientId) {
        let taken = self.taken.get_with_by_ref(client, Arc::default);
        taken.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_a_hundred_places_and_another_has_his_own() {
        let places = Places::default();
        let [one, other] = ["one", "other"].map(ClientId::named);
        for _ in 0..100 {
            assert!(places.has_one(&one));
            places.take(&one);
        }
        assert!(!places.has_one(&one));
        assert!(places.has_one(&other));
    }
}
