//! The times in which Redis is there. A session begins when both connections stand, and ends with the first doubt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisResult, Value};
use tokio::sync::watch;

use super::Away;
use super::fault::Fault;
use super::patience::within;
use super::tally::{End, Figures, Tally};

/// The present session, if there is one. All others are over for good.
pub(super) struct Sessions {
    patience: Duration,
    present: RwLock<Option<Session>>,
    /// Why the last one ended.
    fault: Mutex<Option<Fault>>,
    number: watch::Sender<Option<u64>>,
    pub(super) tally: Tally,
}

#[derive(Clone)]
struct Session {
    number: u64,
    connection: MultiplexedConnection,
    has_complained: Arc<AtomicBool>,
}

impl Sessions {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            present: RwLock::default(),
            fault: Mutex::default(),
            number: watch::Sender::new(None),
            tally: Tally::new(),
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<u64>> {
        self.number.subscribe()
    }

    pub(super) fn present(&self) -> Option<u64> {
        *self.number.borrow()
    }

    /// How it goes with Redis.
    pub(super) fn figures(&self) -> Figures {
        self.tally.read(self.present().is_some())
    }

    pub(super) fn begin(&self, number: u64, connection: MultiplexedConnection) {
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        *present = Some(Session {
            number,
            connection,
            has_complained: Arc::default(),
        });
        // Told under the lock, so that beginnings and ends are seen in the order in which they happen.
        self.number.send_replace(Some(number));
    }

    /// Ends that session, unless it has ended.
    pub(super) fn end(&self, number: u64, fault: Fault) {
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        if present
            .take_if(|session| session.number == number)
            .is_some()
        {
            let mut last = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(fault);
            self.number.send_replace(None);
            self.tally.note_outage();
        }
    }

    /// Ready with the reason when that session has ended.
    pub(super) async fn ended(&self, number: u64) -> Fault {
        let mut numbers = self.number.subscribe();
        // The sender lives as long as this.
        let _ = numbers.wait_for(|present| *present != Some(number)).await;
        let mut last = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        last.take().unwrap_or_else(Fault::silent)
    }

    /// Sends something and waits for the answer, but not after the session's end. Silence ends it.
    pub(super) async fn ask<T, W>(
        &self,
        work: impl FnOnce(MultiplexedConnection) -> W,
    ) -> Result<T, Away>
    where
        T: FromRedisValue,
        W: Future<Output = RedisResult<Value>>,
    {
        let Some(session) = self.session() else {
            self.tally.note(End::KeptBack);
            return Err(Away);
        };
        let mut numbers = self.number.subscribe();
        let answer = async {
            tokio::select! {
                biased;
                answer = work(session.connection.clone()) => Some(answer),
                _ = numbers.wait_for(|present| *present != Some(session.number)) => None,
            }
        };
        let fault = match within(self.patience, answer).await {
            Some(Some(Ok(value))) => match redis::from_redis_value(value) {
                Ok(answer) => {
                    self.tally.note(End::Answered);
                    return Ok(answer);
                }
                Err(error) => Fault::Refused(error.to_string()),
            },
            Some(Some(Err(error))) => error.into(),
            Some(None) => {
                self.tally.note(End::Lost);
                return Err(Away);
            }
            None => Fault::silent(),
        };
        match fault {
            Fault::Refused(why) => {
                self.tally.note(End::Refused);
                session.complain(&why);
            }
            fault => {
                self.tally.note(End::Lost);
                self.end(session.number, fault);
            }
        }
        Err(Away)
    }

    fn session(&self) -> Option<Session> {
        let present = self.present.read();
        present.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Session {
    /// Redis is well, but what it is asked for is not. It is said once, because it is likely to be said of every command.
    fn complain(&self, why: &str) {
        if !self.has_complained.swap(true, Ordering::Relaxed) {
            tracing::error!("Redis refuses a command: {why}");
        }
    }
}
