//! The one way into the schema, whatever the transport.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, Schema};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::document;
use super::error::ErrorCode;
use super::loader;
use super::mutation::Mutation;
use super::query::Query;
use super::subscription::Subscription;
use crate::tracker::Tracker;

/// Executes operations. What every operation needs is added here and not in an extension, because any extension costs
/// every field of every operation.
#[derive(Clone)]
pub struct Door {
    schema: Schema<Query, Mutation, Subscription>,
    tracker: Arc<Tracker>,
}

impl Door {
    pub(super) fn new(
        schema: Schema<Query, Mutation, Subscription>,
        tracker: Arc<Tracker>,
    ) -> Self {
        Self { schema, tracker }
    }

    fn prepared(&self, request: Request) -> Request {
        request.data(loader::new(self.tracker.clone()))
    }
}

impl Executor for Door {
    async fn execute(&self, mut request: Request) -> Response {
        match document::check(&mut request) {
            Ok(()) => coded(self.schema.execute(self.prepared(request)).await),
            Err(refusal) => coded(Response::from_errors(vec![refusal])),
        }
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        if let Err(refusal) = document::check(&mut request) {
            return stream::once(async { coded(Response::from_errors(vec![refusal])) }).boxed();
        }
        let responses = Executor::execute_stream(&self.schema, self.prepared(request), session);
        responses.map(coded).boxed()
    }
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
