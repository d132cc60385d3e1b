//! Reads the log that the replicas write.

use std::sync::Arc;

use redis::cmd;

use super::cursor::{Cursor, LogId, Position};
use super::fleet::{NAME_LOG, Room};
use super::letter;
use super::ring::Ring;
use crate::redis_link::{Away, Script};

/// How many events are read at once. They have to get here within the patience.
const MOST: usize = 50;

/// An event as Redis gives it: its place, and names and values by turns.
type Entry = (String, Vec<Vec<u8>>);

/// How far this replica has read.
pub(super) struct Reader {
    room: Arc<Room>,
    open: Script,
    session: Option<u64>,
    read: Option<Read>,
    /// What is read of a log that nobody follows yet, until its end is reached.
    beginning: Option<Ring>,
}

#[derive(Clone, Copy)]
struct Read {
    log: LogId,
    upto: Position,
    /// How many events the log had there; unknown before the first was read.
    count: Option<u64>,
}

impl Reader {
    pub(super) fn new(room: &Arc<Room>) -> Self {
        Self {
            room: room.clone(),
            open: Script::new(&[NAME_LOG, include_str!("scripts/open.lua")]),
            session: None,
            read: None,
            beginning: None,
        }
    }

    /// Reads to the end. In a session that begins it looks first whether it is still the same log.
    pub(super) async fn read_on(&mut self, session: Option<u64>) -> Result<(), Away> {
        if self.session != session {
            self.open().await?;
            self.session = session;
        }
        while let Some(read) = self.read {
            let mut range = cmd("XRANGE");
            range.arg(self.room.stream()).arg(format!("({}", read.upto));
            range.arg("+").arg("COUNT").arg(MOST);
            let entries: Vec<Entry> = self.room.link.ask(&range).await?;
            let is_end = entries.len() < MOST;
            for entry in &entries {
                self.take_in(entry);
            }
            if is_end {
                break;
            }
        }
        if let Some(ring) = self.beginning.take() {
            self.room.log.begin(ring);
        }
        Ok(())
    }

    async fn open(&mut self) -> Result<(), Away> {
        let keys = [self.room.stream(), self.room.log_key()];
        // Before the first event there is nothing that could be lost.
        let read = self.read.filter(|read| read.upto > Position::default());
        let known = read.map(|read| [read.log.to_string(), read.upto.to_string()]);
        let [log, upto] = known.unwrap_or_default();
        let args = [self.room.new_log(), log.into_bytes(), upto.into_bytes()];
        let log: String = self.room.link.run(&self.open, &keys, &args).await?;
        let log = log.parse().unwrap_or_default();
        if self.read.is_none_or(|read| read.log != log) {
            self.begin(log, Position::default(), None);
        }
        Ok(())
    }

    fn take_in(&mut self, (place, fields): &Entry) {
        let Ok(position) = place.parse::<Position>() else {
            return;
        };
        let field = |name: &str| {
            let mut pairs = fields.chunks_exact(2);
            let pair = pairs.find(|pair| pair[0] == name.as_bytes());
            pair.map_or(&[][..], |pair| &pair[1])
        };
        let number = |name: &str| -> Option<u64> { str::from_utf8(field(name)).ok()?.parse().ok() };
        let (log, count) = (
            number("l").unwrap_or_default(),
            number("n").unwrap_or_default(),
        );
        let is_next = self.read.is_some_and(|read| match read.count {
            Some(before) => read.log == log && before + 1 == count,
            None => read.log == log && count == 1,
        });
        if !is_next {
            // Those between were forgotten, or were lost with the log that they were in.
            self.begin(log, position.before(), None);
        }
        if !field("g").is_empty() {
            match &mut self.beginning {
                Some(ring) => ring.push_gap(position),
                None => self.room.log.push_gap(position),
            }
            self.read = Some(Read {
                log,
                upto: position,
                count: Some(count),
            });
            return;
        }
        let cursor = Cursor { log, position };
        let Some((event, head)) = letter::unseal_event(&self.room.link, cursor, field("e")) else {
            // Somebody of another version wrote it. Who follows has to look by himself.
            return self.begin(log, position, Some(count));
        };
        self.room.note(&event.key, head);
        if let Some(heard) = self.room.on_event.get() {
            heard(&event);
        }
        match &mut self.beginning {
            Some(ring) => ring.push(Arc::new(event)),
            None => self.room.log.push(event),
        }
        self.read = Some(Read {
            log,
            upto: position,
            count: Some(count),
        });
    }

    /// Goes on as if nothing had been read before.
    fn begin(&mut self, log: LogId, beginning: Position, count: Option<u64>) {
        self.beginning = Some(Ring::new(self.room.kept, log, beginning));
        self.read = Some(Read {
            log,
            upto: beginning,
            count,
        });
    }
}
