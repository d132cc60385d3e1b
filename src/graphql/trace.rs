//! How an operation goes, for those who run the service: its part of a trace, and a line in the log if it was slow.
//!
//! Of what it asks for nothing is told but its name and the hash of its document.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use super::document::Plan;
use super::error::ErrorCode;
use super::operation::Kind;
use crate::persisted::TextHash;
use crate::telemetry::{self, SLOW_OPERATIONS, Span, is_slow, is_tracing};
use crate::tracker::{Usage, UsageReport};

/// The longest name that is told, in bytes.
const MAX_NAME: usize = 64;

/// How many digits a name may have that is told: more may be the number of a parcel, which some clients put into names.
const MAX_DIGITS: usize = 4;

/// What is told of an operation that could not be read.
const UNREAD: &str = "GraphQL Operation";

/// What became of an operation, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It has an answer, of which this is the first error, or has begun and goes on.
    Answered(Option<ErrorCode>),
    /// Its client left before that.
    Abandoned,
}

impl Fate {
    fn as_str(self) -> &'static str {
        match self {
            Self::Answered(None) => "ok",
            Self::Answered(Some(code)) => code.as_str(),
            Self::Abandoned => "abandoned",
        }
    }
}

/// When an operation came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    at: Instant,
    /// On the clock of traces, if there are traces.
    time: Option<SystemTime>,
}

impl Begun {
    pub(super) fn now() -> Self {
        Self {
            at: Instant::now(),
            time: is_tracing().then(SystemTime::now),
        }
    }

    pub(super) fn at(self) -> Instant {
        self.at
    }

    /// It came to its end before it was read to its own.
    pub(super) fn end(self, fate: Fate) {
        tell_end(&self.span(|| UNREAD.into()), fate);
        let elapsed = self.at.elapsed();
        if is_slow(elapsed) {
            log(None, elapsed, fate, &UsageReport::default());
        }
    }

    /// It was answered with what had been answered before.
    pub(super) fn answered_again(self, title: Option<&Title>) {
        let Some(title) = title else {
            return;
        };
        let span = self.span(|| title.span_name());
        if span.is_kept() {
            title.tell(&span);
            span.set("parcelgraph.again", true);
            tell_end(&span, Fate::Answered(None));
        }
    }

    fn span(self, name: impl FnOnce() -> Cow<'static, str>) -> Span {
        match self.time {
            Some(time) => Span::since(time, telemetry::Kind::Server, name),
            None => Span::NONE,
        }
    }
}

/// What an operation is called.
#[derive(Debug)]
pub(super) struct Title {
    kind: Kind,
    name: Option<String>,
    hash: String,
}

impl Title {
    fn of(plan: &Plan, text: &str) -> Self {
        let name = plan.name().filter(|name| is_sane(name));
        Self {
            kind: plan.kind(),
            name: name.map(str::to_owned),
            hash: TextHash::of(text).to_string(),
        }
    }

    fn span_name(&self) -> Cow<'static, str> {
        let kind = self.kind.as_str();
        match &self.name {
            Some(name) => format!("{kind} {name}").into(),
            None => kind.into(),
        }
    }

    fn tell(&self, span: &Span) {
        span.set("graphql.operation.type", self.kind.as_str());
        if let Some(name) = &self.name {
            span.set("graphql.operation.name", name.clone());
        }
        span.set("graphql.document.hash", self.hash.clone());
    }
}

/// Whether a name can be told: an operator finds his operations by it, and it may not be a parcel's, nor anybody's.
pub(super) fn is_sane(name: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.len() <= MAX_NAME && digits <= MAX_DIGITS && name.bytes().all(is_name)
}

/// An operation that is carried out.
#[derive(Debug)]
pub(super) struct Trace {
    begun: Begun,
    span: Span,
    plan: Arc<Plan>,
    text: Arc<str>,
    title: OnceLock<Arc<Title>>,
    usage: OnceLock<Arc<Usage>>,
}

impl Trace {
    pub(super) fn new(begun: Begun, plan: &Arc<Plan>, text: &Arc<str>) -> Self {
        let mut trace = Self {
            begun,
            span: Span::NONE,
            plan: plan.clone(),
            text: text.clone(),
            title: OnceLock::new(),
            usage: OnceLock::new(),
        };
        trace.span = begun.span(|| trace.title().span_name());
        trace
    }

    fn title(&self) -> &Arc<Title> {
        let title = || Arc::new(Title::of(&self.plan, &self.text));
        self.title.get_or_init(title)
    }

    /// What the operation is called, if there are traces for which that is wanted.
    pub(super) fn title_for_traces(&self) -> Option<Arc<Title>> {
        is_tracing().then(|| self.title().clone())
    }

    /// Its part of the trace.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Notes where it is added up what it costs.
    pub(super) fn note_usage(&self, usage: &Arc<Usage>) {
        // There is one for each operation.
        let _ = self.usage.set(usage.clone());
    }

    /// Tells how it ended, or how it began if it goes on.
    pub(super) fn end(&self, fate: Fate) {
        let elapsed = self.begun.at.elapsed();
        let is_slow = is_slow(elapsed);
        if !is_slow && !self.span.is_kept() {
            return;
        }
        let usage = self.usage.get().map(|usage| usage.report());
        let usage = usage.unwrap_or_default();
        if self.span.is_kept() {
            self.title().tell(&self.span);
            tell_usage(&self.span, &usage);
            tell_end(&self.span, fate);
        }
        if is_slow {
            log(Some(self.title()), elapsed, fate, &usage);
        }
    }
}

fn tell_usage(span: &Span, usage: &UsageReport) {
    span.set_count("parcelgraph.calls", usage.calls);
    span.set_count("parcelgraph.cache_hits", usage.cache_hits);
    span.set_count("parcelgraph.waited_ms", usage.waited.as_millis());
}

/// Says how an operation ended. What its client did wrong is not held against the service.
fn tell_end(span: &Span, fate: Fate) {
    match fate {
        Fate::Answered(None) => {}
        Fate::Answered(Some(code)) if code.is_clients() => span.set("error.type", code.as_str()),
        Fate::Answered(Some(code)) => span.fail(code.as_str()),
        Fate::Abandoned => span.set("parcelgraph.abandoned", true),
    }
}

fn log(title: Option<&Arc<Title>>, elapsed: Duration, fate: Fate, usage: &UsageReport) {
    let name = title.and_then(|title| title.name.as_deref());
    tracing::warn!(
        target: SLOW_OPERATIONS,
        kind = title.map(|title| title.kind.as_str()),
        operation = name,
        document = title.map(|title| &*title.hash),
        elapsed_ms = elapsed.as_millis(),
        outcome = fate.as_str(),
        calls = usage.calls,
        waited_ms = usage.waited.as_millis(),
        "a slow operation"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_be_a_parcels_is_not_told() {
        for (name, is_told) in [
            ("Orders", true),
            ("OrdersV2", true),
            ("Page2024", true),
            ("Track_RR123456789CN", false),
            ("q12345", false),
            (&"a".repeat(65), false),
            ("Zebulon Quartermaine", false),
            ("zebulon@quartermaine.example", false),
        ] {
            assert_eq!(is_sane(name), is_told, "{name}");
        }
    }
}
