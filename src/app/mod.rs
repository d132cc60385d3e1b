//! Puts the house together, in the order in which a question walks through it.

mod parts;
mod source;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};

use crate::auth::{Gate, OpenError};
use crate::graphql::{Persisted, Rates, Untrustworthy};
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

pub use parts::trusted_documents;

/// How much of the time for the end is kept for calls that are out, and for the lease and the seat among the replicas.
const LAST_SECOND: Duration = Duration::from_secs(1);

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
    /// Who is let in.
    gate: Gate,
    /// Sends everybody away in the end.
    drain: web::Drain,
    transport: web::Settings,
    /// How long the end may take.
    drain_time: Duration,
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
        let rounds = link.clone().map_or_else(Rounds::alone, Rounds::shared);
        let tracker = Tracker::start(
            &settings.tracker,
            parts::client(&source, settings, &throttle)?,
            throttle.clone(),
            parts::cooldown(settings, link.as_ref()),
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
        let rates = Rates {
            usual: settings.access.points,
            view: settings.access.view_points,
            signer: settings.access.view_signer_points,
        };
        let door = graphql::door(
            tracker.clone(),
            parts::outcomes(settings, link.as_ref()),
            gate.view_tokens().clone(),
            parts::limits(&settings.operations),
        )
        .showing_itself(settings.access.introspection)
        .knowing(persisted)
        .keeping(parts::kept_answers(&settings.operations))
        .charging(parts::allowances(settings, link.as_ref()), rates);
        let drain = web::Drain::default();
        let router = web::router(
            door,
            gate.clone(),
            tracker.clone(),
            source.data,
            settings.transport.clone(),
            settings.client_header.clone(),
            drain.stop(),
        );
        Ok(Self {
            listener,
            router,
            tracker,
            gate,
            drain,
            transport: settings.transport.clone(),
            drain_time: settings.drain,
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
        &self.gate
    }

    /// Whether the parcels are simulated.
    pub fn data(&self) -> DataKind {
        self.data
    }

    /// Whether the playground is served.
    pub fn has_playground(&self) -> bool {
        self.transport.has_playground
    }

    /// Serves until `stop` is ready, and then for as long as requests in flight need, but not for ever.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (telling, told) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            // The receiver lives until the server has ended.
            let _ = telling.send(Instant::now());
        };
        let kept = LAST_SECOND.min(self.drain_time / 4);
        let patience = self.drain_time - kept;
        self.drain
            .serve(self.listener, self.router, self.transport, stop, patience)
            .await?;
        let begun = told.await.unwrap_or_else(|_| Instant::now());
        let end = begun + self.drain_time;
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
