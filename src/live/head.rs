//! Where the log stands with one tracking, and the rule by which what is observed becomes an event. No clocks and no Redis.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::cursor::{LogId, Position};
use super::event::{EventKind, Known};
use super::summary::{Change, Summary};
use crate::model::Source;

/// The last that the log knows of a tracking.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// In which log it was noted, as far as this replica knew then.
    pub(super) log: LogId,
    /// How often it was written there.
    pub(super) revision: u64,
    /// The moment of what was observed.
    pub(super) moment: (Instant, Instant),
    /// The state; `None` if the tracking is gone.
    pub(super) summary: Option<Arc<Summary>>,
    /// Where its last event is, if there was one.
    pub(super) event: Option<Position>,
}

/// What an observation comes to.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The log knows that already, or something later.
    Nothing,
    /// It becomes the new head.
    Head(Head),
    /// It becomes the new head, and an event.
    Event(EventKind, Vec<Change>, Head),
}

/// Decides what becomes of an observation. What nobody knew before has not changed, unless it was added just now, or after
/// all parcels of the account had become known.
pub(super) fn judge(
    head: Option<&Head>,
    known: &Known,
    whole_since: Option<Timestamp>,
    now: Instant,
) -> Verdict {
    let seen = known.summary();
    let Some(head) = head else {
        let first = Head {
            log: 0,
            revision: 1,
            moment: known.moment(),
            summary: seen.map(Arc::new),
            event: None,
        };
        let is_new = first.summary.is_some()
            && (known.source == Source::Created || known.was_added_since(whole_since));
        return if is_new {
            Verdict::Event(EventKind::Created, Vec::new(), first)
        } else {
            Verdict::Head(first)
        };
    };
    // What is of a moment that has not come is of nobody's clock.
    let is_from_the_future = head.moment.0 > now + super::TOLERANCE;
    if head.moment >= known.moment() && !is_from_the_future {
        return Verdict::Nothing;
    }
    let (kind, changes, summary) = match (&head.summary, seen) {
        (None, None) => return Verdict::Nothing,
        (None, Some(seen)) => (EventKind::Created, Vec::new(), Some(seen)),
        (Some(_), None) => (EventKind::Deleted, Vec::new(), None),
        (Some(before), Some(seen)) => {
            let (changes, state) = before.followed_by(&seen);
            let kind = match &changes[..] {
                [] if state == **before => return Verdict::Nothing,
                [] => None,
                [only]
                    if only.is_of_verification() && only.after.as_deref() == Some("CONFIRMED") =>
                {
                    Some(EventKind::Confirmed)
                }
                _ => Some(EventKind::Changed),
            };
            let Some(kind) = kind else {
                return Verdict::Head(head.next(known, Some(state)));
            };
            (kind, changes, Some(state))
        }
    };
    Verdict::Event(kind, changes, head.next(known, summary))
}

impl Head {
    fn next(&self, known: &Known, summary: Option<Summary>) -> Self {
        Self {
            log: self.log,
            revision: self.revision + 1,
            moment: known.moment(),
            summary: summary.map(Arc::new),
            event: self.event,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Completeness, Status, Tracking, TrackingKey};

    fn tracking(status: Status) -> Tracking {
        Tracking::bare(TrackingKey::parse("dhl", "1234567890").unwrap(), status)
    }

    fn known(start: Instant, second: u64, tracking: Option<Tracking>) -> Known {
        let as_of = start + Duration::from_secs(second);
        Known {
            tracking: tracking.map(Arc::new),
            as_of,
            aging_since: as_of,
            fetched_at: Timestamp::UNIX_EPOCH,
            source: Source::List,
            completeness: Completeness::Whole,
        }
    }

    fn head(start: Instant, second: u64, tracking: Option<Tracking>) -> Head {
        let known = known(start, second, tracking);
        Head {
            log: 0,
            revision: 7,
            moment: known.moment(),
            summary: known.summary().map(Arc::new),
            event: None,
        }
    }

    fn kind(verdict: Verdict) -> Option<(EventKind, u64)> {
        match verdict {
            Verdict::Event(kind, _, head) => Some((kind, head.revision)),
            Verdict::Head(_) | Verdict::Nothing => None,
        }
    }

    #[test]
    fn what_nobody_knew_before_has_not_changed_unless_it_was_added() {
        let start = Instant::now();
        let mut known = known(start, 0, Some(tracking(Status::Transit)));
        let judge = |known: &Known, whole_since| kind(judge(None, known, whole_since, start));
        assert_eq!(judge(&known, None), None);
        known.source = Source::Created;
        assert_eq!(judge(&known, None), Some((EventKind::Created, 1)));
    }

    #[test]
    fn what_was_added_after_all_parcels_were_known_is_new() {
        let start = Instant::now();
        let second = |second| Timestamp::from_second(second).unwrap();
        for (created, whole_since, is_new) in [
            (Some(8), Some(8), true),
            (Some(7), Some(8), false),
            (None, Some(8), false),
            (Some(8), None, false),
        ] {
            let tracking = Tracking {
                created_at: created.map(second),
                ..tracking(Status::Transit)
            };
            let known = known(start, 0, Some(tracking));
            let verdict = judge(None, &known, whole_since.map(second), start);
            let event = is_new.then_some((EventKind::Created, 1));
            assert_eq!(kind(verdict), event, "{created:?} {whole_since:?}");
        }
    }

    #[test]
    fn only_what_is_later_and_other_is_an_event() {
        let start = Instant::now();
        let head = head(start, 5, Some(tracking(Status::Transit)));
        let later = start + Duration::from_secs(9);
        let judge = |second, status| {
            kind(judge(
                Some(&head),
                &known(start, second, Some(tracking(status))),
                None,
                later,
            ))
        };
        assert_eq!(judge(6, Status::Delivered), Some((EventKind::Changed, 8)));
        assert_eq!(judge(6, Status::Transit), None);
        assert_eq!(judge(5, Status::Delivered), None);
        assert_eq!(judge(4, Status::Delivered), None);
    }

    #[test]
    fn a_head_of_the_future_keeps_nothing_out() {
        let start = Instant::now();
        let head = head(start, 3_600, Some(tracking(Status::Transit)));
        let known = known(start, 1, Some(tracking(Status::Delivered)));
        let now = start + Duration::from_secs(1);
        assert_eq!(
            kind(judge(Some(&head), &known, None, now)),
            Some((EventKind::Changed, 8))
        );
    }

    #[test]
    fn what_goes_and_comes_is_told() {
        let start = Instant::now();
        let there = || Some(tracking(Status::Transit));
        let judge = |head: Option<Tracking>, seen| {
            kind(judge(
                Some(&self::head(start, 1, head)),
                &known(start, 2, seen),
                None,
                start,
            ))
        };
        assert_eq!(judge(there(), None), Some((EventKind::Deleted, 8)));
        assert_eq!(judge(None, there()), Some((EventKind::Created, 8)));
        assert_eq!(judge(None, None), None);
    }
}
