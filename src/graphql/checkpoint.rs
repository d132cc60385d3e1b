//! The events of a journey.

use std::borrow::Cow;
use std::sync::OnceLock;

use async_graphql::Object;

use super::date_time::DateTime;
use super::direct::{Sight, object};
use super::mask::{shown, shown_time};
use super::status::{TimePrecision, TimeZoneSource, TrackingLegKind, TrackingStatus};
use super::tracking::Parcel;
use crate::model::{self, CheckpointZone, LegKind};

pub(super) struct Checkpoint<'a> {
    parcel: &'a Parcel,
    leg: LegKind,
    checkpoint: &'a model::Checkpoint,
    /// As soon as somebody asks.
    zone: OnceLock<CheckpointZone>,
}

impl<'a> Checkpoint<'a> {
    pub(super) fn new(parcel: &'a Parcel, leg: LegKind, checkpoint: &'a model::Checkpoint) -> Self {
        Self {
            parcel,
            leg,
            checkpoint,
            zone: OnceLock::new(),
        }
    }
}

impl Checkpoint<'_> {
    fn zone(&self) -> &CheckpointZone {
        let zone = || self.parcel.model().zone_of(self.checkpoint);
        self.zone.get_or_init(zone)
    }
}

object! {
    /// What happened to a parcel somewhere, as one courier reported it.
    #[Object]
    impl Checkpoint<'_> {
        /// When it happened, in wall time of the place and exactly as the courier wrote it: `2018-04-14 17:07`. It has no time
        /// zone and must not be read as UTC. Null if the courier gave none.
        fn local_time(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let time = self.checkpoint.time.as_ref()?;
            Some(shown_time(sight.caller(), self.parcel, time))
        }

        /// How exactly `localTime` was written; null if it is not a time that can be read.
        fn precision(&self) -> Option<TimePrecision> {
            let precision = self.checkpoint.time.as_ref()?.precision()?;
            Some(precision.into())
        }

        /// The time zone of `localTime`, where it can be justified: a name such as `Asia/Shanghai`, or an offset such as
        /// `+08:00`.
        fn time_zone(&self) -> Option<String> {
            self.zone().name()
        }

        /// How `timeZone` is known.
        fn time_zone_source(&self) -> TimeZoneSource {
            self.zone().source().into()
        }

        /// The instant at which it happened; null unless the time zone can be justified and the time was written to the
        /// minute or better. UTC is never assumed.
        fn instant(&self) -> Option<DateTime> {
            self.zone().instant().map(DateTime)
        }

        /// What happened, in the courier's own language.
        fn description(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let text = self.checkpoint.description.as_deref()?;
            Some(shown(sight.caller(), self.parcel, text))
        }

        /// Where it happened, in the courier's own words.
        fn location(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let text = self.checkpoint.location.as_deref()?;
            Some(shown(sight.caller(), self.parcel, text))
        }

        /// The status that the event stands for; null in old reports, which have none.
        fn status(&self) -> Option<TrackingStatus> {
            self.checkpoint.status.as_ref().map(TrackingStatus::from)
        }

        /// The finer state as TrackingMore writes it, such as `transit004`; null before about 2020.
        fn substatus(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let text = self.checkpoint.substatus.as_ref()?.as_str();
            Some(shown(sight.caller(), self.parcel, text))
        }

        /// What `substatus` means, in English; null for those that are not documented.
        fn substatus_meaning(&self) -> Option<&str> {
            self.checkpoint.substatus.as_ref()?.meaning()
        }

        /// The milestone that the event set, as TrackingMore writes it, such as `ItemReceived`.
        fn milestone(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let text = self.checkpoint.milestone.as_deref()?;
            Some(shown(sight.caller(), self.parcel, text))
        }

        /// Which of the two couriers reported it.
        fn leg(&self) -> TrackingLegKind {
            self.leg.into()
        }
    }
}
