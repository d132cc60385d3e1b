//! How spans are made, and sent to a collector.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanBuilder, SpanContext, SpanKind, TraceContextExt, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::OpenError;
use super::collector::Collector;
use super::settings::{Endpoint, Ratio};

/// How long a collector may take for a batch of spans.
const SENDING: Duration = Duration::from_secs(5);

/// There is none until traces are wanted.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Whether traces are wanted.
pub fn is_tracing() -> bool {
    TRACER.get().is_some()
}

/// The traces of this process.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends them to a collector from now on, as many of those that begin here. Those that began elsewhere are kept if they are
    /// kept there. At most 2,048 spans wait to be sent; what comes beyond is dropped.
    pub(super) fn open(endpoint: &Endpoint, sampling: Ratio) -> Result<Self, OpenError> {
        let wrong = |reason: String| OpenError::Traces(reason);
        let collector = Collector::new(endpoint).map_err(wrong)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.traces())
            .with_timeout(SENDING)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let own = Sampler::TraceIdRatioBased(sampling.share());
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(own)))
            .with_resource(resource())
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer("parcelgraph");
        match TRACER.set(tracer) {
            Ok(()) => Ok(Self(provider)),
            Err(_) => Err(wrong("they are sent already".to_owned())),
        }
    }

    pub(super) fn close(&self, patience: Duration) {
        // Whoever takes no spans now is not waited for.
        let _ = self.0.shutdown_with_timeout(patience);
    }
}

/// Who tells of itself. The usual variables of OpenTelemetry say more, or something else.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let resource = Resource::builder()
        .with_attribute(version)
        .with_attribute(KeyValue::new("host.name", host));
    match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => resource.build(),
        None => resource.with_service_name("parcelgraph").build(),
    }
}

/// Begins a span; `None` if no traces are wanted.
pub(super) fn begin(
    name: Cow<'static, str>,
    kind: SpanKind,
    begun: Option<SystemTime>,
    parent: &Context,
) -> Option<Context> {
    let tracer = TRACER.get()?;
    let builder = SpanBuilder {
        span_kind: Some(kind),
        start_time: begun,
        ..SpanBuilder::from_name(name)
    };
    Some(Context::new().with_span(tracer.build_with_context(builder, parent)))
}

/// The span for which somebody else sent a request (W3C Trace Context).
pub(super) fn parent_of(headers: &HeaderMap) -> Option<SpanContext> {
    if !is_tracing() || !headers.contains_key("traceparent") {
        return None;
    }
    let context = Context::new();
    let found =
        TraceContextPropagator::new().extract_with_context(&context, &HeaderExtractor(headers));
    let parent = found.span().span_context().clone();
    parent.is_valid().then_some(parent)
}

/// The headers that say to somebody else for which span he is asked.
pub(super) fn headers_for(span: &Context) -> HeaderMap {
    let mut headers = HeaderMap::new();
    TraceContextPropagator::new().inject_context(span, &mut HeaderInjector(&mut headers));
    headers
}
