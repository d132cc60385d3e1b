//! What can be set about the log and the traces, each of it valid.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use thiserror::Error;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// Where traces are sent below the address of a collector, as OTLP has it.
const TRACES: [&str; 2] = ["v1", "traces"];

/// How the log and the traces are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is logged.
    pub log_level: Level,
    /// In which form.
    pub log_format: LogFormat,
    /// The collector of traces; without one there are none.
    pub otlp_endpoint: Option<Endpoint>,
    /// How many of the traces that begin here are kept.
    pub trace_sampling: Ratio,
    /// From how long on an operation is logged as slow; zero for never.
    pub slow_operation: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            log_level: Level::default(),
            log_format: LogFormat::Text,
            otlp_endpoint: None,
            trace_sampling: Ratio(1.0),
            slow_operation: Duration::from_secs(1),
        }
    }
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// As one JSON object, for programs.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// What is logged: a level for all, and others for parts of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    text: String,
    targets: Targets,
}

/// A text that is no such level.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no level: write off, error, warn, info, debug or trace, for all or for parts of the program, such as \"info,parcelgraph=debug\""
)]
pub struct InvalidLevel(String);

impl Level {
    pub(super) fn targets(&self) -> Targets {
        self.targets.clone()
    }
}

impl Default for Level {
    fn default() -> Self {
        Self {
            text: "info".to_owned(),
            targets: Targets::new().with_default(LevelFilter::INFO),
        }
    }
}

impl FromStr for Level {
    type Err = InvalidLevel;

    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        let invalid = || InvalidLevel(text.to_owned());
        let is_level =
            |part: &str| !part.trim().is_empty() && part.trim().parse::<LevelFilter>().is_ok();
        // The library takes a word that is no level for a part of the program, of which all is told, and so a slip would silence
        // the log.
        let is_said = |part: &str| part.contains('=') || is_level(part);
        if text.is_empty() || !text.split(',').all(is_said) {
            return Err(invalid());
        }
        Ok(Self {
            text: text.to_owned(),
            targets: text.parse().map_err(|_| invalid())?,
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The address of a collector that takes OTLP over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// A text that is no such address. It is not repeated, because it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "must be http or https with a host and without user, password, query or fragment, such as http://localhost:4318; what a collector wants to see of you belongs into OTEL_EXPORTER_OTLP_HEADERS"
)]
pub struct InvalidEndpoint;

impl Endpoint {
    /// Where traces go.
    pub(super) fn traces(&self) -> String {
        let mut url = self.0.clone();
        url.path_segments_mut()
            .expect("an http address has a path")
            .pop_if_empty()
            .extend(TRACES);
        url.into()
    }

    /// Whether it is on this machine, where proxies are not asked.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost"
            || host.ends_with(".localhost")
            || address.is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        let url = Url::parse(text).map_err(|_| InvalidEndpoint)?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        is_plain.then_some(Self(url)).ok_or(InvalidEndpoint)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A share of all, from 0 for none to 1 for all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio(f64);

/// A number that is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be from 0 for no trace to 1 for all of them, such as 0.05")]
pub struct InvalidRatio;

impl Ratio {
    pub(super) fn share(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Ratio {
    type Error = InvalidRatio;

    fn try_from(share: f64) -> Result<Self, InvalidRatio> {
        let is_share = (0.0..=1.0).contains(&share);
        is_share.then_some(Self(share)).ok_or(InvalidRatio)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_for_all_or_for_parts() {
        for good in [
            "info",
            "OFF",
            "parcelgraph=debug",
            "warn,hyper::proto=off,parcelgraph=trace",
        ] {
            let level: Level = good.parse().unwrap();
            assert_eq!(level.to_string(), good);
        }
        for bad in ["", "inof", "parcelgraph=loud", "info,,", "info,parcelgraph"] {
            assert_eq!(bad.parse::<Level>(), Err(InvalidLevel(bad.to_owned())));
        }
    }

    #[test]
    fn traces_go_below_the_address_of_the_collector() {
        for (address, traces) in [
            ("http://host:4318", "http://host:4318/v1/traces"),
            ("http://host:4318/", "http://host:4318/v1/traces"),
            ("https://host/otlp", "https://host/otlp/v1/traces"),
        ] {
            let endpoint: Endpoint = address.parse().unwrap();
            assert_eq!(endpoint.traces(), traces);
        }
        for bad in [
            "",
            "host:4318",
            "grpc://host",
            "http://me:secret@host",
            "http://host/?key=x",
        ] {
            assert_eq!(bad.parse::<Endpoint>(), Err(InvalidEndpoint), "{bad}");
        }
    }

    #[test]
    fn a_collector_on_this_machine_is_known_by_name_and_by_number() {
        let is_loopback = |address: &str| address.parse::<Endpoint>().unwrap().is_loopback();
        for near in ["localhost", "otel.localhost", "127.0.0.2", "[::1]"] {
            assert!(is_loopback(&format!("http://{near}:4318")), "{near}");
        }
        for far in ["collector", "10.0.0.1", "[2001:db8::1]"] {
            assert!(!is_loopback(&format!("http://{far}:4318")), "{far}");
        }
    }

    #[test]
    fn a_share_is_between_nothing_and_all() {
        for (share, is_one) in [
            (0.0, true),
            (0.05, true),
            (1.0, true),
            (1.1, false),
            (-0.1, false),
            (f64::NAN, false),
        ] {
            assert_eq!(Ratio::try_from(share).is_ok(), is_one, "{share}");
        }
    }
}
