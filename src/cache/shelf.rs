//! What this process knows itself, in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::RandomState;
use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, UnitWeighter};
use tokio::time::Instant;

use super::{Entry, Stored, Validity};
use crate::model::{Completeness, Source, Tracking, TrackingKey};

/// A time without an outage, in which this process hears everything that the others learn.
pub(super) type Session = u64;

/// Who says something of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    /// This process.
    Here,
    /// Another one, and nobody knew better then.
    Fleet(Option<Session>),
}

/// What was read once has so much of the room, so that it is not forgotten before it is read again.
const SEEN_ONCE: f64 = 0.5;

/// Of so many that were forgotten it is remembered that they had been read.
const FORGOTTEN: usize = 1_000;

/// How many are weighed to tell what all take.
const WEIGHED: usize = 50;

/// About how many bytes a parcel takes beside its tracking.
const BESIDE: usize = 250;

/// Parcels that share a line are changed one after the other.
const LINES: usize = 64;

/// Bounded by the number of parcels; those that were used least fall first. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Its locks are held for a moment only.
    kept: Cache<TrackingKey, Kept, UnitWeighter, RandomState, Forgetting>,
    /// Whoever changes something holds one of them, while others read on.
    changing: Box<[Mutex<()>]>,
    hasher: RandomState,
}

/// Hears what is forgotten or replaced, before anybody else has its place.
#[derive(Debug, Clone, Default)]
struct Forgetting;

impl Lifecycle<TrackingKey, Kept> for Forgetting {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: TrackingKey, kept: Kept) {
        kept.validity.fall();
    }
}

#[derive(Debug, Clone)]
struct Kept {
    entry: Entry,
    /// In which session nobody knew better.
    in_step: Option<Session>,
    validity: Validity,
}

/// In every method, `accepted` hears of what is new while nothing else can happen to the parcel.
impl Shelf {
    pub(super) fn new(max_parcels: u64) -> Self {
        let most = usize::try_from(max_parcels).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .weight_capacity(max_parcels)
            .estimated_items_capacity(most.min(2 * FORGOTTEN))
            .ghost_allocation(0.5)
            .hot_allocation(1.0 - SEEN_ONCE)
            .build();
        let options = options.expect("both capacities are set");
        let hasher = RandomState::new();
        Self(Arc::new(Inner {
            kept: Cache::with_options(options, UnitWeighter, hasher.clone(), Forgetting),
            changing: (0..LINES).map(|_| Mutex::default()).collect(),
            hasher,
        }))
    }

    /// How many there are.
    pub(super) fn parcels(&self) -> u64 {
        self.0.kept.len() as u64
    }

    /// About how many bytes they take, judged by some of them.
    pub(super) fn bytes(&self) -> u64 {
        let some = self.0.kept.iter().take(WEIGHED);
        let bytes = |entry: &Entry| entry.tracking.as_ref().map_or(0, |it| it.bytes());
        let weights: Vec<_> = some.map(|(_, kept)| BESIDE + bytes(&kept.entry)).collect();
        let all: usize = weights.iter().sum();
        all as u64 * self.parcels() / weights.len().max(1) as u64
    }

    /// What is known of a parcel, however old.
    pub(super) fn get(&self, key: &TrackingKey) -> Option<Entry> {
        self.0.kept.get(key).map(|kept| kept.entry)
    }

    /// The same, with what tells whether it is still so, and the session in which nobody knew better.
    pub(super) fn find(&self, key: &TrackingKey) -> Option<(Entry, Validity, Option<Session>)> {
        let kept = self.0.kept.get(key)?;
        Some((kept.entry, kept.validity, kept.in_step))
    }

    /// The same, if nobody in the fleet knows better.
    pub(super) fn get_in_step(&self, key: &TrackingKey, session: Session) -> Option<Entry> {
        let kept = self.0.kept.get(key)?;
        (kept.in_step == Some(session)).then_some(kept.entry)
    }

