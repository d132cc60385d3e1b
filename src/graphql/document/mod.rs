//! Documents: read and judged once for each text, and kept with their verdict, good or bad.
//!
//! It knows the schema only as text, and carries nothing out; who asks is not its business.

mod coercion;
mod collected;
mod conversion;
mod cost;
mod extent;
mod introspection;
mod lasting;
mod limits;
mod merging;
mod parts;
mod place;
mod plan;
mod rules;
mod scalar;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod turns;
mod types;
mod verdict;
mod wording;
#[cfg(test)]
#[path = "worst_tests.rs"]
mod worst;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, thread};

use ahash::RandomState;
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use async_graphql::Variables;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use moka::sync::Cache;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::error::{ErrorCode, Failure};
use super::tally::Tallies;
use super::written::{Written, unreadable};
use crate::model::ClientId;
use crate::telemetry::carried;
use place::Places;
use turns::Turns;
use types::Types;
use wording::Source;

pub use limits::Limits;
pub(super) use plan::{Introspects, Plan};
pub(super) use verdict::Refused;

/// What the library's parser would not tell of itself: `@oneOf` is younger than its introspection types.
const YOUNGER: &str = "extend type __Type { isOneOf: Boolean }";

/// About how many bytes a document takes at least.
const LEAST_WEIGHT: usize = 2_000;

/// How long a document waits to be judged while others are; each takes some hundredths of a second at the most.
const PATIENCE: Duration = Duration::from_secs(5);

/// All documents, as they were judged. Cheap to clone.
#[derive(Clone)]
pub(super) struct Documents(Arc<Desk>);

struct Desk {
    types: Arc<Types>,
    limits: Limits,
    way: Way,
    shelf: Shelf,
    tallies: Tallies,
    /// Who may judge: the processors are there for what is carried out as well.
    turns: Turns,
    /// What is being judged, or waits for it.
    under_way: Mutex<HashMap<Key, WeakShared<BoxFuture<'static, Verdict>>>>,
}

type Verdict = Result<Arc<Document>, Arc<Refused>>;

/// A text, and whose it is.
type Key = (Arc<str>, Trust);

type Shelf = Cache<Key, Verdict, RandomState>;

/// A verdict that several may wait for.
type Judging = Shared<BoxFuture<'static, Verdict>>;

/// A document that is waited for.
struct Waiting {
    documents: Documents,
    key: Key,
    task: JoinHandle<Verdict>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.task.abort();
        self.documents.under_way().remove(&self.key);
    }
}

/// Whose document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Trust {
    /// Anybody's.
    Stranger,
    /// The operator's own: it has to be valid, but may be as large as he likes.
    Trusted,
}

/// How queries are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// What is only read is written at once.
    Direct,
    /// By the library alone; for tests, because it is slower.
    Plain,
}

/// A document that is valid and not too large.
#[derive(Debug)]
pub(super) struct Document {
    text: Arc<str>,
    trust: Trust,
    /// In the document's order; at least one.
    plans: Vec<Arc<Plan>>,
}

impl Documents {
    /// Nothing is known yet but the schema.
    pub(super) fn open(sdl: &str, limits: Limits) -> Self {
        Self::read_for(Way::Direct, sdl, limits)
    }

    /// The same for one way of carrying them out.
    pub(super) fn read_for(way: Way, sdl: &str, limits: Limits) -> Self {
        let schema = Schema::builder()
            .parse(sdl, "schema.graphql")
            .parse(YOUNGER, "introspection.graphql")
            .build();
        let schema = schema.map(Schema::validate);
        let schema = schema.expect("the schema can be read");
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(Arc::new(Desk {
            types: Arc::new(Types::of(schema.expect("the schema is valid"))),
            shelf: shelf(limits.kept_bytes),
            turns: Turns::new((processors / 2).max(1)),
            under_way: Mutex::default(),
            tallies: Tallies::default(),
            limits,
            way,
        }))
    }

