//! Times as couriers write them: wall time at the place of the event, mostly without a zone.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::Text;

/// The farthest that clocks run from UTC: an offset beyond it is no offset.
const MAX_OFFSET_HOURS: i32 = 14;

/// How exactly a local time was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Only the day.
    Date,
    /// To the minute.
    Minute,
    /// To the second.
    Second,
}

/// A wall time, with its offset if the text states one. It is never read as UTC, and the text stays even when it cannot
/// be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LocalTime {
    written: Text,
    read: Option<Reading>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Reading {
    civil: DateTime,
    precision: Precision,
    offset: Stated,
}

/// An offset, in minutes: every checkpoint has a time, and so they are half as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Stated(i16);

impl Stated {
    /// That of a text that states none.
    const NONE: Self = Self(i16::MAX);

    fn of(offset: Offset) -> Option<Self> {
        i16::try_from(offset.seconds() / 60).ok().map(Self)
    }

    fn offset(self) -> Option<Offset> {
        let seconds = i32::from(self.0) * 60;
        (self != Self::NONE).then(|| Offset::from_seconds(seconds).ok())?
    }
}

impl LocalTime {
    /// Keeps a text such as `2018-04-14 17:07:00`, `2018-04-14 17:07`, `2018-04-14` or, with an offset,
    /// `2018-04-14T17:07:00+08:00`; `None` for blank text.
    pub fn parse(text: &str) -> Option<Self> {
        let written = text.trim();
        (!written.is_empty()).then(|| Self {
            written: written.into(),
            read: read(written),
        })
    }

    pub(super) fn text_mut(&mut self) -> &mut Text {
        &mut self.written
    }

    /// The text as the courier wrote it.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The wall time, if the text could be read.
    pub fn civil(&self) -> Option<DateTime> {
        self.read.map(|reading| reading.civil)
    }

    /// How exactly it was written, if the text could be read.
    pub fn precision(&self) -> Option<Precision> {
        self.read.map(|reading| reading.precision)
    }

    /// The offset from UTC, if the text states one.
    pub fn offset(&self) -> Option<Offset> {
        self.read?.offset.offset()
    }

    /// The moment, if the text states an offset.
    pub fn instant(&self) -> Option<Timestamp> {
        let reading = self.read?;
        reading.offset.offset()?.to_timestamp(reading.civil).ok()
    }

    /// The time without its seconds, which only some couriers write.
    pub(super) fn minute(&self) -> Option<DateTime> {
        let civil = self.civil()?;
        Some(civil.date().at(civil.hour(), civil.minute(), 0, 0))
    }

    /// How long after the other it was: between moments if both state an offset, else between wall times, which may be
    /// 26 hours off where the places differ.
    pub(super) fn since(&self, other: &Self) -> Option<SignedDuration> {
        if let (Some(this), Some(that)) = (self.instant(), other.instant()) {
            return Some(this.duration_since(that));
        }
        Some(self.civil()?.duration_since(other.civil()?))
    }
}

/// A duration in whole seconds, rounded up: who comes back then is not too early.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

fn read(text: &str) -> Option<Reading> {
    let Some((day, rest)) = text.split_once([' ', 'T', 't']) else {
        let day = Date::strptime("%Y-%m-%d", text).ok()?;
        return Some(Reading {
            civil: day.at(0, 0, 0, 0),
            precision: Precision::Date,
            offset: Stated::NONE,
        });
    };
    let is_clock = |character: char| character.is_ascii_digit() || matches!(character, ':' | '.');
    let rest = rest.trim_start();
    let (clock, zone) = rest.split_at(rest.find(|c| !is_clock(c)).unwrap_or(rest.len()));
    let (format, precision) = match clock.matches(':').count() {
        1 => ("%Y-%m-%d %H:%M", Precision::Minute),
        _ => ("%Y-%m-%d %H:%M:%S%.f", Precision::Second),
    };
    Some(Reading {
        civil: DateTime::strptime(format, format!("{day} {clock}")).ok()?,
        precision,
        offset: match zone.trim() {
            "" => Stated::NONE,
            zone => Stated::of(offset(zone)?)?,
        },
    })
}

