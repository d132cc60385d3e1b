//! The calls themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, Url};
use serde_json::Value;

use super::exchange::exchange;
use super::{
    ApiKey, BuildError, Call, Error, ListQuery, Page, Settings, envelope, request, tracking,
};
use crate::model::{NewTracking, Tracking, TrackingKey};

/// One TrackingMore account. Clones are cheap and share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: Arc<Url>,
    api_key: ApiKey,
    call_timeout: Duration,
    realtime_timeout: Duration,
}

impl Client {
    /// Makes a client without calling anybody.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        Ok(Self {
            http: settings.http_client()?,
            base_url: Arc::new(settings.base_url),
            api_key: settings.api_key,
            call_timeout: settings.call_timeout,
            realtime_timeout: settings.realtime_timeout,
        })
    }

    /// Reads a page of the account's trackings: `GET /trackings/get`, documented as 1 request per second, free.
    pub async fn list(&self, query: &ListQuery) -> Result<Page, Error> {
        let request = self
            .http
            .get(self.url(["trackings", "get"]))
            .query(&query.pairs()?);
        Page::read(Call::List, self.call(Call::List, request).await)
    }

    /// Reads one tracking, with texts in a language such as `en` or `cn`: `GET /trackings/{carrier}/{number}[/{lang}]`,
    /// free. A tracking that was never created is refused with 4031 or 4017.
    pub async fn single(
        &self,
        key: &TrackingKey,
        language: Option<&str>,
    ) -> Result<Tracking, Error> {
        let language = language.filter(|language| !language.trim().is_empty());
        let path = ["trackings", key.carrier.as_str(), key.number.as_str()];
        let request = self.http.get(self.url(path.into_iter().chain(language)));
        tracking::single(Call::Single, &self.call(Call::Single, request).await?)
    }

    /// Adds a tracking to the account: `POST /trackings/post`, documented to cost 1 quota. The answer has no
    /// checkpoints yet. A tracking that is there already is an error of kind [`Conflict`](super::Kind::Conflict).
    pub async fn create(&self, new: &NewTracking) -> Result<Tracking, Error> {
        let request = self
            .http
            .post(self.url(["trackings", "post"]))
            .json(&request::create(new));
        tracking::single(Call::Create, &self.call(Call::Create, request).await?)
    }

    /// Has the service ask the courier now: `POST /trackings/realtime`, documented as 3 requests per second. It takes as
    /// long as the courier and needs quota; how much is not documented. `None` if the service has nothing to say.
    pub async fn realtime(&self, key: &TrackingKey) -> Result<Option<Tracking>, Error> {
        let request = self
            .http
            .post(self.url(["trackings", "realtime"]))
            .json(&request::realtime(key));
        let data = self.call(Call::Realtime, request).await;
        Page::read(Call::Realtime, data)?.only(Call::Realtime)
    }

    async fn call(&self, call: Call, request: RequestBuilder) -> Result<Value, Error> {
        let deadline = match call {
            Call::Realtime => self.realtime_timeout,
            Call::List | Call::Single | Call::Create => self.call_timeout,
        };
        let started = Instant::now();
        let answer = exchange(call, request, deadline).await;
        tracing::debug!(
            %call,
            elapsed_ms = started.elapsed().as_millis(),
            status = answer.as_ref().ok().map(|answer| answer.status),
            "asked the upstream"
        );
        envelope::open(call, &self.api_key, &answer?)
    }

    fn url<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = Url::clone(&self.base_url);
        url.path_segments_mut()
            .expect("an http address has a path")
            .pop_if_empty()
            .extend(path);
        url
    }
}
