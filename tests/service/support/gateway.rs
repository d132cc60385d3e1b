//! A server on a random port, and how to ask it.

use std::time::Duration;

use parcelgraph::app::App;
use parcelgraph::auth::Gate;
use parcelgraph::auth::Scopes;
use parcelgraph::redis_link::Link;
use parcelgraph::sandbox::Sandbox;
use parcelgraph::settings::{OperationOverrides, Operations, Overrides, Settings, Upstream};
use parcelgraph::upstream::ApiKey;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(30);

/// A server in front of a sandbox. It ends with it.
pub struct Gateway {
    pub address: String,
    settings: Settings,
    pub link: Option<Link>,
    pub gate: Gate,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Gateway {
    /// With all limits as documented and other settings.
    pub async fn before(sandbox: &Sandbox, key: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::resolve(&Overrides::default()).unwrap();
        settings.listen = ([127, 0, 0, 1], 0).into();
        settings.upstream = Upstream::TrackingMore {
            base_url: sandbox.base_url().parse().unwrap(),
            api_key: ApiKey::parse(key).unwrap(),
        };
        settings.access.anonymous = Some(Scopes::ALL);
        settings.operations = without_bounds();
        // Other tests have the processors as well.
        settings.transport.shed_after = Duration::ZERO;
        change(&mut settings);
        Self::open(settings).await
    }

    async fn open(mut settings: Settings) -> Self {
        let app = App::open(&settings).await.unwrap();
        settings.listen = app.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        Self {
            address: settings.listen.to_string(),
            settings,
            link: app.link().cloned(),
            gate: app.gate().clone(),
            // A connection that was idle may have been closed by a clock that was moved.
            client: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            stop: Some(stop),
            server: tokio::spawn(async {
                let stopped = async {
                    if stopped.await.is_err() {
                        std::future::pending().await
                    }
                };
                app.serve(stopped).await.unwrap();
            }),
        }
    }

    /// Stops it, and starts another at the same address.
    pub async fn restart(&mut self) {
        self.stop();
        self.has_stopped().await;
        *self = Self::open(self.settings.clone()).await;
    }

    /// Tells it to stop.
    pub fn stop(&mut self) {
        let stop = self.stop.take().expect("it is stopped once");
        stop.send(()).expect("it serves");
    }

    /// Waits until it has stopped.
    pub async fn has_stopped(&mut self) {
        let server = timeout(DEADLINE, &mut self.server);
        server.await.expect("it stops").unwrap();
    }

    /// Where its endpoint is.
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

    /// The response to a body as it is, sent with further headers.
    pub async fn post(&self, headers: &[(&str, &str)], body: &Value) -> reqwest::Response {
        let mut request = self.client.post(self.graphql()).json(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        timeout(DEADLINE, request.send()).await.unwrap().unwrap()
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
}

/// Operations of any size, for tests that are about something else.
fn without_bounds() -> Operations {
    let none = OperationOverrides {
        max_depth: Some(0),
        max_root_fields: Some(0),
        max_aliases: Some(0),
        max_directives: Some(0),
        max_tokens: Some(0),
        max_complexity: Some(0),
        ..OperationOverrides::default()
    };
    let overrides = Overrides {
        operations: none,
        ..Overrides::default()
    };
    Settings::resolve(&overrides).unwrap().operations
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}
