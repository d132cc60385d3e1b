//! How much of the schema an operation asks for.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::Node;
use apollo_compiler::executable::{Field, Operation};
use apollo_compiler::validation::Valid;

use super::limits::too_much;
use super::merging::merged;
use crate::graphql::error::Failure;

/// How many objects introspection may tell of, by a rough count. That of development tools comes to a third of it.
const MAX_OBJECTS: u64 = 400_000;

/// For how many of these objects a point is paid: they come from memory, and are small.
const OBJECTS_FOR_POINT: u64 = 250;

/// How many types there are, more or less, and how many of anything else in a list.
const TYPES: u64 = 120;
const OTHERS: u64 = 10;

/// What introspection costs.
pub(super) fn points(document: &ExecutableDocument, operation: &Operation) -> u64 {
    objects(document, operation).div_ceil(OBJECTS_FOR_POINT)
}

/// Refuses introspection that is nearly endless.
pub(super) fn check(
    document: &Valid<ExecutableDocument>,
    operation: &Node<Operation>,
) -> Result<(), Failure> {
    let lists = apollo_compiler::introspection::check_max_depth(document, operation);
    if lists.is_err() || objects(document, operation) > MAX_OBJECTS {
        return too_much(
            "introspection asks for too many lists within lists: ask as development tools do"
                .to_owned(),
        );
    }
    Ok(())
}

/// How many objects an operation's introspection may tell of, roughly.
fn objects(document: &ExecutableDocument, operation: &Operation) -> u64 {
    let roots = operation.root_fields(document);
    let introspective = roots.filter(|field| matches!(field.name.as_str(), "__schema" | "__type"));
    let sets: Vec<_> = introspective
        .map(|field| below(document, &[field]))
        .collect();
    sets.into_iter().fold(0, u64::saturating_add)
}

fn below(document: &ExecutableDocument, fields: &[&Field]) -> u64 {
    let sets: Vec<_> = fields.iter().map(|field| &field.selection_set).collect();
    if sets.iter().all(|set| set.selections.is_empty()) {
        return 0;
    }
    let merged = merged(document, &sets);
    let below = merged.iter().map(|fields| below(document, fields));
    let one = below.fold(1, u64::saturating_add);
    let times = match &fields[0].definition.ty {
        ty if !ty.is_list() => 1,
        _ if fields[0].name == "types" => TYPES,
        _ => OTHERS,
    };
    one.saturating_mul(times)
}
