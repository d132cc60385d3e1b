//! What this process knows of parcels that are asked about. It is all there is in the only process, and in a fleet it is what
//! others told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::Entry;
use moka::sync::Cache;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::Instant;

use super::book::{Book, Rules, Verdict};
use super::{ENDS_KEPT, Micros, Spent};
use crate::redis_link::Link;

/// How many bytes of ends are remembered. Most are short, and one that tells of a parcel that the account does not hold is as
/// long as the parcel's history.
const MAX_ENDS: u64 = 16 << 20;

/// What an end takes besides its texts.
const PER_END: usize = 200;

/// What the own clock showed when it was started.
const START: Micros = 1_000_000_000_000;

/// A book, a clock, and how the last flights ended. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    room: Arc<Room>,
}

#[derive(Debug)]
struct Room {
    clock: Clock,
    book: Mutex<Book>,
    ends: Cache<String, End>,
    changed: Notify,
    holders: AtomicU64,
}

#[derive(Debug)]
enum Clock {
    Own(Instant),
    Shared(Link),
}

/// What was said of an end.
#[derive(Debug, Clone)]
struct End {
    at: Micros,
    said: Arc<str>,
}

impl Memory {
    /// With a clock of its own.
    pub(super) fn own(rules: Rules) -> Self {
        Self::with(rules, Clock::Own(Instant::now()))
    }

    /// With Redis's clock.
    pub(super) fn of(rules: Rules, link: Link) -> Self {
        Self::with(rules, Clock::Shared(link))
    }

    fn with(rules: Rules, clock: Clock) -> Self {
        let ends = Cache::builder()
            .max_capacity(MAX_ENDS)
            .weigher(|name: &String, end: &End| {
                let size = name.len() + end.said.len() + PER_END;
                u32::try_from(size).unwrap_or(u32::MAX)
            })
            .time_to_live(ENDS_KEPT);
        Self {
            room: Arc::new(Room {
                clock,
                book: Mutex::new(Book::new(rules)),
                ends: ends.build(),
                changed: Notify::new(),
                holders: 0.into(),
            }),
        }
    }

    /// Has departures count for so long from now on.
    pub(super) fn count_for(&self, cooldown: Micros) {
        self.book().count_for(cooldown);
    }

    /// A name for one attempt.
    pub(super) fn holder(&self) -> String {
        let holders = &self.room.holders;
        let number = holders.fetch_add(1, Ordering::Relaxed);
        number.to_string()
    }

    pub(super) fn claim(&self, name: &str, holder: &str) -> Option<Verdict> {
        let now = self.now()?;
        Some(self.book().claim(name, holder, now))
    }

    pub(super) fn look(&self, name: &str) -> Option<Verdict> {
        let now = self.now()?;
        Some(self.book().look(name, now))
    }

    /// Notes that a call leaves, and when; `None` if it must not.
    pub(super) fn depart(&self, name: &str, holder: &str) -> Option<Micros> {
        let now = self.now();
        let departed = now.filter(|now| self.book().depart(name, holder, *now));
        self.room.changed.notify_waiters();
        departed
    }

    /// Ends a flight, if it was one, and remembers what is said of it.
    pub(super) fn end(&self, name: &str, holder: Option<&str>, spent: Spent, said: &str) {
        // Who sees that it is over finds what was said.
        self.note_end(name, self.now().unwrap_or_default(), said);
        if let Some(holder) = holder {
            self.let_go(name, holder, spent);
        }
    }

    /// Ends a flight without a word.
    pub(super) fn let_go(&self, name: &str, holder: &str, spent: Spent) {
        self.book().end(name, holder, spent);
        self.room.changed.notify_waiters();
    }

    /// Remembers what was said of an end, unless that of a later one is known.
    pub(super) fn note_end(&self, name: &str, at: Micros, said: &str) {
        let end = End {
            at,
            said: said.into(),
        };
        let ends = self.room.ends.entry_by_ref(name);
        ends.and_upsert_with(|known| match known.map(Entry::into_value) {
            Some(known) if known.at > at => known,
            _ => end,
        });
        self.room.changed.notify_waiters();
    }

    pub(super) fn note_departure(&self, name: &str, at: Micros) {
        self.book().note(name, at);
        self.room.changed.notify_waiters();
    }

    pub(super) fn take_back(&self, name: &str, at: Micros) {
        self.book().take_back(name, at);
    }

    pub(super) fn departures(&self) -> Vec<(Arc<str>, Micros)> {
        self.book().departures()
    }

    /// When a parcel has cooled down that is cooling down for all that is known here, and nothing of it is on its way.
    pub(super) fn cooled_by(&self, name: &str) -> Option<Micros> {
        let now = self.now()?;
        let until = self.book().cooling_until(name, now)?;
        let cooldown = self.book().cooldown();
        let end = self.room.ends.get(name)?;
        (end.at + cooldown >= until).then_some(until)
    }

    /// Until when a parcel cools down.
    pub(super) fn cooling_at(&self, name: &str) -> Option<Micros> {
        let now = self.now()?;
        self.book().cooling_until(name, now)
    }

    pub(super) fn cooling_until(&self, name: &str) -> Option<Instant> {
        self.instant(self.cooling_at(name)?)
    }

    pub(super) fn end_since(&self, name: &str, since: Micros) -> Option<String> {
        let end = self.room.ends.get(name)?;
        (end.at >= since).then(|| end.said.to_string())
    }

    pub(super) fn changed(&self) -> Notified<'_> {
        self.room.changed.notified()
    }

    fn now(&self) -> Option<Micros> {
        self.at(Instant::now())
    }

    pub(super) fn at(&self, instant: Instant) -> Option<Micros> {
        match &self.room.clock {
            Clock::Own(start) => Some(START + super::micros(instant.duration_since(*start))),
            Clock::Shared(link) => link.at(instant),
        }
    }

    pub(super) fn instant(&self, at: Micros) -> Option<Instant> {
        match &self.room.clock {
            Clock::Own(start) => start.checked_add(Duration::from_micros(at.saturating_sub(START))),
            Clock::Shared(link) => link.instant(at),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.room
            .book
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
