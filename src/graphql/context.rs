//! What every operation has at hand.

use std::sync::Arc;

use async_graphql::Context;

use super::feed::Feed;
use crate::tracker::{Tracker, Usage};

/// What one can do with trackings.
pub(super) fn tracker<'a>(context: &Context<'a>) -> &'a Arc<Tracker> {
    context.data_unchecked::<Arc<Tracker>>()
}

/// What the operation costs so far.
pub(super) fn usage<'a>(context: &Context<'a>) -> &'a Arc<Usage> {
    context.data_unchecked::<Arc<Usage>>()
}

/// What a subscription's resolver tells whoever reads its answers.
pub(super) fn feed<'a>(context: &Context<'a>) -> &'a Arc<Feed> {
    context.data_unchecked::<Arc<Feed>>()
}
