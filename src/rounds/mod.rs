//! Who asks for what is watched: one replica makes the rounds for all that share a Redis, over what any of them watches.
//!
//! It knows neither how parcels are asked for nor when one is due.

mod fleet;
mod memory;
mod notice;
mod others;
mod scripts;
mod sweep;
mod topic;

use std::sync::Arc;

use tokio::time::Instant;

use crate::redis_link::Link;

use fleet::Shared;
use memory::Memory;

pub use sweep::{Sweep, Whole};
pub use topic::{Elsewhere, Topic};

/// What this replica has to ask for at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Nothing: another replica makes the rounds.
    Nothing,
    /// What is watched here: there is nobody else, or nobody can be reached.
    Own,
    /// What is watched by any replica.
    All,
}

/// The rounds of one account. Clones share them.
#[derive(Debug, Clone)]
pub struct Rounds {
    memory: Arc<Memory>,
    twin: Twin,
}

#[derive(Debug, Clone)]
enum Twin {
    /// This process only.
    Alone,
    /// All replicas of the account.
    Shared(Arc<Shared>),
}

impl Rounds {
    /// For the only process that asks.
    pub fn alone() -> Self {
        Self {
            memory: Arc::default(),
            twin: Twin::Alone,
        }
    }

    /// For one of several replicas that share a Redis.
    pub fn shared(link: Link) -> Self {
        let memory = Arc::<Memory>::default();
        Self {
            twin: Twin::Shared(Arc::new(Shared::start(link, memory.clone()))),
            memory,
        }
    }

    /// What this replica has to ask for now.
    pub fn duty(&self) -> Duty {
        match &self.twin {
            Twin::Alone => Duty::Own,
            Twin::Shared(shared) => shared.fleet.duty(),
        }
    }

    /// Ready when the duty may be another one. Only one task waits for that.
    pub async fn moved(&self) {
        match &self.twin {
            Twin::Alone => std::future::pending().await,
            Twin::Shared(shared) => shared.fleet.moved().await,
        }
    }

    /// Tells the others that somebody watches this here now.
    pub fn watch(&self, topic: Topic) {
        if let Twin::Shared(shared) = &self.twin {
            shared.fleet.note(topic, true);
        }
    }

    /// Tells the others that nobody watches this here any more.
    pub fn unwatch(&self, topic: Topic) {
        if let Twin::Shared(shared) = &self.twin {
            shared.fleet.note(topic, false);
        }
    }

    /// What the other replicas watch, as far as they can be reached.
    pub async fn elsewhere(&self) -> Elsewhere {
        match &self.twin {
            Twin::Alone => Elsewhere::default(),
            Twin::Shared(shared) => shared.fleet.elsewhere().await,
        }
    }

    /// The last sweep of the whole account, whoever made it.
    pub async fn last_sweep(&self) -> Option<Sweep> {
        if let Twin::Shared(shared) = &self.twin {
            shared.fleet.recall_sweep().await;
        }
        self.memory.sweep()
    }

    /// Remembers the last sweep, also for who makes the rounds next; `None` if nothing follows from it any more.
    pub async fn remember_sweep(&self, sweep: Option<Sweep>) {
        self.memory.set_sweep(sweep);
        if let Twin::Shared(shared) = &self.twin {
            shared.fleet.write_sweep(sweep).await;
        }
    }

    /// Notes that the upstream told of a change by itself, which turned out to be right.
    pub fn note_push(&self) {
        self.memory.note_push();
        if let Twin::Shared(shared) = &self.twin {
            shared.fleet.note_push();
        }
    }

    /// Whether changes will be told, to any replica, without being asked for.
    pub fn pushes_are_coming(&self) -> bool {
        self.memory
            .pushes_end()
            .is_some_and(|end| Instant::now() < end)
    }

    /// Hands the rounds over, at the end of this replica.
    pub async fn retire(&self) {
        if let Twin::Shared(shared) = &self.twin {
            shared.retire().await;
        }
    }
}
