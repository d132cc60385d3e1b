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

use crate::cache::Cache;
use crate::cooldown::Cooldown;
use crate::idempotency::Outcomes;
use crate::live::Hub;
use crate::redis_link::{self, InvalidUrl, Link};
use crate::sandbox::{self, Sandbox};
use crate::settings::{Settings, Upstream};
use crate::throttle::Throttle;
use crate::tracker::Tracker;
use crate::upstream::{self, ApiKey, BuildError, Client, Connecting, OnConnecting};
use crate::web::DataKind;
use crate::{graphql, web};

/// How long requests in flight may take to end after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(5);

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
    data: DataKind,
    throttle: Throttle,
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
        let tracker = Tracker::start(
            &settings.tracker,
            client(&source, settings, &throttle)?,
            throttle.clone(),
            cooldown(settings, link.as_ref()),
            cache(settings, link.as_ref()),
            Hub::default(),
        );
        let tracker = Arc::new(tracker);
        let door = graphql::door(tracker.clone(), outcomes(settings, link.as_ref()));
        Ok(Self {
            listener,
            router: web::router(door, tracker, source.data, settings.client_header.clone()),
            data: source.data,
            throttle,
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
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let service = self
            .router
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(self.listener, service).with_graceful_shutdown(async {
            stop.await;
            // The receiver lives until the server has ended.
            let _ = stopping.send(());
        });
        tokio::select! {
            ended = server.into_future() => ended?,
            () = async { let _ = stopped.await; tokio::time::sleep(FAREWELL).await } => {}
        }
        self.throttle.retire(FAREWELL).await;
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
        let sandbox = Sandbox::start(settings)
            .await
            .map_err(StartError::Sandbox)?;
        let base_url = Url::parse(&sandbox.base_url()).expect("the sandbox's address is one");
        Ok(Self {
            base_url,
            api_key,
            data: DataKind::Simulated,
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
