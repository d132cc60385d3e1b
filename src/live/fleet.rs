//! The log that all replicas of an account share: a stream in Redis, which each of them writes and follows.
//!
//! Who writes says which revision of a tracking's head he knows; if somebody else was faster he decides anew, so that two
//! replicas that see the same change write one event. While Redis is away what is observed waits.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::alone::Alone;
use super::cursor::{LogId, Position};
use super::event::{Event, Known};
use super::head::{Head, Verdict, judge};
use super::heads::Heads;
use super::letter::{self, HeadFields};
use super::log::Log;
use super::outbox::Outbox;
use super::reader::Reader;
use super::ring::{Kept, Ring};
use super::writer::Writer;
use crate::model::TrackingKey;
use crate::redis_link::{Away, Link, PATIENCE, Script};

/// What scripts have in common that write the log.
pub(super) const NAME_LOG: &str = include_str!("scripts/log.lua");

/// Where replicas hear that the log has become longer.
const TOPIC: &str = "live";

/// How many heads are looked at at once.
const MOST_LOOKED_AT: usize = 50;

/// How long Redis is left alone that does not take something although it is there.
const PAUSE: Duration = Duration::from_millis(500);

/// How often it is looked whether the log has become longer although nobody said so.
const LOOK: Duration = Duration::from_secs(1);

/// How long reading what is kept of a log may take before subscribers are let in all the same.
const READING: Duration = Duration::from_secs(3);

/// How long a head is kept without being looked at. What changes after that is not known to have changed.
pub(super) const HEAD_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The version of what heads hold is part of their names.
const VERSION: &str = "h1";

/// How long a head is believed without looking whether it is still kept.
const BELIEVED: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) type OnEvent = Box<dyn Fn(&Event) + Send + Sync>;

/// The tasks that write and read; they end with it.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) room: Arc<Room>,
    tasks: [JoinHandle<()>; 2],
}

/// What they share with those who observe.
pub(super) struct Room {
    pub(super) link: Link,
    pub(super) kept: Kept,
    pub(super) log: Arc<Log>,
    pub(super) heads: Heads,
    heads_script: Script,
    pub(super) outbox: Outbox,
    alone: Alone,
    pub(super) on_event: OnceLock<OnEvent>,
    pub(super) became_longer: Notify,
    /// Whether the log was read to its end once.
    pub(super) is_read: watch::Sender<bool>,
}

impl Fleet {
    pub(super) fn start(kept: Kept, max_parcels: u64, link: Link) -> Self {
        let room = Arc::new(Room {
            kept,
            // Until Redis is reached nobody knows which log it is.
            log: Arc::new(Log::new(Ring::new(
                kept,
                super::new_log(),
                Position::default(),
            ))),
            heads: Heads::new(max_parcels, BELIEVED),
            heads_script: Script::new(&[include_str!("scripts/heads.lua")]),
            outbox: Outbox::default(),
            alone: Alone::default(),
            on_event: OnceLock::new(),
            became_longer: Notify::new(),
            is_read: watch::Sender::new(false),
            link,
        });
        let listener = Arc::downgrade(&room);
        room.link.on(TOPIC, move |_, _| {
            if let Some(room) = listener.upgrade() {
                room.became_longer.notify_one();
            }
        });
        Self {
            tasks: [
                tokio::spawn(keep_writing(room.clone())),
                tokio::spawn(keep_reading(room.clone())),
            ],
            room,
        }
    }

    /// Has something written that was observed, unless the log knows it already.
    pub(super) fn observe(&self, key: &TrackingKey, known: Known) {
        let head = self.room.heads.get(key);
        let is_known = head.is_some_and(|head| {
            let verdict = judge(Some(&head), &known, None, Instant::now());
            matches!(verdict, Verdict::Nothing)
        });
        if is_known {
            return;
        }
        if let Some(event) = self.room.alone.observe(&self.room, key, &known) {
            self.room.log.tell(event);
        }
        self.room.outbox.put(key, known);
    }

    /// Ready when all that was observed is written. While Redis is away nobody waits.
    pub(super) async fn all_settled(&self) {
        let mut sessions = self.room.link.sessions();
        tokio::select! {
            () = self.room.outbox.is_empty() => {}
            _ = sessions.wait_for(Option::is_none) => {}
        }
    }

    /// Whether parcels have had no event behind a place of the present log. False also if that cannot be told.
    pub(super) async fn is_unchanged(&self, keys: &[TrackingKey], since: Position) -> bool {
        for keys in keys.chunks(MOST_LOOKED_AT) {
            let keys: Vec<_> = keys.iter().collect();
            let Ok(heads) = self.room.look(&keys).await else {
                return false;
            };
            let is_unchanged = |head: &Head| head.event.is_none_or(|event| event <= since);
            if !heads
                .iter()
                .all(|head| head.as_ref().is_some_and(is_unchanged))
            {
                return false;
            }
        }
        true
    }

