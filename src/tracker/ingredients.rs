//! What the answer to an operation was made of, and for how long it would be made of the same again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::Tracker;
use crate::cache::{Epoch, Found, Validity};

/// What an answer was made of: it stands for as long as asking again would give the same.
#[derive(Debug, Clone)]
pub struct Basis {
    validities: Box<[Validity]>,
    epoch: Option<Epoch>,
    ends: Instant,
}

impl Basis {
    /// When it stands no more, whatever happens.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// That of one answer.
    #[cfg(test)]
    pub fn test(ends: Instant) -> Self {
        Self {
            validities: Box::default(),
            epoch: None,
            ends,
        }
    }

    /// Of how many parcels it is.
    pub fn parcels(&self) -> usize {
        self.validities.len()
    }
}

/// Collects what one operation is given to read, if somebody wants to know.
#[derive(Debug, Default)]
pub(super) struct Ingredients(Option<Mutex<Given>>);

#[derive(Debug, Default)]
struct Given {
    validities: Vec<Validity>,
    epoch: Option<Epoch>,
    ends: Option<Instant>,
    /// Something was given that may be another thing at any moment.
    is_passing: bool,
}

impl Ingredients {
    /// Somebody wants to know.
    pub(super) fn wanted() -> Self {
        Self(Some(Mutex::default()))
    }

    /// An entry was given that is good until then.
    pub(super) fn add_found(&self, found: &Found, ends: Instant) {
        let Some(mut given) = self.given() else {
            return;
        };
        let same = |epoch| given.epoch.is_none_or(|known| known == epoch);
        match found.epoch.filter(|epoch| same(*epoch)) {
            None => given.is_passing = true,
            epoch => {
                given.epoch = epoch;
                given.validities.push(found.validity.clone());
                given.end_at(ends);
            }
        }
    }

    /// Something else was given that is good until then.
    pub(super) fn add_until(&self, ends: Instant) {
        if let Some(mut given) = self.given() {
            given.end_at(ends);
        }
    }

    /// Something was given that may be another thing at any moment, or nothing.
    pub(super) fn add_passing(&self) {
        if let Some(mut given) = self.given() {
            given.is_passing = true;
        }
    }

    /// What all of it was; `None` if it will not last, or if it was nothing.
    pub(super) fn basis(&self) -> Option<Basis> {
        let given = self.given()?;
        let ends = given.ends.filter(|_| !given.is_passing)?;
        Some(Basis {
            validities: given.validities.clone().into(),
            epoch: given.epoch,
            ends,
        })
    }

    fn given(&self) -> Option<MutexGuard<'_, Given>> {
        let given = self.0.as_ref()?;
        Some(given.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Given {
    fn end_at(&mut self, ends: Instant) {
        self.ends = Some(self.ends.map_or(ends, |known| known.min(ends)));
    }
}

impl Tracker {
    /// Whether an answer that was made of this would be made of the same now.
    pub fn would_repeat(&self, basis: &Basis) -> bool {
        let is_present = |epoch| epoch == self.calls.records.cache.epoch();
        basis.epoch.is_none_or(is_present)
            && basis.validities.iter().all(Validity::stands)
            && Instant::now() < basis.ends
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::cache::{Cache, Entry};
    use crate::model::{Source, Status, Tracking, TrackingKey};

    fn found(number: usize) -> Found {
        let key = TrackingKey::parse("dhl", &format!("{number:010}")).unwrap();
        let cache = Cache::in_memory(10);
        let tracking = Arc::new(Tracking::bare(key.clone(), Status::Transit));
        cache.put(
            &key,
            Entry::of(Some(tracking), Instant::now(), Source::List),
        );
        cache.find(&key).unwrap()
    }

    #[test]
    fn the_first_end_is_the_end_of_all() {
        let ingredients = Ingredients::wanted();
        assert!(ingredients.basis().is_none(), "nothing was given");
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        ingredients.add_found(&found(1), after(20));
        ingredients.add_until(after(10));
        ingredients.add_found(&found(2), after(30));
        let basis = ingredients.basis().unwrap();
        assert_eq!((basis.ends(), basis.parcels()), (after(10), 2));
    }

    #[test]
    fn what_passes_spoils_all() {
        for spoil in [
            |ingredients: &Ingredients| ingredients.add_passing(),
            |ingredients: &Ingredients| {
                let behind = Found {
                    epoch: None,
                    ..found(2)
                };
                ingredients.add_found(&behind, Instant::now());
            },
            |ingredients: &Ingredients| {
                let earlier = Found {
                    epoch: Some(Epoch::test(7)),
                    ..found(2)
                };
                ingredients.add_found(&earlier, Instant::now());
            },
        ] {
            let ingredients = Ingredients::wanted();
            ingredients.add_found(&found(1), Instant::now());
            assert!(ingredients.basis().is_some());
            spoil(&ingredients);
            assert!(ingredients.basis().is_none());
        }
    }
}
