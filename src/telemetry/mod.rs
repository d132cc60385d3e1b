//! What the program says of itself: lines in the log, traces for a collector, and which operations were slow.
//!
//! It knows nothing of parcels and operations, and is to be told nothing of them that is secret or about a person: no numbers
//! of parcels, no values of variables, no tokens, no addresses. Whoever writes a line does it with the crate `tracing`; the
//! request that it is written for, and its trace, are added here, by the [`Scope`] in which the work is done.

mod collector;
mod line;
mod panics;
mod request;
mod scope;
mod settings;
mod slow;
mod span;
mod tracer;

use std::io::{self, IsTerminal};
use std::time::Duration;

use thiserror::Error;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

pub use collector::{Figures, figures};
pub use request::{Request, tell_request_id};
pub use scope::{Scope, carried};
pub use settings::{
    Endpoint, InvalidEndpoint, InvalidLevel, InvalidRatio, Level, LogFormat, Ratio, Settings,
};
pub use slow::{SLOW_OPERATIONS, is_slow};
pub use span::{Kind, Mark, Span, link};
pub use tracer::is_tracing;

use line::Lines;
use tracer::Traces;

/// How long the last spans may take to reach their collector.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why there can be no log or no traces.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Something else in this process writes a log.
    #[error("the log cannot be opened: {0}")]
    Log(String),
    /// Nothing can be sent to the collector.
    #[error("traces cannot be sent: {0}")]
    Traces(String),
}

/// The log and the traces of this process.
#[derive(Debug)]
pub struct Telemetry {
    levels: reload::Handle<Targets, Registry>,
    traces: Option<Traces>,
}

impl Telemetry {
    /// Opens them, once in a process, inside the runtime in which spans are sent.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let (levels, handle) = reload::Layer::new(settings.log_level.targets());
        let lines = fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(is_coloured() && settings.log_format == LogFormat::Text)
            // A log that cannot be written would be told to standard error, which is where it could not be written.
            .log_internal_errors(false)
            .event_format(Lines::new(settings.log_format));
        tracing_subscriber::registry()
            .with(lines.with_filter(levels))
            .try_init()
            .map_err(|error| OpenError::Log(error.to_string()))?;
        panics::log();
        slow::set(settings.slow_operation);
        let traces = settings.otlp_endpoint.as_ref();
        let traces = traces.map(|endpoint| Traces::open(endpoint, settings.trace_sampling));
        Ok(Self {
            levels: handle,
            traces: traces.transpose()?,
        })
    }

    /// Has the log tell more or less from now on, also of slow operations. The rest is made once.
    pub fn change(&self, settings: &Settings) {
        // The subscriber lives as long as the process.
        let _ = self.levels.reload(settings.log_level.targets());
        slow::set(settings.slow_operation);
    }

    /// Sends the last spans, and waits for that, but not for long. The runtime has to be there still.
    pub fn close(&self) {
        if let Some(traces) = &self.traces {
            traces.close(LAST_WORDS);
        }
    }
}

/// Whether the log has colours, which files and journals do not have, nor who does not want any (no-color.org).
fn is_coloured() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    io::stderr().is_terminal() && !unwanted
}
