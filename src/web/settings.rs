//! What the HTTP side is told from outside: how long, how much, and for whom.

use std::time::Duration;

use super::{Hosts, Origins};

/// The settings of the HTTP side. A number that is not to be limited is `usize::MAX`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long the head of a request may take to arrive, and the first one to begin.
    pub head_timeout: Duration,
    /// How long the rest of it may take. What it asks for has a deadline of its own.
    pub request_timeout: Duration,
    /// For how long a connection may stay open on which nobody asks.
    pub idle_timeout: Duration,
    /// How long a socket's client may take to begin.
    pub init_timeout: Duration,
    /// The largest request with its variables, in bytes: a body, or a message on a socket, which has a limit of its
    /// own besides.
    pub max_body: usize,
    /// How many bytes all requests may take that are not read yet.
    pub body_memory: usize,
    /// Whether a body may hold several operations.
    pub takes_batches: bool,
    /// How many operations that may be.
    pub max_batch: usize,
    /// How many subscribers there may be, whatever the transport.
    pub max_sockets: usize,
    /// How many operations one socket may have under way.
    pub socket_operations: usize,
    /// How many connections may be open; `None` for four times as many as subscribers.
    pub max_connections: Option<usize>,
    /// Under which names the server is asked for.
    pub hosts: Hosts,
    /// How late the server may be with what it has taken on before it turns requests away; zero for as late as it likes.
    pub shed_after: Duration,
    /// Which pages may ask besides those that are served here.
    pub origins: Origins,
    /// Whether the playground is served.
    pub has_playground: bool,
    /// Whether bodies are sent in shorter forms to those who can read them.
    pub compresses: bool,
    /// For how long an answer that lasts may be used without asking again, at the most.
    pub max_age: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            init_timeout: Duration::from_secs(3),
            max_body: 256 * 1024,
            body_memory: 32 << 20,
            takes_batches: false,
            max_batch: 10,
            max_sockets: 1_000,
            socket_operations: 32,
            max_connections: None,
            hosts: Hosts::Any,
            shed_after: Duration::from_millis(100),
            origins: Origins::default(),
            has_playground: true,
            compresses: true,
            max_age: Duration::ZERO,
        }
    }
}

impl Settings {
    /// How many connections may be open if the system lets the process open so many files.
    pub(super) fn connections(&self, files: usize) -> usize {
        let wanted = self.max_connections;
        let wanted = wanted.unwrap_or_else(|| self.max_sockets.saturating_mul(4));
        wanted.min(files).max(1)
    }
}
