//! Which selections are read beforehand, and the document that the library gets without them.
//!
//! Only queries have any. A field whose selection was read has a mark in its place.

use std::sync::Arc;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet,
};
use async_graphql::{ContextSelectionSet, Name, Positioned, Variables};

use super::Table;
use super::glance::Glance;
use super::selected::{Read, Reader, Selected};
use super::tables::{tables, type_of_field};
use crate::auth::Caller;
use crate::tracker::{Tracker, Usage};

/// About how many bytes a mark takes besides what is selected.
const MARK_WEIGHT: usize = 600;

/// What the values of a field can be.
type Tables = &'static [&'static Table];

/// What is selected of each type that the value of a field can be.
pub(super) type Known = Vec<(&'static Table, Selected)>;

/// The selections of an operation, for those who write what they select.
#[derive(Debug, Clone, Default)]
pub(in crate::graphql) struct Marks {
    fixed: Arc<[Known]>,
    open: Arc<[Known]>,
}

/// The selections of a query that are read beforehand: once, or where they depend on variables for each request.
#[derive(Debug, Default)]
pub(in crate::graphql) struct Sheet {
    fixed: Arc<[Known]>,
    open: Vec<Open>,
    /// The whole query, if it is simple.
    glance: Option<Glance>,
}

/// A selection that has to be read with the values of variables.
#[derive(Debug)]
struct Open {
    tables: Tables,
    set: SelectionSet,
}

/// A place among those that are read once, or among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Fixed(usize),
    Open(usize),
}

impl Mark {
    /// As the name of a field, which no schema has.
    fn name(self) -> String {
        match self {
            Self::Fixed(place) => format!("={place}"),
            Self::Open(place) => format!("?{place}"),
        }
    }

    /// The mark that stands in the place of a selection, if one does.
    pub(super) fn of(set: &SelectionSet) -> Option<Self> {
        let [only] = &set.items[..] else {
            return None;
        };
        match &only.node {
            Selection::Field(field) => Self::read(&field.node.name.node),
            _ => None,
        }
    }

    fn read(name: &str) -> Option<Self> {
        let (sign, place) = name.split_at_checked(1)?;
        let place = place.parse().ok()?;
        match sign {
            "=" => Some(Self::Fixed(place)),
            "?" => Some(Self::Open(place)),
            _ => None,
        }
    }
}

impl Marks {
    /// What is selected of a value of that type, if that was read beforehand.
    pub(super) fn selection<'a>(
        context: &ContextSelectionSet<'a>,
        type_name: &str,
    ) -> Option<&'a Selected> {
        let mark = Mark::of(&context.item.node)?;
        let marks = context.data_opt::<Self>()?;
        let known = match mark {
            Mark::Fixed(place) => marks.fixed.get(place),
            Mark::Open(place) => marks.open.get(place),
        };
        let mut known = known?.iter();
        let found = known.find(|(table, _)| (table.name)() == type_name);
        found.map(|(_, selected)| selected)
    }
}

impl Sheet {
    /// Takes the selections that can be read out of a query, in which each field stands once and all fragments are in their
    /// places. If the values of its variables are known, all that can be read is read at once.
    pub(in crate::graphql) fn take(
        document: &mut ExecutableDocument,
        variables: Option<&Variables>,
    ) -> Self {
        let DocumentOperations::Single(operation) = &mut document.operations else {
            return Self::default();
        };
        let mut taker = Taker {
            variables,
            fixed: Vec::new(),
            open: Vec::new(),
        };
        let set = &mut operation.node.selection_set.node;
        taker.take(set, "Query");
        Self {
            glance: Glance::read(set),
            fixed: taker.fixed.into(),
            open: taker.open,
        }
    }

    /// All of them, with these values of variables.
    pub(in crate::graphql) fn marks(&self, variables: &Variables) -> Marks {
        let read = self.open.iter().map(|open| {
            let known = known(&open.set, open.tables, Some(variables));
            // With the values nothing is open, and what is foreign was left to the library.
            known.unwrap_or_default()
        });
        Marks {
            fixed: self.fixed.clone(),
            open: read.collect(),
        }
    }

    /// The response to the query, if it can be told at a glance.
    pub(in crate::graphql) fn glance(
        &self,
        variables: &Variables,
        who: (&Caller, &Tracker, &Usage),
    ) -> Option<Vec<u8>> {
        let glance = self.glance.as_ref()?;
        glance.answer(&self.fixed, variables, who)
    }

    /// About how many bytes it takes, besides what it keeps of the document.
    pub(in crate::graphql) fn weight(&self) -> usize {
        let selections = self.fixed.iter().flatten();
        let weights = selections.map(|(_, selected)| MARK_WEIGHT + selected.weight());
        let glance = self.glance.as_ref().map_or(0, Glance::weight);
        weights.sum::<usize>() + self.open.len() * MARK_WEIGHT + glance
    }
}

/// Takes selections out, and puts marks in their places.
struct Taker<'a> {
    variables: Option<&'a Variables>,
    fixed: Vec<Known>,
    open: Vec<Open>,
}

impl Taker<'_> {
    /// Those of what is selected of that type, and of all below it.
    fn take(&mut self, set: &mut SelectionSet, type_name: &str) {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => self.take_of(field, type_name),
                Selection::InlineFragment(fragment) => {
                    let fragment = &mut fragment.node;
                    let condition = fragment.type_condition.as_ref();
                    let on = condition.map(|condition| condition.node.on.node.clone());
                    let on = on.as_deref().unwrap_or(type_name);
                    self.take(&mut fragment.selection_set.node, on);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn take_of(&mut self, field: &mut Positioned<Field>, type_name: &str) {
        let Some(below) = type_of_field(type_name, &field.node.name.node) else {
            return;
        };
        let set = &mut field.node.selection_set.node;
        let tables = tables(below);
        if tables.is_empty() {
            return self.take(set, below);
        }
        match known(set, tables, self.variables) {
            Ok(known) => {
                mark(set, Mark::Fixed(self.fixed.len()));
                self.fixed.push(known);
            }
            Err(Read::Open) => {
                let set = mark(set, Mark::Open(self.open.len()));
                self.open.push(Open { tables, set });
            }
            Err(_) => {}
        }
    }
}

/// Puts a mark in the place of a selection, and gives that.
fn mark(set: &mut SelectionSet, mark: Mark) -> SelectionSet {
    let taken = std::mem::take(&mut set.items);
    let placed = |name| Positioned::new(name, Default::default());
    let field = Field {
        alias: None,
        name: placed(Name::new(mark.name())),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Default::default(),
    };
    let field = Positioned::new(field, Default::default());
    set.items = vec![Positioned::new(Selection::Field(field), Default::default())];
    SelectionSet { items: taken }
}

/// What is selected of each of these types, or why that cannot be told.
fn known(set: &SelectionSet, tables: Tables, variables: Option<&Variables>) -> Result<Known, Read> {
    let tables = tables.iter();
    let known = tables.map(|table| match Reader::new(variables).read(set, table) {
        Read::Fixed(selected) => Ok((*table, selected)),
        other => Err(other),
    });
    known.collect()
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