    /// Ready when what was observed of these parcels is written. While Redis is away, and after 150 ms, nobody waits.
    pub(super) async fn settled(&self, keys: &[TrackingKey]) {
        let mut sessions = self.room.link.sessions();
        let settle = async {
            tokio::select! {
                () = self.room.outbox.is_empty_of(keys) => {}
                _ = sessions.wait_for(Option::is_none) => {}
            }
        };
        let _ = timeout(PATIENCE, settle).await;
    }

    /// Has the log say that changes of a status were missed.
    pub(super) async fn note_missed(&self) -> Result<(), Away> {
        let room = &self.room;
        let gap = Script::new(&[NAME_LOG, include_str!("scripts/gap.lua")]);
        let keys = [room.stream(), room.log_key()];
        let _: redis::Value = room.link.run(&gap, &keys, &[room.new_log()]).await?;
        let _ = room.link.publish(TOPIC, b"").await;
        Ok(())
    }

    /// Ready when the log was read to its end once. Nobody waits for a Redis that is away.
    pub(super) async fn is_read(&self) {
        let mut is_read = self.room.is_read.subscribe();
        if *is_read.borrow() {
            return;
        }
        let mut sessions = self.room.link.sessions();
        let is_away = async {
            // It may be about to be reached for the first time.
            let _ = timeout(PATIENCE, sessions.wait_for(Option::is_some)).await;
            let _ = sessions.wait_for(Option::is_none).await;
        };
        let read = async {
            tokio::select! {
                // The sender lives in the room.
                _ = is_read.wait_for(|is_read| *is_read) => {}
                () = is_away => {}
            }
        };
        let _ = timeout(READING, read).await;
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Room {
    pub(super) fn stream(&self) -> String {
        self.link.key("events")
    }

    pub(super) fn log_key(&self) -> String {
        self.link.key("log")
    }

    /// The name of a tracking's head.
    pub(super) fn head(&self, key: &TrackingKey) -> String {
        let token = self.link.token(&key.name());
        self.link.key(&format!("{VERSION}:{token}"))
    }

    /// Where the log stands with these parcels, in their order.
    pub(super) async fn look(&self, keys: &[&TrackingKey]) -> Result<Vec<Option<Head>>, Away> {
        let names: Vec<_> = keys.iter().map(|key| self.head(key)).collect();
        let kept = HEAD_KEPT.as_millis().to_string().into_bytes();
        let found: Vec<HeadFields> = self.link.run(&self.heads_script, &names, &[kept]).await?;
        let log = self.log.end().log;
        let heads = found
            .iter()
            .map(|fields| letter::unseal_head(&self.link, log, fields));
        Ok(heads.collect())
    }

    /// A name for a new log.
    pub(super) fn new_log(&self) -> Vec<u8> {
        let log: LogId = super::new_log();
        log.to_string().into_bytes()
    }

    /// Notes how a head stands, unless something later of the same log is known.
    pub(super) fn note(&self, key: &TrackingKey, head: Head) {
        let known = self.heads.get(key);
        if known.is_none_or(|known| known.log != head.log || known.revision <= head.revision) {
            self.heads.insert(key.clone(), head);
        }
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("link", &self.link)
            .field("log", &self.log.end())
            .finish_non_exhaustive()
    }
}

/// Writes what is observed, for as long as there is a Redis.
async fn keep_writing(room: Arc<Room>) {
    let writer = Writer::new(&room);
    let mut sessions = room.link.sessions();
    while sessions.wait_for(Option::is_some).await.is_ok() {
        room.alone.end();
        match writer.write().await {
            Ok(()) => {
                // Who does not hear of it looks by himself.
                let _ = room.link.publish(TOPIC, b"").await;
            }
            Err(Away) => {
                let _ = timeout(PAUSE, sessions.changed()).await;
            }
        }
    }
}

/// Reads what the replicas wrote.
async fn keep_reading(room: Arc<Room>) {
    let mut reader = Reader::new(&room);
    let mut sessions = room.link.sessions();
    loop {
        let Ok(session) = sessions.wait_for(Option::is_some).await.map(|is| *is) else {
            return;
        };
        while room.link.session() == session {
            room.alone.end();
            match reader.read_on(session).await {
                Ok(()) => {
                    room.is_read.send_replace(true);
                    tokio::select! {
                        _ = timeout(LOOK, room.became_longer.notified()) => {}
                        _ = sessions.changed() => {}
                    }
                }
                Err(Away) => {
                    let _ = timeout(PAUSE, sessions.changed()).await;
                }
            }
        }
        room.alone.begin();
    }
}
