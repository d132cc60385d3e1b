//! A whole house in one line.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use parcelgraph::sandbox::{self, Endpoint, Limit, Limits, Sandbox};
use parcelgraph::settings::Settings;

use super::Gateway;

/// A sandbox that stands still, and a server in front of it. Both end with it.
pub struct House {
    pub sandbox: Sandbox,
    gateway: Gateway,
}

impl Deref for House {
    type Target = Gateway;

    fn deref(&self) -> &Gateway {
        &self.gateway
    }
}

impl DerefMut for House {
    fn deref_mut(&mut self) -> &mut Gateway {
        &mut self.gateway
    }
}

impl House {
    /// With all limits as documented.
    pub async fn open() -> Self {
        Self::with(|_| ()).await
    }

    /// Without limits on either side, for tests that are about something else.
    pub async fn without_limits() -> Self {
        Self::without_limits_and(|_| ()).await
    }

    /// The same, with other settings.
    pub async fn without_limits_and(change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(without_limits(), |settings| {
            no_limits(settings);
            change(settings);
        })
        .await
    }

    /// Without limits, and with so many parcels besides the sandbox's own four.
    pub async fn with_parcels(parcels: usize) -> Self {
        let sandbox = sandbox::Settings {
            parcels,
            ..without_limits()
        };
        Self::build(sandbox, no_limits).await
    }

    /// With limits as documented, but so many calls a second that are neither for lists nor in realtime. Their slots open only
    /// every so often, and for the first time after as long, so that whoever comes meanwhile waits for them together. Callers wait for two of them.
    pub async fn with_other_calls(calls: u32, every: Duration) -> Self {
        let sandbox = sandbox::Settings {
            limits: Limits {
                other: Limit::per_second(calls as usize),
                ..Limits::default()
            },
            ..still()
        };
        Self::build(sandbox, |settings| {
            settings.limits.other_per_second = calls;
            settings.limits.margin = every - Duration::from_secs(1);
            settings.tracker.patience = every * 3;
            settings.access.points = None;
            // A thousand clients in one process may be slower than one that has a process of its own.
            settings.transport.head_timeout = every * 6;
        })
        .await
    }

    /// With all limits as documented and other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(still(), change).await
    }

    /// The sandbox lives in a thread of its own, so that it sees time as it passes whatever a test does to its own clock.
    async fn build(sandbox: sandbox::Settings, change: impl FnOnce(&mut Settings)) -> Self {
        let key = sandbox.api_key.clone();
        let sandbox = Sandbox::start_on_thread(sandbox).unwrap();
        let gateway = Gateway::before(&sandbox, &key, change).await;
        Self { sandbox, gateway }
    }

    /// How many calls the sandbox got at one of its doors.
    pub fn calls(&self, endpoint: Endpoint) -> u64 {
        self.sandbox.stats().calls[&endpoint]
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}

pub(super) fn no_limits(settings: &mut Settings) {
    settings.limits.list_per_second = 0;
    settings.limits.realtime_per_second = 0;
    settings.limits.other_per_second = 0;
    settings.access.points = None;
}

pub(super) fn without_limits() -> sandbox::Settings {
    sandbox::Settings {
        limits: Limits {
            silence: Limits::default().silence,
            ..Limits::OFF
        },
        ..still()
    }
}

pub(super) fn still() -> sandbox::Settings {
    sandbox::Settings {
        speed: 0.0,
        ..sandbox::Settings::default()
    }
}
