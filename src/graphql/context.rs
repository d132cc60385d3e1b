//! What every operation has at hand.

use std::sync::Arc;

use async_graphql::{Context, ContextBase};

use super::feed::Feed;
use crate::auth::{Caller, ViewTokens};
use crate::tracker::{Tracker, Usage};

/// What one can do with trackings.
pub(super) fn tracker<'a, T>(context: &ContextBase<'a, T>) -> &'a Arc<Tracker> {
    context.data_unchecked::<Arc<Tracker>>()
}

/// What the operation costs so far.
pub(super) fn usage<'a, T>(context: &ContextBase<'a, T>) -> &'a Arc<Usage> {
    context.data_unchecked::<Arc<Usage>>()
}

/// Who signs and revokes view tokens.
pub(super) fn view_tokens<'a>(context: &Context<'a>) -> &'a ViewTokens {
    context.data_unchecked::<ViewTokens>()
}

/// Who asks.
pub(super) fn caller<'a, T>(context: &ContextBase<'a, T>) -> &'a Arc<Caller> {
    context.data_unchecked::<Arc<Caller>>()
}

/// What a subscription's resolver tells whoever reads its answers.
pub(super) fn feed<'a>(context: &Context<'a>) -> &'a Arc<Feed> {
    context.data_unchecked::<Arc<Feed>>()
}
