//! The rounds of several replicas: one of them has a lease, and all tell in Redis what they watch.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as TaskMutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::Duty;
use super::memory::{Memory, TRUSTED};
use super::notice::{Notice, Part};
use super::others::Others;
use super::scripts::Scripts;
use super::sweep::Sweep;
use super::topic::{Elsewhere, Topic};
use crate::redis_link::{Away, Link};

/// The names of what is stored begin with the version of what is stored.
const VERSION: &str = "rounds1";

/// Where a replica tells that the rounds are free.
const TOPIC: &str = "rounds";

/// How long the rounds belong to a replica that is not heard of.
const LEASE: Duration = Duration::from_secs(2);

/// How often a replica is heard of.
const BEAT: Duration = Duration::from_millis(600);

/// How long a replica that is not heard of is believed to watch what it watched.
const BELIEVED: Duration = Duration::from_secs(6);

/// How long news of what is watched waits for more of it.
const GATHER: Duration = Duration::from_millis(20);

/// How many topics are told at once.
const MOST_AT_ONCE: usize = 400;

/// After this time the last sweep is forgotten.
const SWEEP_KEPT: Duration = Duration::from_secs(60 * 60);

/// The fleet, and the task that is heard of.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) fleet: Arc<Fleet>,
    beating: TaskMutex<JoinHandle<()>>,
}

#[derive(Debug)]
pub(super) struct Fleet {
    link: Link,
    scripts: Scripts,
    memory: Arc<Memory>,
    state: Mutex<State>,
    others: Others,
    /// There is something to tell.
    came: Notify,
    moved: Notify,
}

#[derive(Debug)]
struct State {
    notice: Notice,
    standing: Standing,
    was_pushed: bool,
}

/// How this replica stands to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It cannot reach them.
    Apart,
    /// Another one makes the rounds.
    Free,
    /// It makes the rounds until then.
    OnDuty(Instant),
    /// It has left them.
    Retired,
}

impl Shared {
    pub(super) fn start(link: Link, memory: Arc<Memory>) -> Self {
        let fleet = Arc::new(Fleet {
            link,
            scripts: Scripts::default(),
            memory,
            state: Mutex::new(State {
                notice: Notice::default(),
                standing: Standing::Apart,
                was_pushed: false,
            }),
            others: Others::default(),
            came: Notify::new(),
            moved: Notify::new(),
        });
        let listener = Arc::downgrade(&fleet);
        fleet.link.on(TOPIC, move |_, _| {
            if let Some(fleet) = listener.upgrade() {
                fleet.came.notify_one();
            }
        });
        let beating = tokio::spawn(keep_beating(fleet.clone()));
        Self {
            fleet,
            beating: TaskMutex::new(beating),
        }
    }

    /// Beats no more, and lets another one have the rounds at once.
    pub(super) async fn retire(&self) {
        let mut beating = self.beating.lock().await;
        beating.abort();
        // It ends at once, or had ended before.
        let _ = (&mut *beating).await;
        self.fleet.leave().await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.beating.get_mut().abort();
    }
}

async fn keep_beating(fleet: Arc<Fleet>) {
    let mut sessions = fleet.link.sessions();
    loop {
        let is_all_told = fleet.beat().await;
        if !is_all_told {
            continue;
        }
        tokio::select! {
            () = sleep(BEAT) => {}
            () = fleet.came.notified() => sleep(GATHER).await,
            changed = sessions.changed() => if changed.is_err() { return },
        }
    }
}

impl Fleet {
    pub(super) fn duty(&self) -> Duty {
        match self.state().standing {
            Standing::Apart => Duty::Own,
            Standing::OnDuty(until) if Instant::now() < until => Duty::All,
            Standing::OnDuty(_) | Standing::Free | Standing::Retired => Duty::Nothing,
        }
    }

    pub(super) async fn moved(&self) {
        self.moved.notified().await;
    }

    pub(super) fn note(&self, topic: Topic, is_present: bool) {
        self.state().notice.note(topic, is_present);
        self.came.notify_one();
    }

    pub(super) fn note_push(&self) {
        // The next beat tells.
        self.state().was_pushed = true;
    }