    /// What it costs to have a document judged, in points: nothing if that was done before.
    pub(super) fn price(&self, text: &Arc<str>, trust: Trust) -> u32 {
        if trust == Trust::Trusted || self.0.shelf.contains_key(&(text.clone(), trust)) {
            return 0;
        }
        text::price(text, self.0.limits.tokens)
    }

    /// How a document was judged, or is now: beside what is carried out, and once for all that ask for it at one time.
    pub(super) async fn read(&self, text: &Arc<str>, trust: Trust, client: &ClientId) -> Verdict {
        let key = (text.clone(), trust);
        if let Some(verdict) = self.0.shelf.get(&key) {
            return verdict;
        }
        self.judging(key, client).await
    }

    /// A document's way to its verdict. It goes on by itself, because a turn must not lie with somebody who does not move; who
    /// asks for the same one joins it, and it breaks off if nobody waits for it any more before its turn.
    fn judging(&self, key: Key, client: &ClientId) -> Judging {
        let mut under_way = self.under_way();
        if let Some(judging) = under_way.get(&key).and_then(WeakShared::upgrade) {
            return judging;
        }
        let judged = self.clone().judged_in_turn(key.clone(), client.clone());
        let task = tokio::spawn(carried(judged));
        let mut waiting = Waiting {
            documents: self.clone(),
            key: key.clone(),
            task,
        };
        let judging = async move {
            let judged = (&mut waiting.task).await;
            judged.unwrap_or_else(|error| failed(&error))
        };
        let judging = judging.boxed().shared();
        if let Some(weak) = judging.downgrade() {
            under_way.insert(key, weak);
        }
        judging
    }

    async fn judged_in_turn(self, key: Key, client: ClientId) -> Verdict {
        let Ok(Ok(turn)) = timeout(PATIENCE, self.0.turns.take(&client)).await else {
            let busy = "too many documents that are new here came at once: send this one again";
            let busy = Failure::new(ErrorCode::Throttled, busy);
            return Err(Arc::new(busy.with_retry_after(PATIENCE).into()));
        };
        let judging = spawn_blocking(move || {
            let _turn = turn;
            self.judged(&key.0, key.1)
        });
        judging.await.unwrap_or_else(|error| failed(&error))
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, WeakShared<BoxFuture<'static, Verdict>>>> {
        let under_way = self.0.under_way.lock();
        under_way.unwrap_or_else(PoisonError::into_inner)
    }

    /// The same on this thread.
    pub(super) fn judged(&self, text: &Arc<str>, trust: Trust) -> Verdict {
        let key = (text.clone(), trust);
        self.0.shelf.get_with(key, || self.judge(text, trust))
    }

    /// The values of an operation's variables, as its types want them. Those that it does not declare are not even built.
    pub(super) fn coerce(&self, plan: &Plan, given: &Written) -> Result<Variables, Arc<Refused>> {
        let declared = plan.variables();
        let names: HashSet<_, RandomState> = declared.iter().map(|one| one.name.as_str()).collect();
        // They live no longer than it takes to read them: nothing else waits for anything here.
        let given = given.pick(|name| names.contains(name));
        let given = given.map_err(|error| Refused::from(unreadable("variables", &error)))?;
        coercion::coerce(&self.0.types.schema, declared, &given)
    }

