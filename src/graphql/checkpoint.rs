//! The events of a journey.

use std::borrow::Cow;

use async_graphql::{Context, Object};

use super::date_time::DateTime;
use super::mask::{shown, shown_time};
use super::status::{TimePrecision, TimeZoneSource, TrackingLegKind, TrackingStatus};
use crate::model::{self, LegKind};

pub(super) struct Checkpoint<'a> {
    pub(super) tracking: &'a model::Tracking,
    pub(super) leg: LegKind,
    pub(super) checkpoint: &'a model::Checkpoint,
}

/// What happened to a parcel somewhere, as one courier reported it.
#[Object]
impl Checkpoint<'_> {
    /// When it happened, in wall time of the place and exactly as the courier wrote it: `2018-04-14 17:07`. It has no time
    /// zone and must not be read as UTC. Null if the courier gave none.
    async fn local_time(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let time = self.checkpoint.time.as_ref()?;
        Some(shown_time(context, self.tracking, time))
    }

    /// How exactly `localTime` was written; null if it is not a time that can be read.
    async fn precision(&self) -> Option<TimePrecision> {
        let precision = self.checkpoint.time.as_ref()?.precision()?;
        Some(precision.into())
    }

    /// The time zone of `localTime`, where it can be justified: a name such as `Asia/Shanghai`, or an offset such as
    /// `+08:00`.
    async fn time_zone(&self) -> Option<String> {
        self.tracking.zone_of(self.checkpoint).name()
    }

    /// How `timeZone` is known.
    async fn time_zone_source(&self) -> TimeZoneSource {
        self.tracking.zone_of(self.checkpoint).source().into()
    }

    /// The instant at which it happened; null unless the time zone can be justified and the time was written to the
    /// minute or better. UTC is never assumed.
    async fn instant(&self) -> Option<DateTime> {
        self.tracking
            .zone_of(self.checkpoint)
            .instant()
            .map(DateTime)
    }

    /// What happened, in the courier's own language.
    async fn description(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let text = self.checkpoint.description.as_deref()?;
        Some(shown(context, self.tracking, text))
    }

    /// Where it happened, in the courier's own words.
    async fn location(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let text = self.checkpoint.location.as_deref()?;
        Some(shown(context, self.tracking, text))
    }

    /// The status that the event stands for; null in old reports, which have none.
    async fn status(&self) -> Option<TrackingStatus> {
        self.checkpoint.status.as_ref().map(TrackingStatus::from)
    }

    /// The finer state as TrackingMore writes it, such as `transit004`; null before about 2020.
    async fn substatus(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let text = self.checkpoint.substatus.as_ref()?.as_str();
        Some(shown(context, self.tracking, text))
    }

    /// What `substatus` means, in English; null for those that are not documented.
    async fn substatus_meaning(&self) -> Option<&str> {
        self.checkpoint.substatus.as_ref()?.meaning()
    }

    /// The milestone that the event set, as TrackingMore writes it, such as `ItemReceived`.
    async fn milestone(&self, context: &Context<'_>) -> Option<Cow<'_, str>> {
        let text = self.checkpoint.milestone.as_deref()?;
        Some(shown(context, self.tracking, text))
    }

    /// Which of the two couriers reported it.
    async fn leg(&self) -> TrackingLegKind {
        self.leg.into()
    }
}
