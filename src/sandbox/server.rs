//! The sandbox as its owner holds it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::account::Account;
use super::clock::Backwards;
use super::faults::Fault;
use super::line::{Cable, Switchboard};
use super::log::{Call, Log, Stats};
use super::quota::Quota;
use super::routes::routes;
use super::settings::Settings;
use super::status::Status;
use super::webhook::{self, Courier};

/// How long calls may finish after a stop; whoever is slower is left behind.
const GRACE: Duration = Duration::from_secs(1);

/// A handle on a running sandbox: cheap to clone, usable from any thread and any runtime. The sandbox runs
/// until it is stopped or its runtime ends, not until the last handle is gone.
#[derive(Debug, Clone)]
pub struct Sandbox {
    account: Arc<Mutex<Account>>,
    courier: Arc<Courier>,
    address: SocketAddr,
    stop: Arc<watch::Sender<bool>>,
    ended: watch::Receiver<bool>,
}

impl Sandbox {
    /// Binds and serves in a task of the current runtime. Fails when the address cannot be had.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let (ending, ended) = watch::channel(false);
        let (courier, messages) = Courier::new();
        let sandbox = Self {
            courier: Arc::new(courier),
            address: listener.local_addr()?,
            account: Arc::new(Mutex::new(Account::new(settings))),
            stop: Arc::new(watch::Sender::new(false)),
            ended,
        };
        let sending = sandbox.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = webhook::deliver_all(messages) => {}
                () = sending.stopping() => {}
            }
        });
        let served = sandbox.clone();
        tokio::spawn(async move {
            served.serve(listener).await;
            ending.send_replace(true);
        });
        Ok(sandbox)
    }

    /// Serves on a thread and a runtime of its own, for tests whose runtime is paused or busy. Blocks until
    /// it listens.
    pub fn start_on_thread(settings: Settings) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (started, start) = std::sync::mpsc::channel();
        thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let sandbox = Self::start(settings).await;
                    let running = sandbox.as_ref().ok().cloned();
                    if started.send(sandbox).is_ok()
                        && let Some(running) = running
                    {
                        running.stopped().await;
                    }
                });
            })?;
        start.recv().unwrap_or_else(|_| {
            Err(io::Error::other(
                "the sandbox's thread ended before it listened",
            ))
        })
    }

    /// The address to give to a client: `http://127.0.0.1:PORT/v2`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// Where it listens; the control paths are at the root.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.account().clock.now()
    }

    /// Moves parcels, limits and silence on by this much.
    pub fn advance(&self, by: Duration) {
        self.account().clock.advance(by);
    }

    /// Moves on to a simulated time. Fails when that has passed already.
    pub fn set_clock(&self, to: Timestamp) -> Result<(), Backwards> {
        self.account().clock.set(to)
    }

    /// Moves every parcel of this number just past its next event and tells its new status; none when no
    /// parcel has the number or nothing more happens to it.
    pub fn nudge(&self, number: &str) -> Option<Status> {
        let status = {
            let mut account = self.account();
            let now = account.clock.now();
            account.world.nudge(number, now)?
        };
        if let Some(address) = self.courier.address() {
            for message in self.webhook_bodies(number) {
                self.courier.send(address.clone(), message);
            }
        }
        Some(status)
    }

    /// From now on every nudge is told to that address, as the service tells what its own questions find; `None` ends it.
    pub fn push_to(&self, address: Option<Url>) {
        self.courier.goes_to(address);
    }

    /// The message about the parcel of this number as it stands, signed at about now; none when no parcel has the number.
    pub fn webhook_body(&self, number: &str) -> Option<String> {
        self.webhook_bodies(number).into_iter().next()
    }

    /// What signs a message at a real time.
    pub fn seal(&self, at: Timestamp) -> Value {
        webhook::seal(self.account().email(), at)
    }

    /// A message for each parcel of the number.
    fn webhook_bodies(&self, number: &str) -> Vec<String> {
        let signed_at = self.courier.signs_at(number, Timestamp::now());
        let seal = self.seal(signed_at);
        let account = self.account();
        let now = account.clock.now();
        let parcels = account.world.parcels();
        let parcels = parcels.filter(|parcel| parcel.number.eq_ignore_ascii_case(number));
        let messages = parcels.map(|parcel| webhook::message(parcel, now, seal.clone()));
        messages.collect()
    }

    /// Queues a fault.
    pub fn fault(&self, fault: Fault) {
        self.account().faults.push(fault);
    }

    /// Forgets the faults that still wait.
    pub fn clear_faults(&self) {
        self.account().faults.clear();
    }

    /// Sets how many more creates and realtime calls the account can pay for, to the fifth of one.
    pub fn set_quota(&self, left: f64) {
        self.account().quota = Quota::of(left);
    }

    /// Counts and standing of the account.
    pub fn stats(&self) -> Stats {
        self.account().stats()
    }

    /// The newest calls, up to 100,000, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.account().log.calls()
    }

    /// Forgets calls and counts; windows and silence stay.
    pub fn clear_calls(&self) {
        self.account().log = Log::new();
    }

    /// Ends the serving; connections are closed.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the serving has ended.
    pub async fn stopped(&self) {
        // An error means that the serving task is gone, which is an end as well.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }

    /// Waits until somebody stops it.
    pub(super) async fn stopping(&self) {
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// The account; nothing panics while it holds the lock, and if it did, the rest could go on.
    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, listener: TcpListener) {
        let site = routes(self.clone()).layer(DefaultBodyLimit::max(1 << 20));
        let service = site.into_make_service_with_connect_info::<Cable>();
        let waiting = self.clone();
        let serving = axum::serve(Switchboard(listener), service)
            .with_graceful_shutdown(async move { waiting.stopping().await });
        let too_late = async {
            self.stopping().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = async { serving.await } => {
                if let Err(error) = result {
                    tracing::warn!(%error, "the sandbox stopped serving");
                }
            }
            () = too_late => {}
        }
    }
}
