//! An operation that may be carried out.

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql_value::ConstValue;
use bytes::Bytes;

use super::document::{Documents, Introspects, Plan, Refused, Trust};
use super::error::{ErrorCode, Failure};
use super::once;
use super::rate_limit::Charge;
use super::request::{Request, Sent};
use super::tally::{Counting, Tally};
use super::trace::Trace;
use super::under_way::UnderWay;
use crate::allowance::Standing;
use crate::auth::Caller;
use crate::idempotency::Key;
use crate::model::ClientId;
use crate::tracker::{Tracker, Usage};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It reads.
    Query,
    /// It may change something.
    Mutation,
    /// It goes on.
    Subscription,
}

impl Kind {
    /// As documents say it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// An operation that was read and found right, with the values of its variables. Nothing of it is carried out yet.
#[derive(Debug)]
pub struct Operation {
    pub(super) text: Arc<str>,
    pub(super) name: Option<String>,
    pub(super) variables: Variables,
    /// The idempotency key that stands in it.
    pub(super) key: Option<Key>,
    /// What its caller has paid for it.
    pub(super) charge: Charge,
    /// As what it came, if whatever comes as the same is the same operation.
    pub(super) sent: Option<Sent>,
    /// Counts and tells what becomes of it; `None` once somebody else does.
    pub(super) under_way: Option<UnderWay>,
    /// Its text, if that is to be known by its hash from now on.
    pub(super) registers: Option<Arc<str>>,
    /// How it goes; `None` once it goes on by itself, or if nobody wants to know.
    pub(super) trace: Option<Arc<Trace>>,
    plan: Arc<Plan>,
    cost: u32,
}

impl Operation {
    /// Reads a request whose document has this text. How it is counted is known from then on, also if it is refused.
    pub(super) async fn read(
        documents: &Documents,
        request: Request,
        text: &Arc<str>,
        trust: Trust,
        client: &ClientId,
        counting: &mut Counting,
    ) -> Result<Self, Arc<Refused>> {
        let refused = |failure: Failure| Arc::new(Refused::from(failure));
        let document = documents.read(text, trust, client).await?;
        let name = request.operation_name.filter(|name| !name.is_empty());
        let plan = document.operation(name.as_deref()).map_err(refused)?;
        counting.is_of(plan.tally(), plan.kind());
        let key = once::written(&request.extensions).map_err(refused)?;
        let variables = documents.coerce(plan, &request.variables)?;
        let cost = plan.cost(&variables);
        documents
            .check_cost(document.trust(), cost)
            .map_err(refused)?;
        Ok(Self {
            text: document.text().clone(),
            name,
            variables,
            key,
            charge: Charge::default(),
            sent: None,
            under_way: None,
            registers: None,
            trace: None,
            cost: u32::try_from(cost.saturating_add(plan.introspection())).unwrap_or(u32::MAX),
            plan: plan.clone(),
        })
    }

    /// What it does.
    pub fn kind(&self) -> Kind {
        self.plan.kind()
    }

    /// Notes that it is not carried out, because of what it is or when it came.
    pub fn note_refused(&mut self, code: ErrorCode) {
        if let Some(under_way) = self.under_way.take() {
            under_way.refused(code);
        }
    }

    /// Where it is counted.
    pub(super) fn tally(&self) -> &Arc<Tally> {
        self.plan.tally()
    }

    /// Has it told how it goes, from when it came.
    pub(super) fn told(&mut self, mut under_way: UnderWay) {
        self.trace = Some(under_way.is_read(&self.plan, &self.text));
        self.under_way = Some(under_way);
    }

    /// How its caller stands; `None` if there is no limit for him.
    pub fn standing(&self) -> Option<Standing> {
        self.charge.standing
    }

    /// How many points it costs, with the values of its variables.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Whether its answer is the same for as long as the parcels are that it asks for.
    pub(super) fn lasts(&self) -> bool {
        self.plan.lasts()
    }

    /// Whether it asks for the schema.
    pub(super) fn introspects(&self) -> Introspects {
        self.plan.introspects()
    }

    /// The response, if it can be told at a glance.
    pub(super) fn glance(
        &self,
        caller: &Caller,
        tracker: &Tracker,
        usage: &Usage,
    ) -> Option<Bytes> {
        let response = self
            .plan
            .sheet()
            .glance(&self.variables, (caller, tracker, usage));
        response.map(Bytes::from)
    }

    /// The same for the library that carries it out.
    pub(super) fn request(&self) -> async_graphql::Request {
        let mut request = async_graphql::Request::new("").variables(self.variables.clone());
        let (written, marks) = self.plan.written(&self.variables);
        request.set_parsed_query(written);
        request.data(self.charge).data(marks)
    }

    /// Its variables, but for the one that only says where it goes on.
    pub(super) fn lasting_variables(&self) -> Variables {
        let mut variables = self.variables.clone();
        if let Some(after) = self.plan.after() {
            variables.remove(after);
        }
        variables
    }
}

/// Its content, in which the order of fields does not matter.
pub(super) fn content(operation: &Operation) -> (&str, Option<&str>, ConstValue) {
    let variables = operation.variables.clone().into_value();
    (&operation.text, operation.name.as_deref(), variables)
}
