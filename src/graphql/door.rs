//! The one way into the schema, whatever the transport.

use std::sync::Arc;

use async_graphql::{Response, Value, value};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::answer::Answer;
use super::audience::{AudienceFigures, Audiences};
use super::document::Introspects;
use super::error::{ErrorCode, Failure};
use super::events::Events;
use super::feed::Feed;
use super::finished::{Finished, FinishedFigures};
use super::house::House;
use super::loader;
use super::operation::{Kind, Operation};
use super::persisted::{Persisted, Wish};
use super::rate_limit::Charge;
use super::report::{Extension, Report};
use super::request::Request;
use super::tally::{Counting, OperationFigures};
use super::under_way::UnderWay;
use super::{budget, once};
use crate::auth::{Caller, Introspection, Scope};
use crate::current::Current;
use crate::idempotency::{Key, Outcomes};
use crate::live::{Follower, Subject};
use crate::model::ClientId;
use crate::telemetry::Span;
use crate::tracker::{Tracker, Usage};

/// Executes operations. What every operation needs is added here and not in an extension, because any extension costs
/// every field of every operation.
#[derive(Clone)]
pub struct Door {
    /// Its house may be put in order anew while it is open.
    pub(super) houses: Current<House>,
    /// As whoever comes has met it.
    pub(super) house: Arc<House>,
    caller: Arc<Caller>,
    key: Option<Key>,
    report: Report,
    resume: Option<String>,
}

/// What it costs to make a text known, besides what its operation costs, in points.
const REGISTRATION: u32 = 10;

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

impl Door {
    pub(super) fn new(house: House) -> Self {
        let house = Arc::new(house);
        Self {
            houses: Current::new(house.clone()),
            house,
            caller: Arc::new(Caller::trusted(ClientId::default())),
            key: None,
            report: Report::default(),
            resume: None,
        }
    }

    /// The same door for whoever asks again: as it is now.
    pub fn anew(&self) -> Self {
        Self {
            house: self.houses.get(),
            ..self.clone()
        }
    }

