//! Turns away documents that would cost far more than their bytes, before anything walks them.
//!
//! Validation follows every spread of a fragment: fragments that spread each other twice double the work each time. In
//! each place it compares names and values, and objects field by field with all fields of the other.

use std::collections::HashMap;
use std::sync::Arc;

use apollo_compiler::ast::{Argument, Definition, Document, FragmentSpread, Selection, Value};
use apollo_compiler::{Name, Node};

use super::place::Places;
use super::text::MAX_NESTING;
use super::verdict::Refused;
use crate::graphql::error::{ErrorCode, Failure};

/// How many fields, spreads and inline fragments a document may have once every fragment is put in its places.
const MAX_SELECTIONS: usize = 10_000;

/// How many steps it may take to compare all of them once, with what is given to them. A hundred references with names in
/// full are some hundred steps; the worst that this leaves takes some milliseconds.
const MAX_STEPS: usize = 200_000;

/// How many bytes of a name or a text are compared in about one step.
const BYTES_IN_STEP: usize = 32;

/// Refuses a document that is endless or nearly so.
pub(super) fn check(document: &Document, places: &Places) -> Result<(), Arc<Refused>> {
    let refused = |message: String| {
        let failure = Failure::new(ErrorCode::QueryTooComplex, message);
        Err(Arc::new(failure.into()))
    };
    let too_large = |what: &str, most: usize| {
        refused(format!(
            "with every fragment in its places, the {what} is more than {most}: ask for less in one operation"
        ))
    };
    let mut measure = Measure::of(document);
    let extent = measure.extent();
    // Nothing else can be found out about a document that has no end.
    if let Some(circle) = measure.circle {
        return Err(Arc::new(Refused::circle(&circle, places)));
    }
    if extent.height > MAX_NESTING {
        return too_large("depth of selections", MAX_NESTING);
    }
    if extent.selections > MAX_SELECTIONS {
        return too_large("number of selections", MAX_SELECTIONS);
    }
    if extent.steps > MAX_STEPS {
        return refused(
            "with every fragment in its places, names and values are too much to compare: give large values in variables"
                .to_owned(),
        );
    }
    Ok(())
}

/// How much there is to walk, with every fragment in its places.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    /// Fields, spreads and inline fragments.
    selections: usize,
    /// How many steps it takes to compare each of them with another one. Validation looks at all below it as well, down to
    /// the next spread, so that what lies deep counts for every level.
    steps: usize,
    /// How many of them are down to the next spread, each once.
    near: usize,
    /// How deep they nest.
    height: usize,
}

impl Extent {
    const ENDLESS: Self = Self {
        selections: usize::MAX,
        steps: usize::MAX,
        near: usize::MAX,
        height: usize::MAX,
    };

    /// Both, one beside the other.
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            steps: self.steps.saturating_add(other.steps),
            near: self.near.saturating_add(other.near),
            height: self.height.max(other.height),
        }
    }

    /// One selection that takes so many steps itself, with this below it.
    fn below(self, steps: usize) -> Self {
        let near = self.near.saturating_add(steps);
        Self {
            selections: self.selections.saturating_add(1),
            steps: self.steps.saturating_add(near),
            near,
            height: self.height.saturating_add(1),
        }
    }
}

/// Measures a document, each fragment once. Fragments that nothing spreads count as well: validation walks them, too.
struct Measure<'a> {
    document: &'a Document,
    fragments: HashMap<&'a Name, &'a [Selection]>,
    measured: HashMap<&'a Name, Measured>,
    /// The spreads through which measuring came here.
    path: Vec<&'a Node<FragmentSpread>>,
    /// The spreads through which a fragment spreads itself, its own last.
    circle: Option<Vec<&'a Node<FragmentSpread>>>,
}

enum Measured {
    /// It is being measured, below so many spreads.
    Begun(usize),
    Done(Extent),
}

impl<'a> Measure<'a> {
    fn of(document: &'a Document) -> Self {
        let mut fragments = HashMap::new();
        for definition in &document.definitions {
            if let Definition::FragmentDefinition(fragment) = definition {
                fragments
                    .entry(&fragment.name)
                    .or_insert(&fragment.selection_set[..]);
            }
        }
        Self {
            document,
            fragments,
            measured: HashMap::new(),
            path: Vec::new(),
            circle: None,
        }
    }