    /// Notes that nobody in the fleet knows better.
    pub(super) fn note_in_step(&self, key: &TrackingKey, session: Session) {
        self.change(key, Teller::Fleet(Some(session)), |_| None);
    }

    /// Takes in what was learned, unless something later is known already.
    pub(super) fn put(
        &self,
        key: &TrackingKey,
        learned: Entry,
        teller: Teller,
        accepted: impl FnOnce(&Entry),
    ) -> Stored {
        let mut stored = Stored {
            before: None,
            now: learned,
            accepted: true,
            is_younger: true,
        };
        self.change(key, teller, |known| {
            if let Some(known) = known {
                stored.before = known.tracking.clone();
                match stored.now.after(known) {
                    Some(now) => stored.now = now,
                    None => {
                        stored.now = known.clone();
                        stored.accepted = false;
                        stored.is_younger = false;
                        return None;
                    }
                }
                stored.is_younger = stored.now.aging_since > known.aging_since;
            }
            accepted(&stored.now);
            Some(stored.now.clone())
        });
        stored
    }

    /// Changes a part of what is known of a tracking, as of a moment. The rest does not get any younger by that.
    pub(super) fn amend(
        &self,
        key: &TrackingKey,
        as_of: Instant,
        change: impl FnOnce(&Tracking) -> Tracking,
        accepted: impl FnOnce(&Entry),
    ) -> Option<Stored> {
        let mut stored = None;
        self.change(key, Teller::Here, |known| {
            let known = known?;
            let tracking = known.tracking.as_ref()?;
            let now = Entry {
                tracking: Some(change(tracking).into()),
                as_of: known.as_of.max(as_of),
                ..known.clone()
            };
            accepted(&now);
            stored = Some(Stored {
                before: Some(tracking.clone()),
                now: now.clone(),
                accepted: true,
                is_younger: false,
            });
            Some(now)
        });
        stored
    }

    /// Marks what is known as out of date. Of what others doubted, something later may be known already.
    pub(super) fn doubt(
        &self,
        key: &TrackingKey,
        as_of: Instant,
        teller: Teller,
        accepted: impl FnOnce(&Entry),
    ) {
        self.change(key, teller, |known| {
            let known = match known {
                Some(known) if teller != Teller::Here && known.as_of > as_of => return None,
                Some(known) => known.clone(),
                None => Entry::of(None, as_of, Source::List),
            };
            let now = Entry {
                as_of: known.as_of.max(as_of),
                completeness: Completeness::Doubtful,
                ..known
            };
            accepted(&now);
            Some(now)
        });
    }

    fn change(
        &self,
        key: &TrackingKey,
        teller: Teller,
        decide: impl FnOnce(Option<&Entry>) -> Option<Entry>,
    ) {
        let _change = self.change_of(key);
        let kept = self.0.kept.peek(key);
        let known_in = kept.as_ref().and_then(|kept| kept.in_step);
        let in_step = match teller {
            Teller::Here | Teller::Fleet(None) => known_in,
            Teller::Fleet(session) => session,
        };
        let changed = match (decide(kept.as_ref().map(|kept| &kept.entry)), kept) {
            (Some(entry), kept) => {
                if let Some(kept) = kept {
                    kept.validity.fall();
                }
                Kept {
                    entry,
                    in_step,
                    validity: Validity::default(),
                }
            }
            // The library takes what is replaced for forgotten, and tells that of the old one.
            (None, Some(kept)) if in_step != known_in => Kept {
                in_step,
                validity: Validity::default(),
                ..kept
            },
            (None, _) => return,
        };
        self.0.kept.insert(key.clone(), changed);
    }

    /// Until it is dropped, nothing else happens to the parcel, but that it may be forgotten.
    fn change_of(&self, key: &TrackingKey) -> MutexGuard<'_, ()> {
        let line = self.0.hasher.hash_one(key) as usize % LINES;
        let line = self.0.changing[line].lock();
        line.unwrap_or_else(PoisonError::into_inner)
    }
}
