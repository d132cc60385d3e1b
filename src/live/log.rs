//! The log as this process reads it: the newest events, and who follows them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::cursor::{Cursor, Position};
use super::event::Event;
use super::ring::{Ring, TooOld};
use super::subject::Subject;
use crate::model::TrackingKey;

/// How many events a follower may leave unread; after that he reads them in the ring.
const UNREAD: usize = 64;

/// What the followers and whoever writes share.
#[derive(Debug)]
pub(super) struct Log {
    room: Mutex<Room>,
    told: AtomicU64,
    lagged: AtomicU64,
    whole_since: Mutex<Option<Timestamp>>,
}

/// How the log stands in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How many events are kept.
    pub kept: u64,
    /// How many came since the start.
    pub told: u64,
    /// How often somebody wanted to go back to what is not kept any more.
    pub lagged: u64,
}

/// What was told behind a place.
#[derive(Debug)]
pub struct Missed {
    /// The events, in order.
    pub events: Vec<Arc<Event>>,
    /// Up to here these are all.
    pub end: Cursor,
    /// Whether there are more behind that.
    pub has_more: bool,
}

#[derive(Debug)]
struct Room {
    ring: Ring,
    of_parcel: HashMap<TrackingKey, Vec<Arc<Inbox>>>,
    of_all: Vec<(Arc<Subject>, Arc<Inbox>)>,
}

impl Room {
    /// Tells whom it concerns.
    fn tell(&self, event: &Arc<Event>) {
        let of_parcel = self.of_parcel.get(&event.key).into_iter().flatten();
        let of_all = self.of_all.iter();
        let of_all = of_all.filter_map(|(subject, inbox)| subject.includes(event).then_some(inbox));
        for inbox in of_parcel.chain(of_all) {
            inbox.put(event);
        }
    }
}

impl Log {
    pub(super) fn new(ring: Ring) -> Self {
        Self {
            room: Mutex::new(Room {
                ring,
                of_parcel: HashMap::new(),
                of_all: Vec::new(),
            }),
            told: AtomicU64::new(0),
            lagged: AtomicU64::new(0),
            whole_since: Mutex::new(None),
        }
    }

    /// Where it ends at the moment.
    pub(super) fn end(&self) -> Cursor {
        self.room().ring.end()
    }

