//! What the fields of what is written may look at.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use async_graphql::ContextBase;
use futures_util::future::join_all;

use crate::auth::Caller;
use crate::graphql::context::{caller, tracker, usage};
use crate::graphql::error::{ErrorCode, Failure};
use crate::model::Language;
use crate::tracker::{Carriers, Tracker, Usage};

/// Everything that is at hand without waiting.
pub(in crate::graphql) struct Sight<'a> {
    caller: &'a Caller,
    tracker: &'a Tracker,
    usage: &'a Usage,
    lists: &'a [List],
    /// The languages of the lists of carriers that are not at hand.
    lacking: RefCell<Vec<Option<Language>>>,
    /// How many lists of carriers were.
    hits: Cell<usize>,
}

/// A list of carriers that was fetched, or why it could not be.
type List = (Option<Language>, Result<Arc<Carriers>, Failure>);

impl<'a> Sight<'a> {
    fn of<T>(context: &ContextBase<'a, T>, lists: &'a [List]) -> Self {
        Self {
            lists,
            ..Self::new(caller(context), tracker(context), usage(context))
        }
    }

    pub(super) fn new(caller: &'a Caller, tracker: &'a Tracker, usage: &'a Usage) -> Self {
        Self {
            caller,
            tracker,
            usage,
            lists: &[],
            lacking: RefCell::default(),
            hits: Cell::default(),
        }
    }

    /// Whether something was asked for that was not there.
    pub(super) fn lacks_something(&self) -> bool {
        !self.lacking.borrow().is_empty()
    }

    pub(super) fn usage(&self) -> &'a Usage {
        self.usage
    }

    /// Who asks.
    pub(in crate::graphql) fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// What one can do with trackings.
    pub(in crate::graphql) fn tracker(&self) -> &'a Tracker {
        self.tracker
    }

    /// TrackingMore's list of carriers. If it is not at hand, whatever is made of this is thrown away, and asked for once
    /// more when it is.
    pub(in crate::graphql) fn carriers(
        &self,
        language: Option<Language>,
    ) -> Result<Arc<Carriers>, Failure> {
        let mut lists = self.lists.iter();
        if let Some((_, list)) = lists.find(|(known, _)| *known == language) {
            return list.clone();
        }
        if let Some(list) = self.tracker.carriers_at_hand(self.usage, language) {
            self.hits.set(self.hits.get() + 1);
            return Ok(list);
        }
        let mut lacking = self.lacking.borrow_mut();
        if !lacking.contains(&language) {
            lacking.push(language);
        }
        let later = "the list of carriers is not there yet: ask again";
        Err(Failure::new(ErrorCode::Internal, later))
    }
}

/// What is made of what is at hand, once everything is that it takes.
pub(in crate::graphql) async fn seen<T, V>(
    context: &ContextBase<'_, T>,
    body: impl Fn(&Sight<'_>) -> V,
) -> V {
    let mut lists: Vec<List> = Vec::new();
    loop {
        let lacking = {
            let sight = Sight::of(context, &lists);
            let value = body(&sight);
            let lacking = sight.lacking.take();
            if lacking.is_empty() {
                sight.usage.add_hits(sight.hits.get());
                return value;
            }
            lacking
        };
        let fetched = lacking.into_iter().map(|language| async move {
            let list = tracker(context).carriers(usage(context), language);
            (language, list.await.map_err(Failure::from))
        });
        lists.extend(join_all(fetched).await);
    }
}