    /// Tells what is new and asks for the rounds. False if more is to be told.
    async fn beat(&self) -> bool {
        if self.link.session().is_none() {
            self.lose();
            return true;
        }
        let (part, was_pushed) = {
            let mut state = self.state();
            let was_pushed = std::mem::take(&mut state.was_pushed);
            (state.notice.take(MOST_AT_ONCE), was_pushed)
        };
        let sent = Instant::now();
        match self.tell(&part, was_pushed).await {
            Ok((is_on_duty, known, pushed_ms)) => {
                if pushed_ms > 0 {
                    let period = Duration::from_millis(pushed_ms);
                    self.memory.trust_pushes_for(period);
                }
                let standing = if is_on_duty == 1 {
                    Standing::OnDuty(sent + LEASE)
                } else {
                    Standing::Free
                };
                self.stand(standing);
                let notice = &mut self.state().notice;
                match notice.all_told() {
                    Some(told) if told != known => {
                        // Redis has forgotten some, and is told again with the next beat.
                        notice.start_anew();
                        true
                    }
                    told => told.is_some(),
                }
            }
            Err(Away) => {
                self.state().was_pushed |= was_pushed;
                self.lose();
                true
            }
        }
    }

    async fn tell(&self, part: &Part, was_pushed: bool) -> Result<(u8, usize, u64), Away> {
        let trusted = if was_pushed { TRUSTED } else { Duration::ZERO };
        let anew: &[u8] = if part.is_anew { b"anew" } else { b"" };
        let mut args = vec![
            self.link.replica().as_bytes().to_vec(),
            millis(LEASE),
            millis(BELIEVED),
            millis(trusted),
            anew.to_vec(),
            part.came.len().to_string().into_bytes(),
        ];
        let topics = part.came.iter().chain(&part.went);
        args.extend(topics.map(|topic| topic.token(&self.link).into_bytes()));
        let [lease, watchers, own] = self.keys();
        let keys = [lease, watchers, own, self.key("pushes")];
        self.link.run(&self.scripts.beat, &keys, &args).await
    }

    /// Goes on alone. What was told may be lost.
    fn lose(&self) {
        self.state().notice.start_anew();
        self.stand(Standing::Apart);
    }

    async fn leave(&self) {
        self.stand(Standing::Retired);
        self.state().notice.start_anew();
        let me = self.link.replica().as_bytes().to_vec();
        let (keys, args) = (self.keys(), [me]);
        // If Redis is away the lease ends by itself.
        if let Ok(()) = self.link.run(&self.scripts.leave, &keys, &args).await {
            let _ = self.link.publish(TOPIC, b"").await;
        }
    }

    fn stand(&self, standing: Standing) {
        let before = {
            let mut state = self.state();
            std::mem::replace(&mut state.standing, standing)
        };
        if std::mem::discriminant(&before) != std::mem::discriminant(&standing) {
            self.moved.notify_one();
        }
    }

    /// What the others watch, as far as they can be reached.
    pub(super) async fn elsewhere(&self) -> Elsewhere {
        let own_key = |replica: &str| self.own_key(replica);
        let others = &self.others;
        others
            .read(&self.link, &self.key("watchers"), own_key)
            .await
    }

    /// Brings in the last sweep that any replica made.
    pub(super) async fn recall_sweep(&self) {
        let mut get = redis::cmd("GET");
        get.arg(self.key("sweep"));
        if let Ok(text) = self.link.ask::<Option<String>>(&get).await {
            let read = |text: String| Sweep::read(&text, |at| self.link.instant(at));
            self.memory.set_sweep(text.and_then(read));
        }
    }

    /// While Redis is away only this replica remembers it.
    pub(super) async fn write_sweep(&self, sweep: Option<Sweep>) {
        let key = self.key("sweep");
        let text = sweep.and_then(|sweep| sweep.write(|instant| self.link.at(instant)));
        let command = match text {
            Some(text) => {
                let mut set = redis::cmd("SET");
                set.arg(key).arg(text).arg("PX").arg(millis(SWEEP_KEPT));
                set
            }
            None => {
                let mut forget = redis::cmd("DEL");
                forget.arg(key);
                forget
            }
        };
        let _ = self.link.ask::<redis::Value>(&command).await;
    }

    fn keys(&self) -> [String; 3] {
        let own = self.own_key(self.link.replica());
        [self.key("lease"), self.key("watchers"), own]
    }

    fn own_key(&self, replica: &str) -> String {
        self.key(&format!("watched:{replica}"))
    }

    fn key(&self, name: &str) -> String {
        self.link.key(&format!("{VERSION}:{name}"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> Vec<u8> {
    duration.as_millis().to_string().into_bytes()
}
