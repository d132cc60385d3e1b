//! Several gateways in front of one account, with a Redis between them.

use std::time::Duration;

use parcelgraph::sandbox::{self, Endpoint, Sandbox};
use parcelgraph::settings::Settings;
use tokio::time::Instant;

use super::house::{no_limits, still, without_limits};
use super::{Gateway, Redis, until};

/// A sandbox that stands still, a Redis, and replicas that share them. All end with it.
pub struct Fleet {
    pub sandbox: Sandbox,
    pub redis: Redis,
    pub gateways: Vec<Gateway>,
    key: String,
    replicas: u32,
    change: Box<dyn Fn(&mut Settings)>,
}

impl Fleet {
    /// With all limits as documented.
    pub async fn open(replicas: u32) -> Self {
        Self::build(replicas, still(), |_| ()).await
    }

    /// Without limits on either side, for tests that are about something else.
    pub async fn without_limits(replicas: u32) -> Self {
        Self::without_limits_and(replicas, |_| ()).await
    }

    /// The same, with other settings.
    pub async fn without_limits_and(
        replicas: u32,
        change: impl Fn(&mut Settings) + 'static,
    ) -> Self {
        Self::build(replicas, without_limits(), move |settings| {
            no_limits(settings);
            change(settings);
        })
        .await
    }

    /// With another sandbox and other settings.
    pub async fn build(
        replicas: u32,
        sandbox: sandbox::Settings,
        change: impl Fn(&mut Settings) + 'static,
    ) -> Self {
        let key = sandbox.api_key.clone();
        let mut fleet = Self {
            sandbox: Sandbox::start_on_thread(sandbox).unwrap(),
            redis: Redis::start().await,
            gateways: Vec::new(),
            key,
            replicas,
            change: Box::new(change),
        };
        for _ in 0..replicas {
            fleet.grow().await;
        }
        fleet
    }

    /// Adds a replica.
    pub async fn grow(&mut self) {
        let gateway = Gateway::before(&self.sandbox, &self.key, |settings| {
            settings.redis = Some(self.redis.url().parse().unwrap());
            settings.replicas = self.replicas;
            (self.change)(settings);
        });
        self.gateways.push(gateway.await);
        self.is_linked().await;
    }

    /// Waits until every replica can reach Redis.
    pub async fn is_linked(&self) {
        let is_linked = |gateway: &Gateway| gateway.link.as_ref()?.session();
        until("the link to Redis", || {
            self.gateways
                .iter()
                .all(|gateway| is_linked(gateway).is_some())
        })
        .await;
    }

    /// Waits until so many parcels are known to all. Nobody who asks is kept waiting until the others know the answer, too.
    pub async fn knows(&self, parcels: usize) {
        let end = Instant::now() + Duration::from_secs(30);
        while self
            .redis
            .ask::<Vec<String>>(&["KEYS", "*:t1:*"])
            .await
            .len()
            < parcels
        {
            assert!(Instant::now() < end, "{parcels} parcels were not stored");
        }
    }

    /// How many calls the sandbox got at one of its doors.
    pub fn calls(&self, endpoint: Endpoint) -> u64 {
        self.sandbox.stats().calls[&endpoint]
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}
