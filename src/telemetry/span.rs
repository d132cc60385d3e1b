//! Parts of traces.

use std::borrow::Cow;
use std::future::Future;
use std::time::SystemTime;

use axum::http::HeaderMap;
use futures_util::future::Either;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue, Value};
use tokio::task::futures::TaskLocalFuture;

use super::scope::Scope;
use super::tracer;

/// What a span is about, as OpenTelemetry tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something that was asked here.
    Server,
    /// Something that is asked elsewhere.
    Client,
    /// Something that is done here.
    Internal,
}

/// A part of a trace, which ends with it. Nothing at all while no traces are wanted.
#[derive(Debug, Default)]
pub struct Span(Option<Context>);

impl Span {
    /// Nothing.
    pub const NONE: Self = Self(None);

    /// Begins a part of what is being done here, or a trace if there is none. The name is made only if it is wanted.
    pub fn begin(kind: Kind, name: impl FnOnce() -> Cow<'static, str>) -> Self {
        Self::begun(kind, name, None)
    }

    /// The same for something that began before.
    pub fn since(begun: SystemTime, kind: Kind, name: impl FnOnce() -> Cow<'static, str>) -> Self {
        Self::begun(kind, name, Some(begun))
    }

    fn begun(
        kind: Kind,
        name: impl FnOnce() -> Cow<'static, str>,
        begun: Option<SystemTime>,
    ) -> Self {
        if !tracer::is_tracing() {
            return Self::NONE;
        }
        let kind = match kind {
            Kind::Server => SpanKind::Server,
            Kind::Client => SpanKind::Client,
            Kind::Internal => SpanKind::Internal,
        };
        let parent = Scope::with(parent);
        Self(tracer::begin(name(), kind, begun, &parent))
    }

    /// Whether it is kept, so that it is worth to say something of it.
    pub fn is_kept(&self) -> bool {
        self.0.as_ref().is_some_and(|it| it.span().is_recording())
    }

    /// Says something of it. Never what is secret or about a person.
    pub fn set(&self, name: &'static str, value: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(name, value));
        }
    }

    /// Says how many there are of something.
    pub fn set_count(&self, name: &'static str, count: impl TryInto<i64>) {
        self.set(name, count.try_into().unwrap_or(i64::MAX));
    }

    /// Says that it failed.
    pub fn fail(&self, what: &'static str) {
        if let Some(context) = &self.0 {
            let span = context.span();
            span.set_attribute(KeyValue::new("error.type", what));
            span.set_status(Status::error(""));
        }
    }

    /// The headers that say to somebody else that he is asked for it; none if nothing is traced.
    pub fn headers(&self) -> HeaderMap {
        self.0.as_ref().map(tracer::headers_for).unwrap_or_default()
    }

    /// Does some work within it.
    pub fn around<F: Future>(&self, work: F) -> Either<F, TaskLocalFuture<Scope, F>> {
        match &self.0 {
            None => Either::Left(work),
            Some(context) => {
                let scope = Scope {
                    span: Some(context.clone()),
                    ..Scope::here()
                };
                Either::Right(scope.around(work))
            }
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        // Others may hold its context for longer, as the parent of their own spans.
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// What the spans of a scope are parts of.
fn parent(scope: &Scope) -> Context {
    if let Some(span) = &scope.span {
        return span.clone();
    }
    let request = scope.request.as_ref();
    match request.and_then(|request| request.parent.clone()) {
        Some(remote) => Context::new().with_remote_span_context(remote),
        None => Context::new(),
    }
}

/// Which span it is, for those who were served by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark(Option<(TraceId, SpanId, TraceFlags)>);

impl Mark {
    /// The span in which this is done.
    pub fn here() -> Self {
        if !tracer::is_tracing() {
            return Self(None);
        }
        Self(Scope::with(|scope| {
            let context = scope.span.as_ref()?;
            let span = context.span();
            let span = span.span_context();
            Some((span.trace_id(), span.span_id(), span.trace_flags()))
        }))
    }
}

/// Says of the span in which this is done that it was served by another one.
pub fn link(served_by: Mark) {
    let Mark(Some((trace, span, flags))) = served_by else {
        return;
    };
    Scope::with(|scope| {
        let Some(context) = &scope.span else {
            return;
        };
        let own = context.span();
        if own.span_context().span_id() != span {
            let other = SpanContext::new(trace, span, flags, false, TraceState::NONE);
            own.add_link(other, Vec::new());
        }
    });
}
