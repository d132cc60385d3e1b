//! How an operation is worded for the library that carries it out: once for all, unless variables say what is left out.

use std::fmt;
use std::sync::Arc;

use apollo_compiler::ast::Value;
use apollo_compiler::executable::Operation;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node};
use async_graphql::Variables;
use async_graphql::parser::types::ExecutableDocument as Written;

use super::collected::{Counts, collected, is_condition};
use super::conversion;
use super::parts::{Part, parts};
use super::place::Places;
use super::types::Types;

/// About how many bytes a selection takes as it was parsed, and any other part of a document.
const SELECTION_WEIGHT: usize = 350;

/// A document that was found right.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) types: Arc<Types>,
    pub(super) document: Arc<Valid<ExecutableDocument>>,
    pub(super) places: Arc<Places>,
}

pub(super) enum Wording {
    Fixed(Written),
    /// It is made anew for each request.
    Open(Source, Node<Operation>),
}

/// Of what the conditions of an operation speak.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Conditions {
    Nothing,
    /// Of `true` or `false`, that is.
    Constants,
    Variables,
}

impl Source {
    /// An operation with all that it has, whatever its conditions say.
    pub(super) fn whole(&self, operation: &Node<Operation>) -> Node<Operation> {
        collected(&self.types, &self.document, operation, Counts::Everything)
    }

    /// How an operation is worded, and about how many bytes that takes. `whole` is the same with all that it has.
    pub(super) fn wording(
        &self,
        operation: &Node<Operation>,
        whole: &Node<Operation>,
    ) -> (Wording, usize) {
        match self.conditions(operation) {
            Conditions::Nothing => fixed(self.convert(whole)),
            Conditions::Constants => {
                fixed(self.convert(&self.wanted(operation, &Variables::default())))
            }
            Conditions::Variables => {
                let weight = self.weight(operation);
                (Wording::Open(self.clone(), operation.clone()), weight)
            }
        }
    }

    /// What of it is to be carried out with these values of variables, in the library's terms.
    pub(super) fn worded(&self, operation: &Node<Operation>, variables: &Variables) -> Written {
        self.convert(&self.wanted(operation, variables)).0
    }

    fn wanted(&self, operation: &Node<Operation>, variables: &Variables) -> Node<Operation> {
        let counts = Counts::Wanted(variables);
        collected(&self.types, &self.document, operation, counts)
    }

    fn convert(&self, collected: &Node<Operation>) -> (Written, usize) {
        conversion::operation(&self.types.schema, collected, &self.places)
    }

    fn conditions(&self, operation: &Operation) -> Conditions {
        let parts = parts(&self.document, &operation.selection_set);
        let directives = parts.into_iter().flat_map(|part| part.directives().iter());
        let conditions = directives.filter(|directive| is_condition(&directive.name));
        let speak = conditions.map(|condition| {
            let condition = condition.specified_argument_by_name("if");
            match condition.map(|condition| &**condition) {
                Some(Value::Variable(_)) => Conditions::Variables,
                _ => Conditions::Constants,
            }
        });
        speak.max().unwrap_or(Conditions::Nothing)
    }

    /// About how many bytes the operation takes as it was parsed, with its text and the places in it.
    fn weight(&self, operation: &Operation) -> usize {
        let texts = self.document.sources.values();
        let texts: usize = texts.map(|source| source.source_text().len()).sum();
        let parts = parts(&self.document, &operation.selection_set).into_iter();
        let parts = parts.map(|part: Part<'_>| {
            let values = part.arguments().map(|it| conversion::weight(&it.value));
            SELECTION_WEIGHT + values.sum::<usize>()
        });
        texts + self.places.weight() + parts.sum::<usize>()
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(written) => f.debug_tuple("Fixed").field(written).finish(),
            Self::Open(..) => f.debug_tuple("Open").finish_non_exhaustive(),
        }
    }
}

fn fixed((written, bytes): (Written, usize)) -> (Wording, usize) {
    (Wording::Fixed(written), bytes)
}
