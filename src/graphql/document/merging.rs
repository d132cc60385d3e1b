//! Fields that are asked for in several places and become one in the answer.

use std::collections::HashSet;

use apollo_compiler::ast::{Argument, Value};
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Name, Node};
use indexmap::IndexMap;

/// Fields that become one in the answer, for each name and type.
pub(super) fn merged<'a>(
    document: &'a ExecutableDocument,
    sets: &[&'a SelectionSet],
) -> Vec<Vec<&'a Field>> {
    let mut collected = Collected {
        document,
        merged: IndexMap::new(),
        seen: HashSet::new(),
    };
    for set in sets {
        collected.add(set);
    }
    collected.merged.into_values().collect()
}

struct Collected<'a> {
    document: &'a ExecutableDocument,
    /// By the name in the answer and the type.
    merged: IndexMap<(&'a str, &'a str), Vec<&'a Field>>,
    /// Fragments whose fields are there: another spread adds nothing.
    seen: HashSet<&'a Name>,
}

impl<'a> Collected<'a> {
    fn add(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let name = (field.response_key().as_str(), set.ty.as_str());
                    self.merged.entry(name).or_default().push(field);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.fragment_name);
                    let is_new = self.seen.insert(&spread.fragment_name);
                    if let Some(fragment) = fragment.filter(|_| is_new) {
                        self.add(&fragment.selection_set);
                    }
                }
            }
        }
    }
}

/// Whether the same is given to two fields of the document with this text.
pub(super) fn same_arguments(text: &str, one: &Field, other: &Field) -> bool {
    let has_same = |argument: &Node<Argument>| {
        let other = other.specified_argument_by_name(&argument.name);
        other.is_some_and(|other| same(text, &argument.value, other))
    };
    one.arguments.len() == other.arguments.len() && one.arguments.iter().all(has_same)
}

/// Whether values are the same; the order of an object's fields does not matter, but whether a text is written as a block
/// does, as it does to graphql-js.
fn same(text: &str, one: &Node<Value>, other: &Node<Value>) -> bool {
    match (&**one, &**other) {
        (Value::String(written), Value::String(known)) => {
            written == known && is_block(text, one) == is_block(text, other)
        }
        (Value::List(one), Value::List(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.all(|(one, other)| same(text, one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_same = |(name, value): &(Name, Node<Value>)| {
                // One that is given twice is refused anyway.
                let other = other.iter().find(|(known, _)| known == name);
                other.is_some_and(|(_, other)| same(text, value, other))
            };
            one.len() == other.len() && one.iter().all(has_same)
        }
        (one, other) => one == other,
    }
}

fn is_block(text: &str, value: &Node<Value>) -> bool {
    let start = value.location().map_or(0, |span| span.offset());
    let written = text.get(start..);
    written.is_some_and(|written| written.starts_with("\"\"\""))
}
