//! When a call really leaves: opening a connection takes time, and the call waits for it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

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
pub struct OnConnecting(Arc<dyn Fn(Connecting) + Send + Sync>);

impl OnConnecting {
    /// Tells by calling `tell`, which must not block.
    pub fn new(tell: impl Fn(Connecting) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells of a connection while it is being opened.
    pub(super) async fn telling<T, E>(
        self,
        opening: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        (self.0)(Connecting::Started);
        let mut end = End(self, Connecting::Failed);
        let start = Instant::now();
        let outcome = opening.await;
        if outcome.is_ok() {
            let took = start.elapsed();
            end.1 = Connecting::Opened { took };
        }
        outcome
    }
}

/// Tells of the end, also when nobody waits for the connection any more.
struct End(OnConnecting, Connecting);

impl Drop for End {
    fn drop(&mut self) {
        (self.0.0)(self.1);
    }
}

impl Default for OnConnecting {
    /// Tells nobody.
    fn default() -> Self {
        Self::new(|_| ())
    }
}

impl fmt::Debug for OnConnecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnConnecting")
    }
}
