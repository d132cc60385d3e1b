//! What messages claimed of parcels for which the list has not been asked yet.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::time::Instant;

use crate::cache::Entry;
use crate::model::{Completeness, Testimony, Tracking, TrackingKey};

/// How many claims about one parcel wait.
const MAX_CLAIMS: usize = 16;

/// How often the list is asked about a parcel before its claims are given up.
const MOST_ATTEMPTS: u32 = 8;

/// How long after the second attempt the third is made; each further one takes twice as long. The second is made at once.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// How long the list may know less than a message: what it says within this time contradicts nothing, and is asked for again.
const GRACE: Duration = Duration::from_secs(5);

/// How much later the list is asked again, because the moments of what other replicas fetched are a little off.
const LEEWAY: Duration = Duration::from_millis(250);

/// What a message said, and when it came.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) message: Tracking,
    pub(super) arrived: Instant,
    pub(super) weight: Weight,
}

/// What it means if a claim is borne out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The upstream told what was not known here.
    News,
    /// Nothing: anybody could have said it.
    Nothing,
}

impl Claim {
    /// From when on an answer is of a moment that lets it say that.
    fn decided_by(&self, testimony: Testimony) -> Instant {
        match testimony {
            Testimony::Contradicted => self.arrived + GRACE,
            Testimony::BorneOut | Testimony::Overtaken => self.arrived,
        }
    }
}

/// The claims about a parcel.
#[derive(Debug, Default)]
pub(super) struct Case {
    claims: Vec<Claim>,
    attempts: u32,
    /// When the list may have caught up with the claims, where it contradicts all of them.
    catches_up_at: Option<Instant>,
}

impl Case {
    /// Takes out the claims of which an answer says something. Only one to a call that left after a claim came does, and a
    /// contradiction only if it left well after. That there is no such parcel contradicts each of them as well.
    pub(super) fn hear(&mut self, entry: &Entry) -> Vec<(Claim, Testimony)> {
        self.catches_up_at = None;
        if entry.completeness != Completeness::Whole {
            return Vec::new();
        }
        let mut heard = Vec::new();
        for claim in std::mem::take(&mut self.claims) {
            let testimony = match &entry.tracking {
                Some(listed) => listed.judges(&claim.message),
                None => Testimony::Contradicted,
            };
            if entry.aging_since >= claim.decided_by(testimony) {
                heard.push((claim, testimony));
            } else {
                self.claims.push(claim);
            }
        }
        let is_put = |claim: &Claim| claim.arrived <= entry.aging_since;
        if self.claims.iter().all(is_put) {
            let catches_up = self
                .claims
                .iter()
                .map(|claim| claim.arrived + GRACE + LEEWAY);
            self.catches_up_at = catches_up.min();
        }
        heard
    }

    /// Whether nothing is left to be asked.
    pub(super) fn is_over(&self) -> bool {
        self.claims.is_empty()
    }

    /// Whether it is too early to ask again.
    pub(super) fn is_early(&self, now: Instant) -> bool {
        self.catches_up_at.is_some_and(|at| now < at)
    }

    fn add(&mut self, claim: Claim) -> usize {
        let is_full = self.claims.len() >= MAX_CLAIMS;
        if is_full {
            self.claims.remove(0);
        }
        self.claims.push(claim);
        usize::from(is_full)
    }

    fn delay(&self) -> Duration {
        match self.attempts {
            0 | 1 => Duration::ZERO,
            attempts => FIRST_DELAY * 2_u32.saturating_pow(attempts - 2),
        }
    }
}

/// The parcels that wait, those that came first in front.
#[derive(Debug)]
pub(super) struct Claims {
    most: usize,
    ready: IndexMap<TrackingKey, Case>,
    /// Those that are to be asked for again, by when.
    later: BTreeMap<(Instant, u64), (TrackingKey, Case)>,
    put_back: u64,
}

impl Claims {
    /// With room for so many parcels.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            ready: IndexMap::new(),
            later: BTreeMap::new(),
            put_back: 0,
        }
    }

    /// Adds a claim; tells how many others were given up for it.
    pub(super) fn add(&mut self, key: TrackingKey, claim: Claim) -> usize {
        let mut given_up = 0;
        if self.len() >= self.most && !self.ready.contains_key(&key) {
            let first = self.later.pop_first().map(|(_, later)| later);
            let oldest = first.or_else(|| self.ready.shift_remove_index(0));
            given_up += oldest.map_or(0, |(_, case)| case.claims.len());
        }
        given_up + self.ready.entry(key).or_default().add(claim)
    }

    /// Takes out so many parcels at the most that are to be asked for now.
    pub(super) fn take(&mut self, most: usize, now: Instant) -> Vec<(TrackingKey, Case)> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(next) = self.later.first_entry().filter(|next| next.key().0 <= now)
        {
            taken.push(next.remove());
        }
        let rest = (most - taken.len()).min(self.ready.len());
        taken.extend(self.ready.drain(..rest));
        taken
    }

    /// When the next parcel is to be asked for that waits for its time.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.later.first_key_value().map(|((at, _), _)| *at)
    }

    /// Puts a parcel back of which the list did not tell enough; tells how many claims are given up.
    pub(super) fn put_back(&mut self, key: TrackingKey, mut case: Case, now: Instant) -> usize {
        case.attempts += 1;
        if case.attempts >= MOST_ATTEMPTS || self.len() >= self.most {
            return case.claims.len();
        }
        let delay = case.delay();
        let at = case.catches_up_at.take().unwrap_or(now + delay);
        self.put_back += 1;
        self.later.insert((at, self.put_back), (key, case));
        0
    }

    fn len(&self) -> usize {
        self.ready.len() + self.later.len()
    }
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
