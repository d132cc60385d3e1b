//! How much of the schema an operation asks for.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::Node;
use apollo_compiler::executable::{Field, Operation};
use apollo_compiler::validation::Valid;

use super::collected::fields;
use super::limits::too_much;
use crate::graphql::error::Failure;

/// How many objects introspection may tell of, by a rough count. That of development tools comes to a third of it.
const MAX_OBJECTS: u64 = 400_000;

/// For how many of these objects a point is paid: they come from memory, and are small.
const OBJECTS_FOR_POINT: u64 = 250;

/// How many types there are, more or less, and how many of anything else in a list.
const TYPES: u64 = 120;
const OTHERS: u64 = 10;

/// What introspection costs.
pub(super) fn points(collected: &Operation) -> u64 {
    objects(collected).div_ceil(OBJECTS_FOR_POINT)
}

/// Refuses introspection that is nearly endless.
pub(super) fn check(
    document: &Valid<ExecutableDocument>,
    operation: &Node<Operation>,
    collected: &Operation,
) -> Result<(), Failure> {
    let lists = apollo_compiler::introspection::check_max_depth(document, operation);
    if lists.is_err() || objects(collected) > MAX_OBJECTS {
        return too_much(
            "introspection asks for too many lists within lists: ask as development tools do"
                .to_owned(),
        );
    }
    Ok(())
}

/// How many objects an operation's introspection may tell of, roughly.
fn objects(collected: &Operation) -> u64 {
    let roots = fields(&collected.selection_set);
    let introspective = roots.filter(|field| matches!(field.name.as_str(), "__schema" | "__type"));
    introspective
        .map(|field| below(field))
        .fold(0, u64::saturating_add)
}

fn below(field: &Field) -> u64 {
    if field.selection_set.is_empty() {
        return 0;
    }
    let below = fields(&field.selection_set).map(|field| self::below(field));
    let one = below.fold(1, u64::saturating_add);
    let times = match &field.definition.ty {
        ty if !ty.is_list() => 1,
        _ if field.name == "types" => TYPES,
        _ => OTHERS,
    };
    one.saturating_mul(times)
}
