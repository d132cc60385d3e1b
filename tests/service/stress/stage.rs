//! Everything that takes part: the account, Redis, the replicas, and a network that fails for one of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parcelgraph::sandbox::{self, Limits, Sandbox};
use serde_json::Value;

use super::load::{Crowd, Load, Place};
use crate::support::{Plan, Process, Proxy, Redis};

/// How long the account wants silence after a 429; the documented two minutes would be most of the time there is.
pub const SILENCE: Duration = Duration::from_secs(10);

/// By how many seconds the replicas' clocks are wrong, one after the other.
const CLOCKS_OFF_BY: [i64; 4] = [5, 0, -5, 2];

/// Which replica has its Redis behind the proxy.
pub const BEHIND_PROXY: usize = 1;

/// An account with the documented limits, a Redis and replicas. All end with it.
pub struct Stage {
    pub sandbox: Sandbox,
    pub redis: Redis,
    pub proxy: Proxy,
    pub replicas: Vec<Process>,
    pub load: Arc<Load>,
}

impl Stage {
    /// Starts everything; so many parcels are there to be looked up.
    pub async fn open(replicas: usize, parcels: usize) -> Self {
        Self::with(replicas, parcels, &[]).await
    }

    /// The same with room between the calls for a machine that is busy with other tests.
    #[allow(dead_code, reason = "the bench wants a quiet machine")]
    pub async fn on_a_busy_machine(replicas: usize, parcels: usize) -> Self {
        Self::with(replicas, parcels, &["--slot-margin", "300ms"]).await
    }

    async fn with(replicas: usize, parcels: usize, flags: &[&str]) -> Self {
        let silence = format!("{}s", SILENCE.as_secs());
        // All of it comes from one address.
        let usual = ["--silence", &silence, "--points-per-second", "0"];
        let flags = [&usual, flags].concat();
        let flags: Vec<_> = flags.into_iter().map(str::to_owned).collect();
        let settings = sandbox::Settings {
            speed: 0.0,
            parcels,
            quota: 1_000_000,
            limits: Limits {
                silence: SILENCE,
                ..Limits::default()
            },
            ..sandbox::Settings::default()
        };
        let api_key = settings.api_key.clone();
        let sandbox = Sandbox::start_on_thread(settings).unwrap();
        let opened = Instant::now();
        let redis = Redis::start().await;
        let proxy = Proxy::before(&redis.url()).await;
        let mut started = Vec::new();
        for number in 0..replicas {
            let plan = Plan {
                upstream_url: sandbox.base_url(),
                api_key: api_key.clone(),
                redis_url: Some(match number == BEHIND_PROXY {
                    true => proxy.url(),
                    false => redis.url(),
                }),
                replicas,
                clock_off_by: CLOCKS_OFF_BY[number % CLOCKS_OFF_BY.len()],
                flags: flags.clone(),
            };
            started.push(Process::start(plan).await);
        }
        let places = started.iter().map(|replica| Place::new(replica.graphql()));
        let parcels = parcels_of(sandbox.address()).await;
        Self {
            load: Arc::new(Load::new(places.collect(), parcels, opened)),
            sandbox,
            redis,
            proxy,
            replicas: started,
        }
    }

    /// Lets the crowd ask for as long as this goes on, and makes trouble meanwhile.
    pub async fn under(&mut self, crowd: &Crowd, work: impl AsyncFnOnce(&mut Self)) {
        let clients = crowd.enter(&self.load);
        work(self).await;
        clients.leave().await;
    }

    /// Ends a replica as a crash does.
    pub async fn kill(&mut self, replica: usize) {
        self.load.places[replica].close();
        self.replicas[replica].kill().await;
    }

    /// Starts it again.
    pub async fn restart(&mut self, replica: usize) {
        self.replicas[replica].restart().await;
        self.load.places[replica].open();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.sandbox.stop();
    }
}

/// Carrier and number of all that the account holds.
async fn parcels_of(address: SocketAddr) -> Vec<(String, String)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let listed = client.get(format!("http://{address}/__parcels")).send();
    let rows: Vec<Value> = listed.await.unwrap().json().await.unwrap();
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(row, "carrier_code"), text(row, "tracking_number")))
        .collect()
}