    /// The same door for somebody.
    pub fn serving(&self, caller: Arc<Caller>) -> Self {
        Self {
            caller,
            ..self.anew()
        }
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

    /// Reads a request, for which its caller pays a point whatever becomes of it, or more if its document is new and large, and
    /// finds out whether it is right. Nothing is carried out; what is refused has its answer.
    pub async fn prepare(&self, request: Request) -> Result<Operation, Answer> {
        let mut under_way = UnderWay::begin(self.house.documents.tallies());
        match self.admitted(request, under_way.counting()).await {
            Ok(mut operation) => {
                operation.told(under_way);
                Ok(operation)
            }
            Err(refused) => {
                under_way.answered(&refused);
                Err(self.reported(refused))
            }
        }
    }

    async fn admitted(
        &self,
        request: Request,
        counting: &mut Counting,
    ) -> Result<Operation, Answer> {
        let admitted = self.house.tariff.admit(&self.caller).await;
        let mut charge = admitted.map_err(|refused| *refused)?;
        match self.judged(request, &mut charge, counting).await {
            Ok(mut operation) => {
                operation.charge = charge;
                Ok(operation)
            }
            Err(refused) => Err(refused.charged(charge)),
        }
    }

    async fn judged(
        &self,
        mut request: Request,
        charge: &mut Charge,
        counting: &mut Counting,
    ) -> Result<Operation, Answer> {
        let sent = request.sent.take();
        let found = self.house.persisted.text_of(&request).await?;
        let price = self.house.documents.price(&found.text, found.trust);
        *charge = self
            .house
            .tariff
            .charge(&self.caller, *charge, price)
            .await
            .map_err(|refused| *refused)?;
        // All tokens of one signer have their documents judged in his turn.
        let grant = self.caller.grant.as_ref();
        let client = grant.map_or(&self.caller.client, |grant| &grant.signer);
        let operation = Operation::read(
            &self.house.documents,
            request,
            &found.text,
            found.trust,
            client,
            counting,
        )
        .await;
        let mut operation = operation.map_err(|refused| Answer::from(&*refused))?;
        if operation.introspects() == Introspects::Schema {
            self.check_introspection()?;
        }
        if operation.lasts() && !self.house.persisted.has_more_to_do(&found) {
            operation.sent = sent;
        }
        // Whoever holds a view token can be anybody.
        if found.wish == Wish::Register && self.caller.grant.is_none() {
            operation.registers = Some(found.text);
        }
        Ok(operation)
    }

    /// Refuses to show the schema to those who may not ask for it.
    fn check_introspection(&self) -> Result<(), Answer> {
        if self.house.introspection.is_open_to(&self.caller) {
            return Ok(());
        }
        let message = match self.house.introspection {
            Introspection::Scope => "introspection needs the scope ops: use a token that has it",
            Introspection::On | Introspection::Off => {
                "introspection is switched off here: take the schema from whoever runs this service"
            }
        };
        Err(Failure::new(ErrorCode::Forbidden, message).into())
    }

    /// Carries out an operation of any kind, once its caller has paid for it. What is wrong with a subscription from its
    /// beginning is an answer.
    pub async fn open(&self, mut operation: Operation) -> Opened {
        let under_way = operation.under_way.take();
        let nothing = Span::NONE;
        let span = under_way.as_ref().and_then(UnderWay::span);
        let span = span.unwrap_or(&nothing);
        let opened = span.around(self.open_charged(operation)).await;
        match (under_way, &opened) {
            (Some(under_way), Opened::Answer(answer)) => under_way.answered(answer),
            (Some(under_way), Opened::Events(_)) => under_way.goes_on(),
            (None, _) => {}
        }
        opened
    }

    async fn open_charged(&self, mut operation: Operation) -> Opened {
        let paid = operation.charge;
        let charge = self
            .house
            .tariff
            .charge(&self.caller, paid, operation.cost());
        let opened = match charge.await {
            Ok(charge) => {
                let text = operation.registers.take();
                let charge = self.register(text, charge).await;
                operation.charge = charge;
                self.open_paid(operation, charge).await
            }
            Err(refused) => Opened::Answer(*refused),
        };
        match opened {
            Opened::Answer(answer) => Opened::Answer(self.reported(answer)),
            Opened::Events(events) => Opened::Events(events),
        }
    }

    /// Makes a text known by its hash, if its caller can pay for that as well. Who cannot has his operation nevertheless.
    async fn register(&self, text: Option<Arc<str>>, charge: Charge) -> Charge {
        let client = &self.caller.client;
        let Some(text) = text.filter(|text| self.house.persisted.takes(text, client)) else {
            return charge;
        };
        let price = charge.cost.saturating_add(REGISTRATION);
        match self.house.tariff.charge(&self.caller, charge, price).await {
            Ok(charge) => {
                self.house.persisted.register(text, client).await;
                charge
            }
            Err(_) => charge,
        }
    }

    /// The answer with what its caller wants to know of its cost.
    fn reported(&self, answer: Answer) -> Answer {
        match self.report.tells(Extension::Cost) {
            true => answer.telling_cost(),
            false => answer,
        }
    }

    async fn open_paid(&self, mut operation: Operation, charge: Charge) -> Opened {
        let answer = match (operation.kind(), once::key(&operation, self.key.as_ref())) {
            (_, Err(failure)) => failure.into(),
            // A subscription changes nothing, and can be repeated as it is, so that an idempotency key says nothing.
            (Kind::Subscription, _) => {
                // It is kept for as long as it goes on.
                operation.trace = None;
                match Events::open(self.clone(), operation, self.resume.clone()).await {
                    Ok(events) => return Opened::Events(Box::new(events)),
                    Err(response) => Answer::refused(
                        ErrorCode::first_of(&response.errors).unwrap_or(ErrorCode::BadUserInput),
                        response.errors,
                    ),
                }
            }
            (_, Ok(Some(key))) => self.once(&key, operation).await,
            (Kind::Query, Ok(None)) => self.read(&operation).await,
            (kind, Ok(None)) => {
                let usage = self.usage(kind);
                Answer::first(self.carry_out(&operation, &usage).await)
            }
        };
        Opened::Answer(answer.charged(charge))
    }

    /// Executes an operation, whether it was done before or not.
    pub(super) async fn carry_out(&self, operation: &Operation, usage: &Arc<Usage>) -> Response {
        if let Some(trace) = &operation.trace {
            trace.note_usage(usage);
        }
        let response = self
            .house
            .schema
            .execute(self.prepared(operation, usage))
            .await;
        let response = coded(response);
        if !self.report.tells(Extension::Upstream) {
            return response;
        }
        // The field `upstreamBudget` says the same, and to nobody else.
        let budget = match self.caller.may(Scope::Ops) {
            true => budget::extension(self.house.tracker.budget().await),
            false => Value::Null,
        };
        response.extension(Extension::Upstream.as_str(), upstream(usage, budget))
    }

    /// Has the caller pay for an operation from its first point on; `None` if he cannot.
    pub(super) async fn charge_whole(&self, cost: u32) -> Option<Charge> {
        let charge = self.house.tariff.charge_whole(&self.caller, cost).await;
        charge.ok()
    }

    /// Whether what comes through it is done once only.
    pub(super) fn is_keyed(&self) -> bool {
        self.key.is_some()
    }

    /// For whom it is open.
    pub(super) fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    /// What is known of texts that have names.
    pub fn persisted(&self) -> &Persisted {
        &self.house.persisted
    }

    pub(super) fn outcomes(&self) -> &Outcomes {
        &self.house.outcomes
    }

    pub(super) fn finished(&self) -> &Finished {
        &self.house.finished
    }

    /// How the answers stand that are kept.
    pub fn finished_figures(&self) -> FinishedFigures {
        self.house.finished.figures()
    }

    /// What became of operations.
    pub fn operation_figures(&self) -> Vec<OperationFigures> {
        self.house.documents.tallies().read()
    }

    /// How those stand who are told of events.
    pub fn audience_figures(&self) -> AudienceFigures {
        self.house.audiences.figures()
    }

    pub(super) fn tracker(&self) -> &Tracker {
        &self.house.tracker
    }

    /// Whether answers say something of themselves.
    pub(super) fn reports(&self) -> bool {
        self.report.tells_something()
    }

    /// What an operation costs that comes through this door.
    pub(super) fn usage(&self, kind: Kind) -> Arc<Usage> {
        Arc::new(self.new_usage(kind))
    }

    pub(super) fn new_usage(&self, kind: Kind) -> Usage {
        let usage = Usage::of(self.caller.client.clone());
        match kind {
            // What a query asks for may depend on what it has asked for before; all of it has one deadline. Mutations go one
            // after the other, and each of their calls has its own.
            Kind::Query => usage.within(self.house.tracker.patience()),
            Kind::Mutation | Kind::Subscription => usage,
        }
    }

    /// Executes the part of a subscription that the feed stands for.
    pub(super) fn execute_stream(
        &self,
        operation: &Operation,
        feed: Arc<Feed>,
    ) -> BoxStream<'static, Response> {
        let usage = self.usage(operation.kind());
        let request = self.prepared(operation, &usage).data(feed);
        self.house.schema.execute_stream(request).map(coded).boxed()
    }

