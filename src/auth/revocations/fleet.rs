//! What the replicas of an account have revoked together, in Redis.
//!
//! The ids stand there as they are: they open nothing, and say of their signers only which have the same.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::revision::{Progress, Revision};
use super::{Change, Entry, Memory, NotForAll, ROOM, now};
use crate::redis_link::{Away, Link, Script};

/// The topic.
const TOPIC: &str = "revoked";

/// How often a replica looks for what it has not heard.
const LOOK: Duration = Duration::from_secs(5);

/// How many are listed in one step.
const PART: usize = 2_000;

/// How many are told in one step.
const AT_ONCE: usize = 500;

/// This replica's part of it. The task ends with it.
pub(super) struct Fleet {
    desk: Arc<Desk>,
    task: JoinHandle<()>,
}

struct Desk {
    link: Link,
    memory: Memory,
    add: Script,
    list: Script,
    progress: SharedProgress,
    /// Whether something is known here that Redis may not know.
    owes: AtomicBool,
    /// Whether the list was ever fetched.
    is_known: watch::Sender<bool>,
    /// Whether the log was told that there is no room.
    is_full: AtomicBool,
}

type SharedProgress = Arc<Mutex<Progress>>;

/// What Redis has: a revision in its two parts, and some of the list.
type Listed = (String, u64, Vec<String>);

/// What is told at once.
#[derive(Serialize, Deserialize)]
struct News {
    entries: Vec<String>,
    /// What the list came to with them.
    revision: Revision,
}

impl Fleet {
    pub(super) fn start(link: Link, memory: Memory) -> Self {
        let progress = SharedProgress::default();
        listen(&link, memory.clone(), progress.clone());
        let desk = Arc::new(Desk {
            link,
            memory,
            add: Script::new(&[include_str!("add.lua")]),
            list: Script::new(&[include_str!("list.lua")]),
            progress,
            owes: AtomicBool::new(false),
            is_known: watch::Sender::new(false),
            is_full: AtomicBool::new(false),
        });
        Self {
            task: tokio::spawn(keep(desk.clone())),
            desk,
        }
    }

    /// Whether the list was ever fetched.
    pub(super) fn is_known(&self) -> bool {
        *self.desk.is_known.borrow()
    }

    /// Waits for that.
    pub(super) async fn known(&self) {
        // It ends with the wait: the desk keeps the other end.
        let _ = self.desk.is_known.subscribe().wait_for(|it| *it).await;
    }

