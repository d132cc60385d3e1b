//! How much of the account's limits is used, and what this process did so far. Nothing is asked upstream for it.

use jiff::Timestamp;

use super::Tracker;
use super::poller::Polling;
use super::question::AccountQuestion;
use super::refresh::calendar;
use super::{HintCounts, Service};
use crate::live;
use crate::throttle::{Counts, Lane, LinkFigures, Waits};
use crate::upstream::CallFigures;

/// The account's limits, and how much of them is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The list lane, the realtime lane and that for everything else.
    pub lanes: Vec<LaneBudget>,
    /// What was left of the quota when the account was asked for last, and when that was.
    pub quota: Option<QuotaLeft>,
}

/// How a lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneBudget {
    /// Which.
    pub lane: Lane,
    /// How many calls a second; `None` means that there is no limit.
    pub limit: Option<u32>,
    /// How many left in the last second.
    pub used: usize,
    /// How many wait: parcels in the list lane, calls in the others.
    pub queued: usize,
    /// When the next call may leave; `None` means at once.
    pub next_slot_at: Option<Timestamp>,
    /// Until when nothing leaves after a 429.
    pub closed_until: Option<Timestamp>,
}

/// What was left of the quota at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaLeft {
    /// How many more trackings could be added.
    pub trackings: u64,
    /// When the upstream said so.
    pub fetched_at: Timestamp,
}

/// What operators count.
#[derive(Debug, Clone)]
pub struct Figures {
    /// How the limits stand.
    pub budget: Budget,
    /// What this process did since it was started.
    pub counts: Counts,
    /// How long its calls waited for their turns.
    pub waits: Waits,
    /// What it did about parcels.
    pub service: Service,
    /// What became of its calls, by their kinds.
    pub calls: Vec<CallFigures>,
    /// How it goes with Redis; `None` if there is none.
    pub redis: Option<LinkFigures>,
    /// What became of messages that the upstream sent by itself; `None` if none are taken.
    pub hints: Option<HintCounts>,
    /// How the log of events stands.
    pub events: live::Figures,
    /// How many parcels are remembered, as nearly as it is counted.
    pub parcels: u64,
    /// About how many bytes these take.
    pub parcel_bytes: u64,
    /// What is asked for because it is watched.
    pub polling: Polling,
}

impl Tracker {
    /// How the limits stand: for the whole fleet while Redis is there, else for this replica.
    pub async fn budget(&self) -> Budget {
        let waiting = self.coalescer.waiting();
        let lanes = self.calls.throttle.budget().await;
        let lanes = lanes.into_iter().map(|lane| LaneBudget {
            lane: lane.lane,
            limit: (lane.limit > 0).then_some(lane.limit),
            used: lane.used,
            queued: match lane.lane {
                // One of the calls that wait stands for all parcels that wait here.
                Lane::List | Lane::Page => lane.queued.max(waiting),
                Lane::Realtime | Lane::Other => lane.queued,
            },
            next_slot_at: lane.next_slot.map(calendar),
            closed_until: lane.closed_until.map(calendar),
        });
        Budget {
            lanes: lanes.collect(),
            quota: self.quota_left(),
        }
    }

    fn quota_left(&self) -> Option<QuotaLeft> {
        let account = self.inquiries.account.known(&AccountQuestion)?;
        Some(QuotaLeft {
            trackings: account.value.trackings_left?,
            fetched_at: account.fetched_at,
        })
    }

    /// What operators count.
    pub async fn figures(&self) -> Figures {
        let throttle = &self.calls.throttle;
        Figures {
            budget: self.budget().await,
            counts: throttle.counts(),
            waits: throttle.waits(),
            service: self.calls.tally.read(),
            calls: self.calls.client.figures(),
            redis: throttle.link_figures(),
            hints: self.hint_counts(),
            events: self.live().figures(),
            parcels: self.calls.records.cache.parcels(),
            parcel_bytes: self.calls.records.cache.bytes(),
            polling: self.poller.polling(),
        }
    }
}
