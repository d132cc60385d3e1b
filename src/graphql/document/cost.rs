//! What an operation costs.
//!
//! Every object costs one point, scalars and enums cost nothing. What stands in a list counts as often as the list may
//! have entries, as far as an argument says so: `first` or `last` of a connection (20 if neither is given), or the list of
//! what is asked for, such as `refs`. Other lists come with their parent (checkpoints, anomalies) and count as one object.
//! A field of the root that changes something costs ten points more and one for each entry of its list, and one that signs a
//! view token fifty, because the token comes with an allowance of its own. A field that is asked for twice under one name
//! counts once, as it is carried out once; what is skipped counts all the same. A subscription pays for one event, and a point for each parcel that it watches, which is looked up when it
//! begins. Introspection costs nothing here.

use apollo_compiler::Name;
use apollo_compiler::ast::{OperationType, Value};
use apollo_compiler::executable::{Field, Operation};
use apollo_compiler::schema::FieldDefinition;
use async_graphql::{Value as ConstValue, Variables};

use super::collected::fields;
use crate::graphql::connection::DEFAULT_COUNT;

/// What a change costs besides what it tells.
const CHANGE: u64 = 10;

/// What signs a token that may ask for as much as anybody, and what that costs besides.
const SIGNS: &str = "createViewToken";
const SIGNING: u64 = 50;

/// The points of a selection, as far as they are known without the values of variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cost {
    fixed: u64,
    /// What counts as often as variables say.
    open: Vec<(Size, Cost)>,
}

/// How many entries a list may have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Size {
    Known(u64),
    /// As many as `first` or `last` says, if one of them has a value.
    Page([End; 2]),
    /// As many as this variable has entries.
    Entries(Name),
}

/// What is given to `first` or `last`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Nothing,
    Known(u64),
    Variable(Name),
}

impl Cost {
    /// The points of an operation that was collected.
    pub(super) fn of(operation: &Operation) -> Self {
        let mut sum = Self::default();
        for root in fields(&operation.selection_set) {
            if root.name.starts_with("__") {
                continue;
            }
            let size = size(root);
            match operation.operation_type {
                OperationType::Query => sum.add(field(root, size)),
                OperationType::Mutation => {
                    sum.fixed += if root.name == SIGNS { SIGNING } else { CHANGE };
                    // Each entry is a change, whatever is told of it.
                    if let Some(changed) = &size {
                        sum.add(Self::one().times(changed));
                    }
                    sum.add(field(root, size));
                }
                OperationType::Subscription => {
                    // An event tells of one parcel, however many are watched.
                    sum.add(field(root, None));
                    if let Some(watched) = size {
                        sum.add(Self::one().times(&watched));
                    }
                }
            }
        }
        sum
    }

    /// The points that it costs at the least, whatever the values of variables.
    pub(super) fn least(&self) -> u64 {
        let open = self.open.iter().map(|(size, cost)| {
            let times = size.least();
            times.saturating_mul(cost.least())
        });
        open.fold(self.fixed, u64::saturating_add)
    }

    /// The points with these values of variables.
    pub(super) fn with(&self, variables: &Variables) -> u64 {
        let open = self.open.iter().map(|(size, cost)| {
            let times = size.with(variables);
            times.saturating_mul(cost.with(variables))
        });
        open.fold(self.fixed, u64::saturating_add)
    }

    /// How many parts wait for variables.
    pub(super) fn parts(&self) -> usize {
        let below = self.open.iter().map(|(_, cost)| 1 + cost.parts());
        below.sum()
    }

    fn one() -> Self {
        Self {
            fixed: 1,
            open: Vec::new(),
        }
    }

    fn add(&mut self, other: Self) {
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.open.extend(other.open);
    }

    fn times(self, size: &Size) -> Self {
        match size {
            Size::Known(times) if self.open.is_empty() => Self {
                fixed: self.fixed.saturating_mul(*times),
                open: Vec::new(),
            },
            size => Self {
                fixed: 0,
                open: vec![(size.clone(), self)],
            },
        }
    }
}

impl Size {
    fn least(&self) -> u64 {
        match self {
            Self::Known(size) => *size,
            Self::Page(ends) => {
                let known = ends.iter().filter_map(|end| match end {
                    End::Known(number) => Some(*number),
                    End::Nothing | End::Variable(_) => None,
                });
                known.max().unwrap_or(0)
            }
            Self::Entries(_) => 0,
        }
    }

    fn with(&self, variables: &Variables) -> u64 {
        match self {
            Self::Known(size) => *size,
            Self::Page(ends) => {
                let given = ends.iter().filter_map(|end| end.with(variables));
                given.max().unwrap_or(DEFAULT_COUNT as u64)
            }
            Self::Entries(name) => match variables.get(name.as_str()) {
                Some(ConstValue::List(entries)) => entries.len() as u64,
                Some(ConstValue::Null) | None => 0,
                Some(_) => 1,
            },
        }
    }
}

impl End {
    fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Variable(name)) => Self::Variable(name.clone()),
            Some(Value::Int(number)) => Self::Known(number.as_str().parse().unwrap_or(0)),
            _ => Self::Nothing,
        }
    }

    fn with(&self, variables: &Variables) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Known(number) => Some(*number),
            Self::Variable(name) => match variables.get(name.as_str()) {
                Some(ConstValue::Number(number)) => Some(number.as_u64().unwrap_or(0)),
                _ => None,
            },
        }
    }
}

/// The points of a field, with what its lists may have.
fn field(field: &Field, size: Option<Size>) -> Cost {
    if field.selection_set.is_empty() {
        return Cost::default();
    }
    let is_list = field.definition.ty.is_list();
    let mut cost = Cost::one();
    for below in fields(&field.selection_set) {
        let own = self::size(below);
        // The entries of what has no list itself are in the lists within it: of a page, or of a payload.
        let inherited = size
            .clone()
            .filter(|_| !is_list && below.definition.ty.is_list());
        cost.add(self::field(below, own.or(inherited)));
    }
    match size {
        Some(size) if is_list => cost.times(&size),
        _ => cost,
    }
}

/// How many entries a field's arguments let it have, if they say so.
fn size(field: &Field) -> Option<Size> {
    if is_connection(&field.definition) {
        let given = |name| field.specified_argument_by_name(name).map(|value| &**value);
        let ends = ["first", "last"].map(|name| End::of(given(name)));
        let is_known = !ends.iter().any(|end| matches!(end, End::Variable(_)));
        let page = Size::Page(ends);
        return Some(match is_known {
            true => Size::Known(page.with(&Variables::default())),
            false => page,
        });
    }
    let list = entries(&field.definition)?;
    let given = field.specified_argument_by_name(list);
    Some(match given.map(|value| &**value) {
        Some(Value::Variable(name)) => Size::Entries(name.clone()),
        Some(Value::List(entries)) => Size::Known(entries.len() as u64),
        Some(Value::Null) | None => Size::Known(0),
        Some(_) => Size::Known(1),
    })
}

fn is_connection(field: &FieldDefinition) -> bool {
    field.ty.inner_named_type().ends_with("Connection")
}

/// The only argument of a field that is a list: it gets one entry for each of that.
fn entries(field: &FieldDefinition) -> Option<&Name> {
    let mut lists = field
        .arguments
        .iter()
        .filter(|argument| argument.ty.is_list());
    let list = lists.next()?;
    lists.next().is_none().then_some(&list.name)
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
