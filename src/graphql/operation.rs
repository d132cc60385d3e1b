//! Which of a document's operations is meant.

use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Name, Positioned, Request};
use async_graphql_value::Value;

use super::document;

/// Of which type the operation is that is meant; `None` if the document cannot be read or holds no such operation.
pub(super) fn kind(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    meant(document, name.as_deref()).map(|operation| operation.node.ty)
}

/// Whether the operation is a mutation. What is refused for its size changes nothing.
pub fn may_change(request: &mut Request) -> bool {
    document::check(request).is_ok() && kind(request) == Some(OperationType::Mutation)
}

/// Whether the operation is a subscription. What is refused for its size begins nothing.
pub fn subscribes(request: &mut Request) -> bool {
    // Most documents need no second look.
    request.query.contains("subscription")
        && document::check(request).is_ok()
        && kind(request) == Some(OperationType::Subscription)
}

/// The operation of that name, or the first where none is named.
pub(super) fn meant<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a Positioned<OperationDefinition>> {
    let mut operations = document.operations.iter();
    let found = operations.find(|(known, _)| name.is_none() || known.map(Name::as_str) == name);
    found.map(|(_, operation)| operation)
}

/// The variable that is given to that argument of the operation's only root field, if it is used for nothing else.
pub(super) fn variable_of(argument: &str, request: &mut Request) -> Option<Name> {
    let text = request.query.clone();
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let operation = meant(document, name.as_deref())?;
    let [root] = &operation.node.selection_set.node.items[..] else {
        return None;
    };
    let Selection::Field(field) = &root.node else {
        return None;
    };
    let Value::Variable(variable) = &field.node.get_argument(argument)?.node else {
        return None;
    };
    let wanted = format!("${variable}");
    let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let places = text.match_indices(&wanted);
    let uses = places.filter(|(at, found)| is_end(&text[at + found.len()..]));
    // One declares it, and one gives it.
    (uses.count() == 2).then(|| variable.clone())
}

/// How many root fields the operation has that is meant, as far as can be told without fragments.
pub(super) fn root_fields(request: &mut Request) -> Option<usize> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let operation = meant(document, name.as_deref())?;
    Some(operation.node.selection_set.node.items.len())
}