    /// Follows a subject from here on.
    pub(super) fn follow(&self, subject: &Arc<Subject>) -> Follower {
        self.house.tracker.follow(subject.clone())
    }

    pub(super) fn audiences(&self) -> &Arc<Audiences> {
        &self.house.audiences
    }

    fn prepared(&self, operation: &Operation, usage: &Arc<Usage>) -> async_graphql::Request {
        operation
            .request()
            .data(usage.clone())
            .data(self.caller.clone())
            .data(loader::new(self.house.tracker.clone(), usage.clone()))
    }
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

/// What the library itself refuses has no code of its own, and words that say nothing to a client. It should find nothing,
/// for documents and values were found right before: what it finds is logged.
pub(super) fn coded(mut response: Response) -> Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", ErrorCode::BadUserInput.as_str());
            // Its words and its path may repeat what the caller wrote.
            tracing::warn!(places = ?error.locations, "what was found right could not be carried out");
            error.message =
                "what is asked for here cannot be read: compare its arguments with the schema"
                    .to_owned();
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use async_graphql::ServerError;

    use super::*;

    #[test]
    fn the_librarys_own_words_reach_nobody() {
        let theirs = "Failed to parse \"Int\": expected input type (occurred while parsing)";
        let ours = Failure::bad_input("ours").into_server_error(async_graphql::Pos::default());
        let told = coded(Response::from_errors(vec![
            ServerError::new(theirs, None),
            ours,
        ]));
        assert_eq!(
            ErrorCode::first_of(&told.errors),
            Some(ErrorCode::BadUserInput)
        );
        assert!(told.errors[0].message.contains("cannot be read"));
        assert_eq!(told.errors[1].message, "ours");
    }
}
