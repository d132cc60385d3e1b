//! Which zone a checkpoint's wall time belongs to, if that can be justified at all.

use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::place::{self, Ends, Place};
use super::{Checkpoint, Precision, Tracking, gazetteer};

/// How a checkpoint's zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeZoneSource {
    /// The text of the time itself has an offset.
    Stated,
    /// The place is certain and has a single civil time.
    Inferred,
    /// Neither; the time is a wall time somewhere.
    Unknown,
}

/// The zone of a checkpoint, and the moment that follows from it.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointZone {
    known: Known,
    /// The wall time, if it is exact enough to stand for a moment.
    wall: Option<DateTime>,
}

#[derive(Debug, Clone, Copy)]
enum Known {
    Stated(Offset),
    Inferred(&'static Zone),
    Nothing,
}

impl CheckpointZone {
    /// How the zone is known.
    pub fn source(&self) -> TimeZoneSource {
        match self.known {
            Known::Stated(_) => TimeZoneSource::Stated,
            Known::Inferred(_) => TimeZoneSource::Inferred,
            Known::Nothing => TimeZoneSource::Unknown,
        }
    }

    /// The IANA name, such as `Asia/Shanghai`, or the stated offset, such as `+08:00`.
    pub fn name(&self) -> Option<String> {
        match self.known {
            Known::Stated(offset) => Some(written(offset)),
            Known::Inferred(zone) => Some(zone.name.to_owned()),
            Known::Nothing => None,
        }
    }

    /// The moment; `None` without a zone, for a mere day, and for a wall time that a clock change skips or repeats.
    pub fn instant(&self) -> Option<Timestamp> {
        let wall = self.wall?;
        match self.known {
            Known::Stated(offset) => offset.to_timestamp(wall).ok(),
            Known::Inferred(zone) => zone.instant(wall),
            Known::Nothing => None,
        }
    }
}

impl Tracking {
    /// The zone of one of this tracking's checkpoints: the one that its time states, else the civil time of its place,
    /// else the one that both ends of a domestic parcel share. A place with several civil times leaves it open.
    pub fn zone_of(&self, checkpoint: &Checkpoint) -> CheckpointZone {
        let time = checkpoint.time.as_ref();
        CheckpointZone {
            known: match time.and_then(|time| time.offset()) {
                Some(offset) => Known::Stated(offset),
                None => self
                    .zone_of_place(checkpoint)
                    .map_or(Known::Nothing, Known::Inferred),
            },
            wall: time
                .filter(|time| time.precision() != Some(Precision::Date))
                .and_then(|time| time.civil()),
        }
    }

    fn zone_of_place(&self, checkpoint: &Checkpoint) -> Option<&'static Zone> {
        let ends = Ends {
            origin: self.origin_country.as_ref().and_then(|it| it.code()),
            destination: self.destination_country.as_ref().and_then(|it| it.code()),
            carrier: &self.key.carrier,
        };
        match place::of(checkpoint.location.as_deref().unwrap_or_default(), ends) {
            Place::In(zone) => Some(zone),
            Place::Divided => None,
            Place::Unknown => gazetteer::of(ends.only()?).zone.as_ref(),
        }
    }
}

/// A zone of the database that is built in. Its rules are read when they are first needed.
pub(super) struct Zone {
    name: &'static str,
    rules: OnceLock<Option<TimeZone>>,
}

