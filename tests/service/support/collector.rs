//! A collector of traces, as operators run one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

/// A span as it was told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Nothing for the first one of a trace.
    pub parent: String,
    /// As the protocol counts them: 1 internal, 2 server, 3 client.
    pub kind: i32,
    /// 2 for an error.
    pub status: i32,
    pub state: String,
    pub attributes: BTreeMap<String, String>,
    /// The traces and spans that it has links to.
    pub links: Vec<(String, String)>,
    /// Who told it.
    pub service: BTreeMap<String, String>,
    pub took_ns: u64,
}

impl Told {
    /// What it says of itself under this name.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Takes all that it is told, for as long as it lives.
pub struct Collector {
    address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Collector {
    pub async fn start() -> Self {
        let told = Arc::<Mutex<Vec<Told>>>::default();
        let taking = told.clone();
        let take = move |uri: Uri, body: Bytes| async move {
            if uri.path() != "/v1/traces" {
                return StatusCode::NOT_FOUND;
            }
            taking.lock().unwrap().extend(read(&body));
            StatusCode::OK
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            told,
            task: tokio::spawn(async move {
                let router = Router::new().fallback(take);
                axum::serve(listener, router).await.unwrap();
            }),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was told so far.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn read(body: &[u8]) -> Vec<Told> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut all = Vec::new();
    for resource in request.resource_spans {
        let service = resource.resource.unwrap_or_default().attributes;
        let service = attributes(service);
        for span in resource.scope_spans.into_iter().flat_map(|it| it.spans) {
            all.push(told(span, &service));
        }
    }
    all
}

fn told(span: Span, service: &BTreeMap<String, String>) -> Told {
    let links = span.links.iter();
    Told {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        kind: span.kind,
        status: span.status.unwrap_or_default().code,
        links: links
            .map(|link| (hex(&link.trace_id), hex(&link.span_id)))
            .collect(),
        service: service.clone(),
        took_ns: span.end_time_unix_nano - span.start_time_unix_nano,
        name: span.name,
        state: span.trace_state,
        attributes: attributes(span.attributes),
    }
}

fn attributes(all: Vec<KeyValue>) -> BTreeMap<String, String> {
    let all = all.into_iter();
    all.map(|it| (it.key, written(it.value))).collect()
}

fn written(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::BoolValue(value)) => value.to_string(),
        other => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