    /// Tells the others what was changed here.
    pub(super) async fn add(&self, change: Change) -> Result<(), NotForAll> {
        let added = self.desk.add(&change.added, &change.gone).await;
        // What finds no room there is kept here, and told again.
        let revision = added.inspect_err(|_| self.desk.owes.store(true, Ordering::Relaxed))?;
        let entries = change.added.iter().map(Entry::written).collect();
        let news = serde_json::to_vec(&News { entries, revision });
        let news = news.expect("news is texts and numbers");
        // Who does not hear it finds it in Redis within seconds.
        let _ = self.desk.link.tell(TOPIC, &news).await;
        Ok(())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    async fn add(&self, added: &[Entry], gone: &[Entry]) -> Result<Revision, NotForAll> {
        let texts = [
            now().to_string(),
            ROOM.most.to_string(),
            new_name(),
            gone.len().to_string(),
        ];
        let gone = gone.iter().map(Entry::written);
        let added = added
            .iter()
            .flat_map(|entry| [entry.ends_at().to_string(), entry.written()]);
        let args: Vec<_> = texts
            .into_iter()
            .chain(gone)
            .chain(added)
            .map(String::into_bytes)
            .collect();
        let added = self.link.run(&self.add, &self.keys(), &args).await;
        let added: Option<(String, u64)> = added.map_err(|Away| NotForAll::Away)?;
        let (since, count) = added.ok_or(NotForAll::Full)?;
        Ok(Revision { since, count })
    }

    /// Makes here and there the same, if they are not.
    async fn look(&self) {
        let owes = self.owes.swap(false, Ordering::Relaxed);
        let looked = self.compare(owes).await;
        if looked.is_err() {
            self.owes.fetch_or(owes, Ordering::Relaxed);
        }
        // While Redis is away, what is known here counts.
        let is_full = looked == Err(NotForAll::Full);
        let was_full = self.is_full.swap(is_full, Ordering::Relaxed);
        if is_full && !was_full {
            tracing::error!(
                "more view tokens are revoked than there is room for: not all replicas know of all of them"
            );
        }
    }

    async fn compare(&self, owes: bool) -> Result<(), NotForAll> {
        let known = lock(&self.progress).known().cloned();
        // What nobody knows is never the same.
        let known = known.filter(|_| !owes).map(|it| (it.since, it.count));
        let (since, count) = known.unwrap_or_else(|| ("-".to_owned(), 0));
        let Some((revision, there)) = self.listed(since, count).await? else {
            return Ok(());
        };
        let learned = there.iter().map(|entry| self.memory.learn(entry));
        // One that finds no room does not keep out the others.
        let learned = learned.fold(Ok(()), Result::and);
        if learned.is_ok() {
            lock(&self.progress).fetched(revision);
            self.is_known.send_replace(true);
        }
        let told = self.settle(&there).await;
        learned.and(told)
    }

    /// The whole list, if its revision is another one, and the revision that it had at the beginning: what comes or goes
    /// meanwhile makes it another one again. A part of it comes in time for a reader, all of it may not.
    async fn listed(
        &self,
        since: String,
        count: u64,
    ) -> Result<Option<(Revision, Vec<Entry>)>, NotForAll> {
        let mut begun = None;
        let mut there = Vec::new();
        for part in 0..=ROOM.most / PART {
            let args = [
                now().to_string(),
                since.clone(),
                count.to_string(),
                (part * PART).to_string(),
                PART.to_string(),
            ];
            let args = args.map(String::into_bytes);
            let listed = self.link.run(&self.list, &self.keys(), &args).await;
            let listed: Option<Listed> = listed.map_err(|Away| NotForAll::Away)?;
            let Some((since, count, texts)) = listed else {
                return Ok(None);
            };
            begun.get_or_insert(Revision { since, count });
            // What another version has written says nothing here.
            there.extend(texts.iter().filter_map(|text| Entry::parse(text)));
            if texts.len() < PART {
                break;
            }
        }
        Ok(begun.map(|revision| (revision, there)))
    }

    /// Tells what is not there, and takes out what says nothing beside it.
    async fn settle(&self, there: &[Entry]) -> Result<(), NotForAll> {
        let there: HashSet<_> = there.iter().map(Entry::written).collect();
        let here = self.memory.all();
        let written: HashSet<_> = here.iter().map(Entry::written).collect();
        let mut owed: Vec<_> = here
            .into_iter()
            .filter(|entry| !there.contains(&entry.written()))
            .collect();
        let gone = there.difference(&written);
        let gone: Vec<_> = gone.filter_map(|text| Entry::parse(text)).collect();
        // What says that the rest no longer has to be there comes before the rest goes, and has the room of it.
        owed.sort_by_key(|entry| matches!(entry, Entry::Token { .. }));
        for step in 0..owed.len().max(gone.len()).div_ceil(AT_ONCE) {
            if let Err(reason) = self.add(part(&owed, step), part(&gone, step)).await {
                self.owes.store(true, Ordering::Relaxed);
                return Err(reason);
            }
        }
        Ok(())
    }

    fn keys(&self) -> [String; 2] {
        let key = |name| self.link.key(name);
        [key("revoked"), key("revoked:revision")]
    }
}

/// Looks at the start, with every new connection, and every few seconds.
async fn keep(desk: Arc<Desk>) {
    let mut sessions = desk.link.sessions();
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            changed = sessions.changed() => {
                if changed.is_err() {
                    return;
                }
                // It may be another Redis, or one that has forgotten.
                lock(&desk.progress).forget();
            }
        }
        desk.look().await;
    }
}

/// Remembers what the others tell.
fn listen(link: &Link, memory: Memory, progress: SharedProgress) {
    link.on(TOPIC, move |_, text| {
        let Ok(News { entries, revision }) = serde_json::from_slice(text) else {
            return;
        };
        let mut entries = entries.iter().filter_map(|text| Entry::parse(text));
        // What finds no room is told in the log when the list is fetched.
        if entries.try_for_each(|entry| memory.learn(&entry)).is_ok() {
            lock(&progress).hear(&revision);
        }
    });
}

fn part(entries: &[Entry], step: usize) -> &[Entry] {
    entries.chunks(AT_ONCE).nth(step).unwrap_or_default()
}

/// What a list is called that begins now.
fn new_name() -> String {
    let mut random = [0; 12];
    getrandom::fill(&mut random).expect("the operating system has randomness");
    URL_SAFE_NO_PAD.encode(random)
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
