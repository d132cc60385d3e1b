//! What can be set: defaults, then the file, then the environment, then flags, each over the one before.

mod duration;
mod error;
mod overrides;
mod report;
mod upstream;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

pub use duration::Span;
pub use error::SettingError;
pub use overrides::{Overrides, UpstreamChoice};
pub use upstream::Upstream;

use crate::{throttle, tracker};

/// How many parcels are remembered; about 3 KiB each.
const MAX_PARCELS: u64 = 100_000;

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
    /// How many parcels are remembered.
    pub max_parcels: u64,
}

impl Settings {
    /// Puts defaults under what was set, and checks everything. Tells all that is wrong, not only the first.
    pub fn resolve(set: &Overrides) -> Result<Self, Vec<SettingError>> {
        let upstream = upstream::resolve(set).map_err(|error| vec![error])?;
        let limits = throttle::Limits::default();
        // What is simulated may be asked every second; a real service is asked more politely.
        let poll_interval = match upstream {
            Upstream::Sandbox { .. } => Duration::from_secs(1),
            Upstream::TrackingMore { .. } => Duration::from_secs(30),
        };
        let mut errors = Vec::new();
        let mut some_time = |name, value: Option<Span>, default: u64| {
            let duration = value.map_or(Duration::from_secs(default), Duration::from);
            if duration.is_zero() {
                errors.push(SettingError::ZeroTime(name));
            }
            duration
        };
        let patience = some_time("patience", set.patience, 15);
        let settings = Self {
            listen: set
                .listen
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            upstream,
            connect_timeout: some_time("connect-timeout", set.connect_timeout, 5),
            call_timeout: some_time("call-timeout", set.call_timeout, 30),
            realtime_timeout: some_time("realtime-timeout", set.realtime_timeout, 90),
            tracker: tracker::Settings {
                patience,
                poll_interval: set.poll_interval.map_or(poll_interval, Duration::from),
                realtime_cooldown: set
                    .realtime_cooldown
                    .map_or(Duration::from_secs(2 * 60 * 60), Duration::from),
            },
            limits: throttle::Limits {
                list_per_second: set.list_per_second.unwrap_or(limits.list_per_second),
                realtime_per_second: set
                    .realtime_per_second
                    .unwrap_or(limits.realtime_per_second),
                other_per_second: set.other_per_second.unwrap_or(limits.other_per_second),
                silence: set.silence.map_or(limits.silence, Duration::from),
                margin: set.slot_margin.map_or(limits.margin, Duration::from),
                patience,
            },
            max_parcels: set.max_parcels.unwrap_or(MAX_PARCELS),
        };
        if errors.is_empty() {
            Ok(settings)
        } else {
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_nothing_set_the_data_is_simulated_and_served_on_loopback() {
        let settings = Settings::resolve(&Overrides::default()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert!(matches!(settings.upstream, Upstream::Sandbox { .. }));
        assert_eq!(settings.limits, throttle::Limits::default());
    }

    #[test]
    fn every_time_that_may_not_be_zero_is_named() {
        let errors = Settings::resolve(&Overrides {
            patience: Some("0".parse().unwrap()),
            call_timeout: Some("0s".parse().unwrap()),
            ..Overrides::default()
        })
        .unwrap_err();
        assert_eq!(
            errors,
            [
                SettingError::ZeroTime("patience"),
                SettingError::ZeroTime("call-timeout")
            ]
        );
    }
}
