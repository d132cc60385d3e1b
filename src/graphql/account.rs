//! The account at TrackingMore.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::context::{tracker, usage};
use super::date_time::{DateTime, span};
use super::error::Failure;
use super::status::TrackingStatus;
use crate::model;
use crate::tracker::{Remembered, StatusCountFilter};

pub(super) struct Account(Remembered<Arc<model::Account>>);

/// The account at TrackingMore in which this server keeps its trackings.
#[Object]
impl Account {
    /// The mail address that its owner signs in with.
    async fn email(&self) -> Option<&str> {
        self.0.value.email.as_deref()
    }

    /// When it was opened.
    async fn registered_at(&self) -> Option<DateTime> {
        self.0.value.registered_at.map(DateTime)
    }

    /// Its owner's phone number.
    async fn phone(&self) -> Option<&str> {
        self.0.value.phone.as_deref()
    }

    /// The money that is left, in the account's currency, which TrackingMore does not tell.
    async fn balance(&self) -> Option<f64> {
        self.0.value.balance
    }

    /// The quota that is left: how many more trackings can be added.
    async fn trackings_left(&self) -> Option<u64> {
        self.0.value.trackings_left
    }

    /// When TrackingMore said so.
    async fn fetched_at(&self) -> DateTime {
        DateTime(self.0.fetched_at)
    }

    /// Whether it is older than the usual half minute, because TrackingMore could not be asked just now.
    async fn stale(&self) -> bool {
        self.0.stale.is_some()
    }
}

pub(super) async fn account(context: &Context<'_>) -> Result<Account, Failure> {
    Ok(Account(tracker(context).account(usage(context)).await?))
}

/// A span of time. An end that is left out is open.
#[derive(InputObject, Default)]
pub(super) struct DateTimeRange {
    /// At this instant or later.
    min: Option<DateTime>,
    /// At this instant or earlier.
    max: Option<DateTime>,
}

pub(super) struct StatusCounts(Remembered<Arc<model::StatusCounts>>);

/// How many trackings have each status.
#[Object]
impl StatusCounts {
    /// Each status that TrackingMore tells of, once.
    async fn counts(&self) -> Vec<StatusCount> {
        let counts = self.0.value.counts.iter();
        counts
            .map(|(status, count)| StatusCount {
                status: status.into(),
                upstream_status: status.as_str().to_owned(),
                count: *count,
            })
            .collect()
    }

    /// All of them together.
    async fn total(&self) -> u64 {
        self.0.value.counts.iter().map(|(_, count)| count).sum()
    }

    /// When TrackingMore said so.
    async fn fetched_at(&self) -> DateTime {
        DateTime(self.0.fetched_at)
    }

    /// Whether it is older than the usual half minute, because TrackingMore could not be asked just now.
    async fn stale(&self) -> bool {
        self.0.stale.is_some()
    }
}

/// How many trackings have a status.
#[derive(SimpleObject)]
pub(super) struct StatusCount {
    /// The status.
    status: TrackingStatus,
    /// The status as TrackingMore writes it, for those that `status` calls `UNKNOWN`.
    upstream_status: String,
    /// How many trackings have it.
    count: u64,
}

pub(super) async fn status_counts(
    context: &Context<'_>,
    created: DateTimeRange,
    order_created: DateTimeRange,
) -> Result<StatusCounts, Failure> {
    let (created_min, created_max) =
        span(("created.min", created.min), ("created.max", created.max))?;
    let (ordered_min, ordered_max) = span(
        ("orderCreated.min", order_created.min),
        ("orderCreated.max", order_created.max),
    )?;
    let filter = StatusCountFilter {
        created_min,
        created_max,
        ordered_min,
        ordered_max,
    };
    Ok(StatusCounts(
        tracker(context)
            .status_counts(usage(context), filter)
            .await?,
    ))
}
