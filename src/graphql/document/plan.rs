//! One operation of a document: all that can be known of it without the values of its variables.

use std::collections::HashMap;
use std::sync::Arc;

use apollo_compiler::ast::{OperationType, Type, Value};
use apollo_compiler::executable::{Operation, Selection};
use apollo_compiler::{ExecutableDocument, Name, Node};
use async_graphql::parser::types::{self as target, ExecutableDocument as Written};
use async_graphql::{Name as TargetName, Pos, Value as ConstValue, Variables};
use async_graphql_value::Value as TargetValue;

use super::Way;
use super::collected::fields;
use super::cost::Cost;
use super::parts::{Part, given_to, parts};
use super::wording::{Source, Wording};
use super::{conversion, introspection, lasting};
use crate::graphql::direct::{Marks, Sheet};
use crate::graphql::operation::Kind;
use crate::graphql::tally::Tally;

/// About how many bytes a part of the cost takes that waits for variables.
const PART_WEIGHT: usize = 100;

/// One operation.
#[derive(Debug)]
pub(in crate::graphql) struct Plan {
    name: Option<String>,
    kind: Kind,
    introspects: Introspects,
    variables: Vec<Declared>,
    /// The variable that says where a subscription goes on, if that is all that it says.
    after: Option<TargetName>,
    cost: Cost,
    introspection: u64,
    lasts: bool,
    way: Way,
    /// Without the selections of the sheet.
    wording: Wording,
    sheet: Sheet,
    tally: Arc<Tally>,
    /// About how many bytes it takes.
    weight: usize,
}

/// Whether an operation asks for the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graphql) enum Introspects {
    /// It does not, but for names of types.
    Not,
    /// It does, or for its text, as gateways do (`_service`).
    Schema,
}

/// A variable as an operation declares it.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) name: TargetName,
    pub(super) ty: Type,
    pub(super) default: Option<ConstValue>,
    pub(super) need: Need,
    pub(super) place: Pos,
}

/// What a variable needs where it is used, though its type asks for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Nothing,
    /// It may be left out, for there is a default, but must not be null.
    NotNull,
    /// It must be there and not be null: it is the only one of several choices.
    Choice,
}

impl Plan {
    /// `whole` is the operation collected with all that it has.
    pub(super) fn new(
        source: &Source,
        operation: &Node<Operation>,
        whole: &Node<Operation>,
        needs: &HashMap<Name, Need>,
        way: Way,
        tally: Arc<Tally>,
    ) -> Self {
        let (schema, document) = (&source.types.schema, &source.document);
        let mut roots = fields(&whole.selection_set);
        let asks =
            roots.any(|field| matches!(field.name.as_str(), "__schema" | "__type" | "_service"));
        let variables = operation.variables.iter().map(|variable| Declared {
            name: TargetName::new(&variable.name),
            ty: (*variable.ty).clone(),
            default: variable
                .default_value
                .as_ref()
                .and_then(|value| conversion::value_of(schema, &variable.ty, value).into_const()),
            need: needs.get(&variable.name).copied().unwrap_or(Need::Nothing),
            place: source.places.of_span(variable.location()),
        });
        let kind = match operation.operation_type {
            OperationType::Query => Kind::Query,
            OperationType::Mutation => Kind::Mutation,
            OperationType::Subscription => Kind::Subscription,
        };
        let way = match kind {
            Kind::Query => way,
            Kind::Mutation | Kind::Subscription => Way::Plain,
        };
        let cost = Cost::of(whole);
        let (mut wording, bytes) = source.wording(operation, whole);
        let sheet = match &mut wording {
            Wording::Fixed(written) => sheet(way, written, None),
            Wording::Open(..) => Sheet::default(),
        };
        Self {
            name: operation.name.as_ref().map(ToString::to_string),
            kind,
            introspects: if asks {
                Introspects::Schema
            } else {
                Introspects::Not
            },
            variables: variables.collect(),
            after: variable_of("after", document, operation),
            weight: bytes + sheet.weight() + cost.parts() * PART_WEIGHT,
            cost,
            introspection: introspection::points(whole),
            lasts: lasting::lasts(document, operation),
            way,
            wording,
            sheet,
            tally,
        }
    }

    /// Its name, if it has one.
    pub(in crate::graphql) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it does.
    pub(in crate::graphql) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it asks for the schema.
    pub(in crate::graphql) fn introspects(&self) -> Introspects {
        self.introspects
    }

