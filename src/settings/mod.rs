//! What can be set: defaults, then the file, then the environment, then flags, each over the one before.

mod access;
mod address;
mod changes;
mod duration;
mod error;
mod fleet;
mod key;
mod operations;
mod overrides;
mod points;
mod report;
mod size;
mod speed;
mod switch;
mod telemetry;
mod tokens;
mod transport;
mod upstream;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::http::HeaderName;

pub use access::{Access, AccessOverrides};
pub use address::Address;
pub use changes::{Change, When, changes};
pub use duration::Span;
pub use error::{InvalidValue, SettingError};
pub use key::parse_key;
pub use operations::{OperationOverrides, Operations};
pub use overrides::{Overrides, UpstreamChoice};
pub use size::Size;
pub use speed::Speed;
pub use switch::Switch;
pub use telemetry::{FormatChoice, TelemetryOverrides};
pub use tokens::{TokenList, TokenOverrides};
pub use transport::TransportOverrides;
pub use upstream::Upstream;

use crate::upstream::Signer;
use crate::{live, redis_link, throttle, tracker, web};

/// How many parcels are remembered.
const MAX_PARCELS: u64 = 100_000;

/// How many events are kept. A thousand take about 4 MB in every replica, and as much in Redis.
const EVENTS: usize = 10_000;

/// One list call can tell of two thousand changes.
const LEAST_EVENTS: u32 = 2_000;

/// The highest limit, because the throttle remembers every call of the last second.
const MAX_PER_SECOND: u32 = 10_000;

/// The settings in force, each of them valid.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to serve.
    pub listen: SocketAddr,
    /// Whose parcels are served.
    pub upstream: Upstream,
    /// How long opening a connection to the upstream may take.
    pub connect_timeout: Duration,
    /// How long a call may take in all.
    pub call_timeout: Duration,
    /// The same for realtime calls, which wait for the courier.
    pub realtime_timeout: Duration,
    /// What the account may do.
    pub limits: throttle::Limits,
    /// How patient and how eager the tracker is.
    pub tracker: tracker::Settings,
    /// The Redis that the account's replicas share.
    pub redis: Option<redis_link::Address>,
    /// How many replicas share the account at most. A replica that cannot see the others keeps to its share of every limit.
    pub replicas: u32,
    /// The header that names the client, where a proxy sets one. Without it the peer's address does.
    pub client_header: Option<HeaderName>,
    /// Who signs the messages that are taken; without it none are, except in the sandbox.
    pub webhook_signer: Option<Signer>,
    /// How old such a message may be.
    pub webhook_tolerance: Duration,
    /// How many parcels are remembered.
    pub max_parcels: u64,
    /// How much is kept of the events that subscribers can go back to.
    pub events: live::Kept,
    /// How long the end may take once the server is told to stop.
    pub drain: Duration,
    /// Who may ask, and how much.
    pub access: Access,
    /// How large an operation may be, and which ones are known.
    pub operations: Operations,
    /// What comes over the network.
    pub transport: web::Settings,
    /// How the log and the traces are written.
    pub telemetry: crate::telemetry::Settings,
}

