//! The one way into the schema, whatever the transport.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Schema, ServerError, Value, value};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::audience::{Audiences, Operation};
use super::error::{ErrorCode, Failure};
use super::events::Events;
use super::feed::Feed;
use super::loader;
use super::mutation::Mutation;
use super::query::Query;
use super::subscription::Subscription;
use super::{budget, document, once, operation, variable};
use crate::idempotency::{Key, Outcomes};
use crate::live::{Follower, Subject};
use crate::model::ClientId;
use crate::tracker::{Tracker, Usage};

/// Executes operations. What every operation needs is added here and not in an extension, because any extension costs
/// every field of every operation.
#[derive(Clone)]
pub struct Door {
    schema: Schema<Query, Mutation, Subscription>,
    tracker: Arc<Tracker>,
    outcomes: Outcomes,
    client: ClientId,
    key: Option<Key>,
    report: Report,
    resume: Option<String>,
    audiences: Arc<Audiences>,
}

/// What came of an operation.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each operation, and it is opened at once"
)]
pub enum Opened {
    /// It is done, or was refused before it began.
    Answer(Answer),
    /// It goes on: a subscription.
    Events(Box<Events>),
}

/// An answer, and whether it was given before.
#[derive(Debug)]
pub struct Answer {
    /// What is told.
    pub response: Response,
    /// Whether it is the first outcome of the operation's idempotency key, told again.
    pub is_replay: bool,
}

impl Answer {
    pub(super) fn first(response: Response) -> Self {
        Self {
            response,
            is_replay: false,
        }
    }

    pub(super) fn replay(response: Response) -> Self {
        Self {
            response,
            is_replay: true,
        }
    }
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
        outcomes: Outcomes,
    ) -> Self {
        Self {
            schema,
            tracker,
            outcomes,
            client: ClientId::default(),
            key: None,
            report: Report::default(),
            resume: None,
            audiences: Arc::default(),
        }
    }

    /// The same door for this client.
    pub fn serving(self, client: ClientId) -> Self {
        Self { client, ..self }
    }

    /// The same door for an operation that came with this idempotency key.
    pub fn keyed(self, key: Option<Key>) -> Self {
        Self { key, ..self }
    }

    /// The same door for somebody who wants to know more about his answers.
    pub fn reporting(self, report: Report) -> Self {
        Self { report, ..self }
    }

    /// The same door for a subscriber who goes on behind this cursor, whatever his operation says.
    pub fn resuming(self, cursor: Option<String>) -> Self {
        Self {
            resume: cursor,
            ..self
        }
    }

    /// Executes an operation of any kind. What is wrong with a subscription from its beginning is an answer.
    pub async fn open(&self, mut request: Request) -> Opened {
        if let Err(refusal) = check(&mut request) {
            return Opened::Answer(Answer::first(coded(Response::from_errors(vec![refusal]))));
        }
        if operation::kind(&mut request) != Some(OperationType::Subscription) {
            return Opened::Answer(self.answer(request).await);
        }
        // A subscription changes nothing, and can be repeated as it is, so that an idempotency key says nothing.
        if let Err(failure) = once::key(&request, self.key.as_ref()) {
            return Opened::Answer(Answer::first(failure.into_response()));
        }
        if operation::root_fields(&mut request) != Some(1) {
            let failure =
                Failure::bad_input("a subscription has one root field: send several subscriptions");
            return Opened::Answer(Answer::first(failure.into_response()));
        }
        let operation = Operation::of(&request);
        match Events::open(self.clone(), operation, self.resume.clone()).await {
            Ok(events) => Opened::Events(Box::new(events)),
            Err(response) => Opened::Answer(Answer::first(response)),
        }
    }

    /// Executes an operation that is no subscription.
    pub async fn answer(&self, mut request: Request) -> Answer {
        if let Err(refusal) = check(&mut request) {
            return Answer::first(coded(Response::from_errors(vec![refusal])));
        }
        match once::key(&request, self.key.as_ref()) {
            Ok(Some(key)) => self.once(&key, request).await,
            Ok(None) => {
                let usage = self.usage(&mut request);
                Answer::first(self.carry_out(request, &usage).await)
            }
            Err(failure) => Answer::first(failure.into_response()),
        }
    }

    /// Executes an operation, whether it was done before or not.
    pub(super) async fn carry_out(&self, request: Request, usage: &Arc<Usage>) -> Response {
        let response = self.schema.execute(self.prepared(request, usage)).await;
        let response = coded(response);
        match self.report {
            Report::None => response,
            Report::Upstream => {
                let budget = budget::extension(self.tracker.budget().await);
                response.extension("upstream", upstream(usage, budget))
            }
        }
    }

    pub(super) fn client(&self) -> &ClientId {
        &self.client
    }

    pub(super) fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// What an operation costs that comes through this door.
    pub(super) fn usage(&self, request: &mut Request) -> Arc<Usage> {
        let usage = Usage::of(self.client.clone());
        Arc::new(match operation::kind(request) {
            // What a query asks for may depend on what it has asked for before; all of it has one deadline. Mutations go one
            // after the other, and each of their calls has its own.
            Some(OperationType::Query) => usage.within(self.tracker.patience()),
            _ => usage,
        })
    }

    /// Executes the part of a subscription that the feed stands for.
    pub(super) fn execute_stream(
        &self,
        operation: &Operation,
        feed: Arc<Feed>,
    ) -> BoxStream<'static, Response> {
        let mut request = operation.request();
        let usage = self.usage(&mut request);
        let request = self.prepared(request, &usage).data(feed);
        self.schema.execute_stream(request).map(coded).boxed()
    }

    /// Follows a subject from here on.
    pub(super) fn follow(&self, subject: &Arc<Subject>) -> Follower {
        self.tracker.follow(subject.clone())
    }

    pub(super) fn audiences(&self) -> &Arc<Audiences> {
        &self.audiences
    }

    fn prepared(&self, request: Request, usage: &Arc<Usage>) -> Request {
        request
            .data(usage.clone())
            .data(loader::new(self.tracker.clone(), usage.clone()))
    }
}

/// Refuses what had better not be begun.
fn check(request: &mut Request) -> Result<(), ServerError> {
    document::check(request)?;
    variable::check(request)
}

/// What an operation cost the upstream and how the upstream's limits stand now, as its answer tells it.
fn upstream(usage: &Usage, budget: Value) -> Value {
    let report = usage.report();
    value!({
        "calls": report.calls,
        "realtimeCalls": report.realtime_calls,
        "keysBatched": report.keys_batched,
        "cacheHits": report.cache_hits,
        "waitedMs": u64::try_from(report.waited.as_millis()).unwrap_or(u64::MAX),
        "quotaSpent": report.quota_spent.as_f64(),
        "budget": budget,
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
