//! Answering questions about parcels, each as fresh as whoever asks wants it.

use std::time::Duration;

use tokio::time::Instant;

use super::freshness::{Verdict, came_too_old, good_until, judge};
use super::lookup::Lookup;
use super::order::{Order, Wish};
use super::records::{Outcome, Reading, answer};
use super::usage::Usage;
use super::{Ask, Contract, StaleReason, Tracker, TrackerError};
use crate::cache::Entry;
use crate::model::TrackingKey;
use crate::throttle::{NoTurn, Urgency};

/// What is known of a parcel, as far as it serves somebody.
enum Known {
    /// It is his answer.
    Good(Outcome),
    /// It is his answer, but has to be fetched anew.
    Aging(Reading),
    /// It is nothing to him, as long as there is hope for better.
    Lacking,
}

impl Tracker {
    /// Looks up any number of parcels: from the cache where it is fresh enough for the caller, otherwise with the next free
    /// list call. What is only a little too old is given at once, marked as stale, and fetched anew for whoever asks next. When
    /// the upstream cannot be asked, an older answer is given and marked as stale, unless the caller does not want it. There
    /// is an outcome for every ask, in their order.
    pub async fn look_up(&self, usage: &Usage, asks: &[Ask]) -> Vec<Outcome> {
        let now = Instant::now();
        let brought = self.bring_in(asks, now).await;
        let known = asks.iter().map(|ask| self.known(usage, ask, now));
        let known: Vec<Known> = known.collect();
        let (mut lacking, mut aging) = (Vec::new(), Vec::new());
        for (ask, known) in asks.iter().zip(&known) {
            match known {
                Known::Good(_) => {}
                Known::Aging(_) => aging.push(ask.key.clone()),
                Known::Lacking => lacking.push(ask),
            }
        }
        let hits = asks.len() - lacking.len();
        let brought = brought.min(hits);
        let tally = &self.calls.tally;
        tally.note_found(hits - brought, brought, lacking.len());
        usage.add_hits(hits);
        // All at once, so that what people wait for and what can wait leave together.
        let wishes = lacking
            .iter()
            .map(|ask| wish(ask, usage, self.patience_of(usage, ask)));
        let placed = self.coalescer.place(wishes.collect(), aging);
        let mut fetched = self
            .fetched(usage, &lacking, now, placed.orders)
            .await
            .into_iter();
        let outcomes = asks.iter().zip(known).map(|(ask, known)| match known {
            Known::Good(outcome) => outcome,
            Known::Aging(reading) if placed.left_out.contains(&ask.key) => {
                Ok(reading.stale(StaleReason::Throttled))
            }
            Known::Aging(reading) => Ok(reading.stale(StaleReason::Revalidating)),
            Known::Lacking => fetched.next().unwrap_or(Err(TrackerError::BrokenOff)),
        });
        outcomes.collect()
    }

    /// What is known of a parcel, if looking it up in the usual way would give just that and nobody would be asked.
    pub fn at_hand(&self, usage: &Usage, key: &TrackingKey) -> Option<Reading> {
        let found = self.calls.records.cache.find(key)?;
        let entry = &found.entry;
        let verdict = judge(key, entry, Contract::Usual, Instant::now());
        if found.epoch.is_none() || verdict != Verdict::Good(None) {
            return None;
        }
        let reading = answer(key, entry).ok()?;
        let ends = good_until(key, entry, Contract::Usual);
        usage.ingredients().add_found(&found, ends);
        Some(reading)
    }

    /// Notes that an answer was made of so many parcels that were at hand.
    pub fn note_at_hand(&self, parcels: usize) {
        self.calls.tally.note_found(parcels, 0, 0);
    }

    /// Brings in what other replicas know, of parcels of which too little is known here. Gives how many were good enough there.
    async fn bring_in(&self, asks: &[Ask], now: Instant) -> usize {
        let is_good = |ask: &Ask, entry: &Entry| {
            matches!(judge(&ask.key, entry, ask.contract, now), Verdict::Good(_))
        };
        self.calls.records.cache.fetch(asks, is_good).await
    }

