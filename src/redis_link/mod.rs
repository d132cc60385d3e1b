//! How this replica talks to the Redis that the fleet shares: commands, scripts, news, one clock and one secret.
//!
//! Redis that does not answer in time is away, and while it is away every call says so at once. It knows nothing of parcels,
//! lanes or GraphQL.

mod address;
mod clock;
mod examination;
mod fault;
mod keeper;
mod news;
mod patience;
mod route;
mod script;
mod seal;
mod sessions;
mod tally;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{Cmd, FromRedisValue, Value};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use address::{Address, InvalidUrl};
pub use examination::{Examination, Memory, Unusable, examine};
pub use script::Script;
pub use seal::Seal;
pub use tally::Figures;

use clock::Clock;
use news::{Letter, News};
use seal::{hex, random};
use sessions::Sessions;

/// How long an answer of Redis is waited for, unless it is set otherwise.
pub const PATIENCE: Duration = Duration::from_millis(150);

/// Redis is away, so nothing is known of what was asked. A command that was on its way may have been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Redis is away")]
pub struct Away;

/// Which Redis, and whose.
pub struct Settings {
    /// `redis://` or `rediss://`; in a cluster, any of its nodes.
    pub url: String,
    /// The account's API key, from which the names and the encryption of what is stored are derived.
    pub secret: Vec<u8>,
    /// How long an answer is waited for, usually [`PATIENCE`]. Who answers later is away.
    pub patience: Duration,
}

/// A secret that nobody else has, for an account that is shared with nobody.
pub fn new_secret() -> Vec<u8> {
    random::<32>().to_vec()
}

/// A link to Redis. Clones share it; the last one closes it.
#[derive(Clone)]
pub struct Link {
    room: Arc<Room>,
    _keeper: Arc<Keeper>,
}

/// What the callers and the keeper share.
struct Room {
    patience: Duration,
    replica: String,
    seal: Seal,
    sessions: Sessions,
    news: News,
    clock: Mutex<Clock>,
}

/// The task that keeps the room connected. It ends with the last link.
struct Keeper(JoinHandle<()>);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Link {
    /// Opens a link without waiting for Redis: a task of the present runtime connects, and again after every loss.
    pub fn open(settings: Settings) -> Result<Self, InvalidUrl> {
        let address = settings.url.parse()?;
        let room = Arc::new(Room {
            patience: settings.patience,
            replica: hex(&random::<8>()),
            seal: Seal::new(&settings.secret),
            sessions: Sessions::new(settings.patience),
            news: News::default(),
            clock: Mutex::new(Clock::new(Instant::now())),
        });
        let keeper = tokio::spawn(keeper::keep(room.clone(), address));
        Ok(Self {
            room,
            _keeper: Arc::new(Keeper(keeper)),
        })
    }

    /// The number of the present session, a new one with every connection. None while Redis is away.
    pub fn session(&self) -> Option<u64> {
        self.room.sessions.present()
    }

    /// The same, for those who wait for a change. A new session hears all news from its beginning, and none from before.
    pub fn sessions(&self) -> watch::Receiver<Option<u64>> {
        self.room.sessions.watch()
    }

    /// How it goes with Redis.
    pub fn figures(&self) -> Figures {
        self.room.sessions.figures()
    }

    /// This process: sixteen hexadecimal digits, new at every start.
    pub fn replica(&self) -> &str {
        &self.room.replica
    }

    /// The key of that name. All keys of an account are in one slot of a cluster.
    pub fn key(&self, name: &str) -> String {
        self.room.seal.key(name)
    }