    fn extent(&mut self) -> Extent {
        let mut sum = Extent::default();
        // Fragments come first, so that a circle is told from where graphql-js tells it.
        let is_fragment = |it: &&Definition| matches!(it, Definition::FragmentDefinition(_));
        let (fragments, others): (Vec<_>, Vec<_>) =
            self.document.definitions.iter().partition(is_fragment);
        for definition in fragments.into_iter().chain(others) {
            let extent = match definition {
                Definition::OperationDefinition(operation) => {
                    let defaults = operation.variables.iter();
                    let defaults = defaults.filter_map(|it| it.default_value.as_ref());
                    let mut extent = self.set(&operation.selection_set, 0);
                    for steps in defaults.map(value) {
                        extent.steps = extent.steps.saturating_add(steps);
                    }
                    extent
                }
                // One that is spread counts where it is spread; one that is not is wrong, but walked all the same.
                Definition::FragmentDefinition(fragment) => {
                    let extent = self.fragment(&fragment.name, 0);
                    Extent {
                        selections: extent.selections.saturating_sub(MAX_SELECTIONS),
                        steps: extent.steps.saturating_sub(MAX_STEPS),
                        ..extent
                    }
                }
                // Validation refuses everything else.
                _ => continue,
            };
            sum = sum.beside(extent);
        }
        sum
    }

    fn set(&mut self, set: &'a [Selection], depth: usize) -> Extent {
        if depth > MAX_NESTING {
            return Extent::ENDLESS;
        }
        let mut sum = Extent::default();
        for selection in set {
            let (below, own, directives) = match selection {
                Selection::Field(field) => (
                    self.set(&field.selection_set, depth + 1),
                    name(&field.name)
                        + field.alias.as_ref().map_or(0, name)
                        + arguments(&field.arguments),
                    &field.directives,
                ),
                Selection::InlineFragment(fragment) => (
                    self.set(&fragment.selection_set, depth + 1),
                    fragment.type_condition.as_ref().map_or(0, name),
                    &fragment.directives,
                ),
                Selection::FragmentSpread(spread) => (
                    Extent {
                        near: 0,
                        ..self.spread(spread, depth + 1)
                    },
                    name(&spread.fragment_name),
                    &spread.directives,
                ),
            };
            let directives = directives.iter();
            let directives: usize = directives
                .map(|directive| name(&directive.name) + arguments(&directive.arguments))
                .sum();
            sum = sum.beside(below.below(own + directives));
        }
        sum
    }

    fn spread(&mut self, spread: &'a Node<FragmentSpread>, depth: usize) -> Extent {
        self.path.push(spread);
        let extent = self.fragment(&spread.fragment_name, depth);
        self.path.pop();
        extent
    }

    fn fragment(&mut self, name: &'a Name, depth: usize) -> Extent {
        match self.measured.get(name) {
            Some(Measured::Done(extent)) => return *extent,
            Some(Measured::Begun(depth)) => {
                let circle = &self.path[*depth..];
                self.circle.get_or_insert_with(|| circle.to_vec());
                return Extent::ENDLESS;
            }
            None => {}
        }
        // A fragment that does not exist is validation's business.
        let Some(set) = self.fragments.get(name) else {
            return Extent::default();
        };
        let set = *set;
        let spreads = self.path.len();
        self.measured.insert(name, Measured::Begun(spreads));
        let extent = self.set(set, depth);
        self.measured.insert(name, Measured::Done(extent));
        extent
    }
}

fn name(name: &Name) -> usize {
    bytes(name.len())
}

fn bytes(count: usize) -> usize {
    1 + count / BYTES_IN_STEP
}

fn arguments(arguments: &[Node<Argument>]) -> usize {
    let arguments = arguments.iter();
    arguments
        .map(|argument| name(&argument.name) + value(&argument.value))
        .sum()
}

/// How many steps it takes to compare a value with one that is like it: each field of an object is looked for among all.
fn value(value: &Node<Value>) -> usize {
    match &**value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Variable(word) | Value::Enum(word) => name(word),
        Value::String(text) => bytes(text.len()),
        Value::Int(digits) => bytes(digits.as_str().len()),
        Value::Float(digits) => bytes(digits.as_str().len()),
        Value::List(entries) => entries
            .iter()
            .fold(1, |sum, entry| sum + self::value(entry)),
        Value::Object(fields) => {
            let names: usize = fields.iter().map(|(key, _)| name(key)).sum();
            let values: usize = fields.iter().map(|(_, value)| self::value(value)).sum();
            names.saturating_mul(fields.len()).saturating_add(values)
        }
    }
}

#[cfg(test)]
#[path = "extent_tests.rs"]
mod tests;
