//! Puts the house together, in the order in which a question walks through it.

mod controls;
mod parts;
mod source;
mod visitor;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout, timeout_at};

use crate::auth::{Gate, OpenError};
use crate::current::Current;
use crate::graphql::{Persisted, Untrustworthy};
use crate::redis_link::{InvalidUrl, Link};
use crate::rounds::Rounds;
use crate::sandbox::Sandbox;
use crate::settings::Settings;
use crate::throttle::Throttle;
use crate::tracker::Tracker;
use crate::upstream::BuildError;
use crate::web::DataKind;
use crate::{graphql, web};

use source::Source;

pub use controls::{Controls, Unchanged};
pub use parts::trusted_documents;
pub use visitor::{NotAsked, Told, Visitor};

/// How much of the time for the end is kept for calls that are out, and for the lease and the seat among the replicas.
const LAST_SECOND: Duration = Duration::from_secs(1);

/// How long the start waits for Redis, without which a replica does not know its share of the account's limits.
const FIRST_CONTACT: Duration = Duration::from_secs(1);

/// Why the server does not start, one line each.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be served.
    #[error("cannot listen on {address}: {reason}; choose another address with --listen or LISTEN")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        reason: io::Error,
    },
    /// There can be no Redis there.
    #[error("the Redis: {0}")]
    Redis(#[from] InvalidUrl),
    /// The documents that are to be trusted are not right.
    #[error(transparent)]
    Documents(#[from] Untrustworthy),
    /// The sandbox does not start.
    #[error("the sandbox does not start: {0}")]
    Sandbox(io::Error),
    /// No client can be made.
    #[error(transparent)]
    Client(#[from] BuildError),
    /// It is not known whom to let in.
    #[error(transparent)]
    Gate(#[from] OpenError),
}

/// A server that is listening.
#[derive(Debug)]
pub struct App {
    listener: TcpListener,
    router: axum::Router,
    controls: Controls,
    /// Sends everybody away in the end.
    drain: web::Drain,
    settings: Settings,
    data: DataKind,
    tracker: Arc<Tracker>,
    throttle: Throttle,
    rounds: Rounds,
    /// Keeps the connection to the other replicas for as long as it is served.
    link: Option<Link>,
    /// Keeps the sandbox alive for as long as it is served.
    sandbox: Option<Sandbox>,
}

impl App {
    /// Opens everything. From here on connections are accepted; `serve` answers them.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        let trusted = trusted_documents(settings)?;
        let address = settings.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|reason| StartError::Listen { address, reason })?;
        let source = Source::open(&settings.upstream).await?;
        let link = parts::link(&source, settings)?;
        let address = listener
            .local_addr()
            .map_err(|reason| StartError::Listen { address, reason })?;
        let gate = parts::gate(&source, settings, link.as_ref())?;
        let throttle = parts::throttle(&source, settings, link.as_ref(), address);
        let cooldown = parts::cooldown(settings, link.as_ref());
        let rounds = link.clone().map_or_else(Rounds::alone, Rounds::shared);
        let tracker = Tracker::start(
            &settings.tracker,
            parts::client(&source, settings, &throttle)?,
            throttle.clone(),
            cooldown.clone(),
            parts::cache(settings, link.as_ref()),
            parts::live(settings, link.as_ref()),
            rounds.clone(),
        );
        let signer = settings.webhook_signer.clone();
        let tracker = match signer.or_else(|| source.signer.clone()) {
            Some(signer) => parts::take_pushes(tracker, signer, settings, link.as_ref()),
            None => tracker,
        };
        let tracker = Arc::new(tracker);
        let persisted = Persisted::new(parts::registered(settings, link.as_ref()), trusted);
        let door = graphql::door(
            tracker.clone(),
            parts::outcomes(tracker.patience_in_force().clone(), link.as_ref()),
            gate.view_tokens().clone(),
            parts::limits(&settings.operations),
        )
        .showing_itself(settings.access.introspection)
        .knowing(persisted)
        .keeping(parts::kept_answers(&settings.operations))
        .charging(
            parts::allowances(settings, link.as_ref()),
            parts::rates(settings),
        );
        let rules = Current::new(parts::rules(settings));
        let reloads = web::Reloads::default();
        let drain = web::Drain::default();
        let router = web::router(
            door.clone(),
            gate.clone(),
            tracker.clone(),
            source.data,
            (rules.clone(), reloads.clone()),
            drain.stop(),
        );
        if let Some(link) = &link {
            reach(link).await;
        }
        Ok(Self {
            listener,
            router,
            controls: Controls {
                in_force: settings.clone(),
                door,
                gate,
                rules,
                reloads,
                tracker: tracker.clone(),
                throttle: throttle.clone(),
                cooldown,
                link: link.clone(),
            },
            tracker,
            drain,
            settings: settings.clone(),
            data: source.data,
            throttle,
            rounds,
            link,
            sandbox: source.sandbox,
        })
    }

    /// The address that is being served.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The link to the Redis that the replicas share, if they do.
    pub fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// Who is let in.
    pub fn gate(&self) -> &Gate {
        &self.controls.gate
    }

    /// Whether the parcels are simulated.
    pub fn data(&self) -> DataKind {
        self.data
    }

    /// Whether the playground is served.
    pub fn has_playground(&self) -> bool {
        self.settings.transport.has_playground
    }

    /// Changes what is in force while it is served.
    pub fn controls(&self) -> Controls {
        self.controls.clone()
    }

    /// Serves until `stop` is ready, and then for as long as requests in flight need, but not for ever.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (telling, told) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            // The receiver lives until the server has ended.
            let _ = telling.send(Instant::now());
        };
        let drain_time = self.settings.drain;
        let kept = LAST_SECOND.min(drain_time / 4);
        let patience = drain_time - kept;
        self.drain
            .serve(
                self.listener,
                self.router,
                self.settings.transport,
                stop,
                patience,
            )
            .await?;
        let begun = told.await.unwrap_or_else(|_| Instant::now());
        let end = begun + drain_time;
        let ending = async {
            self.tracker.all_told().await;
            self.rounds.retire().await;
            let left = end.saturating_duration_since(Instant::now());
            // Some of it is for giving the seat back.
            self.throttle.retire(left.saturating_sub(kept / 2)).await;
        };
        // What is not given back by then is lost after a while.
        let _ = timeout_at(end, ending).await;
        if let Some(sandbox) = self.sandbox {
            sandbox.stop();
        }
        Ok(())
    }
}

/// Waits a moment for Redis. Without it what is known is answered all the same.
async fn reach(link: &Link) {
    let mut sessions = link.sessions();
    let _ = timeout(FIRST_CONTACT, sessions.wait_for(Option::is_some)).await;
}
