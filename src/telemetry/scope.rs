//! For which request, and within which span, work is done.

use std::future::Future;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tokio::task::futures::TaskLocalFuture;

use super::Request;

tokio::task_local! {
    static HERE: Scope;
}

/// The request and the span of some work. It goes where the work goes: a task of its own has to be given it.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub(super) request: Option<Arc<Request>>,
    /// A context that has a span; `None` where nothing is traced.
    pub(super) span: Option<Context>,
}

impl Scope {
    /// That of a request, in which no span has begun.
    pub fn of(request: Arc<Request>) -> Self {
        Self {
            request: Some(request),
            span: None,
        }
    }

    /// That of the work which is being done here.
    pub fn here() -> Self {
        Self::with(Self::clone)
    }

    /// That of something long that begins here, such as a socket: each of its parts is a trace of its own.
    pub fn of_long_work() -> Self {
        Self::with(|here| Self {
            request: here.request.as_ref().map(|it| Arc::new(it.as_beginning())),
            span: None,
        })
    }

    pub(super) fn with<T>(read: impl Fn(&Self) -> T) -> T {
        HERE.try_with(&read)
            .unwrap_or_else(|_| read(&Self::default()))
    }

    /// Does some work in it.
    pub fn around<F: Future>(self, work: F) -> TaskLocalFuture<Self, F> {
        HERE.scope(self, work)
    }

    /// Whether its trace is kept.
    pub(super) fn is_sampled(&self) -> bool {
        let span = self.span.as_ref();
        span.is_some_and(|context| context.span().span_context().is_sampled())
    }

    /// Work that is done for several is told for the first of them whose trace is kept, or else for the first.
    pub fn or(&mut self, other: impl FnOnce() -> Self) {
        if self.request.is_none() && self.span.is_none() {
            *self = other();
        } else if self.span.is_some() && !self.is_sampled() {
            let other = other();
            if other.is_sampled() {
                *self = other;
            }
        }
    }
}

/// Work that is to be done in a task of its own, in the scope of whoever gives it.
pub fn carried<F: Future>(work: F) -> TaskLocalFuture<Scope, F> {
    Scope::here().around(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_of_its_own_is_in_the_scope_that_it_was_given() {
        let id =
            || async { Scope::with(|scope| scope.request.clone().map(|it| it.id().to_owned())) };
        let request = Arc::new(Request::default());
        let scope = Scope::of(request.clone());
        let (given, lost) = scope
            .around(async { (tokio::spawn(carried(id())).await, tokio::spawn(id()).await) })
            .await;
        assert_eq!(given.unwrap().as_deref(), Some(request.id()));
        assert_eq!(lost.unwrap(), None);
        assert_eq!(id().await, None);
    }
}
