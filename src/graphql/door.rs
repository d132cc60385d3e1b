//! The one way into the schema, whatever the transport.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, Schema, ServerError, Value, value};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::error::ErrorCode;
use super::loader;
use super::mutation::Mutation;
use super::query::Query;
use super::subscription::Subscription;
use super::{document, variable};
use crate::tracker::{Tracker, Usage};

/// Executes operations. What every operation needs is added here and not in an extension, because any extension costs
/// every field of every operation.
#[derive(Clone)]
pub struct Door {
    schema: Schema<Query, Mutation, Subscription>,
    tracker: Arc<Tracker>,
    report: Report,
}

/// What answers say about themselves in their `extensions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Report {
    /// Nothing.
    #[default]
    None,
    /// What they cost the upstream.
    Upstream,
}

impl Door {
    pub(super) fn new(
        schema: Schema<Query, Mutation, Subscription>,
        tracker: Arc<Tracker>,
    ) -> Self {
        Self {
            schema,
            tracker,
            report: Report::default(),
        }
    }

    /// The same door for somebody who wants to know more about his answers.
    pub fn reporting(self, report: Report) -> Self {
        Self { report, ..self }
    }

    fn prepared(&self, request: Request, usage: &Arc<Usage>) -> Request {
        request
            .data(usage.clone())
            .data(loader::new(self.tracker.clone(), usage.clone()))
    }
}

impl Executor for Door {
    async fn execute(&self, mut request: Request) -> Response {
        if let Err(refusal) = check(&mut request) {
            return coded(Response::from_errors(vec![refusal]));
        }
        let usage = Arc::default();
        let response = self.schema.execute(self.prepared(request, &usage)).await;
        let response = coded(response);
        match self.report {
            Report::None => response,
            Report::Upstream => response.extension("upstream", upstream(&usage)),
        }
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        if let Err(refusal) = check(&mut request) {
            return stream::once(async { coded(Response::from_errors(vec![refusal])) }).boxed();
        }
        let request = self.prepared(request, &Arc::default());
        let responses = Executor::execute_stream(&self.schema, request, session);
        responses.map(coded).boxed()
    }
}

/// Refuses what had better not be begun.
fn check(request: &mut Request) -> Result<(), ServerError> {
    document::check(request)?;
    variable::check(request)
}

/// What an operation cost the upstream, as its answer tells it.
fn upstream(usage: &Usage) -> Value {
    let report = usage.report();
    value!({
        "calls": report.calls,
        "realtimeCalls": report.realtime_calls,
        "keysBatched": report.keys_batched,
        "cacheHits": report.cache_hits,
        "waitedMs": u64::try_from(report.waited.as_millis()).unwrap_or(u64::MAX),
        "quotaSpent": report.quota_spent.as_f64(),
    })
}

/// What the library itself refuses (syntax, validation, arguments) has no code of its own: the request is wrong.
fn coded(mut response: Response) -> Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", ErrorCode::BadUserInput.as_str());
        }
    }
    response
}
