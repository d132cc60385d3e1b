//! What all replicas remember together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{Content, KEPT, Name, Outcome};
use crate::redis_link::{Away, Link, Script};

/// The names of what is stored begin with the version of what is stored.
const VERSION: &str = "idem1";

/// Where replicas tell each other that work under a key has ended.
const TOPIC: &str = "idempotency";

/// How long a replica is believed to be at work that is not heard of.
const LEASE: Duration = Duration::from_secs(6);

/// How often it is heard of.
const RENEWAL: Duration = Duration::from_secs(2);

/// How often those who wait look by themselves, because news may be lost.
const LOOK: Duration = Duration::from_millis(500);

/// How long an outcome is carried about that Redis could not take because it was away.
const CARRIED: Duration = Duration::from_secs(10 * 60);

/// The pause after Redis did not take something although it is there.
const PAUSE: Duration = Duration::from_millis(500);

/// How many ended works those who wait may have missed before they look once for all of them.
const UNHEARD: usize = 256;

/// The memory that the replicas share.
#[derive(Debug)]
pub(super) struct Fleet {
    link: Link,
    claim: Script,
    keep: Script,
    free: Script,
    ended: broadcast::Sender<Name>,
    /// Tells claims of this replica apart.
    claims: AtomicU64,
}

/// How a key stands in the fleet.
#[derive(Debug)]
pub(super) enum Standing {
    /// Free until now. Without a lease while nobody can be told.
    Ours(Option<Lease>),
    /// Another replica works on it.
    Working,
    /// It was done.
    Kept(Outcome),
    /// Who worked on it is gone.
    Unknown,
    /// It is about another operation.
    Other,
}

/// The fleet's word that nobody else does this, renewed until it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    fleet: Arc<Fleet>,
    claim: Ours,
    renewal: JoinHandle<()>,
}

/// How work under a key ends.
#[derive(Debug)]
pub(super) enum End {
    /// With an outcome.
    Kept(Outcome),
    /// With nothing done.
    Free,
}

/// What one claim writes of itself.
#[derive(Debug, Clone)]
struct Ours {
    name: Name,
    content: Content,
    holder: String,
}

impl Fleet {
    pub(super) fn new(link: Link) -> Self {
        let ended = broadcast::Sender::new(UNHEARD);
        let heard = ended.clone();
        link.on(TOPIC, move |_, name| {
            if let Ok(name) = name.try_into() {
                // An error means that nobody waits.
                let _ = heard.send(Name::from_bytes(name));
            }
        });
        Self {
            link,
            claim: Script::new(&[include_str!("scripts/claim.lua")]),
            keep: Script::new(&[include_str!("scripts/keep.lua")]),
            free: Script::new(&[include_str!("scripts/free.lua")]),
            ended,
            claims: AtomicU64::new(0),
        }
    }

    /// Takes the key, or waits for the outcome of who has it. While Redis is away nobody is asked.
    pub(super) async fn begin(
        self: &Arc<Self>,
        name: Name,
        content: Content,
        end: Instant,
    ) -> Standing {
        let number = self.claims.fetch_add(1, Ordering::Relaxed);
        let ours = Ours {
            name,
            content,
            holder: format!("{}:{number}", self.link.replica()),
        };
        let mut ended = self.ended.subscribe();
        loop {
            let was_there = self.link.session().is_some();
            match self.try_claim(&ours).await {
                Ok(Standing::Working) if Instant::now() < end => {}
                Ok(Standing::Ours(_)) => return Standing::Ours(Some(self.lease(ours))),
                Ok(standing) => return standing,
                // What was on its way may have been written, and has to be told the outcome, too.
                Err(Away) => return Standing::Ours(was_there.then(|| self.lease(ours))),
            }
            let look = (Instant::now() + LOOK).min(end);
            let _ = timeout_at(look, heard_of(&mut ended, name)).await;
        }
    }

    fn lease(self: &Arc<Self>, claim: Ours) -> Lease {
        let (fleet, ours) = (self.clone(), claim.clone());
        let renewal = tokio::spawn(async move {
            loop {
                sleep(RENEWAL).await;
                match fleet.try_claim(&ours).await {
                    Ok(Standing::Ours(_)) | Err(Away) => {}
                    // Redis lost it, and somebody else has it.
                    Ok(_) => return,
                }
            }
        });
        Lease {
            fleet: self.clone(),
            claim,
            renewal,
        }
    }

