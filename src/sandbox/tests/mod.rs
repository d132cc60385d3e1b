//! The sandbox as clients see it, through its socket.

mod account;
mod air_cargo;
mod batch;
mod carriers;
mod changes;
mod control;
mod create;
mod estimates;
mod faults;
mod languages;
mod limits;
mod listing;
mod lookup;
mod removal;

use reqwest::{Method, Response};
use serde_json::Value;

use super::{Limits, Sandbox, Settings};

/// A running sandbox and a client with its key.
struct House {
    sandbox: Sandbox,
    client: reqwest::Client,
}

impl House {
    /// Frozen and without limits, for tests of content.
    async fn open() -> Self {
        Self::with(Settings {
            limits: Limits::OFF,
            speed: 0.0,
            ..Settings::default()
        })
        .await
    }

    async fn with(settings: Settings) -> Self {
        let sandbox = Sandbox::start(settings).await.unwrap();
        let client = reqwest::Client::new();
        Self { sandbox, client }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.base_url());
        let request = self.client.request(method, url);
        request.header("Trackingmore-Api-Key", "sandbox")
    }

    async fn send(&self, path: &str) -> reqwest::Result<Response> {
        self.request(Method::GET, path).send().await
    }

    async fn get(&self, path: &str) -> Value {
        self.send(path).await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.request(Method::POST, path).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        let request = self.request(Method::PUT, path).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn delete(&self, path: &str) -> Value {
        let request = self.request(Method::DELETE, path);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn code(&self, path: &str) -> u64 {
        code(&self.get(path).await)
    }

    fn root(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.address())
    }
}

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

/// The `meta.code` of an answer.
fn code(answer: &Value) -> u64 {
    answer["meta"]["code"].as_u64().unwrap()
}
