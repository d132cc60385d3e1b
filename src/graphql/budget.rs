//! How much of the account's limits at TrackingMore is used.

use async_graphql::{Enum, SimpleObject, Value, value};

use super::date_time::DateTime;
use crate::tracker::{Budget, Lane, LaneBudget};

/// The account's limits at TrackingMore and how much of them is used at the moment: by all servers of the account together
/// while their Redis is there, else by this one.
#[derive(SimpleObject)]
pub(super) struct UpstreamBudget {
    /// Each lane once.
    lanes: Vec<UpstreamLaneBudget>,
    /// The quota that was left, as far as it is known: how many more trackings could be added. Null if `account` was not
    /// asked for since this server was started; it is never asked for to tell this.
    quota_left: Option<u64>,
    /// When TrackingMore said so.
    quota_fetched_at: Option<DateTime>,
}

/// How a lane stands. The calls of a lane share a limit.
#[derive(SimpleObject)]
pub(super) struct UpstreamLaneBudget {
    /// Which lane.
    lane: UpstreamLane,
    /// How many calls may leave in any second; null if that is not limited.
    limit: Option<u32>,
    /// How many left in the last second.
    used: usize,
    /// How many wait for their turn: parcels in the list lane, calls in the others.
    queued: usize,
    /// When the next call may leave; null if it may now.
    next_slot_at: Option<DateTime>,
    /// Until when nothing leaves because TrackingMore answered 429; null if the lane is open.
    closed_until: Option<DateTime>,
}

/// Kinds of calls, each with a limit of its own.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpstreamLane {
    /// Asking for trackings that the account holds, up to 40 in a call.
    List,
    /// Asking a carrier now, for one parcel a call.
    Realtime,
    /// Everything else.
    Other,
}

impl UpstreamLane {
    fn name(self) -> &'static str {
        match self {
            Self::List => "LIST",
            Self::Realtime => "REALTIME",
            Self::Other => "OTHER",
        }
    }
}

impl From<Lane> for UpstreamLane {
    fn from(lane: Lane) -> Self {
        match lane {
            Lane::List | Lane::Page => Self::List,
            Lane::Realtime => Self::Realtime,
            Lane::Other => Self::Other,
        }
    }
}

impl From<Budget> for UpstreamBudget {
    fn from(budget: Budget) -> Self {
        let lanes = budget.lanes.into_iter();
        Self {
            lanes: lanes.map(UpstreamLaneBudget::from).collect(),
            quota_left: budget.quota.map(|quota| quota.trackings),
            quota_fetched_at: budget.quota.map(|quota| DateTime(quota.fetched_at)),
        }
    }
}

impl From<LaneBudget> for UpstreamLaneBudget {
    fn from(lane: LaneBudget) -> Self {
        Self {
            lane: lane.lane.into(),
            limit: lane.limit,
            used: lane.used,
            queued: lane.queued,
            next_slot_at: lane.next_slot_at.map(DateTime),
            closed_until: lane.closed_until.map(DateTime),
        }
    }
}

/// The same in the `extensions` of an answer, with the names of the fields.
pub(super) fn extension(budget: Budget) -> Value {
    let time = |at: Option<jiff::Timestamp>| at.map(|at| format!("{at:.3}"));
    let lanes: Vec<Value> = budget
        .lanes
        .iter()
        .map(|lane| {
            value!({
                "lane": UpstreamLane::from(lane.lane).name(),
                "limit": lane.limit,
                "used": lane.used,
                "queued": lane.queued,
                "nextSlotAt": time(lane.next_slot_at),
                "closedUntil": time(lane.closed_until),
            })
        })
        .collect();
    value!({
        "lanes": lanes,
        "quotaLeft": budget.quota.map(|quota| quota.trackings),
        "quotaFetchedAt": time(budget.quota.map(|quota| quota.fetched_at)),
    })
}
