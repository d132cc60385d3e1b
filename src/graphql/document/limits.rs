//! How large a document may be.

use std::collections::HashMap;

use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Node};

use super::introspection;
use crate::graphql::error::{ErrorCode, Failure};

/// What anybody's documents may have; `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How deep fields may nest, introspection aside.
    pub depth: Option<u32>,
    /// How many fields of the root an operation may ask for.
    pub root_fields: Option<u32>,
    /// How many aliases an operation may have, with its fragments wherever they are spread.
    pub aliases: Option<u32>,
    /// How many directives an operation may have, with its fragments wherever they are spread.
    pub directives: Option<u32>,
    /// Of how many tokens a document may consist.
    pub tokens: Option<u32>,
    /// How many points an operation may cost, introspection aside.
    pub complexity: Option<u32>,
    /// How many bytes judged documents may take, more or less.
    pub kept_bytes: u64,
}

impl Limits {
    /// No limit but that of what is kept.
    pub const NONE: Self = Self {
        depth: None,
        root_fields: None,
        aliases: None,
        directives: None,
        tokens: None,
        complexity: None,
        kept_bytes: 16 * 1024 * 1024,
    };
}

/// Refuses a document of which an operation is too large. Each comes with the same collected.
pub(super) fn check(
    limits: &Limits,
    document: &Valid<ExecutableDocument>,
    operations: &[(&Node<Operation>, Node<Operation>)],
) -> Result<(), Failure> {
    let mut sizes = Sizes {
        document,
        fragments: HashMap::new(),
    };
    for (operation, collected) in operations {
        let size = sizes.of_operation(operation);
        let roots = &collected.selection_set.selections;
        for (found, most, what, instead) in [
            (
                roots.len(),
                limits.root_fields,
                "root fields",
                "send several operations",
            ),
            (
                size.aliases,
                limits.aliases,
                "aliases",
                "send several operations, or ask for lists such as trackingsByRef",
            ),
            (
                size.directives,
                limits.directives,
                "directives",
                "leave out those that say nothing",
            ),
            (
                size.depth,
                limits.depth,
                "levels of fields",
                "ask for what lies deeper in another operation",
            ),
        ] {
            if let Some(most) = most.filter(|most| found > *most as usize) {
                return too_much(format!(
                    "the operation has {found} {what}, more than {most}: {instead}"
                ));
            }
        }
        introspection::check(document, operation, collected)?;
    }
    Ok(())
}

/// Refuses an operation that costs too many points.
pub(in crate::graphql) fn check_cost(limits: &Limits, cost: u64) -> Result<(), Failure> {
    match limits.complexity.filter(|most| cost > u64::from(*most)) {
        Some(most) => too_much(format!(
            "the operation costs {cost} points, more than {most}: ask for fewer things at once, or for less of each"
        )),
        None => Ok(()),
    }
}

pub(super) fn too_much(message: String) -> Result<(), Failure> {
    Err(Failure::new(ErrorCode::QueryTooComplex, message))
}

/// What an operation has, with every fragment in its places.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    /// How deep fields nest.
    depth: usize,
    aliases: usize,
    directives: usize,
}

/// Sizes of sets, each fragment's found once.
struct Sizes<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a Name, Size>,
}

impl<'a> Sizes<'a> {
    fn of_operation(&mut self, operation: &'a Operation) -> Size {
        let variables = operation.variables.iter();
        let of_variables: usize = variables.map(|variable| variable.directives.len()).sum();
        let mut size = self.of(&operation.selection_set);
        size.directives += operation.directives.len() + of_variables;
        size
    }

    fn of(&mut self, set: &'a SelectionSet) -> Size {
        let mut sum = Size::default();
        for selection in &set.selections {
            let mut size = match selection {
                Selection::Field(field) => self.field(field),
                Selection::InlineFragment(fragment) => self.of(&fragment.selection_set),
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name),
            };
            size.directives += selection.directives().len();
            sum = Size {
                depth: sum.depth.max(size.depth),
                aliases: sum.aliases + size.aliases,
                directives: sum.directives + size.directives,
            };
        }
        sum
    }

    fn field(&mut self, field: &'a Field) -> Size {
        let below = self.of(&field.selection_set);
        // Introspection has limits of its own.
        let is_schema = matches!(field.name.as_str(), "__schema" | "__type");
        Size {
            depth: if is_schema { 1 } else { 1 + below.depth },
            aliases: below.aliases + usize::from(field.alias.is_some()),
            ..below
        }
    }

    fn fragment(&mut self, name: &'a Name) -> Size {
        if let Some(size) = self.fragments.get(name) {
            return *size;
        }
        let fragment = self.document.fragments.get(name);
        let size = fragment.map_or_else(Size::default, |fragment| {
            let mut size = self.of(&fragment.selection_set);
            size.directives += fragment.directives.len();
            size
        });
        self.fragments.insert(name, size);
        size
    }
}