    pub(super) fn note_lagged(&self) {
        self.lagged.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            kept: self.room().ring.len() as u64,
            told: self.told.load(Ordering::Relaxed),
            lagged: self.lagged.load(Ordering::Relaxed),
        }
    }

    /// Takes in the next event, and tells whom it concerns.
    pub(super) fn push(&self, event: Event) {
        self.told.fetch_add(1, Ordering::Relaxed);
        let event = Arc::new(event);
        let mut room = self.room();
        room.ring.push(event.clone());
        room.tell(&event);
    }

    /// Notes that at some place changes of a status were missed: who follows those has to begin anew.
    pub(super) fn push_gap(&self, position: Position) {
        let mut room = self.room();
        room.ring.push_gap(position);
        room.of_all.iter().for_each(|(_, inbox)| inbox.overflow());
    }

    /// What comes into the account from this time on is something that nobody knew before.
    pub(super) fn know_all_since(&self, time: Option<Timestamp>) {
        *self.whole_since_lock() = time;
    }

    pub(super) fn whole_since(&self) -> Option<Timestamp> {
        *self.whole_since_lock()
    }

    /// Tells those whom it concerns of an event that has no place yet.
    pub(super) fn tell(&self, event: Event) {
        self.room().tell(&Arc::new(event));
    }

    /// Begins anew with these events, because some were lost or another log took this one's place.
    pub(super) fn begin(&self, ring: Ring) {
        let mut room = self.room();
        room.ring = ring;
        let of_all = room.of_all.iter().map(|(_, inbox)| inbox);
        for inbox in room.of_parcel.values().flatten().chain(of_all) {
            inbox.overflow();
        }
    }

    /// What concerns the subject and was told behind a place, of so many events at the most, and up to where.
    pub(super) fn after(
        &self,
        subject: &Subject,
        cursor: &Cursor,
        most: usize,
    ) -> Result<Missed, TooOld> {
        let room = self.room();
        let mut told = room.ring.after(subject, cursor)?;
        let events: Vec<_> = told.by_ref().take(most).cloned().collect();
        let has_more = told.next().is_some();
        let last = events.last().map(|event| event.cursor);
        Ok(Missed {
            end: last.filter(|_| has_more).unwrap_or_else(|| room.ring.end()),
            events,
            has_more,
        })
    }

    /// Follows from here on.
    pub(super) fn follow(self: &Arc<Self>, subject: Arc<Subject>) -> Follower {
        let inbox = Arc::new(Inbox::default());
        let mut room = self.room();
        match &*subject {
            Subject::Parcels(keys) => {
                for key in keys {
                    let inboxes = room.of_parcel.entry(key.clone()).or_default();
                    inboxes.push(inbox.clone());
                }
            }
            Subject::Statuses(_) => room.of_all.push((subject.clone(), inbox.clone())),
        }
        let cursor = room.ring.end();
        drop(room);
        Follower {
            log: self.clone(),
            subject,
            inbox,
            cursor,
        }
    }

    fn whole_since_lock(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.whole_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one follower has not read yet.
#[derive(Debug, Default)]
struct Inbox {
    unread: Mutex<Unread>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Unread {
    events: VecDeque<Arc<Event>>,
    /// Whether there was more than is kept here.
    is_overflowing: bool,
}

impl Inbox {
    fn put(&self, event: &Arc<Event>) {
        let mut unread = self.unread();
        if unread.is_overflowing {
            return;
        }
        if unread.events.len() < UNREAD {
            unread.events.push_back(event.clone());
        } else {
            unread.overflow();
        }
        drop(unread);
        self.came.notify_one();
    }

    fn overflow(&self) {
        self.unread().overflow();
        self.came.notify_one();
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unread {
    fn overflow(&mut self) {
        self.events.clear();
        self.is_overflowing = true;
    }
}

/// Reads what concerns a subject, event by event.
#[derive(Debug)]
pub struct Follower {
    log: Arc<Log>,
    subject: Arc<Subject>,
    inbox: Arc<Inbox>,
    cursor: Cursor,
}

impl Follower {
    /// Waits for the next event. `TooOld` if some were lost; it goes on from there.
    pub async fn next(&mut self) -> Result<Arc<Event>, TooOld> {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            // What came meanwhile left word.
            self.inbox.came.notified().await;
        }
    }

    fn take(&mut self) -> Option<Result<Arc<Event>, TooOld>> {
        loop {
            let mut unread = self.inbox.unread();
            let next = unread.events.pop_front();
            let is_overflowing = unread.is_overflowing;
            drop(unread);
            match next {
                Some(event) if self.subject.includes(&event) => {
                    self.cursor = event.cursor;
                    return Some(Ok(event));
                }
                Some(_) => {}
                None if is_overflowing => {
                    if let Err(lost) = self.read_up() {
                        return Some(Err(lost));
                    }
                }
                None => return None,
            }
        }
    }

    /// Fills the inbox with what it had no room for.
    fn read_up(&mut self) -> Result<(), TooOld> {
        let room = self.log.room();
        let mut unread = self.inbox.unread();
        let Ok(mut told) = room.ring.after(&self.subject, &self.cursor) else {
            self.cursor = room.ring.end();
            *unread = Unread::default();
            return Err(TooOld);
        };
        unread.events = told.by_ref().take(UNREAD).cloned().collect();
        unread.is_overflowing = told.next().is_some();
        Ok(())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut room = self.log.room();
        let is_other = |inbox: &Arc<Inbox>| !Arc::ptr_eq(inbox, &self.inbox);
        match &*self.subject {
            Subject::Parcels(keys) => {
                for key in keys {
                    if let Some(inboxes) = room.of_parcel.get_mut(key) {
                        inboxes.retain(is_other);
                        if inboxes.is_empty() {
                            room.of_parcel.remove(key);
                        }
                    }
                }
            }
            Subject::Statuses(_) => room.of_all.retain(|(_, inbox)| is_other(inbox)),
        }
    }
}
