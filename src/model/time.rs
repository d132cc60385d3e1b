//! Times as couriers write them: wall time at the place of the event, without a zone.

use std::time::Duration;

use jiff::civil::{Date, DateTime};

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

/// A wall time without a zone. It is never read as UTC, and the text stays even when it cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    written: Box<str>,
    read: Option<(DateTime, Precision)>,
}

impl LocalTime {
    /// Keeps a text such as `2018-04-14 17:07:00`, `2018-04-14 17:07` or `2018-04-14`; `None` for blank text.
    pub fn parse(text: &str) -> Option<Self> {
        let written = text.trim();
        (!written.is_empty()).then(|| Self {
            written: written.into(),
            read: read(written),
        })
    }

    /// The text as the courier wrote it.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The wall time, if the text could be read.
    pub fn civil(&self) -> Option<DateTime> {
        self.read.map(|(civil, _)| civil)
    }

    /// How exactly it was written, if the text could be read.
    pub fn precision(&self) -> Option<Precision> {
        self.read.map(|(_, precision)| precision)
    }
}

/// A duration in whole seconds, rounded up: who comes back then is not too early.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

fn read(text: &str) -> Option<(DateTime, Precision)> {
    if text.len() == "2018-04-14".len() {
        let day = Date::strptime("%Y-%m-%d", text).ok()?;
        return Some((day.at(0, 0, 0, 0), Precision::Date));
    }
    let text = text.replacen('T', " ", 1);
    let to_the_second =
        DateTime::strptime("%Y-%m-%d %H:%M:%S", &text).map(|civil| (civil, Precision::Second));
    to_the_second
        .or_else(|_| {
            DateTime::strptime("%Y-%m-%d %H:%M", &text).map(|civil| (civil, Precision::Minute))
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn precision_is_what_was_written() {
        for (text, precision) in [
            ("2018-04-14 17:07:00", Some(Precision::Second)),
            ("2018-04-17 22:30", Some(Precision::Minute)),
            ("2018-04-17", Some(Precision::Date)),
            ("yesterday", None),
            ("2018-13-45 99:99", None),
        ] {
            let time = LocalTime::parse(text).unwrap();
            assert_eq!(time.precision(), precision, "{text}");
            assert_eq!(time.as_written(), text);
        }
        assert_eq!(LocalTime::parse("  "), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = LocalTime::parse(&text);
        }

        #[test]
        fn every_minute_is_read(y in 1970i16..2100, m in 1i8..13, d in 1i8..29, h in 0i8..24, min in 0i8..60) {
            let time = LocalTime::parse(&format!("{y}-{m:02}-{d:02} {h:02}:{min:02}")).unwrap();
            prop_assert_eq!(time.civil(), Some(jiff::civil::date(y, m, d).at(h, min, 0, 0)));
        }
    }
}
