//! What goes on in the house: a bit of everything.

use std::io::Write;
use std::time::Duration;

use parcelgraph::persisted::Mode;
use parcelgraph::sandbox::{self, Endpoint, Fault, FaultKind, Limit, Limits, SHUTTLE};
use parcelgraph::settings::Settings;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::scrape::Scrape;
use crate::realtime::refresh;
use crate::support::push::{SEED_NUMBER, send, taking};
use crate::support::{Fleet, Gateway, SEED, Socket, create};

/// Nothing takes longer.
const DEADLINE: Duration = Duration::from_secs(30);

/// How many calls a second each lane takes, on either side.
const CALLS: usize = 5;

const ORDER: &str =
    "query Order($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { trackingNumber status } }";

const WATCH: &str = "subscription Watch($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind tracking { status } } }";

/// A replica with Redis and trusted documents, in which another one has left what it knew of a parcel.
pub struct Load {
    fleet: Fleet,
    client: Client,
    /// What stays open.
    socket: Mutex<Option<Socket>>,
    streams: Mutex<Vec<Response>>,
    _documents: NamedTempFile,
}

impl Load {
    pub async fn begin() -> Self {
        let mut documents = NamedTempFile::new().unwrap();
        let trusted = json!({ "order": ORDER, "watch": WATCH });
        write!(documents, "{trusted}").unwrap();
        let file = documents.path().to_owned();
        let limit = Limit::per_second(CALLS + 1);
        let sandbox = sandbox::Settings {
            speed: 0.0,
            limits: Limits {
                list: limit,
                realtime: limit,
                other: limit,
                ..Limits::default()
            },
            ..sandbox::Settings::default()
        };
        let change = move |settings: &mut Settings| {
            let calls = u32::try_from(CALLS).unwrap();
            settings.limits.list_per_second = calls;
            settings.limits.realtime_per_second = calls;
            settings.limits.other_per_second = calls;
            taking(settings);
            settings.tracker.poll_interval = Duration::from_secs(1);
            settings.access.points = None;
            settings.transport.takes_batches = true;
            settings.operations.trusted_documents = Some((file.clone(), Mode::Prefer));
        };
        let mut fleet = Fleet::build(1, sandbox, change).await;
        let seed = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
        let answer = fleet.gateways[0].ask(&seed).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        fleet.knows(1).await;
        let mut other = fleet.gateways.remove(0);
        other.stop();
        other.has_stopped().await;
        fleet.grow().await;
        Self {
            fleet,
            // Every request has a connection of its own, so that none is still counted when the next one comes.
            client: Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            socket: Mutex::default(),
            streams: Mutex::default(),
            _documents: documents,
        }
    }

    fn one(&self) -> &Gateway {
        &self.fleet.gateways[0]
    }

    /// One subscriber by each transport, who is told of an event.
    pub async fn subscribe(&self) {
        let variables = json!({ "refs": refs(&[SHUTTLE]) });
        let operation = json!({ "query": WATCH, "variables": variables });
        let mut socket = Socket::begin(&self.one().address, "graphql-transport-ws").await;
        let start = json!({ "type": "subscribe", "id": "1", "payload": operation });
        socket.say(start).await;
        let told = socket.next().await.to_string();
        assert!(told.contains("SNAPSHOT"), "{told}");
        let mut streams = Vec::new();
        for accept in [
            "text/event-stream",
            "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
        ] {
            let mut stream = self.one().post(&[("accept", accept)], &operation).await;
            is_told(&mut stream, "SNAPSHOT").await;
            streams.push(stream);
        }
        self.fleet.sandbox.nudge(SHUTTLE.1).unwrap();
        let told = socket.next().await.to_string();
        assert!(
            told.contains("UPDATED") || told.contains("CHANGED"),
            "{told}"
        );
        *self.socket.lock().await = Some(socket);
        *self.streams.lock().await = streams;
    }

