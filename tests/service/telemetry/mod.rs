//! What the program says of itself.

mod collectors;
mod logs;
mod traces;

use std::time::Duration;

use parcelgraph::sandbox::{self, SHUTTLE, Sandbox};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{Plan, Process};

const DEADLINE: Duration = Duration::from_secs(30);

const LOOK: &str = "query Look($ref: TrackingRef!) { tracking(ref: $ref) { status } }";

/// A process in front of a sandbox that stands still.
struct Watched {
    process: Process,
    client: reqwest::Client,
    _sandbox: Sandbox,
}

impl Watched {
    /// With these flags besides.
    async fn start(flags: &[&str]) -> Self {
        Self::start_within(Vec::new(), flags).await
    }

    /// The same with these variables.
    async fn start_within(environment: Vec<(&'static str, String)>, flags: &[&str]) -> Self {
        let settings = sandbox::Settings {
            speed: 0.0,
            ..sandbox::Settings::default()
        };
        let api_key = settings.api_key.clone();
        let sandbox = Sandbox::start_on_thread(settings).unwrap();
        let url = sandbox.base_url().to_owned();
        Self {
            process: Process::start_within(environment, plan(url, api_key, flags)).await,
            client: client(),
            _sandbox: sandbox,
        }
    }

    /// A request for an operation.
    fn request(&self, body: &Value) -> RequestBuilder {
        self.client.post(self.process.graphql()).json(body)
    }

    async fn ask(&self, body: &Value) -> Value {
        let answer = self.request(body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// What it shows of itself.
    async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.process.address());
        let response = self.client.get(url).send().await.unwrap();
        response.text().await.unwrap()
    }

    /// Ends it as a deploy does.
    async fn end(&mut self) {
        assert!(self.process.drain().await.success());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.process.log()).unwrap()
    }
}

fn plan(upstream_url: String, api_key: String, flags: &[&str]) -> Plan {
    Plan {
        upstream_url,
        api_key,
        redis_url: None,
        replicas: 1,
        clock_off_by: 0,
        flags: flags.iter().map(ToString::to_string).collect(),
    }
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE);
    client.build().unwrap()
}

fn look(carrier: &str, number: &str) -> Value {
    let key = json!({ "carrierCode": carrier, "trackingNumber": number });
    json!({ "query": LOOK, "variables": { "ref": { "key": key } } })
}

fn look_at_the_shuttle() -> Value {
    look(SHUTTLE.0, SHUTTLE.1)
}
