//! Documents: read and judged once for each text, and kept with their verdict, good or bad.
//!
//! It knows the schema only as text, and carries nothing out; who asks is not its business.

mod coercion;
mod conversion;
mod cost;
mod extent;
mod introspection;
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
mod verdict;
#[cfg(test)]
#[path = "worst_tests.rs"]
mod worst;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, thread};

use apollo_compiler::validation::{Valid, WithErrors};
use apollo_compiler::{Schema, ast};
use async_graphql::Variables;
use moka::sync::Cache;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::error::{ErrorCode, Failure};
use place::Places;

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
    schema: Valid<Schema>,
    limits: Limits,
    shelf: Shelf,
    /// Who may judge: the processors are there for what is carried out as well.
    judges: Arc<Semaphore>,
}

type Verdict = Result<Arc<Document>, Arc<Refused>>;

type Shelf = Cache<(Arc<str>, Trust), Verdict>;

/// Whose document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Trust {
    /// Anybody's.
    Stranger,
    /// The operator's own: it has to be valid, but may be as large as he likes.
    Trusted,
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
        let schema = Schema::builder()
            .parse(sdl, "schema.graphql")
            .parse(YOUNGER, "introspection.graphql")
            .build();
        let schema = schema.map(Schema::validate);
        let schema = schema.expect("the schema can be read");
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(Arc::new(Desk {
            schema: schema.expect("the schema is valid"),
            shelf: shelf(limits.kept_bytes),
            judges: Arc::new(Semaphore::new((processors / 2).max(1))),
            limits,
        }))
    }

    /// How a document was judged, or is now: beside what is carried out, and once for all that ask for it at one time.
    pub(super) async fn read(&self, text: &Arc<str>, trust: Trust) -> Verdict {
        if let Some(verdict) = self.0.shelf.get(&(text.clone(), trust)) {
            return verdict;
        }
        let permit = timeout(PATIENCE, self.0.judges.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            let busy = "too many documents that are new here came at once: send this one again";
            let busy = Failure::new(ErrorCode::Throttled, busy);
            return Err(Arc::new(busy.with_retry_after(PATIENCE).into()));
        };
        let (documents, text) = (self.clone(), text.clone());
        let judging = spawn_blocking(move || {
            let _permit = permit;
            documents.judged(&text, trust)
        });
        judging.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a document could not be judged");
            let failed = "the document could not be judged: this is a fault of the server";
            let failed = Failure::new(ErrorCode::Internal, failed);
            Err(Arc::new(failed.into()))
        })
    }

    /// The same on this thread.
    pub(super) fn judged(&self, text: &Arc<str>, trust: Trust) -> Verdict {
        let key = (text.clone(), trust);
        self.0.shelf.get_with(key, || self.judge(text, trust))
    }

    /// The values of an operation's variables, as its types want them.
    pub(super) fn coerce(
        &self,
        plan: &Plan,
        given: &Map<String, Value>,
    ) -> Result<Variables, Arc<Refused>> {
        coercion::coerce(&self.0.schema, plan.variables(), given)
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    fn judge(&self, text: &Arc<str>, trust: Trust) -> Verdict {
        let limits = match trust {
            Trust::Stranger => Some(&self.0.limits),
            Trust::Trusted => None,
        };
        let refused = |failure: Failure| Arc::new(Refused::from(failure));
        text::check(text, limits.and_then(|limits| limits.tokens)).map_err(refused)?;
        let places = Places::of(text);
        let mended = syntax::mend(text, &places)?;
        let syntax = ast::Document::parser()
            .recursion_limit(text::MAX_NESTING * 2)
            .parse_ast(mended, "document.graphql");
        let syntax = syntax.map_err(|wrong| invalid(&wrong, &places))?;
        extent::check(&syntax).map_err(refused)?;
        let document = match syntax.to_executable_validate(&self.0.schema) {
            Ok(document) => document,
            Err(wrong) if rules::are_ours(&wrong.errors) => Valid::assume_valid(wrong.partial),
            Err(wrong) => return Err(invalid(&wrong, &places)),
        };
        let needs = rules::check(&self.0.schema, &document, text, &places)?;
        if let Some(limits) = limits {
            limits::check(limits, &document).map_err(refused)?;
        }
        let operations = document.operations.iter().zip(&needs);
        let plans = operations.map(|(operation, needs)| {
            Arc::new(Plan::new(
                &self.0.schema,
                &document,
                operation,
                needs,
                &places,
            ))
        });
        Ok(Arc::new(Document {
            text: text.clone(),
            trust,
            plans: plans.collect(),
        }))
    }
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
    Cache::builder().max_capacity(bytes).weigher(weigh).build()
}

fn invalid<T>(wrong: &WithErrors<T>, places: &Places) -> Arc<Refused> {
    Arc::new(Refused::of(&wrong.errors, places))
}