impl Zone {
    pub(super) const fn named(name: &'static str) -> Self {
        Self {
            name,
            rules: OnceLock::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    #[cfg(test)]
    pub(super) fn is_known(&self) -> bool {
        self.rules().is_some()
    }

    fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        self.rules()?
            .to_ambiguous_timestamp(wall)
            .unambiguous()
            .ok()
    }

    fn rules(&self) -> Option<&TimeZone> {
        self.rules
            .get_or_init(|| TimeZone::get(self.name).ok())
            .as_ref()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn written(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Country, LocalTime, Status, TrackingKey};

    fn tracking(origin: &str, destination: &str) -> Tracking {
        let key = TrackingKey::parse("china-ems", "LS912989618CN").unwrap();
        let mut tracking = Tracking::bare(key, Status::Transit);
        tracking.origin_country = Country::named(origin);
        tracking.destination_country = Country::named(destination);
        tracking
    }

    fn checkpoint(time: &str, location: &str) -> Checkpoint {
        Checkpoint {
            time: LocalTime::parse(time),
            location: Some(location.into()),
            ..Checkpoint::default()
        }
    }

    fn zone(time: &str, location: &str) -> CheckpointZone {
        tracking("China", "United States").zone_of(&checkpoint(time, location))
    }

    fn instant(time: &str, location: &str) -> Option<String> {
        zone(time, location).instant().map(|it| it.to_string())
    }

    #[test]
    fn a_stated_offset_beats_the_place() {
        let zone = zone("2018-04-14T17:07:00+08:00", "RENTON, WA 98056");
        assert_eq!(zone.source(), TimeZoneSource::Stated);
        assert_eq!(zone.name().as_deref(), Some("+08:00"));
        assert_eq!(zone.instant().unwrap().to_string(), "2018-04-14T09:07:00Z");
        for (offset, name) in [("Z", "+00:00"), ("-03:30", "-03:30"), ("-00:30", "-00:30")] {
            let zone =
                tracking("", "").zone_of(&checkpoint(&format!("2018-04-14 17:07{offset}"), ""));
            assert_eq!(zone.name().as_deref(), Some(name));
        }
    }

    #[test]
    fn a_certain_place_with_one_civil_time_gives_the_zone_and_the_moment() {
        let found = zone("2018-04-07 17:00", "ZHENGZHOU EMS,CHINA");
        assert_eq!(found.source(), TimeZoneSource::Inferred);
        assert_eq!(found.name().as_deref(), Some("Asia/Shanghai"));
        assert_eq!(found.instant().unwrap().to_string(), "2018-04-07T09:00:00Z");
        assert_eq!(
            instant("2018-04-17 22:30:05", "RENTON, WA 98056").as_deref(),
            Some("2018-04-18T05:30:05Z")
        );
    }

    #[test]
    fn without_a_certain_place_nothing_is_assumed() {
        for location in [
            "",
            "美国",
            "Shenzhen",
            "DES MOINES IA NETWORK DISTRIBUTION CENTER",
        ] {
            let found = zone("2018-04-17 22:30", location);
            assert_eq!(found.source(), TimeZoneSource::Unknown, "{location}");
            assert_eq!((found.name(), found.instant()), (None, None));
        }
    }

    #[test]
    fn a_domestic_parcel_keeps_its_country_s_time_except_where_a_row_names_another_place() {
        let domestic = tracking("China", "中国");
        let name = |location| {
            domestic
                .zone_of(&checkpoint("2018-04-07 17:00", location))
                .name()
        };
        assert_eq!(name("郑州市").as_deref(), Some("Asia/Shanghai"));
        assert_eq!(name("日本").as_deref(), Some("Asia/Tokyo"));
        assert_eq!(name("United States"), None);
        let american = tracking("United States", "United States");
        assert_eq!(
            american.zone_of(&checkpoint("2018-04-07 17:00", "")).name(),
            None
        );
    }

    #[test]
    fn a_mere_day_and_a_skipped_or_repeated_wall_time_are_no_moments() {
        assert_eq!(instant("2018-04-17", "CHINA"), None);
        assert_eq!(instant("2018-03-25 02:30", "Germany"), None);
        assert_eq!(instant("2018-10-28 02:30", "Germany"), None);
        assert_eq!(instant("yesterday", "Germany"), None);
        assert_eq!(
            zone("2018-03-25 02:30", "Germany").source(),
            TimeZoneSource::Inferred
        );
        assert_eq!(
            instant("2018-10-28 03:30", "Germany").as_deref(),
            Some("2018-10-28T02:30:00Z")
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reasoning_panic(time in any::<String>(), location in any::<String>()) {
            let tracking = tracking("Germany", "Germany");
            let zone = tracking.zone_of(&checkpoint(&time, &location));
            prop_assert_eq!(zone.name().is_none(), zone.source() == TimeZoneSource::Unknown);
            let _ = zone.instant();
        }
    }
}
