//! What replicas tell each other of parcels, as text for messages and for the store.
//!
//! The first line is the version; every other one begins with a verb. What this replica cannot make out of another
//! version it leaves out, or doubts what it knows where the line says at least which parcel it is about.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Entry;
use crate::model::{Completeness, Source, Tracking, TrackingKey};

/// Another version has other lines.
const VERSION: &str = "1";

/// One thing to tell.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// Of a parcel.
    Parcel(TrackingKey, ParcelNews),
    /// The account's lists and figures are out of date.
    Outdated,
}

/// What is to be told of a parcel.
#[derive(Debug, Clone)]
pub(super) enum ParcelNews {
    /// What is known.
    Learned(Entry),
    /// What was known before is out of date.
    Doubted(Instant),
}

/// An entry without its key and its moment. Instants are on Redis's clock, in microseconds.
#[derive(Serialize, Deserialize)]
struct Body<T> {
    aging_since: u64,
    fetched_at: Timestamp,
    completeness: Completeness,
    source: Source,
    tracking: Option<T>,
}

impl ParcelNews {
    /// What is to be told when more is known before this was told. Later knowledge counts.
    pub(super) fn and_then(self, more: Self) -> Self {
        match (self, more) {
            (Self::Learned(known), Self::Learned(more)) if known.as_of > more.as_of => {
                Self::Learned(known)
            }
            (Self::Doubted(as_of), Self::Learned(more)) if as_of > more.as_of => {
                Self::Learned(doubted(more, as_of))
            }
            (Self::Learned(known), Self::Doubted(as_of)) => Self::Learned(doubted(known, as_of)),
            (_, more) => more,
        }
    }
}

fn doubted(known: Entry, as_of: Instant) -> Entry {
    Entry {
        as_of: known.as_of.max(as_of),
        completeness: Completeness::Doubtful,
        ..known
    }
}

/// Writes news down. `None` while nobody knows what Redis's clock shows at an instant.
pub(super) fn write(news: &[News], at: impl Fn(Instant) -> Option<u64>) -> Option<String> {
    let mut text = VERSION.to_owned();
    for news in news {
        text.push('\n');
        text.push_str(&line(news, &at)?);
    }
    Some(text)
}

fn line(news: &News, at: impl Fn(Instant) -> Option<u64>) -> Option<String> {
    Some(match news {
        News::Parcel(key, ParcelNews::Learned(entry)) => {
            let body = serde_json::to_string(&Body {
                aging_since: at(entry.aging_since)?,
                fetched_at: entry.fetched_at,
                completeness: entry.completeness,
                source: entry.source,
                tracking: entry.tracking.as_deref(),
            })
            .expect("an entry is plain data");
            format!("learned {} {} {body}", key.name(), at(entry.as_of)?)
        }
        News::Parcel(key, ParcelNews::Doubted(as_of)) => {
            format!("doubted {} {}", key.name(), at(*as_of)?)
        }
        News::Outdated => "outdated".to_owned(),
    })
}

/// Reads what was written.
pub(super) fn read(text: &[u8], instant: impl Fn(u64) -> Option<Instant>) -> Vec<News> {
    let text = str::from_utf8(text).unwrap_or_default();
    let mut lines = text.split('\n');
    match lines.next() {
        Some(VERSION) => lines.filter_map(|line| read_line(line, &instant)).collect(),
        _ => Vec::new(),
    }
}

fn read_line(line: &str, instant: impl Fn(u64) -> Option<Instant>) -> Option<News> {
    let mut words = line.splitn(4, ' ');
    let verb = words.next()?;
    if verb == "outdated" {
        return Some(News::Outdated);
    }
    let key = TrackingKey::named(words.next()?)?;
    let as_of = instant(words.next()?.parse().ok()?)?;
    let entry = words.next().and_then(|body| entry(body, as_of, &instant));
    let news = match entry {
        Some(entry) if verb == "learned" => ParcelNews::Learned(entry),
        _ => ParcelNews::Doubted(as_of),
    };
    Some(News::Parcel(key, news))
}

