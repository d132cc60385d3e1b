//! The settings in force, for an operator's eyes.

use std::fmt;

use super::{Settings, Upstream};

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "listen = {}", self.listen)?;
        match &self.upstream {
            Upstream::Sandbox { speed } => {
                writeln!(f, "upstream = sandbox (simulated data)")?;
                writeln!(f, "sandbox_speed = {speed}")?;
            }
            Upstream::TrackingMore { base_url, .. } => {
                writeln!(f, "upstream = trackingmore (a real account)")?;
                writeln!(f, "upstream_url = {base_url}")?;
                writeln!(f, "trackingmore_api_key = ****")?;
            }
        }
        let (limits, tracker) = (&self.limits, &self.tracker);
        writeln!(f, "list_per_second = {}", limits.list_per_second)?;
        writeln!(f, "realtime_per_second = {}", limits.realtime_per_second)?;
        writeln!(f, "other_per_second = {}", limits.other_per_second)?;
        writeln!(f, "account_per_second = {}", limits.account_per_second)?;
        writeln!(f, "silence = {:?}", limits.silence)?;
        writeln!(f, "slot_margin = {:?}", limits.margin)?;
        writeln!(f, "realtime_cooldown = {:?}", tracker.realtime_cooldown)?;
        writeln!(f, "patience = {:?}", tracker.patience)?;
        writeln!(f, "poll_interval = {:?}", tracker.poll_interval)?;
        writeln!(f, "connect_timeout = {:?}", self.connect_timeout)?;
        writeln!(f, "call_timeout = {:?}", self.call_timeout)?;
        writeln!(f, "realtime_timeout = {:?}", self.realtime_timeout)?;
        match &self.redis {
            Some(address) => writeln!(f, "redis = {address}")?,
            None => writeln!(f, "redis = none")?,
        }
        writeln!(f, "replicas = {}", self.replicas)?;
        match &self.client_header {
            Some(header) => writeln!(f, "client_header = {header}")?,
            None => writeln!(f, "client_header = none")?,
        }
        match (&self.webhook_signer, &self.upstream) {
            (Some(_), _) => writeln!(f, "webhook_email = ****")?,
            (None, Upstream::Sandbox { .. }) => writeln!(f, "webhook_email = the sandbox's own")?,
            (None, Upstream::TrackingMore { .. }) => writeln!(f, "webhook_email = none")?,
        }
        writeln!(f, "webhook_tolerance = {:?}", self.webhook_tolerance)?;
        writeln!(f, "max_parcels = {}", self.max_parcels)?;
        writeln!(f, "events = {}", self.events.events)?;
        writeln!(f, "events_age = {:?}", self.events.age)?;
        writeln!(f, "drain = {:?}", self.drain)?;
        write!(f, "{}{}", self.access, self.operations)?;
        write!(f, "{}{}", self.transport, self.telemetry)
    }
}