    /// Where its operations are counted.
    pub(super) fn tallies(&self) -> &Tallies {
        &self.0.tallies
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Whether they are kept at the same place.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Gives up all that is kept.
    pub(super) fn give_up(&self) {
        self.0.shelf.invalidate_all();
        self.0.shelf.run_pending_tasks();
    }

    /// The same schema for documents that may be so large, none of which is known yet. What was counted goes on.
    pub(super) fn within(&self, limits: Limits) -> Self {
        let desk = &self.0;
        Self(Arc::new(Desk {
            types: desk.types.clone(),
            shelf: shelf(limits.kept_bytes),
            turns: desk.turns.clone(),
            under_way: Mutex::default(),
            limits,
            way: desk.way,
            tallies: desk.tallies.clone(),
        }))
    }

    /// Refuses an operation that costs so many points, if its document is a stranger's and that is too much.
    pub(super) fn check_cost(&self, trust: Trust, cost: u64) -> Result<(), Failure> {
        match trust {
            Trust::Stranger => limits::check_cost(&self.0.limits, cost),
            Trust::Trusted => Ok(()),
        }
    }

    fn judge(&self, text: &Arc<str>, trust: Trust) -> Verdict {
        let types = &self.0.types;
        let limits = match trust {
            Trust::Stranger => Some(&self.0.limits),
            Trust::Trusted => None,
        };
        let refused = |failure: Failure| Arc::new(Refused::from(failure));
        let most_tokens = limits.and_then(|limits| limits.tokens);
        text::check(text, most_tokens).map_err(refused)?;
        let places = Arc::new(Places::of(text));
        let syntax = syntax::parse(text, most_tokens, &places)?;
        extent::check(&syntax, &places)?;
        let document = match syntax.to_executable_validate(&types.schema) {
            Ok(document) => document,
            Err(wrong) if rules::are_ours(&wrong.errors) => Valid::assume_valid(wrong.partial),
            Err(wrong) => return Err(Arc::new(Refused::of(&wrong.errors, &places))),
        };
        let needs = rules::check(&types.schema, &document, text, &places)?;
        let source = Source {
            types: types.clone(),
            document: Arc::new(document),
            places,
        };
        let operations = source.document.operations.iter();
        let operations: Vec<_> = operations
            .map(|operation| (operation, source.whole(operation)))
            .collect();
        if let Some(limits) = limits {
            limits::check(limits, &source.document, &operations).map_err(refused)?;
        }
        let mut plans = Vec::with_capacity(operations.len());
        for ((operation, whole), needs) in operations.iter().zip(&needs) {
            let name = operation.name.as_deref();
            let tally = self.0.tallies.of(name, trust);
            let plan = Plan::new(&source, operation, whole, needs, self.0.way, tally);
            self.check_cost(trust, plan.least_cost()).map_err(refused)?;
            plans.push(Arc::new(plan));
        }
        Ok(Arc::new(Document {
            text: text.clone(),
            trust,
            plans,
        }))
    }
}

fn failed(error: &JoinError) -> Verdict {
    tracing::error!(%error, "a document could not be judged");
    let failed = "the document could not be judged: this is a fault of the server";
    Err(Arc::new(Failure::new(ErrorCode::Internal, failed).into()))
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents")
            .field("kept", &self.0.shelf.entry_count())
            .finish_non_exhaustive()
    }
}

impl Document {
    /// About how many bytes it takes beside its text.
    fn weight(&self) -> usize {
        let plans = self.plans.iter().map(|plan| plan.weight());
        plans.fold(LEAST_WEIGHT, usize::saturating_add)
    }

    /// As it was sent.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whose it is.
    pub(super) fn trust(&self) -> Trust {
        self.trust
    }

    /// The operation of that name, or the only one.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<&Arc<Plan>, Failure> {
        match (name, &self.plans[..]) {
            (None, [only]) => Ok(only),
            (None, _) => Err(Failure::bad_input(
                "Must provide operation name: the document has several operations",
            )),
            (Some(name), plans) => {
                let mut plans = plans.iter();
                let found = plans.find(|plan| plan.name() == Some(name));
                found.ok_or_else(|| {
                    let name: String = name.chars().take(50).collect();
                    Failure::bad_input(format!(
                        "Unknown operation named \"{name}\": name one that the document has"
                    ))
                })
            }
        }
    }
}

fn shelf(bytes: u64) -> Shelf {
    let weigh = |(text, _): &(Arc<str>, Trust), verdict: &Verdict| {
        let bytes = match verdict {
            Ok(document) => document.weight(),
            Err(refused) => refused.weight(),
        };
        u32::try_from(text.len() + bytes).unwrap_or(u32::MAX)
    };
    Cache::builder()
        .max_capacity(bytes)
        .weigher(weigh)
        .build_with_hasher(RandomState::new())
}
