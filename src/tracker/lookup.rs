//! Looking parcels up in list calls.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use super::coalescer::Route;
use super::records::{Outcome, Reading};
use super::{Calls, TrackerError};
use crate::model::{Quota, TrackingKey, TrackingNumber};
use crate::throttle::Lane;
use crate::upstream::{ItemError, ListQuery, MAX_NUMBERS, MAX_PAGE_SIZE};

/// The way of parcels that somebody looks up.
#[derive(Debug)]
pub(super) struct Lookup;

impl Route for Lookup {
    type Key = TrackingKey;
    type Value = Reading;
    const LANE: Lane = Lane::List;

    fn seats(&self) -> usize {
        MAX_NUMBERS
    }

    fn quota(&self) -> Quota {
        Quota::ZERO
    }

    /// The list call knows no carriers, so two carriers' parcels with one number share a seat.
    fn fits(&self, batch: &[TrackingKey], key: &TrackingKey) -> bool {
        // Most batches hold each number once.
        batch.len() < MAX_NUMBERS
            || batch.iter().any(|other| other.number == key.number)
            || numbers(batch).len() < MAX_NUMBERS
    }

    async fn call(
        &self,
        calls: &Calls,
        keys: &[TrackingKey],
        departed: Instant,
    ) -> Result<Vec<Outcome>, TrackerError> {
        let mut numbers: Vec<_> = numbers(keys).into_iter().cloned().collect();
        numbers.sort_unstable();
        let query = ListQuery {
            page: 1,
            limit: MAX_PAGE_SIZE,
            numbers,
            ..ListQuery::default()
        };
        let page = calls.heeding(calls.client.list(&query).await)?;
        let records = &calls.records;
        let mut found: HashMap<TrackingKey, Outcome> = HashMap::new();
        let mut has_nameless = false;
        for item in page.items {
            match item {
                Ok(tracking) => {
                    let key = tracking.key.clone();
                    found.insert(key, Ok(records.absorb(tracking, departed)));
                }
                Err(ItemError { key: Some(key), .. }) => {
                    found.insert(key.clone(), Err(TrackerError::Unreadable(key)));
                }
                Err(ItemError { key: None, .. }) => has_nameless = true,
            }
        }
        let outcomes = keys.iter().map(|key| {
            found.remove(key).unwrap_or_else(|| {
                if has_nameless {
                    return Err(TrackerError::Unreadable(key.clone()));
                }
                records.absorb_missing(key, departed)
            })
        });
        Ok(outcomes.collect())
    }
}

fn numbers(keys: &[TrackingKey]) -> HashSet<&TrackingNumber> {
    keys.iter().map(|key| &key.number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_of_two_carriers_takes_one_seat() {
        let key = |carrier: &str, number: usize| {
            TrackingKey::parse(carrier, &format!("{number:010}")).unwrap()
        };
        let mut batch: Vec<_> = (0..MAX_NUMBERS).map(|number| key("dhl", number)).collect();
        assert!(!Lookup.fits(&batch, &key("dhl", 99)));
        assert!(Lookup.fits(&batch, &key("ups", 7)));
        batch[0] = key("ups", 7);
        assert!(Lookup.fits(&batch, &key("dhl", 99)));
    }
}
