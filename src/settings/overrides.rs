//! What the file, the environment and the flags may set.

use std::fs;
use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::access::AccessOverrides;
use super::operations::OperationOverrides;
use super::telemetry::TelemetryOverrides;
use super::transport::TransportOverrides;
use super::{Address, SettingError, Span, Speed, key};

/// What was set in one place; the rest is `None`. In the settings file the names are those of the flags with underscores.
#[derive(Args, Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
// So that `-1` is refused as the value that it is, not as a flag that nobody knows.
#[command(mut_args(|arg| arg.allow_negative_numbers(true)))]
pub struct Overrides {
    /// Where to serve [default: 127.0.0.1:8080]
    #[arg(long, env = "LISTEN", value_name = "ADDRESS")]
    pub listen: Option<Address>,
    /// Whose parcels to serve [default: trackingmore with a key, else sandbox]
    #[arg(long, env = "UPSTREAM", value_name = "WHOSE")]
    pub upstream: Option<UpstreamChoice>,
    /// The address of TrackingMore's API [default: https://api.trackingmore.com/v2]
    #[arg(long, env = "UPSTREAM_URL", value_name = "URL")]
    pub upstream_url: Option<String>,
    /// The account's key; there is no flag for it, because everybody can read a process's flags.
    #[arg(skip)]
    #[serde(default, deserialize_with = "key::from_file")]
    pub trackingmore_api_key: Option<String>,
    /// Simulated seconds per second in the sandbox; 0 stands still [default: 60]
    #[arg(long, env = "SANDBOX_SPEED", value_name = "FACTOR")]
    pub sandbox_speed: Option<Speed>,
    /// List calls per second; 0 for no limit [default: 1, as documented]
    #[arg(long, env = "LIST_PER_SECOND", value_name = "CALLS")]
    pub list_per_second: Option<u32>,
    /// Realtime calls per second; 0 for no limit [default: 3, as documented]
    #[arg(long, env = "REALTIME_PER_SECOND", value_name = "CALLS")]
    pub realtime_per_second: Option<u32>,
    /// All other calls per second; 0 for no limit [default: 1, as documented]
    #[arg(long, env = "OTHER_PER_SECOND", value_name = "CALLS")]
    pub other_per_second: Option<u32>,
    /// Calls of all kinds together per second; 0 for no such limit [default: 0]
    #[arg(long, env = "ACCOUNT_PER_SECOND", value_name = "CALLS")]
    pub account_per_second: Option<u32>,
    /// How long to call nothing after a 429; 0 for no silence [default: 120s, as documented]
    #[arg(long, env = "SILENCE", value_name = "TIME")]
    pub silence: Option<Span>,
    /// What is added to every second of a limit, because calls do not arrive as they left [default: 50ms]
    #[arg(long, env = "SLOT_MARGIN", value_name = "TIME")]
    pub slot_margin: Option<Span>,
    /// How soon the same parcel may be asked for in realtime again; 0 for at once [default: 2h, as documented]
    #[arg(long, env = "REALTIME_COOLDOWN", value_name = "TIME")]
    pub realtime_cooldown: Option<Span>,
    /// How long a caller waits for a turn, or for a list call's answer; who would wait longer is refused at once [default: 15s]
    #[arg(long, env = "PATIENCE", value_name = "TIME")]
    pub patience: Option<Span>,
    /// How often watched parcels are asked for; 0 for never [default: 30s, 1s in the sandbox]
    #[arg(long, env = "POLL_INTERVAL", value_name = "TIME")]
    pub poll_interval: Option<Span>,
    /// How long opening a connection to TrackingMore may take [default: 5s]
    #[arg(long, env = "CONNECT_TIMEOUT", value_name = "TIME")]
    pub connect_timeout: Option<Span>,
    /// How long a call may take in all [default: 30s]
    #[arg(long, env = "CALL_TIMEOUT", value_name = "TIME")]
    pub call_timeout: Option<Span>,
    /// The same for realtime calls, which wait for the courier [default: 90s]
    #[arg(long, env = "REALTIME_TIMEOUT", value_name = "TIME")]
    pub realtime_timeout: Option<Span>,
    /// The Redis that the account's replicas share; a password belongs into the variable [default: none]
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true)]
    pub redis: Option<String>,
    /// How many replicas share the account at most; needed with a Redis [default: 1]
    #[arg(long, env = "REPLICAS", value_name = "REPLICAS")]
    pub replicas: Option<u32>,
    /// The header that names the client, such as X-Forwarded-For, behind a proxy that replaces what clients send in it [default: none, by address]
    #[arg(long, env = "CLIENT_HEADER", value_name = "HEADER")]
    pub client_header: Option<String>,
    /// The e-mail with which the account's owner logs in: takes TrackingMore's messages that it signs [default: none]
    #[arg(
        long,
        env = "WEBHOOK_EMAIL",
        value_name = "EMAIL",
        hide_env_values = true
    )]
    pub webhook_email: Option<String>,
    /// How old a message of TrackingMore may be, which sends it again and again for days [default: 24h]
    #[arg(long, env = "WEBHOOK_TOLERANCE", value_name = "TIME")]
    pub webhook_tolerance: Option<Span>,
    /// How many parcels are remembered [default: 100000]
    #[arg(long, env = "MAX_PARCELS", value_name = "PARCELS")]
    pub max_parcels: Option<u64>,
    /// How many events are kept for subscribers who come back [default: 10000, at least 2000]
    #[arg(long, env = "EVENTS", value_name = "EVENTS")]
    pub events: Option<u32>,
    /// How long events are kept for them [default: 24h]
    #[arg(long, env = "EVENTS_AGE", value_name = "TIME")]
    pub events_age: Option<Span>,
    /// How long the end may take once the server is told to stop: for requests in flight, and for subscribers [default: 20s]
    #[arg(long, env = "DRAIN", value_name = "TIME")]
    pub drain: Option<Span>,
    /// Who may ask, and how much.
    #[command(flatten)]
    #[serde(default)]
    pub access: AccessOverrides,
    /// How large an operation may be, and which ones are known.
    #[command(flatten)]
    #[serde(default)]
    pub operations: OperationOverrides,
    /// What comes over the network.
    #[command(flatten)]
    #[serde(default)]
    pub transport: TransportOverrides,
    /// The log and the traces.
    #[command(flatten)]
    #[serde(default)]
    pub telemetry: TelemetryOverrides,
}

