//! Puts the house together, in the order in which a question walks through it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::ready;
use gethostname::gethostname;
use reqwest::Url;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::cache::Cache;
use crate::cooldown::Cooldown;
use crate::idempotency::Outcomes;
use crate::live::Live;
use crate::receipts::Receipts;
use crate::redis_link::{self, InvalidUrl, Link};
use crate::rounds::Rounds;
use crate::sandbox::{self, Sandbox};
use crate::settings::{Settings, Upstream};
use crate::throttle::Throttle;
use crate::tracker::{PushSettings, Tracker};
use crate::upstream::{self, ApiKey, BuildError, Client, Connecting, OnConnecting, Signer};
use crate::web::DataKind;
use crate::{graphql, web};

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
    /// The sandbox does not start.
    #[error("the sandbox does not start: {0}")]
    Sandbox(io::Error),
    /// No client can be made.
    #[error(transparent)]
    Client(#[from] BuildError),
}

/// A server that is listening.
#[derive(Debug)]
pub struct App {
    listener: TcpListener,
    router: axum::Router,
    /// Sends everybody away in the end.
    drain: web::Drain,
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
        let address = settings.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|reason| StartError::Listen { address, reason })?;
        let source = Source::open(&settings.upstream).await?;
        let link = link(&source, settings)?;
        let address = listener
            .local_addr()
            .map_err(|reason| StartError::Listen { address, reason })?;
        let throttle = throttle(&source, settings, link.as_ref(), address);
        let rounds = link.clone().map_or_else(Rounds::alone, Rounds::shared);
        let tracker = Tracker::start(
            &settings.tracker,
            client(&source, settings, &throttle)?,
            throttle.clone(),
            cooldown(settings, link.as_ref()),
            cache(settings, link.as_ref()),
            live(settings, link.as_ref()),
            rounds.clone(),
        );
        let signer = settings.webhook_signer.clone();
        let tracker = match signer.or_else(|| source.signer.clone()) {
            Some(signer) => take_pushes(tracker, signer, settings, link.as_ref()),
            None => tracker,
        };
        let tracker = Arc::new(tracker);
        let door = graphql::door(tracker.clone(), outcomes(settings, link.as_ref()));
        let drain = web::Drain::default();
        let header = settings.client_header.clone();
        Ok(Self {
            listener,
            router: web::router(door, tracker.clone(), source.data, header, drain.stop()),
            tracker,
            drain,
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

    /// Whether the parcels are simulated.
    pub fn data(&self) -> DataKind {
        self.data
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
            .serve(self.listener, self.router, stop, patience)
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

/// What is known of parcels: by this process, or by all replicas that share a Redis.
fn cache(settings: &Settings, link: Option<&Link>) -> Cache {
    match link {
        None => Cache::in_memory(settings.max_parcels),
        Some(link) => Cache::shared(settings.max_parcels, link.clone()),
    }
}

/// What became of parcels: as this process tells it, or all replicas that share a Redis.
fn live(settings: &Settings, link: Option<&Link>) -> Live {
    let (kept, parcels) = (settings.events, settings.max_parcels);
    match link {
        None => Live::in_memory(kept, parcels),
        Some(link) => Live::in_fleet(kept, parcels, link.clone()),
    }
}

/// Has the tracker take messages of the upstream. A receipt is kept for as long as its message can come again.
fn take_pushes(
    tracker: Tracker,
    signer: Signer,
    settings: &Settings,
    link: Option<&Link>,
) -> Tracker {
    let tolerance = settings.webhook_tolerance;
    let kept = tolerance + Duration::from_secs(60 * 60);
    let receipts = match link {
        None => Receipts::in_memory(kept),
        Some(link) => Receipts::shared(kept, link.clone()),
    };
    tracker.taking_pushes(PushSettings { signer, tolerance }, receipts)
}

/// What is known of operations that are to be done once: by this process, or by all replicas.
fn outcomes(settings: &Settings, link: Option<&Link>) -> Outcomes {
    let patience = settings.tracker.patience;
    match link {
        None => Outcomes::in_memory(patience),
        Some(link) => Outcomes::in_fleet(patience, link.clone()),
    }
}

/// Whom to call, and with which key.
struct Source {
    base_url: Url,
    api_key: ApiKey,
    data: DataKind,
    /// Who signs its messages, where that is known without being set.
    signer: Option<Signer>,
    /// What replicas of the same account have in common.
    secret: Vec<u8>,
    sandbox: Option<Sandbox>,
}

impl Source {
    async fn open(upstream: &Upstream) -> Result<Self, StartError> {
        match upstream {
            Upstream::TrackingMore { base_url, api_key } => Ok(Self {
                base_url: base_url.clone(),
                api_key: api_key.clone(),
                data: DataKind::Live,
                signer: None,
                secret: api_key.expose().to_vec(),
                sandbox: None,
            }),
            Upstream::Sandbox { speed } => Self::simulated(*speed).await,
        }
    }

    async fn simulated(speed: f64) -> Result<Self, StartError> {
        let settings = sandbox::Settings {
            speed,
            ..sandbox::Settings::default()
        };
        let api_key = ApiKey::parse(&settings.api_key).expect("the sandbox's key can be sent");
        let signer = Signer::parse(&settings.email).expect("the sandbox's owner has an address");
        let sandbox = Sandbox::start(settings)
            .await
            .map_err(StartError::Sandbox)?;
        let base_url = Url::parse(&sandbox.base_url()).expect("the sandbox's address is one");
        Ok(Self {
            base_url,
            api_key,
            data: DataKind::Simulated,
            signer: Some(signer),
            // Each sandbox is an account of its own, though all of them have the same key.
            secret: redis_link::new_secret(),
            sandbox: Some(sandbox),
        })
    }
}

fn link(source: &Source, settings: &Settings) -> Result<Option<Link>, InvalidUrl> {
    let open = |address: &redis_link::Address| {
        Link::open(redis_link::Settings {
            url: address.expose().to_owned(),
            secret: source.secret.clone(),
            patience: redis_link::PATIENCE,
        })
    };
    settings.redis.as_ref().map(open).transpose()
}

fn throttle(
    source: &Source,
    settings: &Settings,
    link: Option<&Link>,
    address: SocketAddr,
) -> Throttle {
    match (link, source.data) {
        // A replica that is started again on the same machine at the same address is the same one.
        (Some(link), _) => {
            let name = format!("{} {address}", gethostname().to_string_lossy());
            Throttle::in_fleet(&settings.limits, settings.replicas, link.clone(), name)
        }
        // A sandbox that was just opened has not been called by anybody.
        (None, DataKind::Simulated) => Throttle::new(&settings.limits),
        (None, DataKind::Live) => Throttle::after_restart(&settings.limits),
    }
}

fn cooldown(settings: &Settings, link: Option<&Link>) -> Cooldown {
    let period = settings.tracker.realtime_cooldown;
    match link {
        Some(link) => Cooldown::shared(period, settings.replicas, link.clone()),
        None => Cooldown::in_memory(period),
    }
}

fn client(source: &Source, settings: &Settings, throttle: &Throttle) -> Result<Client, BuildError> {
    let (throttle, here) = (throttle.clone(), Handle::current());
    Client::new(upstream::Settings {
        base_url: source.base_url.clone(),
        api_key: source.api_key.clone(),
        connect_timeout: settings.connect_timeout,
        call_timeout: settings.call_timeout,
        realtime_timeout: settings.realtime_timeout,
        on_connecting: OnConnecting::new(move |connecting| {
            // Calls leave on a thread of their own; the throttle belongs here.
            let _here = here.enter();
            match connecting {
                Connecting::Started => throttle.connection_started(),
                Connecting::Failed => throttle.connection_failed(),
                Connecting::Opened { took } => {
                    let throttle = throttle.clone();
                    let noted = here.spawn(async move { throttle.connection_opened(took).await });
                    // The note is taken even if nobody waits for it.
                    return noted.map(|told| told.unwrap_or(false)).boxed();
                }
            }
            ready(true).boxed()
        }),
    })
}
