//! A whole house in one line.

use std::time::Duration;

use parcelgraph::app::App;
use parcelgraph::sandbox::{self, Endpoint, Limits, Sandbox};
use parcelgraph::settings::{Overrides, Settings, Upstream};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(30);

/// A sandbox that stands still, and a server in front of it. Both end with it.
pub struct House {
    pub sandbox: Sandbox,
    pub address: String,
    client: reqwest::Client,
    server: JoinHandle<()>,
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

    /// With all limits as documented and other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(still(), change).await
    }

    /// The sandbox lives in a thread of its own, so that it sees time as it passes whatever a test does to its own clock.
    async fn build(sandbox: sandbox::Settings, change: impl FnOnce(&mut Settings)) -> Self {
        let key = sandbox.api_key.clone();
        let sandbox = Sandbox::start_on_thread(sandbox).unwrap();
        let mut settings = Settings::resolve(&Overrides::default()).unwrap();
        settings.listen = ([127, 0, 0, 1], 0).into();
        settings.upstream = Upstream::TrackingMore {
            base_url: sandbox.base_url().parse().unwrap(),
            api_key: parcelgraph::upstream::ApiKey::parse(&key).unwrap(),
        };
        change(&mut settings);
        let app = App::open(&settings).await.unwrap();
        let address = app.address().unwrap().to_string();
        let server = tokio::spawn(async {
            app.serve(std::future::pending()).await.unwrap();
        });
        Self {
            sandbox,
            address,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            server,
        }
    }

    /// Where the house's endpoint is.
    pub fn graphql(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// The answer to an operation.
    pub async fn ask(&self, query: &str) -> Value {
        self.ask_with(query, json!({})).await
    }

    /// The answer to an operation with variables.
    pub async fn ask_with(&self, query: &str, variables: Value) -> Value {
        serde_json::from_str(&self.send(query, variables).await).unwrap()
    }

    /// The answer to an operation as it was sent.
    pub async fn raw(&self, query: &str) -> String {
        self.send(query, json!({})).await
    }

    /// The answer to an operation that wants to know what it cost the upstream.
    pub async fn ask_for_costs(&self, query: &str) -> Value {
        let request = self
            .request(query, json!({}))
            .header("Parcelgraph-Extensions", "upstream");
        serde_json::from_str(&Self::answer(request).await).unwrap()
    }

    async fn send(&self, query: &str, variables: Value) -> String {
        Self::answer(self.request(query, variables)).await
    }

    fn request(&self, query: &str, variables: Value) -> reqwest::RequestBuilder {
        let operation = json!({ "query": query, "variables": variables });
        self.client.post(self.graphql()).json(&operation)
    }

    async fn answer(request: reqwest::RequestBuilder) -> String {
        let response = timeout(DEADLINE, request.send()).await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }

    /// How many calls the sandbox got at one of its doors.
    pub fn calls(&self, endpoint: Endpoint) -> u64 {
        self.sandbox.stats().calls[&endpoint]
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.server.abort();
        self.sandbox.stop();
    }
}

fn no_limits(settings: &mut Settings) {
    settings.limits.list_per_second = 0;
    settings.limits.realtime_per_second = 0;
    settings.limits.other_per_second = 0;
}

fn without_limits() -> sandbox::Settings {
    sandbox::Settings {
        limits: Limits {
            silence: Limits::default().silence,
            ..Limits::OFF
        },
        ..still()
    }
}

fn still() -> sandbox::Settings {
    sandbox::Settings {
        speed: 0.0,
        ..sandbox::Settings::default()
    }
}
