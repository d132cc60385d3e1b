//! Turns away operations whose variables are missing, before anything is carried out.

use async_graphql::{Name, Pos, Request, ServerError, Value};

use super::error::Failure;
use super::operation;

/// Refuses an operation that lacks a variable.
pub(super) fn check(request: &mut Request) -> Result<(), ServerError> {
    match missing(request)? {
        None => Ok(()),
        Some((name, position)) => {
            let message = format!("the variable ${name} is required: give it in variables");
            Err(Failure::bad_input(message).into_server_error(position))
        }
    }
}

/// A variable that must have a value and has none. The library would notice only when it comes to the field that uses it,
/// after earlier mutations were carried out.
fn missing(request: &mut Request) -> Result<Option<(Name, Pos)>, ServerError> {
    let variables = request.variables.clone();
    let operation_name = request.operation_name.clone();
    let operation = operation::meant(request.parsed_query()?, operation_name.as_deref());
    let definitions = operation.into_iter().flat_map(|operation| {
        let definitions = operation.node.variable_definitions.iter();
        definitions.map(|definition| &definition.node)
    });
    let mut missing = definitions.filter(|definition| {
        let given = variables.get(&definition.name.node);
        let is_required = !definition.var_type.node.nullable && definition.default_value.is_none();
        is_required && given.is_none_or(|value| *value == Value::Null)
    });
    let missing = missing.next();
    Ok(missing.map(|definition| (definition.name.node.clone(), definition.name.pos)))
}