/// The two kinds of data.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamChoice {
    /// Simulated parcels, in this process.
    Sandbox,
    /// The account whose key is in TRACKINGMORE_API_KEY.
    Trackingmore,
}

impl Overrides {
    /// Reads a settings file.
    pub fn from_file(path: &Path) -> Result<Self, SettingError> {
        let unreadable = |reason: String| SettingError::File {
            path: path.to_owned(),
            reason,
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n'))
                .map_or(String::new(), |ends| format!("line {}: ", ends.count() + 1));
            // The message alone: the error's full text would repeat the line, which may hold the key.
            unreadable(line + &error.message().replace('\n', " "))
        })
    }

    /// These settings, and those below where these say nothing.
    pub fn over(self, below: Self) -> Self {
        Self {
            listen: self.listen.or(below.listen),
            upstream: self.upstream.or(below.upstream),
            upstream_url: self.upstream_url.or(below.upstream_url),
            trackingmore_api_key: self.trackingmore_api_key.or(below.trackingmore_api_key),
            sandbox_speed: self.sandbox_speed.or(below.sandbox_speed),
            list_per_second: self.list_per_second.or(below.list_per_second),
            realtime_per_second: self.realtime_per_second.or(below.realtime_per_second),
            other_per_second: self.other_per_second.or(below.other_per_second),
            account_per_second: self.account_per_second.or(below.account_per_second),
            silence: self.silence.or(below.silence),
            slot_margin: self.slot_margin.or(below.slot_margin),
            realtime_cooldown: self.realtime_cooldown.or(below.realtime_cooldown),
            patience: self.patience.or(below.patience),
            poll_interval: self.poll_interval.or(below.poll_interval),
            connect_timeout: self.connect_timeout.or(below.connect_timeout),
            call_timeout: self.call_timeout.or(below.call_timeout),
            realtime_timeout: self.realtime_timeout.or(below.realtime_timeout),
            redis: self.redis.or(below.redis),
            replicas: self.replicas.or(below.replicas),
            client_header: self.client_header.or(below.client_header),
            webhook_email: self.webhook_email.or(below.webhook_email),
            webhook_tolerance: self.webhook_tolerance.or(below.webhook_tolerance),
            max_parcels: self.max_parcels.or(below.max_parcels),
            events: self.events.or(below.events),
            events_age: self.events_age.or(below.events_age),
            drain: self.drain.or(below.drain),
            access: self.access.over(below.access),
            operations: self.operations.over(below.operations),
            transport: self.transport.over(below.transport),
            telemetry: self.telemetry.over(below.telemetry),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    /// What is said of a settings file with this text.
    fn complaint(text: &str) -> String {
        let error = Overrides::from_file(file(text).path()).err().unwrap();
        error.to_string()
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_beats_nothing() {
        let file = file("listen = \"localhost:1\"\npatience = \"3s\"\nsilence = 60\n");
        let address = "127.0.0.1:2".parse().unwrap();
        let flags = Overrides {
            listen: Some(address),
            ..Overrides::default()
        };
        let set = flags.over(Overrides::from_file(file.path()).unwrap());
        assert_eq!(set.listen, Some(address));
        assert_eq!(set.patience, Some("3s".parse().unwrap()));
        assert_eq!(set.silence, Some("60s".parse().unwrap()));
    }

    #[test]
    fn a_bad_file_is_told_in_one_line_without_its_secrets() {
        for text in [
            "trackingmore_api_key = \"5ecret\nlisten = 5",
            "trackingmore_api_key = [\"5ecret\"]",
            "trackingmore_api_key = { key = \"5ecret\" }",
            "trackingmore_api_key = 123456789",
            "trackingmore_api_key = 0.123456789",
            "trackingmore_api_key = 5ecret",
            "no_such_setting = \"5ecret\"",
        ] {
            let line = complaint(text);
            assert!(line.contains("line 1"), "{line}");
            for secret in ["\n", "5ecret", "123456789"] {
                assert!(!line.contains(secret), "{line}");
            }
        }
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told_with_its_line_and_what_belongs_there() {
        for (third, says) in [
            ("listne = \"127.0.0.1:1\"", "listne"),
            ("  listne = 1", "listne"),
            ("patience = 1.5", "expected a length of time such as"),
            ("patience = -1", "not a length of time"),
            ("patience = \"soon\"", "not a length of time"),
            ("patience = 2592001", "longer than 30 days"),
            ("listen = \"nowhere\"", "not an address"),
            ("sandbox_speed = nan", "from 0 to 100000"),
            ("trackingmore_api_key = 1", "must be a text in quotes"),
        ] {
            let line = complaint(&format!("# two lines\r\nsilence = 1\n{third}\n"));
            assert!(line.contains("line 3: ") && line.contains(says), "{line}");
        }
    }
}