    /// The variable that is given to `after` of the only root field and to nothing else.
    pub(in crate::graphql) fn after(&self) -> Option<&TargetName> {
        self.after.as_ref()
    }

    /// Whether its answer is the same for as long as the parcels are that it asks for.
    pub(in crate::graphql) fn lasts(&self) -> bool {
        self.lasts
    }

    /// What its introspection costs.
    pub(in crate::graphql) fn introspection(&self) -> u64 {
        self.introspection
    }

    /// What it costs at the least, whatever the values of its variables, introspection aside.
    pub(super) fn least_cost(&self) -> u64 {
        self.cost.least()
    }

    /// What it costs with these values of variables, introspection aside.
    pub(in crate::graphql) fn cost(&self, variables: &Variables) -> u64 {
        self.cost.with(variables)
    }

    /// The operation in the library's terms, and what is selected where values are written directly, which it lacks. What is
    /// given a variable without a value is left out: the library would take null for it, which says something else.
    pub(in crate::graphql) fn written(&self, variables: &Variables) -> (Written, Marks) {
        let (mut written, marks) = match &self.wording {
            Wording::Fixed(written) => (written.clone(), self.sheet.marks(variables)),
            Wording::Open(source, operation) => {
                let mut written = source.worded(operation, variables);
                let sheet = sheet(self.way, &mut written, Some(variables));
                (written, sheet.marks(variables))
            }
        };
        let declared = self.variables.iter().map(|declared| &declared.name);
        let missing: Vec<_> = declared
            .filter(|name| !variables.contains_key(*name))
            .collect();
        if let target::DocumentOperations::Single(operation) = &mut written.operations
            && !missing.is_empty()
        {
            leave_out(&missing, &mut operation.node.selection_set.node);
        }
        (written, marks)
    }

    /// Where it is counted.
    pub(in crate::graphql) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// What was read of its selections without the values of its variables.
    pub(in crate::graphql) fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn variables(&self) -> &[Declared] {
        &self.variables
    }
}

/// Takes the selections out that are written directly.
fn sheet(way: Way, written: &mut Written, variables: Option<&Variables>) -> Sheet {
    match way {
        Way::Direct => Sheet::take(written, variables),
        Way::Plain => Sheet::default(),
    }
}

fn leave_out(missing: &[&TargetName], set: &mut target::SelectionSet) {
    for selection in &mut set.items {
        match &mut selection.node {
            target::Selection::Field(field) => {
                let field = &mut field.node;
                field
                    .arguments
                    .retain_mut(|(_, value)| has_value(missing, &mut value.node));
                leave_out(missing, &mut field.selection_set.node);
            }
            target::Selection::InlineFragment(fragment) => {
                leave_out(missing, &mut fragment.node.selection_set.node);
            }
            target::Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether something is left of a value. An entry of a list stays, as null.
fn has_value(missing: &[&TargetName], value: &mut TargetValue) -> bool {
    match value {
        TargetValue::Variable(name) => return !missing.contains(&&*name),
        TargetValue::List(entries) => {
            for entry in entries {
                if !has_value(missing, entry) {
                    *entry = TargetValue::Null;
                }
            }
        }
        TargetValue::Object(fields) => fields.retain(|_, value| has_value(missing, value)),
        _ => {}
    }
    true
}

/// The variable that is given to that argument of the operation's only root field, if it is used for nothing else.
fn variable_of(
    argument: &str,
    document: &ExecutableDocument,
    operation: &Operation,
) -> Option<TargetName> {
    let [Selection::Field(field)] = &operation.selection_set.selections[..] else {
        return None;
    };
    let variable = field.specified_argument_by_name(argument)?.as_variable()?;
    let parts = parts(document, &operation.selection_set);
    let arguments = parts.into_iter().flat_map(Part::arguments);
    let arguments = arguments.chain(given_to(&operation.directives));
    let uses = arguments.map(|argument| uses(variable, &argument.value));
    (uses.sum::<usize>() == 1).then(|| TargetName::new(variable))
}

/// How often a value names a variable.
fn uses(variable: &Name, value: &Value) -> usize {
    match value {
        Value::Variable(name) => usize::from(name == variable),
        Value::List(entries) => entries.iter().map(|entry| uses(variable, entry)).sum(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.map(|(_, value)| uses(variable, value)).sum()
        }
        _ => 0,
    }
}
