//! What the replicas of an account have revoked together, in Redis.
//!
//! The ids stand there as they are: they are random, and open nothing.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::revision::{Progress, Revision};
use super::{MAX_IDS, Memory, NotForAll};
use crate::redis_link::{Away, Link, Script};

/// The topic.
const TOPIC: &str = "revoked";

/// How often a replica looks for what it has not heard.
const LOOK: Duration = Duration::from_secs(5);

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
}

type SharedProgress = Arc<Mutex<Progress>>;

/// What Redis has: a revision in its two parts, and the tokens with their ends.
type Listed = (String, u64, Vec<(String, i64)>);

/// One thing to tell.
#[derive(Serialize, Deserialize)]
struct News {
    id: String,
    ends_at: i64,
    /// What the list came to with it.
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
        });
        Self {
            task: tokio::spawn(keep(desk.clone())),
            desk,
        }
    }

    /// Tells the others of one that is known here.
    pub(super) async fn add(&self, id: &str, ends_at: i64) -> Result<(), NotForAll> {
        let added = self.desk.add(&[(id.to_owned(), ends_at)]).await;
        let revision = added.inspect_err(|_| self.desk.owes.store(true, Ordering::Relaxed))?;
        let news = News {
            id: id.to_owned(),
            ends_at,
            revision,
        };
        let news = serde_json::to_vec(&news).expect("news is texts and numbers");
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
    async fn add(&self, revoked: &[(String, i64)]) -> Result<Revision, NotForAll> {
        let mut args = vec![now().into_bytes(), MAX_IDS.to_string().into_bytes()];
        for (id, ends_at) in revoked {
            args.extend([ends_at.to_string().into_bytes(), id.clone().into_bytes()]);
        }
        let added = self.link.run(&self.add, &self.keys(), &args).await;
        let added: Option<(String, u64)> = added.map_err(|Away| NotForAll::Away)?;
        let (since, count) = added.ok_or(NotForAll::Full)?;
        Ok(Revision { since, count })
    }

    /// Makes here and there the same, if they are not.
    async fn look(&self) -> Result<(), Away> {
        let owes = self.owes.swap(false, Ordering::Relaxed);
        let looked = self.compare(owes).await;
        if looked.is_err() {
            self.owes.fetch_or(owes, Ordering::Relaxed);
        }
        looked
    }

    async fn compare(&self, owes: bool) -> Result<(), Away> {
        let known = lock(&self.progress).known().cloned();
        // What nobody knows is never the same.
        let known = known.filter(|_| !owes).map(|it| (it.since, it.count));
        let (since, count) = known.unwrap_or_else(|| ("-".to_owned(), 0));
        let args = [
            now().into_bytes(),
            since.into_bytes(),
            count.to_string().into_bytes(),
        ];
        let listed = self.link.run(&self.list, &self.keys(), &args).await?;
        let listed: Option<Listed> = listed;
        let Some((since, count, revoked)) = listed else {
            return Ok(());
        };
        for (id, ends_at) in &revoked {
            if self.memory.add(id, *ends_at) == Err(NotForAll::Full) {
                tracing::error!("more view tokens are revoked than are remembered");
                break;
            }
        }
        lock(&self.progress).fetched(Revision { since, count });
        let there: HashSet<_> = revoked.into_iter().map(|(id, _)| id).collect();
        let mut owed = self.memory.all();
        owed.retain(|(id, _)| !there.contains(id));
        for part in owed.chunks(AT_ONCE) {
            if self.add(part).await == Err(NotForAll::Away) {
                self.owes.store(true, Ordering::Relaxed);
                return Err(Away);
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
        // While Redis is away, what is known here counts.
        let _ = desk.look().await;
    }
}

/// Remembers what the others tell.
fn listen(link: &Link, memory: Memory, progress: SharedProgress) {
    link.on(TOPIC, move |_, text| {
        let Ok(News {
            id,
            ends_at,
            revision,
        }) = serde_json::from_slice(text)
        else {
            return;
        };
        // What finds no room is told in the log when the list is fetched.
        if memory.add(&id, ends_at).is_ok() {
            lock(&progress).hear(&revision);
        }
    });
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> String {
    Timestamp::now().as_second().to_string()
}