    /// Takes the key or keeps it for another while. No lease is in what is given.
    async fn try_claim(&self, ours: &Ours) -> Result<Standing, Away> {
        let args = [
            ours.holder.clone().into_bytes(),
            millis(LEASE),
            millis(KEPT),
            self.link.seal(&ours.record(&[])),
        ];
        let keys = [self.record_key(ours.name)];
        let said: Vec<Vec<u8>> = self.link.run(&self.claim, &keys, &args).await?;
        let [word, sealed] = said.as_slice() else {
            return Ok(Standing::Ours(None));
        };
        // What cannot be read was written by nobody of ours, and nothing is known of what was done.
        let record = self.link.unseal(sealed);
        let Some((content, rest)) = record.as_deref().and_then(|record| ours.read(record)) else {
            return Ok(Standing::Unknown);
        };
        if content != ours.content {
            return Ok(Standing::Other);
        }
        Ok(match word.as_slice() {
            b"working" => Standing::Working,
            b"done" => Outcome::from_bytes(rest).map_or(Standing::Unknown, Standing::Kept),
            _ => Standing::Unknown,
        })
    }

    async fn tell(&self, ours: &Ours, end: &End) -> Result<(), Away> {
        let keys = [self.record_key(ours.name)];
        let mut args = vec![ours.holder.clone().into_bytes()];
        let script = match end {
            End::Free => &self.free,
            End::Kept(outcome) => {
                args.push(millis(KEPT));
                args.push(self.link.seal(&ours.record(&outcome.to_bytes())));
                &self.keep
            }
        };
        self.link.run::<()>(script, &keys, &args).await?;
        // Who does not hear it looks by himself.
        let _ = self.link.publish(TOPIC, ours.name.as_bytes()).await;
        Ok(())
    }

    fn record_key(&self, name: Name) -> String {
        let digits: String = name
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.link
            .key(&format!("{VERSION}:{}", self.link.token(&digits)))
    }
}

impl Lease {
    /// Tells all what became of it. If Redis is away at the moment, that is made up for later.
    pub(super) async fn end(self, end: End) {
        self.renewal.abort();
        if self.fleet.tell(&self.claim, &end).await.is_ok() {
            return;
        }
        let (fleet, claim) = (self.fleet.clone(), self.claim.clone());
        tokio::spawn(timeout(CARRIED, async move {
            let mut sessions = fleet.link.sessions();
            while sessions.wait_for(Option::is_some).await.is_ok()
                && fleet.tell(&claim, &end).await.is_err()
            {
                sleep(PAUSE).await;
            }
        }));
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl Ours {
    /// What is sealed: it names its key, so that no record can stand in for another.
    fn record(&self, rest: &[u8]) -> Vec<u8> {
        [self.name.as_bytes(), self.content.as_bytes(), rest].concat()
    }

    fn read<'a>(&self, record: &'a [u8]) -> Option<(Content, &'a [u8])> {
        let rest = record.strip_prefix(self.name.as_bytes())?;
        let (content, rest) = rest.split_first_chunk()?;
        Some((Content::from_bytes(*content), rest))
    }
}

impl Outcome {
    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Answer(answer) => [b"a", &answer[..]].concat(),
            Self::TooLarge => b"l".to_vec(),
            Self::BrokenOff => b"b".to_vec(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (b'a', answer) => Some(Self::Answer(answer.into())),
            (b'l', []) => Some(Self::TooLarge),
            (b'b', []) => Some(Self::BrokenOff),
            _ => None,
        }
    }
}

/// Ready when work under that key has ended, or may have.
async fn heard_of(ended: &mut broadcast::Receiver<Name>, name: Name) {
    loop {
        match ended.recv().await {
            Ok(other) if other != name => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            // The sender lives as long as the fleet.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

fn millis(duration: Duration) -> Vec<u8> {
    duration.as_millis().to_string().into_bytes()
}
