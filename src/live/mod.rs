//! News on its way from whoever noticed it to whoever watches: a log of events, each of which has a place for ever.
//!
//! What is observed of a tracking is compared with what the log knows of it; if it is news it becomes one event, whoever
//! else observes it as well. The newest events are kept, so that who comes back is told what he missed. It knows neither
//! where news comes from nor how it reaches a browser.

mod alone;
mod cursor;
mod event;
mod fields;
mod fleet;
mod head;
mod heads;
mod letter;
mod log;
mod memory;
mod outbox;
mod reader;
mod ring;
mod subject;
mod summary;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::TrackingKey;
use crate::redis_link::{Away, Link};

use fleet::Fleet;
use log::Log;
use memory::Memory;

pub use cursor::{Cursor, InvalidCursor, LogId, Position};
pub use event::{Event, EventKind, Known};
pub use log::{Figures, Follower, Missed};
pub use ring::{Kept, TooOld};
pub use subject::{StatusFilter, Subject};
pub use summary::{Change, Summary};

/// By how much the clocks of replicas may differ at the most.
const TOLERANCE: Duration = Duration::from_secs(2);

/// The log of an account's events. Clones share it.
#[derive(Debug, Clone)]
pub struct Live(Arc<Twin>);

/// Who shares the log.
#[derive(Debug)]
enum Twin {
    /// This process only.
    Alone(Memory),
    /// All replicas of the account.
    Shared(Fleet),
}

impl Live {
    /// A log in memory, which knows of so many parcels where it stands with them.
    pub fn in_memory(kept: Kept, max_parcels: u64) -> Self {
        Self(Arc::new(Twin::Alone(Memory::new(kept, max_parcels))))
    }

    /// A log that all replicas share.
    pub fn in_fleet(kept: Kept, max_parcels: u64, link: Link) -> Self {
        let fleet = Fleet::start(kept, max_parcels, link);
        Self(Arc::new(Twin::Shared(fleet)))
    }

    /// Takes note of what is known of a parcel. It becomes an event if it is other than what the log knows.
    pub fn observe(&self, key: &TrackingKey, known: Known) {
        match &*self.0 {
            Twin::Alone(memory) => memory.observe(key, known),
            Twin::Shared(fleet) => fleet.observe(key, known),
        }
    }

    /// Notes since when whatever comes into the account is something that nobody knew before; `None` if that is not so.
    pub fn know_all_since(&self, time: Option<Timestamp>) {
        self.log().know_all_since(time);
    }

    /// Has everybody on every replica who follows changes of a status begin anew, because some were missed. If Redis is
    /// away nobody is told.
    pub async fn note_missed(&self) -> Result<(), Away> {
        match &*self.0 {
            Twin::Alone(memory) => memory.note_missed(),
            Twin::Shared(fleet) => fleet.note_missed().await?,
        }
        Ok(())
    }

    /// Ready when what was observed of these parcels is in the log. While Redis is away, and after 150 ms, nobody waits;
    /// it is written when it is back.
    pub async fn settled(&self, keys: &[TrackingKey]) {
        match &*self.0 {
            Twin::Alone(_) => {}
            Twin::Shared(fleet) => fleet.settled(keys).await,
        }
    }

    /// Ready when all that was observed is in the log; at once while Redis is away.
    pub async fn all_settled(&self) {
        if let Twin::Shared(fleet) = &*self.0 {
            fleet.all_settled().await;
        }
    }

    /// Registers who hears of every event of the fleet before anybody who follows does. It must be quick.
    pub fn on_event(&self, heard: impl Fn(&Event) + Send + Sync + 'static) {
        if let Twin::Shared(fleet) = &*self.0 {
            // Who came first stays.
            let _ = fleet.room.on_event.set(Box::new(heard));
        }
    }

    /// Where the log ends, once it is known; after 150 ms where it ends as far as is known.
    pub async fn end(&self) -> Cursor {
        if let Twin::Shared(fleet) = &*self.0 {
            fleet.is_read().await;
        }
        self.log().end()
    }

    /// Notes that somebody wanted to go back to what is not kept any more.
    pub fn note_lagged(&self) {
        self.log().note_lagged();
    }

    /// How it stands in this process.
    pub fn figures(&self) -> Figures {
        self.log().figures()
    }

    /// What concerns a subject and was told behind a place, of so many events at the most.
    pub fn after(&self, subject: &Subject, cursor: &Cursor, most: usize) -> Result<Missed, TooOld> {
        self.log().after(subject, cursor, most)
    }

    /// Whether parcels have had no event behind a place of the present log, however long ago that was. False also if that
    /// cannot be told.
    pub async fn is_unchanged(&self, keys: &[TrackingKey], since: &Cursor) -> bool {
        if since.log != self.log().end().log {
            return false;
        }
        match &*self.0 {
            Twin::Alone(memory) => memory.is_unchanged(keys, since.position),
            Twin::Shared(fleet) => fleet.is_unchanged(keys, since.position).await,
        }
    }

    /// What the log's clock shows.
    pub fn now(&self) -> Timestamp {
        let now = match &*self.0 {
            Twin::Alone(_) => None,
            Twin::Shared(fleet) => fleet.room.link.now(),
        };
        let now = now.and_then(|now| i64::try_from(now).ok());
        now.and_then(|now| Timestamp::from_microsecond(now).ok())
            .unwrap_or_else(Timestamp::now)
    }

    /// The same summary, at the place where others have it as well if it is how the log stands with a parcel.
    pub fn shared(&self, key: &TrackingKey, summary: Summary) -> Arc<Summary> {
        let heads = match &*self.0 {
            Twin::Alone(memory) => &memory.heads,
            Twin::Shared(fleet) => &fleet.room.heads,
        };
        let known = heads.get(key).and_then(|head| head.summary);
        let is_same = |known: &Arc<Summary>| **known == summary;
        known.filter(is_same).unwrap_or_else(|| Arc::new(summary))
    }

    /// Follows from here on.
    pub fn follow(&self, subject: Arc<Subject>) -> Follower {
        self.log().follow(subject)
    }

    fn log(&self) -> &Arc<Log> {
        match &*self.0 {
            Twin::Alone(memory) => &memory.log,
            Twin::Shared(fleet) => &fleet.room.log,
        }
    }
}

/// A name that no other log has. Zero names none.
fn new_log() -> LogId {
    getrandom::u64().unwrap_or_default().max(1)
}
