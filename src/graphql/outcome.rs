//! A nullable value that can fail on its own.
//!
//! The library's own `Result` hands a failure to the parent and cuts the error's path at a list's index. Here a failure is
//! reported where it happens, with its whole path, and leaves a `null` that its neighbours do not notice.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use super::error::Failure;

/// A value or a failure.
pub(super) enum Outcome<T> {
    Value(T),
    Failed(Failure),
}

impl<T, E: Into<Failure>> From<Result<T, E>> for Outcome<T> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(error) => Self::Failed(error.into()),
        }
    }
}

impl<T: OutputType> OutputType for Outcome<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::type_name().into_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match self {
            Self::Value(value) => match value.resolve(context, field).await {
                Ok(value) => Ok(value),
                Err(error) => {
                    context.add_error(error);
                    Ok(Value::Null)
                }
            },
            Self::Failed(failure) => {
                let error = failure.clone().into_server_error(field.pos);
                context.add_error(context.set_error_path(error));
                Ok(Value::Null)
            }
        }
    }
}
