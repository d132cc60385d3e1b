//! How fresh answers are, and how fresh somebody wants them.

use async_graphql::{Context, Enum, InputObject, Object};
use jiff::Timestamp;

use super::context::caller;
use super::date_time::DateTime;
use super::direct::{Sight, object};
use super::duration::Duration;
use crate::model::Source;
use crate::tracker::{Contract, Otherwise, Reading, StaleReason, Terms};

pub(super) struct Freshness<'a>(pub(super) &'a Reading);

object! {
    /// How old an answer is, where it comes from, and when it can be newer.
    #[Object]
    impl Freshness<'_> {
        /// When TrackingMore said so.
        fn fetched_at(&self) -> DateTime {
            DateTime(self.0.fetched_at)
        }

        /// How long ago that was, in seconds.
        fn age_seconds(&self) -> i32 {
            let age = Timestamp::now().duration_since(self.0.fetched_at);
            i32::try_from(age.as_secs().max(0)).unwrap_or(i32::MAX)
        }

        /// Where the newest part of it comes from.
        fn source(&self) -> TrackingSource {
            self.0.source.into()
        }

        /// Whether it is older than it should be; `staleReason` says why.
        fn stale(&self) -> bool {
            self.0.stale.is_some()
        }

        /// Why it is older than it should be; null if it is not.
        fn stale_reason(&self) -> Option<FreshnessStaleReason> {
            self.0.stale.map(FreshnessStaleReason::from)
        }

        /// From when on the next question without `freshness` has TrackingMore asked again; if that is past, the next one does.
        /// Null for what is not kept as what is known of the parcel: lists in a language of the caller's choice, and the carrier's
        /// answer about a parcel that is not in the account.
        fn next_refresh_at(&self) -> Option<DateTime> {
            self.0.next_refresh_at.map(DateTime)
        }

        /// From when on `refreshTracking` may ask the carrier about the parcel again; null if it may now.
        fn realtime_allowed_at(&self, sight: &Sight<'_>) -> Option<DateTime> {
            let allowed_at = sight.tracker().realtime_allowed_at(&self.0.tracking.key);
            allowed_at.map(DateTime)
        }
    }
}

/// Ways on which news of a parcel reaches this server.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackingSource {
    /// TrackingMore's answer when the parcel was added to the account; nothing was asked about it since.
    Created,
    /// What the account knows of it, as TrackingMore's lists tell.
    List,
    /// The carrier, who was asked by `refreshTracking`.
    Realtime,
    /// A message that TrackingMore sent by itself, which it was not asked about yet: `verification` is `HINTED`. Nothing comes
    /// this way as long as the server takes no such messages.
    Webhook,
}

impl From<Source> for TrackingSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Created => Self::Created,
            Source::List => Self::List,
            Source::Realtime => Self::Realtime,
            Source::Webhook => Self::Webhook,
        }
    }
}

/// Why an answer is older than it should be.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FreshnessStaleReason {
    /// A newer one is being fetched meanwhile: whoever asks again in a moment, or watches the parcel, gets it.
    Revalidating,
    /// It is older than the parcel's status allows, but not too old for the caller: not older than the `maxAge` that
    /// was asked for, or the last that is known while `refreshTracking` asks the carrier. Nothing else is fetched.
    Accepted,
    /// TrackingMore's limits left no call for it: a pause after too many calls, or too many questions.
    Throttled,
    /// No newer one came before the deadline.
    Timeout,
    /// TrackingMore could not be reached, is out of order, refused the call or gave an answer that cannot be read.
    UpstreamUnavailable,
}

impl From<StaleReason> for FreshnessStaleReason {
    fn from(reason: StaleReason) -> Self {
        match reason {
            StaleReason::Revalidating => Self::Revalidating,
            StaleReason::Accepted => Self::Accepted,
            StaleReason::Throttled => Self::Throttled,
            StaleReason::TimedOut => Self::Timeout,
            StaleReason::Unavailable => Self::UpstreamUnavailable,
        }
    }
}

/// How fresh an answer has to be, and what to do if it is not. What may have changed by a mutation is waited for in any case.
#[derive(InputObject)]
pub(super) struct FreshnessInput {
    /// From which age on an answer is too old, such as `PT15M`; `PT0S` has TrackingMore asked again. Left out, it is the time
    /// to live of the parcel's status. That the account has no such parcel is remembered for half a minute at the most. For a view
    /// token, less than one minute (`PT1M`) counts as one minute.
    max_age: Option<Duration>,
    /// What to do if what is known is too old.
    #[graphql(default_with = "FreshnessFallback::Wait")]
    otherwise: FreshnessFallback,
    /// How long to wait for a newer one at the most, such as `PT2S`. Nobody waits longer than the server's patience (15
    /// seconds unless set otherwise), which also counts if this is left out. What comes later is there for the next question.
    deadline: Option<Duration>,
}

/// What to do if what is known of a parcel is too old.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FreshnessFallback {
    /// Give it at once, however old it is, and fetch a newer one meanwhile. Only what is not known is waited for.
    Stale,
    /// Wait for a newer one; if none comes before the deadline, give what is known and say why it is stale.
    Wait,
    /// Wait for a newer one; if none comes before the deadline, fail with `TIMEOUT`, `THROTTLED` or what went wrong.
    Error,
}

/// How new an answer a view token can ask for: anybody may have it, and the calls are those of the account.
const NEWEST_FOR_VIEWS: std::time::Duration = std::time::Duration::from_secs(60);

/// What the caller's words mean.
pub(super) fn contract(context: &Context<'_>, given: Option<FreshnessInput>) -> Contract {
    let Some(given) = given else {
        return Contract::Usual;
    };
    let least = match caller(context).grant {
        Some(_) => NEWEST_FOR_VIEWS,
        None => std::time::Duration::ZERO,
    };
    Contract::Stated(Terms {
        max_age: given.max_age.map(|max_age| max_age.0.max(least)),
        otherwise: match given.otherwise {
            FreshnessFallback::Stale => Otherwise::Stale,
            FreshnessFallback::Wait => Otherwise::Wait,
            FreshnessFallback::Error => Otherwise::Error,
        },
        deadline: given.deadline.map(|deadline| deadline.0),
    })
}
