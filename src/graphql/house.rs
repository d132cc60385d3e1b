//! What is behind the door, and how it is put in order: before it is opened, and anew while it is open.

use std::sync::Arc;

use async_graphql::Schema;

use super::audience::Audiences;
use super::document::{Documents, Limits, Way};
use super::door::Door;
use super::finished::Finished;
use super::mutation::Mutation;
use super::persisted::Persisted;
use super::query::Query;
use super::rate_limit::{Rates, Tariff};
use super::scope::Guarded;
use super::subscription::Subscription;
use crate::allowance::Allowances;
use crate::auth::Introspection;
use crate::current::Current;
use crate::idempotency::Outcomes;
use crate::tracker::Tracker;

/// The schema, as the library executes it.
pub(super) type Schemas = Schema<Guarded<Query>, Guarded<Mutation>, Guarded<Subscription>>;

/// What is behind the door, for whoever comes.
#[derive(Clone)]
pub(super) struct House {
    pub(super) schema: Schemas,
    pub(super) tracker: Arc<Tracker>,
    pub(super) outcomes: Outcomes,
    pub(super) persisted: Persisted,
    pub(super) tariff: Tariff,
    pub(super) audiences: Arc<Audiences>,
    pub(super) documents: Documents,
    pub(super) introspection: Introspection,
    pub(super) finished: Finished,
}

impl House {
    /// One in which nothing is kept and anybody may ask for anything but the schema.
    pub(super) fn new(
        schema: Schemas,
        tracker: Arc<Tracker>,
        outcomes: Outcomes,
        documents: Documents,
    ) -> Self {
        Self {
            schema,
            tracker,
            outcomes,
            persisted: Persisted::default(),
            tariff: Tariff {
                allowances: Allowances::in_memory(),
                rates: Rates::default(),
            },
            audiences: Arc::default(),
            documents,
            introspection: Introspection::Scope,
            finished: Finished::new(0),
        }
    }
}

impl Door {
    /// The same door in front of another house.
    fn with(mut self, change: impl FnOnce(&mut House)) -> Self {
        change(Arc::make_mut(&mut self.house));
        self.houses = Current::new(self.house.clone());
        self
    }

    /// Whoever comes from now on meets the house of that door, as do those who ask again. It is made from `again`.
    pub fn become_like(&self, other: &Self) {
        let (before, now) = (self.houses.get(), other.house.clone());
        self.houses.set(now.clone());
        // Who is being served may still hold the house of before, but needs nothing of what is kept there.
        if !before.finished.is(&now.finished) {
            before.finished.give_up();
        }
        if !before.documents.is(&now.documents) {
            before.documents.give_up();
        }
    }

    /// The same door, with so many bytes for answers that last: those that are there stay, unless other documents may be asked.
    pub fn still_keeping(self, bytes: u64, before: &Self) -> Self {
        let (now, then) = (&self.house, &before.house);
        let is_same = now.documents.is(&then.documents)
            && now.persisted.is(&then.persisted)
            && now.introspection == then.introspection
            && then.finished.most() == bytes;
        match is_same {
            true => self,
            false => self.keeping(bytes),
        }
    }

    /// The same door, at which answers that last are kept, in so many bytes. None is there yet.
    pub fn keeping(self, bytes: u64) -> Self {
        self.with(|house| house.finished = house.finished.anew(bytes))
    }

    /// The same door, at which the library alone makes the answers: slower, and to be compared with.
    #[doc(hidden)]
    pub fn plainly(self) -> Self {
        let limits = self.house.documents.limits().clone();
        let documents = Documents::read_for(Way::Plain, &super::sdl(), limits);
        self.with(|house| house.documents = documents)
    }

    /// The same door, at which strangers' documents may be so large.
    pub fn limited(self, limits: Limits) -> Self {
        let documents = match *self.house.documents.limits() == limits {
            true => self.house.documents.clone(),
            false => self.house.documents.within(limits),
        };
        self.with(|house| house.documents = documents)
    }

    /// The same door, at which these may ask for the schema; without it only who has the scope `ops`.
    pub fn showing_itself(self, introspection: Introspection) -> Self {
        self.with(|house| house.introspection = introspection)
    }

    /// The same door, at which these documents have names.
    pub fn knowing(self, persisted: Persisted) -> Self {
        self.with(|house| house.persisted = persisted)
    }

    /// The same door, at which callers pay for what they ask.
    pub fn charging(self, allowances: Allowances, rates: Rates) -> Self {
        self.with(|house| house.tariff = Tariff { allowances, rates })
    }

    /// The same door, at which they have so much to pay with.
    pub fn rated(self, rates: Rates) -> Self {
        self.with(|house| house.tariff.rates = rates)
    }
}
