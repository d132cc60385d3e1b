//! What is selected of an object, ready to be written: the fields in the order in which they are told, each once.

use std::cell::Cell;

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{InputType, InputValueError, Name, Pos, Positioned, Value, Variables};
use async_graphql_value::Value as Given;

use super::Table;
use crate::auth::Scopes;
use crate::graphql::scope::needed_by;

/// What is selected of an object.
#[derive(Debug, Default)]
pub(in crate::graphql) struct Selected(Box<[Step]>);

/// A field of it.
#[derive(Debug)]
pub(in crate::graphql) struct Step {
    /// What stands before its value: a brace or a comma, the name in the answer and a colon. For `__typename` also the name of the
    /// type, which is known.
    opening: Box<str>,
    /// Its name in the answer, in `opening`.
    key: u32,
    /// Which field of its table; `None` for `__typename`.
    place: Option<u32>,
    needed: Scopes,
    pos: Pos,
    arguments: Box<[(Name, Value)]>,
    below: Selected,
}

impl Selected {
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let steps = self.0.iter().map(|step| {
            size_of::<Step>()
                + step.opening.len()
                + step.arguments.len() * 100
                + step.below.weight()
        });
        steps.sum()
    }
}

impl Step {
    pub(super) fn opening(&self) -> &[u8] {
        self.opening.as_bytes()
    }

    pub(super) fn key(&self) -> &str {
        &self.opening[2..2 + self.key as usize]
    }

    pub(super) fn place(&self) -> Option<usize> {
        self.place.map(|place| place as usize)
    }

    /// What its caller needs.
    pub(super) fn needed(&self) -> Scopes {
        self.needed
    }

    pub(super) fn pos(&self) -> Pos {
        self.pos
    }

    /// What is selected of its value.
    pub(in crate::graphql) fn below(&self) -> &Selected {
        &self.below
    }

    /// What is given to an argument.
    pub(in crate::graphql) fn argument<T: InputType>(
        &self,
        name: &str,
    ) -> Result<T, InputValueError<T>> {
        let mut given = self.arguments.iter();
        let given = given.find(|(argument, _)| argument == name);
        T::parse(given.map(|(_, value)| value.clone()))
    }
}

/// Reads selections, in which each field stands once and nothing is left to decide.
pub(super) struct Reader<'a> {
    /// The values of variables, if they are known.
    variables: Option<&'a Variables>,
    /// Whether something cannot be known without them.
    is_open: Cell<bool>,
    /// Whether something is selected that is in no table.
    is_foreign: Cell<bool>,
}

/// What is known of a selection.
pub(super) enum Read {
    /// All, whatever the values of variables.
    Fixed(Selected),
    /// It has to be read with the values of variables.
    Open,
    /// It is to be left to the library.
    Foreign,
}

impl<'a> Reader<'a> {
    pub(super) fn new(variables: Option<&'a Variables>) -> Self {
        Self {
            variables,
            is_open: Cell::new(false),
            is_foreign: Cell::new(false),
        }
    }

    /// What is selected of an object with that table.
    pub(super) fn read(&self, set: &SelectionSet, table: &'static Table) -> Read {
        let selected = self.selected(set, table);
        match (self.is_foreign.get(), self.is_open.get()) {
            (true, _) => Read::Foreign,
            (false, true) => Read::Open,
            (false, false) => Read::Fixed(selected),
        }
    }

    fn selected(&self, set: &SelectionSet, table: &'static Table) -> Selected {
        let type_name = (table.name)();
        let steps = fields_of(set, &type_name).enumerate();
        let steps = steps.map(|(nth, field)| {
            let brace = if nth == 0 { '{' } else { ',' };
            self.step(brace, field, table, &type_name)
        });
        Selected(steps.collect())
    }

    fn step(
        &self,
        brace: char,
        field: &Positioned<Field>,
        table: &'static Table,
        type_name: &str,
    ) -> Step {
        let name = field.node.name.node.as_str();
        let key = field.node.response_key().node.as_str();
        let mut step = Step {
            opening: format!("{brace}\"{key}\":").into(),
            key: u32::try_from(key.len()).unwrap_or(u32::MAX),
            place: None,
            needed: needed_by(type_name, name),
            pos: field.pos,
            arguments: self.arguments(field).into(),
            below: Selected::default(),
        };
        if name == "__typename" {
            step.opening = format!("{}\"{type_name}\"", step.opening).into();
            return step;
        }
        let Some((place, known)) = table.place_of(name) else {
            self.is_foreign.set(true);
            return step;
        };
        step.place = u32::try_from(place).ok();
        if let Some(table) = (known.below)() {
            step.below = self.selected(&field.node.selection_set.node, table);
        }
        step
    }

    fn arguments(&self, field: &Positioned<Field>) -> Vec<(Name, Value)> {
        let given = field.node.arguments.iter();
        let given = given.filter_map(|(name, value)| {
            let value = self.value(&value.node)?;
            Some((name.node.clone(), value))
        });
        given.collect()
    }

    /// A value with those of variables in it; `None` for a variable that has none.
    fn value(&self, given: &Given) -> Option<Value> {
        let known = |name: &Name| match self.variables {
            Some(variables) => variables.get(name).cloned(),
            None => {
                self.is_open.set(true);
                None
            }
        };
        Some(match given {
            Given::Variable(name) => return known(name),
            Given::List(entries) => {
                let entries = entries.iter();
                Value::List(
                    entries
                        .map(|it| self.value(it).unwrap_or_default())
                        .collect(),
                )
            }
            Given::Object(fields) => {
                let fields = fields.iter();
                let fields = fields.filter_map(|(name, it)| Some((name.clone(), self.value(it)?)));
                Value::Object(fields.collect())
            }
            constant => constant.clone().into_const().unwrap_or_default(),
        })
    }
}

/// The fields that are selected of an object of that type, directly or among those of other objects that it could be.
fn fields_of<'a>(
    set: &'a SelectionSet,
    type_name: &'a str,
) -> impl Iterator<Item = &'a Positioned<Field>> {
    let fields = set
        .items
        .iter()
        .map(move |selection| match &selection.node {
            Selection::Field(_) => std::slice::from_ref(selection),
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref();
                let applies = condition.is_none_or(|it| it.node.on.node == type_name);
                if applies {
                    &fragment.node.selection_set.node.items[..]
                } else {
                    &[]
                }
            }
            // Fragments are in their places.
            Selection::FragmentSpread(_) => &[],
        });
    fields
        .flatten()
        .filter_map(|selection| match &selection.node {
            Selection::Field(field) => Some(field),
            _ => None,
        })
}
