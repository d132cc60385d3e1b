//! Asking about the account.

use async_graphql::{Context, Object};

use crate::auth::Scope;
use crate::graphql::account::{Account, DateTimeRange, StatusCounts, account, status_counts};
use crate::graphql::budget::UpstreamBudget;
use crate::graphql::context::tracker;
use crate::graphql::outcome::Outcome;
use crate::graphql::rate_limit::{RateLimit, rate_limit};
use crate::graphql::scope::{all, for_view_tokens, requires};

#[derive(Default)]
pub(super) struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The account at TrackingMore and what it has left. An answer is given again for up to half a minute, unless the
    /// account is changed meanwhile. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::AccountRead])))]
    async fn account(&self, context: &Context<'_>) -> Outcome<Account> {
        account(context).await.into()
    }

    /// How much of the account's limits at TrackingMore is used, and what waits. Asks TrackingMore nothing and costs no
    /// quota. It can always be told.
    #[graphql(directive = requires::apply(all(&[Scope::Ops])))]
    async fn upstream_budget(&self, context: &Context<'_>) -> Option<UpstreamBudget> {
        Some(tracker(context).budget().await.into())
    }

    /// How much the caller may still ask for; null if there is no limit for him. Asks TrackingMore nothing and costs no quota.
    #[graphql(directive = for_view_tokens::apply())]
    async fn rate_limit(&self, context: &Context<'_>) -> Option<RateLimit> {
        rate_limit(context)
    }

    /// How many trackings have each status. An answer is given again for up to half a minute, unless the account is changed
    /// meanwhile. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::AccountRead])))]
    async fn status_counts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only trackings that were added in this time.")] created: Option<
            DateTimeRange,
        >,
        #[graphql(desc = "Only trackings whose order was placed in this time.")]
        order_created: Option<DateTimeRange>,
    ) -> Outcome<StatusCounts> {
        let created = created.unwrap_or_default();
        let order_created = order_created.unwrap_or_default();
        status_counts(context, created, order_created).await.into()
    }
}
