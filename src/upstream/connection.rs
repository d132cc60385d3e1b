//! When a call really leaves: opening a connection takes time, and the call waits for it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio::time::Instant;

/// What becomes of a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connecting {
    /// Somebody waits for it.
    Started,
    /// It is open, TLS included; what waited for it is sent now.
    Opened {
        /// How long that took.
        took: Duration,
    },
    /// It will never be.
    Failed,
}

/// Is told of every new connection; each start is followed by one end. Limits hold where calls arrive, so whoever spaces
/// calls has to know of those that leave later than they were let through.
#[derive(Clone)]
pub struct OnConnecting(Arc<dyn Fn(Connecting) -> BoxFuture<'static, bool> + Send + Sync>);

impl OnConnecting {
    /// Tells by calling `tell`, which must not block. When a connection is open, nothing is sent over it before the future that
    /// it gives is ready, and nothing at all if that is false; nobody waits for the others.
    pub fn new(
        tell: impl Fn(Connecting) -> BoxFuture<'static, bool> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells of a connection while it is being opened.
    pub(super) async fn telling<T, E: From<&'static str>>(
        self,
        opening: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        drop((self.0)(Connecting::Started));
        let mut end = End {
            on_connecting: self,
            is_told: false,
        };
        let start = Instant::now();
        let outcome = opening.await;
        if outcome.is_ok() {
            let took = start.elapsed();
            end.is_told = true;
            if !(end.on_connecting.0)(Connecting::Opened { took }).await {
                return Err("it came too late for the calls that wait for it".into());
            }
        }
        outcome
    }
}

/// Tells of the end, also when nobody waits for the connection any more.
struct End {
    on_connecting: OnConnecting,
    is_told: bool,
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.is_told {
            drop((self.on_connecting.0)(Connecting::Failed));
        }
    }
}

impl Default for OnConnecting {
    /// Tells nobody.
    fn default() -> Self {
        Self::new(|_| ready(true).boxed())
    }
}

impl fmt::Debug for OnConnecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnConnecting")
    }
}