    /// Queries by every way, good ones and others.
    pub async fn ask(&self) {
        let of_seed = json!({ "refs": [json!({ "key": {
            "carrierCode": "china-ems",
            "trackingNumber": SEED_NUMBER,
        } })] });
        let order = json!({ "query": ORDER, "variables": of_seed });
        // What the first needs is in Redis; the second is made at once, and the others are given again.
        for _ in 0..4 {
            self.has_no_errors(&order).await;
        }
        let query = [
            ("query", ORDER),
            ("variables", &of_seed.to_string()),
            ("operationName", "Order"),
        ];
        let request = self.client.get(self.one().graphql()).query(&query);
        let request = request.header("graphql-require-preflight", "1");
        assert_eq!(request.send().await.unwrap().status(), 200);
        self.over_the_socket(&order).await;
        let batch = self.one().post(&[], &json!([order, order])).await;
        assert_eq!(batch.status(), 200);
        let answer = self.post(&json!({ "query": ORDER })).await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
        // Four of these are not there, which takes a call for the four of them to know.
        let unknown = ["0000000000", "0000000001", "0000000002", "0000000003"];
        let unknown = unknown.map(|number| ("dhl", number));
        let refs = refs(&[&[SHUTTLE], &unknown[..]].concat());
        let answer = self
            .post(&json!({ "query": ORDER, "variables": { "refs": refs } }))
            .await;
        assert!(
            answer["data"].is_object() && answer["errors"].is_array(),
            "{answer}"
        );
        let answer = self
            .post(&json!({ "query": "query Mine { nothing }" }))
            .await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
        let mine = "query Mine { account { trackingsLeft } }";
        self.has_no_errors(&json!({ "query": mine })).await;
        self.has_no_errors(&json!({ "query": "query Yours { __typename }" }))
            .await;
        let nowhere = format!("http://{}/nowhere", self.one().address);
        assert_eq!(self.client.get(nowhere).send().await.unwrap().status(), 404);
    }

    /// Two parcels are added.
    pub async fn write(&self) {
        for number in ["NEW0000001", "NEW0000002"] {
            let answer = self.post(&json!({ "query": create("dhl", number) })).await;
            let payload = &answer["data"]["createTracking"];
            assert_eq!(payload["userErrors"], json!([]), "{answer}");
        }
    }

    /// One message of TrackingMore, and two of somebody else.
    pub async fn push(&self) {
        let body = self.fleet.sandbox.webhook_body(SEED_NUMBER).unwrap();
        assert_eq!(send(self.one(), body.clone()).await.0, 200);
        let mut forged: Value = serde_json::from_str(&body).unwrap();
        forged["verifyInfo"]["signature"] = json!("0".repeat(64));
        for _ in 0..2 {
            assert_eq!(send(self.one(), forged.to_string()).await.0, 401);
        }
    }

    pub async fn scrape(&self) -> Scrape {
        let url = format!("http://{}/metrics", self.one().address);
        let response = self.client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        Scrape::read(response.text().await.unwrap())
    }

    async fn post(&self, operation: &Value) -> Value {
        self.one().post(&[], operation).await.json().await.unwrap()
    }

    async fn has_no_errors(&self, operation: &Value) {
        let answer = self.post(operation).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }

    async fn over_the_socket(&self, operation: &Value) {
        let mut socket = self.socket.lock().await;
        let socket = socket.as_mut().unwrap();
        let start = json!({ "type": "subscribe", "id": "2", "payload": operation });
        socket.say(start).await;
        loop {
            let told = socket.next().await;
            if told["id"] == "2" && told["type"] == "complete" {
                return;
            }
            assert_ne!(told["type"], "error", "{told}");
        }
    }
}

/// TrackingMore wants to be left alone, and whoever asks then is told.
pub async fn ban(load: &Load) {
    let fault = Fault::new(FaultKind::Meta { code: 429 });
    load.fleet.sandbox.fault(fault.on(Endpoint::Realtime));
    let answer = load
        .post(&json!({ "query": refresh(SEED, Some("PT10S")) }))
        .await;
    assert!(answer.to_string().contains("THROTTLED"), "{answer}");
    let unknown = "{ tracking(ref: { key: { carrierCode: \"dhl\", trackingNumber: \"9999999999\" } }) { status } }";
    let answer = load.post(&json!({ "query": unknown })).await;
    assert_eq!(code(&answer), "THROTTLED", "{answer}");
}

fn refs(parcels: &[(&str, &str)]) -> Vec<Value> {
    let parcels = parcels.iter();
    let parcels = parcels.map(
        |(carrier, number)| json!({ "key": { "carrierCode": carrier, "trackingNumber": number } }),
    );
    parcels.collect()
}

fn code(answer: &Value) -> &str {
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.unwrap_or_default()
}

async fn is_told(stream: &mut Response, word: &str) {
    let mut text = String::new();
    while !text.contains(word) {
        let chunk = timeout(DEADLINE, stream.chunk()).await.unwrap();
        let chunk = chunk.unwrap().expect("it goes on");
        text += std::str::from_utf8(&chunk).unwrap();
    }
}
