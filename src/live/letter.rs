//! How heads and events are written into Redis, sealed, and read again.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::cursor::{Cursor, LogId};
use super::event::{Event, EventKind, Known};
use super::head::Head;
use super::summary::{Change, Summary};
use crate::model::{Completeness, Source, Tracking, TrackingKey};
use crate::redis_link::Link;

/// An event without its place. Instants are on Redis's clock, in microseconds.
#[derive(Serialize, Deserialize)]
struct Letter<T, S> {
    key: String,
    revision: u64,
    kind: EventKind,
    changes: Vec<Change>,
    at: Timestamp,
    as_of: u64,
    aging_since: u64,
    fetched_at: Timestamp,
    source: Source,
    completeness: Completeness,
    summary: Option<S>,
    tracking: Option<T>,
}

/// Writes an event down. `None` while nobody knows Redis's clock.
pub(super) fn seal_event(
    link: &Link,
    key: &TrackingKey,
    kind: EventKind,
    changes: &[Change],
    known: &Known,
    head: &Head,
) -> Option<Vec<u8>> {
    let now = i64::try_from(link.now()?).ok()?;
    let letter = Letter {
        key: key.name(),
        revision: head.revision,
        kind,
        changes: changes.to_vec(),
        at: Timestamp::from_microsecond(now).ok()?,
        as_of: link.at(known.as_of)?,
        aging_since: link.at(known.aging_since)?,
        fetched_at: known.fetched_at,
        source: known.source,
        completeness: known.completeness,
        summary: head.summary.as_deref(),
        tracking: known.tracking.as_deref(),
    };
    let text = serde_json::to_vec(&letter).expect("an event is plain data");
    Some(link.seal(&text))
}

/// Reads an event, and where the log stands with its tracking since. `None` for one of a version that cannot be read.
pub(super) fn unseal_event(link: &Link, cursor: Cursor, sealed: &[u8]) -> Option<(Event, Head)> {
    let text = link.unseal(sealed)?;
    let letter: Letter<Tracking, Summary> = serde_json::from_slice(&text).ok()?;
    let known = Known {
        tracking: letter.tracking.map(Arc::new),
        as_of: link.instant(letter.as_of)?,
        aging_since: link.instant(letter.aging_since)?,
        fetched_at: letter.fetched_at,
        source: letter.source,
        completeness: letter.completeness,
    };
    let summary = letter.summary.map(Arc::new);
    let head = Head {
        log: cursor.log,
        revision: letter.revision,
        moment: known.moment(),
        summary: summary.clone(),
        event: Some(cursor.position),
    };
    let event = Event {
        cursor,
        is_logged: true,
        key: TrackingKey::named(&letter.key)?,
        kind: letter.kind,
        changes: letter.changes,
        at: letter.at,
        known,
        summary,
    };
    Some((event, head))
}

/// A head as Redis has it: its revision, its two moments, its sealed state, which is empty if the tracking is gone, and the
/// place of its last event.
pub(super) type HeadFields = Vec<Vec<u8>>;

/// Writes a head down: its moments and its state. `None` while nobody knows Redis's clock.
pub(super) fn seal_head(link: &Link, head: &Head) -> Option<[Vec<u8>; 3]> {
    let at = |instant: Instant| Some(link.at(instant)?.to_string().into_bytes());
    let state = head.summary.as_deref().map(|summary| {
        let text = serde_json::to_vec(summary).expect("a summary is plain data");
        link.seal(&text)
    });
    let (as_of, aging_since) = head.moment;
    Some([at(as_of)?, at(aging_since)?, state.unwrap_or_default()])
}

/// Reads a head; `None` if there is none. One that cannot be read says nothing of any field, and is overwritten.
pub(super) fn unseal_head(link: &Link, log: LogId, fields: &HeadFields) -> Option<Head> {
    let [revision, as_of, aging_since, state, event] = fields.as_slice() else {
        return None;
    };
    let number = |text: &[u8]| str::from_utf8(text).ok()?.parse().ok();
    let event = str::from_utf8(event)
        .ok()
        .and_then(|place| place.parse().ok());
    let revision = number(revision).filter(|revision| *revision > 0)?;
    let moment = |text| link.instant(number(text)?);
    // What is of no moment is of an old one.
    let long_ago = || Instant::now().checked_sub(super::TOLERANCE);
    let as_of = moment(as_of).or_else(long_ago)?;
    let aging_since = moment(aging_since).or_else(long_ago)?;
    let summary = match state.as_slice() {
        [] => None,
        sealed => {
            let text = link.unseal(sealed);
            let read = text.and_then(|text| serde_json::from_slice(&text).ok());
            Some(Arc::new(read.unwrap_or_default()))
        }
    };
    Some(Head {
        log,
        revision,
        moment: (as_of, aging_since),
        summary,
        event,
    })
}
