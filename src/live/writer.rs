//! Writes what this replica observed into the log.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::event::Known;
use super::fleet::{HEAD_KEPT, NAME_LOG, Room};
use super::head::{Head, Verdict, judge};
use super::letter::{self, HeadFields};
use crate::model::TrackingKey;
use crate::redis_link::{Away, Script};

/// How many parcels are written at once, as many as a list call's answer has. They have to get there within the patience.
const MOST: usize = 40;

pub(super) struct Writer {
    room: Arc<Room>,
    append: Script,
}

/// What is to be written of one parcel.
struct Line {
    key: TrackingKey,
    head: Head,
    sealed_head: [Vec<u8>; 3],
    sealed_event: Vec<u8>,
}

impl Writer {
    pub(super) fn new(room: &Arc<Room>) -> Self {
        Self {
            room: room.clone(),
            append: Script::new(&[NAME_LOG, include_str!("scripts/append.lua")]),
        }
    }

    /// Waits for something to write, and writes it.
    pub(super) async fn write(&self) -> Result<(), Away> {
        let mut open = self.room.outbox.first(MOST).await;
        let mut heads = self.heads(&open).await?;
        // Each round somebody was faster with at least one of them.
        while !open.is_empty() {
            let (log, now) = (self.room.log.end().log, Instant::now());
            let mut lines = Vec::new();
            let mut done = Vec::new();
            for (key, known) in &open {
                match self.line(key, known, heads.get(key), now)? {
                    Some(line) => lines.push(line),
                    None => done.push(key.clone()),
                }
            }
            for (line, instead) in lines.iter().zip(self.append(&lines).await?) {
                match letter::unseal_head(&self.room.link, log, &instead) {
                    None if instead.is_empty() => {
                        let head = Head {
                            log,
                            ..line.head.clone()
                        };
                        self.room.note(&line.key, head);
                        done.push(line.key.clone());
                    }
                    // Redis came back empty; what is known here is still true.
                    None => {
                        if let Some(head) = heads.get_mut(&line.key) {
                            head.revision = 0;
                        }
                    }
                    Some(head) => {
                        self.room.heads.insert(line.key.clone(), head.clone());
                        heads.insert(line.key.clone(), head);
                    }
                }
            }
            open.retain(|(key, _)| !done.contains(key));
            self.room.outbox.note_written(done.into_iter());
        }
        Ok(())
    }

    /// Where the log stands with these parcels, as far as it knows them.
    async fn heads(
        &self,
        open: &[(TrackingKey, Known)],
    ) -> Result<HashMap<TrackingKey, Head>, Away> {
        let mut heads = HashMap::new();
        let mut missing = Vec::new();
        for (key, _) in open {
            match self.room.heads.get(key) {
                Some(head) => drop(heads.insert(key.clone(), head)),
                None => missing.push(key),
            }
        }
        if missing.is_empty() {
            return Ok(heads);
        }
        let found = self.room.look(&missing).await?;
        for (key, head) in missing.into_iter().zip(found) {
            if let Some(head) = head {
                heads.insert(key.clone(), head);
            }
        }
        Ok(heads)
    }

    fn line(
        &self,
        key: &TrackingKey,
        known: &Known,
        head: Option<&Head>,
        now: Instant,
    ) -> Result<Option<Line>, Away> {
        let link = &self.room.link;
        let (head, event) = match judge(head, known, self.room.log.whole_since(), now) {
            Verdict::Nothing => return Ok(None),
            Verdict::Head(head) => (head, Vec::new()),
            Verdict::Event(kind, changes, head) => {
                let event = letter::seal_event(link, key, kind, &changes, known, &head);
                (head, event.ok_or(Away)?)
            }
        };
        Ok(Some(Line {
            key: key.clone(),
            sealed_head: letter::seal_head(link, &head).ok_or(Away)?,
            sealed_event: event,
            head,
        }))
    }

    /// Writes lines; gives for each of them what is known in its place if somebody was faster.
    async fn append(&self, lines: &[Line]) -> Result<Vec<HeadFields>, Away> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let room = &self.room;
        let mut keys = vec![room.stream(), room.log_key()];
        keys.extend(lines.iter().map(|line| room.head(&line.key)));
        let age = u64::try_from(room.kept.age.as_millis()).unwrap_or(u64::MAX);
        let oldest = (room.link.now().ok_or(Away)? / 1_000).saturating_sub(age);
        let mut args = vec![room.new_log()];
        let numbers = [
            room.kept.events as u64,
            oldest,
            HEAD_KEPT.as_millis() as u64,
        ];
        args.extend(numbers.map(|number| number.to_string().into_bytes()));
        for line in lines {
            let before = line.head.revision - 1;
            args.push(before.to_string().into_bytes());
            args.extend(line.sealed_head.clone());
            args.push(line.sealed_event.clone());
        }
        room.link.run(&self.append, &keys, &args).await
    }
}
