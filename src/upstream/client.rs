//! The calls themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use serde_json::Value;

use super::air_cargo::WaybillOutcome;
use super::batch::outcomes;
use super::envelope::{Envelope, open};
use super::exchange::exchange;
use super::size::at_most;
use super::tally::{CallFigures, Tally};
use super::thread::Thread;
use super::{
    ApiKey, BuildError, Call, Error, ListQuery, MAX_ROWS, Page, RowOutcome, Settings,
    StatusCountQuery, account, air_cargo, area, carrier, request, status_count, tracking, transit,
};
use crate::model::{
    Account, AirWaybillNumber, Area, Carrier, CarrierCode, DetectedCarrier, Language, NewTracking,
    RealtimeOptions, Remoteness, StatusCounts, Tracking, TrackingChanges, TrackingKey,
    TrackingNumber, TransitLane, TransitTime,
};
use crate::telemetry::{self, Span};

/// One TrackingMore account. Clones are cheap and share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    thread: Thread,
    base_url: Arc<Url>,
    api_key: ApiKey,
    call_timeout: Duration,
    realtime_timeout: Duration,
    tally: Tally,
}

impl Client {
    /// Makes a client without calling anybody.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        Ok(Self {
            http: settings.http_client()?,
            thread: Thread::start()?,
            base_url: Arc::new(settings.base_url),
            api_key: settings.api_key,
            call_timeout: settings.call_timeout,
            realtime_timeout: settings.realtime_timeout,
            tally: Tally::default(),
        })
    }

    /// What became of the calls that were made.
    pub fn figures(&self) -> Vec<CallFigures> {
        self.tally.read()
    }

    /// Reads a page of the account's trackings: documented as 1 request per second, free.
    pub async fn list(&self, query: &ListQuery) -> Result<Page, Error> {
        let request = self.request(Call::List).query(&query.pairs()?);
        Page::read(Call::List, self.data(Call::List, request).await)
    }

    /// Reads one tracking, with its texts in a language where the courier offers it: free. A tracking that was never
    /// created is refused with 4031 or 4017.
    pub async fn single(
        &self,
        key: &TrackingKey,
        language: Option<Language>,
    ) -> Result<Tracking, Error> {
        let language = language.as_ref().map(Language::as_str);
        let request = self.request_about(Call::Single, key, language);
        tracking::single(Call::Single, &self.data(Call::Single, request).await?)
    }

    /// Adds a tracking to the account: documented to cost 1 quota. The answer has no checkpoints yet. A tracking that is
    /// there already is an error of kind [`Conflict`](super::Kind::Conflict).
    pub async fn create(&self, new: &NewTracking) -> Result<Tracking, Error> {
        let data = self.post(Call::Create, &request::create(new)).await?;
        tracking::single(Call::Create, &data)
    }

    /// Adds at most [`MAX_ROWS`] trackings to the account: documented to cost 1 quota for each that is added.
    pub async fn create_batch(&self, new: &[NewTracking]) -> Result<Vec<RowOutcome>, Error> {
        let keys = new.iter().map(|new| &new.key).collect();
        self.rows(Call::CreateBatch, keys, request::create_batch(new))
            .await
    }

    /// Changes what the shop wrote on a tracking: free. The answer has no checkpoints.
    pub async fn update(
        &self,
        key: &TrackingKey,
        changes: &TrackingChanges,
    ) -> Result<Tracking, Error> {
        let request = self.request_about(Call::Update, key, None);
        let request = request.json(&request::update(changes));
        tracking::single(Call::Update, &self.data(Call::Update, request).await?)
    }

    /// Changes what the shop wrote on at most [`MAX_ROWS`] trackings: free. The service knows no way to change customers'
    /// phone numbers in a batch; such changes are left out, so callers refuse them before.
    pub async fn update_batch(
        &self,
        rows: &[(TrackingKey, TrackingChanges)],
    ) -> Result<Vec<RowOutcome>, Error> {
        let keys = rows.iter().map(|(key, _)| key).collect();
        self.rows(Call::UpdateBatch, keys, request::update_batch(rows))
            .await
    }

    /// Takes a tracking out of the account: free. Whether the quota that it cost comes back is disputed.
    pub async fn delete(&self, key: &TrackingKey) -> Result<(), Error> {
        let request = self.request_about(Call::Delete, key, None);
        self.data(Call::Delete, request).await.map(drop)
    }

    /// Takes at most [`MAX_ROWS`] trackings out of the account: free.
    pub async fn delete_batch(&self, keys: &[TrackingKey]) -> Result<Vec<RowOutcome>, Error> {
        let body = request::keys(keys);
        self.rows(Call::DeleteBatch, keys.iter().collect(), body)
            .await
    }

    /// Has the service stop asking couriers by itself about at most [`MAX_ROWS`] trackings: free. Nothing is known to make
    /// it start again.
    pub async fn stop_updating(&self, keys: &[TrackingKey]) -> Result<Vec<RowOutcome>, Error> {
        let body = request::keys(keys);
        self.rows(Call::StopUpdating, keys.iter().collect(), body)
            .await
    }

    /// Has the service ask the courier now: documented as 3 requests per second. It takes as long as the courier and needs
    /// quota; how much is not documented. `None` if the service has nothing to say.
    pub async fn realtime(
        &self,
        key: &TrackingKey,
        options: &RealtimeOptions,
    ) -> Result<Option<Tracking>, Error> {
        let body = request::realtime(key, options);
        let data = self.post(Call::Realtime, &body).await;
        Page::read(Call::Realtime, data)?.only(Call::Realtime)
    }

    /// Gives a tracking another carrier: free. From then on its key is another one.
    pub async fn change_carrier(
        &self,
        key: &TrackingKey,
        carrier: &CarrierCode,
    ) -> Result<(), Error> {
        let body = request::change_carrier(key, carrier);
        self.post(Call::ChangeCarrier, &body).await.map(drop)
    }

    /// Reads what the service says of the account: free.
    pub async fn account(&self) -> Result<Account, Error> {
        let request = self.request(Call::Account);
        account::read(&self.data(Call::Account, request).await?)
    }

    /// The same, with what the service's clock showed when it answered, if it says so.
    pub async fn account_and_date(&self) -> (Result<Account, Error>, Option<Timestamp>) {
        let call = Call::Account;
        match self.ask(call, self.request(call)).await {
            Ok(envelope) => {
                let date = envelope.date;
                let data = envelope.data_of_success(call);
                (data.and_then(|data| account::read(&data)), date)
            }
            Err(error) => (Err(error), None),
        }
    }

    /// Counts the account's trackings by status: free.
    pub async fn status_counts(&self, query: &StatusCountQuery) -> Result<StatusCounts, Error> {
        let request = self.request(Call::StatusCounts).query(&query.pairs());
        status_count::read(self.data(Call::StatusCounts, request).await)
    }

    /// Asks which couriers call at most [`MAX_ROWS`] areas remote: free. The answers are in the order of the areas, `None`
    /// where the answer cannot be told, because rows of it cannot be read or are about no area.
    pub async fn remote_areas(&self, areas: &[Area]) -> Result<Vec<Option<Remoteness>>, Error> {
        at_most(MAX_ROWS, Call::RemoteAreas, "areas", areas.len())?;
        if areas.is_empty() {
            return Ok(Vec::new());
        }
        let data = self.post(Call::RemoteAreas, &area::question(areas)).await;
        area::answer(areas, data)
    }

    /// Asks how long carriers take on at most [`MAX_ROWS`] lanes: free. The answers are in the order of the lanes, `None`
    /// where the service says nothing.
    pub async fn transit_times(
        &self,
        lanes: &[TransitLane],
    ) -> Result<Vec<Option<TransitTime>>, Error> {
        at_most(MAX_ROWS, Call::TransitTimes, "lanes", lanes.len())?;
        if lanes.is_empty() {
            return Ok(Vec::new());
        }
        let body = transit::question(lanes);
        transit::answer(lanes, self.post(Call::TransitTimes, &body).await)
    }

    /// Asks for at most [`MAX_ROWS`] air waybills: documented to cost 20 quotas each. The answers are in the order of the
    /// numbers, each of them or why it cannot be read.
    pub async fn air_waybills(
        &self,
        numbers: &[AirWaybillNumber],
        language: Option<Language>,
    ) -> Result<Vec<WaybillOutcome>, Error> {
        at_most(MAX_ROWS, Call::AirWaybills, "air waybills", numbers.len())?;
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let body = air_cargo::question(numbers, language);
        air_cargo::answer(numbers, self.post(Call::AirWaybills, &body).await)
    }

    /// Reads the list of all carriers, with their names in a language: free, and hundreds of kilobytes.
    pub async fn carriers(&self, language: Option<Language>) -> Result<Vec<Carrier>, Error> {
        let mut request = self.request(Call::Carriers);
        if let Some(language) = &language {
            request = request.header("Lang", language.as_str());
        }
        carrier::list(&self.data(Call::Carriers, request).await?)
    }

    /// Asks which carriers may have given a number, the likeliest first: documented to cost 0.2 quota.
    pub async fn detect(
        &self,
        number: &TrackingNumber,
        language: Option<Language>,
    ) -> Result<Vec<DetectedCarrier>, Error> {
        let body = carrier::question(number, language);
        carrier::detected(self.post(Call::Detect, &body).await)
    }

    async fn rows(
        &self,
        call: Call,
        keys: Vec<&TrackingKey>,
        body: Value,
    ) -> Result<Vec<RowOutcome>, Error> {
        at_most(MAX_ROWS, call, "trackings", keys.len())?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let envelope = self.ask(call, self.request(call).json(&body)).await?;
        outcomes(call, &self.api_key, &keys, envelope)
    }

    async fn post(&self, call: Call, body: &Value) -> Result<Value, Error> {
        self.data(call, self.request(call).json(body)).await
    }

    async fn data(&self, call: Call, request: RequestBuilder) -> Result<Value, Error> {
        self.ask(call, request).await?.data_of_success(call)
    }

    async fn ask(&self, call: Call, request: RequestBuilder) -> Result<Envelope, Error> {
        let deadline = match call {
            Call::Realtime => self.realtime_timeout,
            _ => self.call_timeout,
        };
        let span = self.span(call);
        let request = self.for_span(request, &span);
        let started = Instant::now();
        let answer = span.around(self.thread.run(call, exchange(call, request, deadline)));
        let answer = answer.await;
        tracing::debug!(
            %call,
            elapsed_ms = started.elapsed().as_millis(),
            status = answer.as_ref().ok().map(|answer| answer.status),
            "asked the upstream"
        );
        let opened = match &answer {
            Ok(answer) => {
                span.set_count("http.response.status_code", answer.status);
                open(call, &self.api_key, answer)
            }
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = &opened {
            span.fail(error.kind().name());
        }
        self.tally.note(call, &opened, started.elapsed());
        opened
    }

    /// A part of the trace for a call. Its address is told as a template, because what stands in it names parcels.
    fn span(&self, call: Call) -> Span {
        let span = Span::begin(telemetry::Kind::Client, || call.to_string().into());
        if span.is_kept() {
            span.set("http.request.method", call.method().to_string());
            span.set("url.template", call.path());
            let server = self.base_url.host_str().unwrap_or_default();
            span.set("server.address", server.to_owned());
            let port = self.base_url.port_or_known_default();
            span.set_count("server.port", port.unwrap_or_default());
        }
        span
    }

    /// The request with the span that it is made for. TrackingMore itself has no use for that and is not told.
    fn for_span(&self, request: RequestBuilder, span: &Span) -> RequestBuilder {
        match self.is_trackingmore() {
            true => request,
            false => request.headers(span.headers()),
        }
    }

    fn is_trackingmore(&self) -> bool {
        let host = self.base_url.host_str().unwrap_or_default();
        host == "trackingmore.com" || host.ends_with(".trackingmore.com")
    }

    fn request(&self, call: Call) -> RequestBuilder {
        self.http.request(call.method(), self.url(parts(call)))
    }

    fn request_about(&self, call: Call, key: &TrackingKey, tail: Option<&str>) -> RequestBuilder {
        let named = parts(call).map(|part| match part {
            "{carrier}" => key.carrier.as_str(),
            "{number}" => key.number.as_str(),
            part => part,
        });
        self.http
            .request(call.method(), self.url(named.chain(tail)))
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

fn parts(call: Call) -> impl Iterator<Item = &'static str> {
    call.path().split('/').filter(|part| !part.is_empty())
}
