//! The book in Redis: how its scripts are run, and how it is told what is remembered here.

use std::sync::Arc;
use std::time::Duration;

use redis::{FromRedisValue, Value};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Micros;
use super::memory::Memory;
use super::scripts::Scripts;
use crate::current::Current;
use crate::redis_link::{Away, Link, Script};

/// The book's key in Redis, and the version of what is in it.
pub(super) const BOOK: &str = "cooldown1";

/// How many departures are told or asked for at once.
const AT_ONCE: usize = 500;

/// How soon it is tried again to tell Redis.
const PAUSE: Duration = Duration::from_millis(100);

/// What the steps at the book need.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) link: Link,
    /// As the scripts read them.
    pub(super) rules: Current<Vec<u8>>,
    pub(super) replicas: u32,
    pub(super) scripts: Scripts,
    pub(super) memory: Memory,
    /// Redis may have forgotten what is known here.
    pub(super) forgot: Notify,
}

impl Desk {
    /// Runs one of the scripts on the book.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: Vec<Vec<u8>>,
    ) -> Result<T, Away> {
        let keys: Vec<_> = [self.link.key(BOOK)]
            .into_iter()
            .chain(keys.iter().cloned())
            .collect();
        // No time of our own: Redis's clock counts.
        let always = [self.rules.get().to_vec(), Vec::new()];
        let args: Vec<_> = always.into_iter().chain(args).collect();
        self.link.run(script, &keys, &args).await
    }

    /// Tells Redis what is known here, and learns what it knows.
    pub(super) async fn tell_and_learn(&self) -> Result<(), Away> {
        let departures = self.memory.departures();
        let mut chunks: Vec<&[_]> = departures.chunks(AT_ONCE).collect();
        if chunks.is_empty() {
            // Also who knows nothing opens the book.
            chunks.push(&[]);
        }
        for chunk in chunks {
            let args = chunk.iter().flat_map(|(name, at)| {
                [
                    self.link.token(name).into_bytes(),
                    at.to_string().into_bytes(),
                ]
            });
            let told = self.run::<Value>(&self.scripts.tell, &[], args.collect());
            told.await?;
        }
        for begin in (0..).step_by(AT_ONCE) {
            let args = vec![
                begin.to_string().into_bytes(),
                AT_ONCE.to_string().into_bytes(),
            ];
            let listed = self.run(&self.scripts.list, &[], args).await;
            let listed: Vec<(String, f64)> = listed?;
            for (token, at) in &listed {
                if let Some(name) = self.link.text(token) {
                    self.memory.note_departure(&name, *at as Micros);
                }
            }
            if listed.len() < AT_ONCE {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The task that tells Redis what is known here. It ends with this.
#[derive(Debug)]
pub(super) struct Teller(JoinHandle<()>);

impl Drop for Teller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Teller {
    pub(super) fn start(desk: Arc<Desk>) -> Self {
        Self(tokio::spawn(keep_telling(desk)))
    }
}

/// Tells Redis at the beginning of every session, and whenever it seems to have forgotten.
async fn keep_telling(desk: Arc<Desk>) {
    let mut sessions = desk.link.sessions();
    loop {
        if sessions.wait_for(Option::is_some).await.is_err() {
            return;
        }
        while desk.link.session().is_some() && desk.tell_and_learn().await.is_err() {
            sleep(PAUSE).await;
        }
        tokio::select! {
            changed = sessions.changed() => if changed.is_err() { return },
            () = desk.forgot.notified() => {}
        }
    }
}
