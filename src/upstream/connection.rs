//! When a call really leaves: a new connection takes time, and the call waits for it.

use std::fmt;
use std::sync::Arc;

/// Is told whenever a connection has been opened, TLS included, before anything is sent over it. Limits hold where calls
/// arrive, so whoever spaces calls has to know of those that left later than they were let through.
#[derive(Clone)]
pub struct OnConnected(Arc<dyn Fn() + Send + Sync>);

impl OnConnected {
    /// Tells by calling `tell`, which must not block.
    pub fn new(tell: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(super) fn tell(&self) {
        (self.0)();
    }
}

impl Default for OnConnected {
    /// Tells nobody.
    fn default() -> Self {
        Self::new(|| ())
    }
}

impl fmt::Debug for OnConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnConnected")
    }
}
