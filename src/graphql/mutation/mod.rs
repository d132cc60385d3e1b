//! What can be changed.

mod carrier;
mod create;
mod delete;
mod refresh;
mod rows;
mod stop;
mod update;
mod view;

use async_graphql::MergedObject;

/// Everything that can be changed.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    create::CreateMutation,
    update::UpdateMutation,
    delete::DeleteMutation,
    refresh::RefreshMutation,
    carrier::CarrierMutation,
    stop::StopMutation,
    view::ViewMutation,
);