    /// Runs a script. `Away` at once while Redis is away, and after the patience, which also ends the session.
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[Vec<u8>],
    ) -> Result<T, Away> {
        let run = async |mut connection| script.run_on(&mut connection, keys, args).await;
        self.room.sessions.ask(run).await
    }

    /// Sends a command, on the same terms.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Away> {
        self.room.ask(command).await
    }

    /// Encrypts what is put into Redis. Two seals of one text differ.
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.room.seal.seal(plain)
    }

    /// Decrypts it. None for what the account's replicas have not sealed, or what was changed.
    pub fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.room.seal.unseal(sealed)
    }

    /// What stands for a text in names of keys and members of sets; always the same, and without letters of the text.
    pub fn token(&self, text: &str) -> String {
        self.room.seal.token(text)
    }

    /// The text of a token. None for what is no token of the account.
    pub fn text(&self, token: &str) -> Option<String> {
        self.room.seal.text(token)
    }

    /// Redis's clock, in microseconds since 1970. None until Redis was reached once; goes on while it is away. It may step
    /// back by the little that a better measurement says.
    pub fn now(&self) -> Option<u64> {
        self.at(Instant::now())
    }

    /// What that clock shows at an instant, past or future.
    pub fn at(&self, instant: Instant) -> Option<u64> {
        self.room.clock().at(instant)
    }

    /// When that clock shows so many microseconds since 1970.
    pub fn instant(&self, at: u64) -> Option<Instant> {
        self.room.clock().instant(at)
    }

    /// Does something with every message of a topic, this replica's own ones included. It gets the sender's replica and the
    /// message, runs in the task that reads them, and must be quick. What it holds lives as long as the link.
    pub fn on(&self, topic: &'static str, heard: impl Fn(&str, &[u8]) + Send + Sync + 'static) {
        self.room.news.on(topic, Arc::new(heard));
    }

    /// Sends a message to all replicas.
    pub async fn publish(&self, topic: &'static str, message: &[u8]) -> Result<(), Away> {
        self.room.publish(topic, 0, message).await.map(drop)
    }

    /// Sends a message and waits, no longer than the patience, until all replicas that are connected have heard it. False
    /// when one of them was silent.
    pub async fn tell(&self, topic: &'static str, message: &[u8]) -> Result<bool, Away> {
        let end = Instant::now() + self.room.patience;
        let mut receipt = self.room.news.expect();
        let replicas = self.room.publish(topic, receipt.number, message).await?;
        let left = end.saturating_duration_since(Instant::now());
        let signed = patience::within(left, receipt.signed_by(replicas)).await;
        Ok(signed.is_some())
    }
}

impl Room {
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Away> {
        let ask = async |mut connection| command.query_async::<Value>(&mut connection).await;
        self.sessions.ask(ask).await
    }

    /// Tells how many replicas get it.
    async fn publish(&self, topic: &str, number: u64, text: &[u8]) -> Result<usize, Away> {
        self.send(self.news_channel(topic), number, text).await
    }

    async fn send(&self, channel: String, number: u64, text: &[u8]) -> Result<usize, Away> {
        let letter = Letter {
            sender: self.replica.clone(),
            number,
            text: text.to_vec(),
        };
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel).arg(self.seal.seal(&letter.to_bytes()));
        self.ask(&publish).await
    }

    /// Does what is done with a message, and acknowledges it where that is wanted.
    fn hear(self: &Arc<Self>, channel: &str, sealed: &[u8]) {
        let opened = self.seal.unseal(sealed);
        let (Some(name), Some(letter)) = (
            self.seal.name(channel),
            opened.and_then(|opened| Letter::from_bytes(&opened)),
        ) else {
            return;
        };
        match name.strip_prefix("news:") {
            Some(topic) => self.news.hear(topic, &letter),
            None => return self.news.acknowledged(letter.number, letter.sender),
        }
        if letter.number == 0 {
            return;
        }
        if letter.sender == self.replica {
            self.news.acknowledged(letter.number, letter.sender);
            return;
        }
        // The reader does not wait for Redis; the task ends with the answer, or with the patience.
        let room = self.clone();
        tokio::spawn(async move {
            let channel = room.acknowledgement_channel(&letter.sender);
            // Who does not get it counts this replica as silent.
            let _ = room.send(channel, letter.number, b"").await;
        });
    }

    fn news_channel(&self, topic: &str) -> String {
        self.seal.key(&format!("news:{topic}"))
    }

    fn acknowledgement_channel(&self, replica: &str) -> String {
        self.seal.key(&format!("acknowledged:{replica}"))
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("replica", &self.replica())
            .field("session", &self.session())
            .finish()
    }
}
