//! The log and the traces.

use std::fmt;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::{SettingError, Span};
use crate::telemetry::{Endpoint, Level, LogFormat, Ratio, Settings as Telemetry};

/// What may be set about them, in the table `telemetry` of the settings file.
#[derive(Args, Deserialize, Default, Clone, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryOverrides {
    /// What is logged: off, error, warn, info, debug or trace, for all or for parts, such as "info,parcelgraph=debug" [default: RUST_LOG, or else info]
    #[arg(long, env = "LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How a line of the log is written: as text for people, or as a JSON object [default: text]
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<FormatChoice>,
    /// The collector to which traces are sent (OTLP over HTTP), such as http://localhost:4318 [default: none]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// How many of the traces that begin here are kept, from 0 for none to 1 for all; what began elsewhere is kept if it is kept there [default: 1]
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", value_name = "RATIO")]
    pub trace_sampling: Option<f64>,
    /// From how long on an operation is logged as slow; 0 for never [default: 1s]
    #[arg(long, env = "SLOW_OPERATION", value_name = "TIME")]
    pub slow_operation: Option<Span>,
}

/// The forms of lines.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum FormatChoice {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl TelemetryOverrides {
    /// What `RUST_LOG` says, which many know and which other programs read as well. What cannot be read there is left out.
    pub fn of_rust_log(text: &str) -> Self {
        // A part alone is for all that it says.
        let spelled = text.split(',').map(|part| match part.trim() {
            part if part.contains('=') || part.parse::<Level>().is_ok() => part.to_owned(),
            part => format!("{part}=trace"),
        });
        let level = spelled.collect::<Vec<_>>().join(",");
        Self {
            log_level: level.parse::<Level>().is_ok().then_some(level),
            ..Self::default()
        }
    }

    /// These, and those below where these say nothing.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            log_level: self.log_level.or(below.log_level),
            log_format: self.log_format.or(below.log_format),
            otlp_endpoint: self.otlp_endpoint.or(below.otlp_endpoint),
            trace_sampling: self.trace_sampling.or(below.trace_sampling),
            slow_operation: self.slow_operation.or(below.slow_operation),
        }
    }

    /// Puts defaults under what was set; with what is wrong of it.
    pub(super) fn resolve(&self) -> (Telemetry, Vec<SettingError>) {
        let usual = Telemetry::default();
        let mut wrong = Vec::new();
        let log_level = self.log_level.as_deref().map(str::parse::<Level>);
        let log_level = log_level.transpose().unwrap_or_else(|invalid| {
            wrong.push(SettingError::LogLevel(invalid));
            None
        });
        // An empty variable is how one takes back what is set elsewhere.
        let endpoint = self.otlp_endpoint.as_deref().filter(|url| !url.is_empty());
        let otlp_endpoint = endpoint.map(str::parse::<Endpoint>).transpose();
        let otlp_endpoint = otlp_endpoint.unwrap_or_else(|invalid| {
            wrong.push(SettingError::OtlpEndpoint(invalid));
            None
        });
        let sampling = self.trace_sampling.map(Ratio::try_from).transpose();
        let sampling = sampling.unwrap_or_else(|invalid| {
            wrong.push(SettingError::TraceSampling(invalid));
            None
        });
        let telemetry = Telemetry {
            log_level: log_level.unwrap_or(usual.log_level),
            log_format: match self.log_format {
                Some(FormatChoice::Json) => LogFormat::Json,
                Some(FormatChoice::Text) | None => LogFormat::Text,
            },
            otlp_endpoint,
            trace_sampling: sampling.unwrap_or(usual.trace_sampling),
            slow_operation: self
                .slow_operation
                .map_or(usual.slow_operation, Duration::from),
        };
        (telemetry, wrong)
    }
}

impl fmt::Display for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "telemetry.log_level = {}", self.log_level)?;
        writeln!(f, "telemetry.log_format = {}", self.log_format)?;
        match &self.otlp_endpoint {
            Some(endpoint) => writeln!(f, "telemetry.otlp_endpoint = {endpoint}")?,
            None => writeln!(f, "telemetry.otlp_endpoint = none")?,
        }
        writeln!(f, "telemetry.trace_sampling = {}", self.trace_sampling)?;
        writeln!(f, "telemetry.slow_operation = {:?}", self.slow_operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told() {
        let set = TelemetryOverrides {
            log_level: Some("inof".to_owned()),
            otlp_endpoint: Some("collector".to_owned()),
            trace_sampling: Some(5.0),
            ..TelemetryOverrides::default()
        };
        let wrong: Vec<String> = set.resolve().1.iter().map(ToString::to_string).collect();
        let begins = |text: &str| wrong.iter().any(|wrong| wrong.starts_with(text));
        assert_eq!(wrong.len(), 3);
        for text in [
            "--log-level (LOG_LEVEL): \"inof\" is no level",
            "--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT): must be http",
            "--trace-sampling (OTEL_TRACES_SAMPLER_ARG): must be from 0",
        ] {
            assert!(begins(text), "{wrong:?}");
        }
    }

    #[test]
    fn rust_log_goes_on_working_and_what_is_wrong_in_it_is_left_out() {
        for (text, level) in [
            ("debug", Some("debug")),
            ("info,parcelgraph=trace", Some("info,parcelgraph=trace")),
            ("parcelgraph", Some("parcelgraph=trace")),
            ("parcelgraph=loud", None),
        ] {
            let set = TelemetryOverrides::of_rust_log(text);
            assert_eq!(set.log_level.as_deref(), level, "{text}");
        }
    }

    #[test]
    fn without_a_collector_there_are_no_traces() {
        for set in [None, Some(String::new())] {
            let set = TelemetryOverrides {
                otlp_endpoint: set,
                ..TelemetryOverrides::default()
            };
            let (telemetry, wrong) = set.resolve();
            assert_eq!((telemetry, wrong), (Telemetry::default(), vec![]));
        }
    }
}
