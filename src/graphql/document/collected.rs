//! An operation as it is priced and carried out: each field once in its place, with all that is asked of it anywhere
//! (CollectFields and MergeSelectionSets in section 6.3 of the specification).
//!
//! Fragments are put in their places, and what stands below an interface or a union stands there once for each object that
//! it may be. No such object has interfaces or unions below it, so that an operation becomes at most that many times as
//! large as it is with every fragment in its places, which is bounded before anything walks it.

use std::collections::HashSet;

use apollo_compiler::ast::{DirectiveList, Value};
use apollo_compiler::executable::{Field, InlineFragment, Operation, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name, Node};
use async_graphql::{Value as ConstValue, Variables};
use indexmap::IndexMap;

use super::types::Types;

/// What counts of that which has conditions.
#[derive(Clone, Copy)]
pub(super) enum Counts<'a> {
    /// All of it.
    Everything,
    /// What is to be carried out with these values of variables.
    Wanted(&'a Variables),
}

/// The operation, as one.
pub(super) fn collected(
    types: &Types,
    document: &ExecutableDocument,
    operation: &Node<Operation>,
    counts: Counts<'_>,
) -> Node<Operation> {
    let collector = Collector {
        types,
        document,
        counts,
    };
    let set = &operation.selection_set;
    operation.same_location(Operation {
        operation_type: operation.operation_type,
        name: operation.name.clone(),
        variables: operation.variables.clone(),
        directives: operation.directives.clone(),
        selection_set: collector.set(&set.ty, &[set]),
    })
}

/// The fields of a set that was collected, those of all objects that it may be about.
pub(super) fn fields(set: &SelectionSet) -> impl Iterator<Item = &Node<Field>> {
    let fields = set.selections.iter().flat_map(|selection| match selection {
        Selection::InlineFragment(fragment) => &fragment.selection_set.selections[..],
        alone => std::slice::from_ref(alone),
    });
    fields.filter_map(Selection::as_field)
}

/// Whether a directive says when something is left out.
pub(super) fn is_condition(name: &str) -> bool {
    matches!(name, "skip" | "include")
}

struct Collector<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    counts: Counts<'a>,
}

/// Fields that are one in the answer, for each name that they have there.
type Groups<'a> = IndexMap<&'a Name, Vec<&'a Node<Field>>>;

impl<'a> Collector<'a> {
    /// What all these sets ask of one value of that type.
    fn set(&self, ty: &Name, sets: &[&'a SelectionSet]) -> SelectionSet {
        let selections = match self.types.possible(ty) {
            None => self.object(ty, sets),
            Some(objects) => {
                let fragments = objects.iter().filter_map(|object| {
                    let selections = self.object(object, sets);
                    (!selections.is_empty()).then(|| alone(object, selections))
                });
                fragments.collect()
            }
        };
        SelectionSet {
            ty: ty.clone(),
            selections,
        }
    }

    fn object(&self, object: &Name, sets: &[&'a SelectionSet]) -> Vec<Selection> {
        let (mut groups, mut spread) = (Groups::new(), HashSet::new());
        for set in sets {
            self.collect(object, set, &mut groups, &mut spread);
        }
        let fields = groups.into_values().map(|group| self.merged(&group));
        fields.map(Selection::Field).collect()
    }

    fn collect(
        &self,
        object: &Name,
        set: &'a SelectionSet,
        groups: &mut Groups<'a>,
        spread: &mut HashSet<&'a Name>,
    ) {
        for selection in &set.selections {
            if !self.counts(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    groups.entry(field.response_key()).or_default().push(field);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.type_condition.as_ref();
                    if on.is_none_or(|on| self.types.is_a(object, on)) {
                        self.collect(object, &fragment.selection_set, groups, spread);
                    }
                }
                Selection::FragmentSpread(fragment) => {
                    // Another spread adds nothing.
                    if !spread.insert(&fragment.fragment_name) {
                        continue;
                    }
                    let fragment = self.document.fragments.get(&fragment.fragment_name);
                    let fragment = fragment
                        .filter(|fragment| self.types.is_a(object, fragment.type_condition()));
                    if let Some(fragment) = fragment {
                        self.collect(object, &fragment.selection_set, groups, spread);
                    }
                }
            }
        }
    }

    /// The first of them, which is where errors are told, with what all of them ask.
    fn merged(&self, group: &[&'a Node<Field>]) -> Node<Field> {
        let first = group[0];
        let sets: Vec<_> = group.iter().map(|field| &field.selection_set).collect();
        let directives = first.directives.iter();
        first.same_location(Field {
            definition: first.definition.clone(),
            alias: first.alias.clone(),
            name: first.name.clone(),
            arguments: first.arguments.clone(),
            directives: directives
                .filter(|directive| !is_condition(&directive.name))
                .cloned()
                .collect(),
            selection_set: self.set(&first.selection_set.ty, &sets),
        })
    }

    fn counts(&self, directives: &DirectiveList) -> bool {
        let Counts::Wanted(variables) = self.counts else {
            return true;
        };
        let says = |name: &str| {
            let directive = directives.get(name)?;
            match &**directive.specified_argument_by_name("if")? {
                Value::Boolean(truth) => Some(*truth),
                Value::Variable(variable) => {
                    let value = variables.get(variable.as_str());
                    Some(value == Some(&ConstValue::Boolean(true)))
                }
                _ => None,
            }
        };
        says("skip") != Some(true) && says("include") != Some(false)
    }
}

/// What is asked of this object only.
fn alone(object: &Name, selections: Vec<Selection>) -> Selection {
    let place = selections.first().and_then(|first| match first {
        Selection::Field(field) => field.location(),
        _ => None,
    });
    let fragment = InlineFragment {
        type_condition: Some(object.clone()),
        directives: DirectiveList::default(),
        selection_set: SelectionSet {
            ty: object.clone(),
            selections,
        },
    };
    Selection::InlineFragment(match place {
        Some(place) => Node::new_parsed(fragment, place),
        None => Node::new(fragment),
    })
}

#[cfg(test)]
#[path = "collected_tests.rs"]
mod tests;