impl Settings {
    /// Puts defaults under what was set, and checks everything. Tells all that is wrong, not only the first.
    pub fn resolve(set: &Overrides) -> Result<Self, Vec<SettingError>> {
        let mut errors = Vec::new();
        let upstream = upstream::resolve(set).map_err(|wrong| errors.extend(wrong));
        // What is simulated may be asked every second; a real service is asked more politely.
        let poll_interval = match upstream {
            Ok(Upstream::Sandbox { .. }) => Duration::from_secs(1),
            _ => Duration::from_secs(30),
        };
        let mut some_time = |name, value: Option<Span>, default| {
            let duration = value.map_or(Duration::from_secs(default), Duration::from);
            if duration.is_zero() {
                errors.push(SettingError::ZeroTime(name));
            }
            duration
        };
        let patience = some_time("patience", set.patience, 15);
        let connect_timeout = some_time("connect-timeout", set.connect_timeout, 5);
        let call_timeout = some_time("call-timeout", set.call_timeout, 30);
        let realtime_timeout = some_time("realtime-timeout", set.realtime_timeout, 90);
        let events_age = some_time("events-age", set.events_age, 24 * 60 * 60);
        let drain = some_time("drain", set.drain, 20);
        let webhook_tolerance = some_time("webhook-tolerance", set.webhook_tolerance, 24 * 60 * 60);
        let documented = throttle::Limits::default();
        let limits = throttle::Limits {
            list_per_second: set.list_per_second.unwrap_or(documented.list_per_second),
            realtime_per_second: set
                .realtime_per_second
                .unwrap_or(documented.realtime_per_second),
            other_per_second: set.other_per_second.unwrap_or(documented.other_per_second),
            account_per_second: set
                .account_per_second
                .unwrap_or(documented.account_per_second),
            silence: set.silence.map_or(documented.silence, Duration::from),
            margin: set.slot_margin.map_or(documented.margin, Duration::from),
        };
        for (name, per_second) in [
            ("list-per-second", limits.list_per_second),
            ("realtime-per-second", limits.realtime_per_second),
            ("other-per-second", limits.other_per_second),
            ("account-per-second", limits.account_per_second),
        ] {
            if per_second > MAX_PER_SECOND {
                errors.push(SettingError::TooManyPerSecond(name));
            }
        }
        if set.events.is_some_and(|events| events < LEAST_EVENTS) {
            errors.push(SettingError::TooFewEvents);
        }
        let redis = fleet::redis(set).unwrap_or_else(|wrong| {
            errors.push(wrong);
            None
        });
        let replicas = fleet::replicas(set).unwrap_or_else(|wrong| {
            errors.push(wrong);
            0
        });
        let client_header = set.client_header.as_deref().map(str::parse);
        let client_header = client_header.transpose().unwrap_or_else(|_| {
            errors.push(SettingError::ClientHeader);
            None
        });
        let webhook_signer = set.webhook_email.as_deref().map(Signer::parse).transpose();
        let webhook_signer = webhook_signer.unwrap_or_else(|wrong| {
            errors.push(wrong.into());
            None
        });
        let listen = set
            .listen
            .map_or((Ipv4Addr::LOCALHOST, 8080).into(), SocketAddr::from);
        let (access, wrong) = Access::resolve(&set.access, upstream.as_ref().ok(), listen);
        errors.extend(wrong);
        let (operations, wrong) = Operations::resolve(&set.operations);
        errors.extend(wrong);
        let (transport, wrong) = set.transport.resolve(upstream.as_ref().ok(), listen);
        errors.extend(wrong);
        let (telemetry, wrong) = set.telemetry.resolve();
        errors.extend(wrong);
        match upstream {
            Ok(upstream) if errors.is_empty() => Ok(Self {
                listen,
                upstream,
                connect_timeout,
                call_timeout,
                realtime_timeout,
                limits,
                tracker: tracker::Settings {
                    patience,
                    poll_interval: set.poll_interval.map_or(poll_interval, Duration::from),
                    realtime_cooldown: set
                        .realtime_cooldown
                        .map_or(Duration::from_secs(2 * 60 * 60), Duration::from),
                },
                redis,
                replicas,
                client_header,
                webhook_signer,
                webhook_tolerance,
                max_parcels: set.max_parcels.unwrap_or(MAX_PARCELS),
                events: live::Kept {
                    events: set.events.map_or(EVENTS, |events| events as usize),
                    age: events_age,
                },
                drain,
                access,
                operations,
                transport,
                telemetry,
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{BuildError, InvalidSigner};

    #[test]
    fn with_nothing_set_the_data_is_simulated_and_served_on_loopback() {
        let settings = Settings::resolve(&Overrides::default()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert!(matches!(settings.upstream, Upstream::Sandbox { .. }));
        assert_eq!(settings.limits, throttle::Limits::default());
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let errors = Settings::resolve(&Overrides {
            upstream: Some(UpstreamChoice::Trackingmore),
            upstream_url: Some("nonsense".to_owned()),
            patience: Some("0".parse().unwrap()),
            call_timeout: Some("0s".parse().unwrap()),
            client_header: Some("Client Name".to_owned()),
            other_per_second: Some(MAX_PER_SECOND + 1),
            events: Some(LEAST_EVENTS - 1),
            webhook_email: Some("nobody".to_owned()),
            ..Overrides::default()
        })
        .unwrap_err();
        assert_eq!(
            errors,
            [
                SettingError::Url(BuildError::BaseUrl),
                SettingError::MissingKey,
                SettingError::ZeroTime("patience"),
                SettingError::ZeroTime("call-timeout"),
                SettingError::TooManyPerSecond("other-per-second"),
                SettingError::TooFewEvents,
                SettingError::ClientHeader,
                SettingError::WebhookEmail(InvalidSigner),
            ]
        );
    }
}
