//! When a watched parcel is asked for again. No clocks and no sockets here.

use std::time::Duration;

use tokio::time::Instant;

use crate::cache::Entry;
use crate::model::{Completeness, Status};

/// How many times longer everything waits while the upstream tells of changes by itself.
const PUSHED: u32 = 4;

/// How many times longer a parcel waits that rests or is not in the account.
const RESTING: u32 = 20;

/// How many intervals a parcel may wait because sweeps did not list it.
const LONGEST_UNASKED: u32 = 10;

/// How eagerly everything is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    interval: Duration,
}

/// What the poller did about a parcel last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Last {
    /// It saw it on the list for the first time.
    Seen(Instant),
    /// It asked for it, with or without an answer.
    Asked(Instant),
}

/// What follows from sweeps: what was known of a parcel at the first moment or later was unchanged at the second one.
pub(super) type Proven = (Instant, Instant);

impl Pace {
    pub(super) fn new(interval: Duration, pushes_are_coming: bool) -> Self {
        let times = if pushes_are_coming { PUSHED } else { 1 };
        Self {
            interval: interval * times,
        }
    }

    /// How long what is neither eager nor at rest waits, and the time between two sweeps.
    pub(super) fn interval(self) -> Duration {
        self.interval
    }

    /// How long after an answer the parcel is asked for again: sooner if it is about to change, or if something may have
    /// become of it, and rarely if it rests.
    pub(super) fn wait(self, known: Option<&Entry>) -> Duration {
        let Some(entry) = known else {
            return self.interval;
        };
        if entry.completeness != Completeness::Whole {
            return self.interval / 2;
        }
        match entry.tracking.as_ref().map(|tracking| &tracking.status) {
            Some(Status::Pickup) => self.interval / 2,
            // Invented numbers must not keep others waiting.
            None | Some(Status::Delivered | Status::Expired) => self.interval * RESTING,
            _ => self.interval,
        }
    }

    /// When a parcel is due. One that was asked for in vain is asked for again after an interval at the most.
    pub(super) fn due(self, known: Option<&Entry>, last: Last, proven: Option<Proven>) -> Instant {
        let wait = self.wait(known);
        let retry = wait.min(self.interval);
        let Some(entry) = known else {
            let (Last::Seen(at) | Last::Asked(at)) = last;
            return at + retry;
        };
        let since = entry.aging_since;
        let due = match proven {
            Some((from, until)) if since >= from && entry.completeness == Completeness::Whole => {
                let longest = since + (self.interval * LONGEST_UNASKED).max(wait);
                (until.max(since) + wait).min(longest)
            }
            _ => since + wait,
        };
        match last {
            Last::Seen(_) => due,
            Last::Asked(at) => due.max(at + retry),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Source, Tracking, TrackingKey};

    const INTERVAL: Duration = Duration::from_secs(30);

    fn entry(status: Option<Status>, as_of: Instant) -> Entry {
        let key = TrackingKey::parse("dhl", "1234567890").unwrap();
        let tracking = status.map(|status| Arc::new(Tracking::bare(key, status)));
        Entry::of(tracking, as_of, Source::List)
    }

    #[test]
    fn what_is_about_to_change_is_due_soon_and_what_rests_rarely() {
        let now = Instant::now();
        for (status, seconds) in [
            (Some(Status::Pickup), 15),
            (Some(Status::Pending), 30),
            (Some(Status::NotFound), 30),
            (Some(Status::Transit), 30),
            (Some(Status::Undelivered), 30),
            (Some(Status::Exception), 30),
            (Some(Status::parse("teleported")), 30),
            (None, 600),
            (Some(Status::Delivered), 600),
            (Some(Status::Expired), 600),
        ] {
            let known = entry(status.clone(), now);
            for (is_pushed, times) in [(false, 1), (true, 4)] {
                let wait = Pace::new(INTERVAL, is_pushed).wait(Some(&known));
                let expected = Duration::from_secs(seconds * times);
                assert_eq!(wait, expected, "{status:?} {is_pushed}");
            }
        }
        assert_eq!(Pace::new(INTERVAL, false).wait(None), INTERVAL);
    }

    #[test]
    fn what_may_be_out_of_date_is_due_soon_whatever_its_status() {
        for completeness in [Completeness::Doubtful, Completeness::Partial] {
            let known = Entry {
                completeness,
                ..entry(Some(Status::Delivered), Instant::now())
            };
            assert_eq!(Pace::new(INTERVAL, false).wait(Some(&known)), INTERVAL / 2);
        }
    }

    #[test]
    fn a_parcel_is_due_by_its_last_answer_by_the_last_try_or_by_a_sweep() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let pace = Pace::new(INTERVAL, false);
        let transit = entry(Some(Status::Transit), at(100));
        let delivered = entry(Some(Status::Delivered), at(100));
        let (seen, asked) = (
            |second| Last::Seen(at(second)),
            |second| Last::Asked(at(second)),
        );
        for (what, known, last, proven, due) in [
            ("by its answer", Some(&transit), asked(0), None, 130),
            ("new on the list", Some(&transit), seen(150), None, 130),
            ("never answered", None, seen(150), None, 180),
            ("a try in vain", Some(&transit), asked(150), None, 180),
            (
                "a try in vain, at rest",
                Some(&delivered),
                asked(900),
                None,
                930,
            ),
            (
                "swept since",
                Some(&transit),
                asked(0),
                Some((90, 140)),
                170,
            ),
            (
                "from before the sweeps",
                Some(&transit),
                asked(0),
                Some((101, 140)),
                130,
            ),
            (
                "answered after the sweep",
                Some(&transit),
                asked(0),
                Some((50, 99)),
                130,
            ),
            (
                "swept on and on",
                Some(&transit),
                asked(0),
                Some((90, 9_000)),
                400,
            ),
            (
                "swept on and on, at rest",
                Some(&delivered),
                asked(0),
                Some((90, 9_000)),
                700,
            ),
        ] {
            let proven = proven.map(|(from, until)| (at(from), at(until)));
            assert_eq!(pace.due(known, last, proven), at(due), "{what}");
        }
    }
}
