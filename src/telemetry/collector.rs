//! The collector of traces, as the exporter calls it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

use super::settings::Endpoint;

/// How long one request to it may take.
const PATIENCE: Duration = Duration::from_secs(5);

static TAKEN: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);

/// How the collector of traces does, since this process was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Requests with spans that it took.
    pub taken: u64,
    /// Requests with spans that it did not take, or that did not reach it; some are tried again.
    pub refused: u64,
}

/// How the collector of traces does; `None` if no traces are wanted.
pub fn figures() -> Option<Figures> {
    super::is_tracing().then(|| Figures {
        taken: TAKEN.load(Ordering::Relaxed),
        refused: REFUSED.load(Ordering::Relaxed),
    })
}

/// Calls it from the runtime, because the exporter has a thread of its own that is none of the runtime's.
#[derive(Debug)]
pub(super) struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    address: String,
    is_known_away: AtomicBool,
}

impl Collector {
    /// Has to be made within the runtime.
    pub(super) fn new(endpoint: &Endpoint) -> Result<Self, String> {
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("parcelgraph/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE);
        if endpoint.is_loopback() {
            // Proxies of the environment are obeyed, but they cannot reach this machine's own loopback.
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build().map_err(|error| error.to_string())?,
            runtime,
            address: endpoint.to_string(),
            is_known_away: AtomicBool::new(false),
        })
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, request) = (self.http.clone(), request.try_into()?);
        let sent = self.runtime.spawn(async move {
            let response = http.execute(request).await?;
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = response.headers().clone();
            // What it says of spans that it took only in part says nothing about what to do.
            Ok::<_, reqwest::Error>(answer)
        });
        Ok(sent.await??)
    }

    /// Once per outage.
    fn note(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let why = match answer {
            Ok(answer) if answer.status().is_success() => {
                TAKEN.fetch_add(1, Ordering::Relaxed);
                if self.is_known_away.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector at {} takes traces again", self.address);
                }
                return;
            }
            Ok(answer) => format!("it answers with {}", answer.status()),
            Err(error) => root_cause(error.as_ref()),
        };
        REFUSED.fetch_add(1, Ordering::Relaxed);
        if !self.is_known_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the collector at {} takes no traces, and they are dropped until it does: {why}",
                self.address
            );
        }
    }
}

impl HttpClient for Collector {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let answer = self.send(request).await;
            self.note(&answer);
            answer
        })
    }
}

/// The innermost reason says what happened.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
