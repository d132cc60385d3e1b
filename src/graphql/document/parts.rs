//! All that an operation reaches, with the fragments that it spreads.

use std::collections::HashSet;

use apollo_compiler::ast::{Argument, DirectiveList};
use apollo_compiler::executable::{Fragment, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Node};

/// A part of an operation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    /// A fragment that is spread somewhere. What it selects are parts of their own.
    Fragment(&'a Node<Fragment>),
    /// A selection, at any depth.
    Selection(&'a Selection),
}

impl<'a> Part<'a> {
    /// The directives on it.
    pub(super) fn directives(self) -> &'a DirectiveList {
        match self {
            Self::Fragment(fragment) => &fragment.directives,
            Self::Selection(selection) => selection.directives(),
        }
    }

    /// What is given to it and to the directives on it.
    pub(super) fn arguments(self) -> impl Iterator<Item = &'a Node<Argument>> {
        let own = match self {
            Self::Selection(Selection::Field(field)) => &field.arguments[..],
            _ => &[],
        };
        own.iter().chain(given_to(self.directives()))
    }
}

/// What is given to directives.
pub(super) fn given_to(directives: &DirectiveList) -> impl Iterator<Item = &Node<Argument>> {
    directives.iter().flat_map(|directive| &directive.arguments)
}

/// All parts of a selection. A fragment's are there once, however often it is spread.
pub(super) fn parts<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut seen = HashSet::new();
    let mut sets = vec![set];
    while let Some(set) = sets.pop() {
        for selection in &set.selections {
            parts.push(Part::Selection(selection));
            match selection {
                Selection::Field(field) => sets.push(&field.selection_set),
                Selection::InlineFragment(fragment) => sets.push(&fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.fragment_name);
                    let is_new = seen.insert(&spread.fragment_name);
                    if let Some(fragment) = fragment.filter(|_| is_new) {
                        parts.push(Part::Fragment(fragment));
                        sets.push(&fragment.selection_set);
                    }
                }
            }
        }
    }
    parts
}
