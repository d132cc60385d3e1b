//! What is only read is written straight to JSON, without a tree of values in between, which is most of what a large answer
//! costs.
//!
//! There is one definition of such an object, made with [`object!`], and two ways of answering from it: the library's own, and
//! this one. A field whose selection was read beforehand has none in the document that the library gets; [`Direct`] finds it
//! among the [`Marks`] and writes the whole value. `marks` says what is left to the library.

mod glance;
mod marks;
mod object;
mod response;
mod selected;
mod sight;
mod tables;
mod text;
mod writer;
mod written;

use std::borrow::Cow;
use std::ops::Deref;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, Fields};
use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
};

use super::scope::check_type;

pub(super) use glance::Given;
pub(super) use marks::{Marks, Sheet};
pub(super) use object::{Object, Place, Table, object};
pub(super) use response::written;
pub(super) use selected::{Selected, Step};
pub(super) use sight::{Sight, seen};
pub(super) use writer::Writer;
pub(super) use written::Written;

/// A value that is written at once where its selection was read beforehand.
pub(super) struct Direct<T>(pub(super) T);

impl<T> Deref for Direct<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: OutputType + Written> OutputType for Direct<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let name = self.introspection_type_name();
        let Some(selected) = Marks::selection(context, &name) else {
            return self.0.resolve(context, field).await;
        };
        check_type(context, field, &name)?;
        let (json, refusals) = seen(context, |sight| {
            let mut writer = Writer::new(sight);
            self.0.write(selected, &mut writer);
            writer.finish()
        })
        .await;
        for refusal in refusals {
            let mut error = context.set_error_path(refusal.error);
            error.path.extend(refusal.within);
            context.add_error(error);
        }
        Ok(Value::Binary(json.into()))
    }
}

impl<T: ContainerType + Written> ContainerType for Direct<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(context).await
    }

    fn collect_all_fields<'a>(
        &'a self,
        context: &ContextSelectionSet<'a>,
        fields: &mut Fields<'a>,
    ) -> ServerResult<()> {
        self.0.collect_all_fields(context, fields)
    }
}

impl<T: ObjectType + Written> ObjectType for Direct<T> {}
