//! Looking parcels up in list calls.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use super::records::{Outcome, Reading, answer};
use super::route::Route;
use super::{Calls, TrackerError};
use crate::model::{Completeness, Quota, Source, TrackingKey, TrackingNumber};
use crate::throttle::{Lane, Turn};
use crate::upstream::{ItemError, ListQuery, MAX_NUMBERS, MAX_PAGE_SIZE};

/// The way of parcels that somebody looks up.
#[derive(Debug)]
pub(super) struct Lookup;

impl Route for Lookup {
    type Key = TrackingKey;
    type Value = Reading;
    const LANE: Lane = Lane::List;
    const POOLED: bool = true;

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
        turn: Turn,
    ) -> Result<Vec<Outcome>, TrackerError> {
        let mut numbers: Vec<_> = numbers(keys).into_iter().cloned().collect();
        numbers.sort_unstable();
        let query = ListQuery {
            page: 1,
            limit: MAX_PAGE_SIZE,
            numbers,
            ..ListQuery::default()
        };
        let departed = turn.given();
        let page = calls.heeding(turn.spent_on(calls.client.list(&query)).await?)?;
        let records = &calls.records;
        let mut found: HashMap<TrackingKey, Outcome> = HashMap::new();
        let mut has_nameless = false;
        for item in page.items {
            match item {
                Ok(tracking) => {
                    let key = tracking.key.clone();
                    found.insert(key, Ok(records.absorb(tracking, departed, Source::List)));
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

    fn name(&self, key: &TrackingKey) -> Option<String> {
        Some(key.name())
    }

    fn key(&self, name: &str) -> Option<TrackingKey> {
        TrackingKey::named(name)
    }

    fn known(&self, calls: &Calls, key: &TrackingKey) -> Option<Instant> {
        calls.records.cache.get(key).map(|entry| entry.as_of)
    }

    async fn bring_in(&self, calls: &Calls, keys: &[TrackingKey]) -> Vec<(TrackingKey, Outcome)> {
        let cache = &calls.records.cache;
        let aging_since = |key| cache.get(key).map(|entry| entry.aging_since);
        let known: Vec<_> = keys.iter().map(aging_since).collect();
        cache.fetch(keys, |_, _| false).await;
        let brought = keys.iter().zip(known).filter_map(|(key, before)| {
            let entry = cache.get(key)?;
            let is_younger = before.is_none_or(|before| entry.aging_since > before);
            let is_whole = entry.completeness == Completeness::Whole;
            (is_younger && is_whole).then(|| (key.clone(), answer(key, &entry)))
        });
        brought.collect()
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
