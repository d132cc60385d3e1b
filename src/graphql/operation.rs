//! Which of a document's operations is meant.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Name, Positioned, Request};

/// Of which type the operation is that is meant; `None` if the document cannot be read or holds no such operation.
pub(super) fn kind(request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    meant(document, name.as_deref()).map(|operation| operation.node.ty)
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