    fn known(&self, usage: &Usage, ask: &Ask, now: Instant) -> Known {
        let ingredients = usage.ingredients();
        let Some(found) = self.calls.records.cache.find(&ask.key) else {
            ingredients.add_passing();
            return Known::Lacking;
        };
        let entry = &found.entry;
        let verdict = judge(&ask.key, entry, ask.contract, now);
        let known = answer(&ask.key, entry);
        match (verdict, &known) {
            (Verdict::Good(None), Ok(_)) => {
                ingredients.add_found(&found, good_until(&ask.key, entry, ask.contract));
            }
            _ => ingredients.add_passing(),
        }
        match (verdict, known) {
            (Verdict::Good(stale), known) => {
                Known::Good(known.map(|reading| Reading { stale, ..reading }))
            }
            (Verdict::Aging, Ok(reading)) => Known::Aging(reading),
            _ => Known::Lacking,
        }
    }

    fn patience_of(&self, usage: &Usage, ask: &Ask) -> Duration {
        ask.contract
            .patience(usage.patience(self.calls.patience.get()))
    }

    /// What was ordered for these, or what takes its place.
    async fn fetched(
        &self,
        usage: &Usage,
        asks: &[&Ask],
        asked: Instant,
        orders: Vec<Order<Lookup>>,
    ) -> Vec<Outcome> {
        let mut outcomes = self.coalescer.collect(orders, usage).await;
        // It may have joined a call that had left before, or another replica may know no better.
        let is_too_old = |ask: &Ask| {
            let entry = self.calls.records.cache.get(&ask.key);
            entry.is_some_and(|entry| came_too_old(&ask.key, &entry, ask.contract, asked))
        };
        let is_told = |outcome: &Outcome| matches!(outcome, Ok(_) | Err(TrackerError::NotFound(_)));
        let too_old = (0..asks.len()).filter(|&at| is_told(&outcomes[at]) && is_too_old(asks[at]));
        let too_old: Vec<usize> = too_old.collect();
        if !too_old.is_empty() {
            let left = |ask: &Ask| {
                let most = self.calls.patience.get();
                let left = ask.contract.patience(most).saturating_sub(asked.elapsed());
                left.min(usage.patience(most))
            };
            let wishes = too_old
                .iter()
                .map(|&at| wish(asks[at], usage, left(asks[at])));
            let placed = self.coalescer.place(wishes.collect(), Vec::new());
            let again = self.coalescer.collect(placed.orders, usage).await;
            for (at, outcome) in too_old.into_iter().zip(again) {
                outcomes[at] = outcome;
            }
        }
        self.go_on_without(asks, &outcomes);
        let outcomes = asks.iter().zip(outcomes);
        let outcomes =
            outcomes.map(|(ask, outcome)| outcome.or_else(|error| self.instead(ask, error)));
        outcomes.collect()
    }

    /// Who waits for a shorter time than others does not ask in vain: whoever asks next finds the answer.
    fn go_on_without(&self, asks: &[&Ask], outcomes: &[Outcome]) {
        let is_late = |(ask, outcome): &(&&Ask, &Outcome)| {
            let patience = ask.contract.patience(self.calls.patience.get());
            let is_hurried = patience < self.calls.patience.get();
            let is_missed = matches!(
                outcome,
                Err(TrackerError::TimedOut { .. } | TrackerError::NoTurn(NoTurn::Full { .. }))
            );
            is_hurried && is_missed
        };
        let late = asks.iter().zip(outcomes).filter(is_late);
        let late = late.map(|(ask, _)| ask.key.clone()).collect();
        self.coalescer.place(Vec::new(), late);
    }

    /// An older answer in place of a failure, if there is one and the caller wants it. That a tracking does not exist is no
    /// failure.
    fn instead(&self, ask: &Ask, error: TrackerError) -> Outcome {
        if matches!(error, TrackerError::NotFound(_)) || !ask.contract.accepts_substitutes() {
            return Err(error);
        }
        let entry = self.calls.records.cache.get(&ask.key);
        let reading = entry.and_then(|entry| answer(&ask.key, &entry).ok());
        let reading = reading.map(|reading| reading.stale(StaleReason::of(&error)));
        reading.ok_or(error)
    }
}

fn wish(ask: &Ask, usage: &Usage, patience: Duration) -> Wish<TrackingKey> {
    Wish {
        key: ask.key.clone(),
        client: usage.client().clone(),
        urgency: Urgency::Person,
        patience,
    }
}
