//! What can be set about a sandbox.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;

use super::limits::Limits;

/// How a sandbox listens, whom it lets in and how its time runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key that calls must carry in `Trackingmore-Api-Key`.
    pub api_key: String,
    /// The e-mail with which the account's owner logs in; it signs what the sandbox sends by itself.
    pub email: String,
    /// Simulated seconds per real second; 0 freezes the parcels, so that only moving the clock moves them.
    pub speed: f64,
    /// How many creates and realtime calls the account can pay for.
    pub quota: u32,
    /// How many generated parcels the account holds at the start, besides the well-known ones.
    pub parcels: usize,
    /// The limits of the lanes and the silence after breaking one.
    pub limits: Limits,
    /// The simulated time at which the sandbox opens.
    pub start: Timestamp,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            api_key: "sandbox".to_owned(),
            email: "user@example.com".to_owned(),
            speed: 60.0,
            quota: 10_000,
            parcels: 320,
            limits: Limits::default(),
            start: Timestamp::constant(1_772_323_200, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_starts_in_march_2026() {
        assert_eq!(
            Settings::default().start.to_string(),
            "2026-03-01T00:00:00Z"
        );
    }
}