/// Reads `Z`, `GMT`, `+8`, `+0800`, `+08:00` and `GMT+8`. Names such as `CST` mean different offsets in different
/// countries, so they are not read.
fn offset(text: &str) -> Option<Offset> {
    let is_name = |name: &&str| matches!(name.to_ascii_uppercase().as_str(), "GMT" | "UTC");
    let rest = match text.get(..3).filter(is_name) {
        Some(name) => text[name.len()..].trim_start(),
        None if matches!(text, "Z" | "z") => "",
        None if text.starts_with(['+', '-']) => text,
        None => return None,
    };
    if rest.is_empty() {
        return Some(Offset::UTC);
    }
    let digits = rest.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if minutes.len() == 2 => (hours, minutes),
        (None, 1 | 2) => (digits, "0"),
        (None, 4) => digits.split_at_checked(2)?,
        _ => return None,
    };
    if !(1..=2).contains(&hours.len()) || ![hours, minutes].iter().all(|part| is_number(part)) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    if minutes > 59 || seconds > MAX_OFFSET_HOURS * 3600 {
        return None;
    }
    Offset::from_seconds(if rest.starts_with('-') {
        -seconds
    } else {
        seconds
    })
    .ok()
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn precision_is_what_was_written() {
        for (text, precision) in [
            ("2018-04-14 17:07:00", Some(Precision::Second)),
            ("2018-04-14T17:07:00.250", Some(Precision::Second)),
            ("2018-04-17 22:30", Some(Precision::Minute)),
            ("2018-04-17", Some(Precision::Date)),
            ("yesterday", None),
            ("at noon", None),
            ("2018-13-45 99:99", None),
            ("2018-04-17 22:30 CST", None),
            ("2018-04-17 10:30 PM", None),
        ] {
            let time = LocalTime::parse(text).unwrap();
            assert_eq!(time.precision(), precision, "{text}");
            assert_eq!(time.as_written(), text);
            assert_eq!(time.offset(), None, "{text}");
            assert_eq!(time.instant(), None, "{text}");
        }
        assert_eq!(LocalTime::parse("  "), None);
    }

    #[test]
    fn a_stated_offset_stands_beside_the_wall_time() {
        for (text, hours) in [
            ("2018-04-14T17:07:00+08:00", 8),
            ("2018-04-14T17:07:00Z", 0),
            ("2018-04-14T17:07:00.000Z", 0),
            ("2018-04-14 17:07 +0800", 8),
            ("2018-04-14 17:07 GMT+8", 8),
            ("2018-04-14 17:07 utc -05:00", -5),
            ("2018-04-14 17:07 GMT", 0),
            ("2018-04-14 17:07-5", -5),
        ] {
            let time = LocalTime::parse(text).unwrap();
            let wall = jiff::civil::date(2018, 4, 14).at(17, 7, 0, 0);
            assert_eq!(time.civil(), Some(wall), "{text}");
            let offset = Offset::from_hours(hours).unwrap();
            assert_eq!(time.offset(), Some(offset), "{text}");
            assert_eq!(time.instant(), offset.to_timestamp(wall).ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_offset_makes_the_time_unreadable() {
        for zone in [
            "+15:00", "+08:60", "+", "GMT+", "GMT8", "++8", "+800", "éé+8", "+8:0",
        ] {
            let time = LocalTime::parse(&format!("2018-04-14 17:07 {zone}")).unwrap();
            assert_eq!(time.civil(), None, "{zone}");
        }
    }

    #[test]
    fn times_are_compared_as_moments_only_when_both_state_an_offset() {
        let beijing = LocalTime::parse("2018-04-14T17:07:00+08:00").unwrap();
        let utc = LocalTime::parse("2018-04-14T09:07:00Z").unwrap();
        let somewhere = LocalTime::parse("2018-04-14 09:07").unwrap();
        assert_eq!(beijing.since(&utc), Some(SignedDuration::ZERO));
        assert_eq!(
            beijing.since(&somewhere),
            Some(SignedDuration::from_hours(8))
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), zone in any::<String>()) {
            let _ = LocalTime::parse(&text);
            let _ = LocalTime::parse(&format!("2018-04-14 17:07{zone}"));
        }

        #[test]
        fn every_minute_is_read(y in 1970i16..2100, m in 1i8..13, d in 1i8..29, h in 0i8..24, min in 0i8..60) {
            let time = LocalTime::parse(&format!("{y}-{m:02}-{d:02} {h:02}:{min:02}")).unwrap();
            prop_assert_eq!(time.civil(), Some(jiff::civil::date(y, m, d).at(h, min, 0, 0)));
        }
    }
}