fn entry(body: &str, as_of: Instant, instant: impl Fn(u64) -> Option<Instant>) -> Option<Entry> {
    let body: Body<Tracking> = serde_json::from_str(body).ok()?;
    Some(Entry {
        tracking: body.tracking.map(|tracking| Arc::new(tracking.packed())),
        as_of,
        aging_since: instant(body.aging_since)?,
        fetched_at: body.fetched_at,
        completeness: body.completeness,
        source: body.source,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Status;

    fn key() -> TrackingKey {
        TrackingKey::parse("dhl", "1234567890").unwrap()
    }

    /// A clock that shows so many microseconds since the given instant.
    fn clock(
        start: Instant,
    ) -> (
        impl Fn(Instant) -> Option<u64>,
        impl Fn(u64) -> Option<Instant>,
    ) {
        (
            move |instant: Instant| u64::try_from((instant - start).as_micros()).ok(),
            move |at| start.checked_add(Duration::from_micros(at)),
        )
    }

    fn entry(start: Instant) -> Entry {
        let mut tracking = Tracking::bare(key(), Status::Transit);
        tracking.metadata.title = Some("red\nshoes".into());
        Entry {
            tracking: Some(Arc::new(tracking)),
            as_of: start + Duration::from_secs(9),
            aging_since: start + Duration::from_secs(7),
            fetched_at: "2018-04-14T17:07:00Z".parse().unwrap(),
            completeness: Completeness::Partial,
            source: Source::Created,
        }
    }

    fn learned(entry: Entry) -> News {
        News::Parcel(key(), ParcelNews::Learned(entry))
    }

    #[test]
    fn news_is_read_as_it_was_written() {
        let start = Instant::now();
        let (at, instant) = clock(start);
        let doubted = start + Duration::from_secs(11);
        let news = [
            learned(entry(start)),
            learned(Entry {
                tracking: None,
                ..entry(start)
            }),
            News::Parcel(key(), ParcelNews::Doubted(doubted)),
            News::Outdated,
        ];
        let written = write(&news, &at).unwrap();
        let read = read(written.as_bytes(), instant);
        assert_eq!(format!("{read:?}"), format!("{news:?}"));
        let [News::Parcel(_, ParcelNews::Learned(read)), ..] = &read[..] else {
            panic!("{read:?}")
        };
        assert_eq!(read.tracking, entry(start).tracking);
    }

    #[test]
    fn another_version_says_nothing() {
        let (_, instant) = clock(Instant::now());
        for text in ["2\noutdated", "", "\noutdated", "outdated", "1"] {
            assert!(read(text.as_bytes(), &instant).is_empty(), "{text}");
        }
        assert!(read(&[0xff, 0xfe], &instant).is_empty());
    }

    #[test]
    fn a_line_that_cannot_be_made_out_casts_doubt_on_its_parcel_and_spoils_no_other() {
        use ParcelNews::Doubted;
        let (_, instant) = clock(Instant::now());
        let text = "1\nlearned dhl/1234567890 5 {\"novel\":1}\nlearned dhl/1 5 {}\nrenamed dhl/1234567890 6 x\nnonsense\noutdated";
        let read = read(text.as_bytes(), instant);
        assert!(
            matches!(&read[..], [News::Parcel(one, Doubted(_)), News::Parcel(two, Doubted(_)), News::Outdated] if *one == key() && *two == key()),
            "{read:?}"
        );
    }

    #[test]
    fn who_does_not_know_how_sure_an_entry_is_doubts_it() {
        let start = Instant::now();
        let (at, instant) = clock(start);
        let hinted = Entry {
            completeness: Completeness::Hinted,
            ..entry(start)
        };
        let written = write(&[learned(hinted)], &at).unwrap();
        let read = |text: &str| read(text.as_bytes(), &instant).remove(0);
        let News::Parcel(_, ParcelNews::Learned(told)) = read(&written) else {
            panic!("{written}")
        };
        assert_eq!(told.completeness, Completeness::Hinted);
        // What a version that has no such word makes of it.
        let novel = written.replace("Hinted", "Foreseen");
        assert_ne!(novel, written);
        let doubted = read(&novel);
        assert!(
            matches!(&doubted, News::Parcel(_, ParcelNews::Doubted(_))),
            "{doubted:?}"
        );
    }

    #[test]
    fn nothing_is_written_while_nobody_knows_the_time() {
        let news = News::Parcel(key(), ParcelNews::Doubted(Instant::now()));
        assert_eq!(write(&[news], |_| None), None);
    }
}
