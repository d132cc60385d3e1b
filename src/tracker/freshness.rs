//! How old an answer may be before the upstream is asked again. No clocks and no sockets here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{Contract, Otherwise, StaleReason};
use crate::cache::Entry;
use crate::model::{Completeness, Status, TrackingKey};

/// How long it is remembered that the account has no such tracking.
const MISSING: Duration = Duration::from_secs(30);

/// How many times its time to live something is given while a newer one is fetched.
const WHILE_REVALIDATING: u32 = 10;

/// Older than this nothing is given while a newer one is fetched, unless the caller says so.
const LONGEST_WHILE_REVALIDATING: Duration = Duration::from_secs(24 * 60 * 60);

/// By how many thousandths a time to live is shortened at the most.
const MOST_SHORTENED: u32 = 100;

/// What left so shortly before a question was asked is as good as what leaves afterwards: replicas do not know each other's
/// moments any better.
const SAME_MOMENT: Duration = Duration::from_millis(10);

/// What becomes of a question about something that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is answered with what is known.
    Good(Option<StaleReason>),
    /// It is answered with what is known while a newer one is fetched.
    Aging,
    /// It waits until a newer one is fetched.
    TooOld,
}

/// Decides a question about what is known of a parcel.
pub(super) fn judge(key: &TrackingKey, entry: &Entry, contract: Contract, now: Instant) -> Verdict {
    let age = now.saturating_duration_since(entry.aging_since);
    let lifetime = lifetime(key, entry);
    let is_old = match entry.completeness {
        // Something may have become of it by the caller's own doing.
        Completeness::Partial | Completeness::Doubtful => return Verdict::TooOld,
        // Nobody vouches for it, however young it is.
        Completeness::Hinted => true,
        Completeness::Whole => age >= lifetime,
    };
    match contract {
        Contract::Usual if !is_old => Verdict::Good(None),
        Contract::Usual if entry.tracking.is_some() && age < longest_aging(lifetime) => {
            Verdict::Aging
        }
        Contract::Usual => Verdict::TooOld,
        Contract::Stated(terms) => {
            let max_age = terms.max_age.unwrap_or(lifetime);
            let is_known = entry.tracking.is_some();
            let is_vouched_for = entry.completeness == Completeness::Whole;
            // That there was no such tracking a while ago is of no use to anybody.
            if is_vouched_for && age < max_age && (is_known || !is_old) {
                Verdict::Good(is_old.then_some(StaleReason::Accepted))
            } else if is_known && terms.otherwise == Otherwise::Stale {
                Verdict::Aging
            } else {
                Verdict::TooOld
            }
        }
    }
}

/// Until when a question that is answered with this, and not as with something stale, is answered so again.
pub(super) fn good_until(key: &TrackingKey, entry: &Entry, contract: Contract) -> Instant {
    let lifetime = lifetime(key, entry);
    let longest = match contract {
        Contract::Usual => lifetime,
        Contract::Stated(terms) => terms.max_age.unwrap_or(lifetime).min(lifetime),
    };
    entry.aging_since + longest
}

/// Whether what came in answer to a question of that moment is too old for it: it may have joined a call that had left
/// before.
pub(super) fn came_too_old(
    key: &TrackingKey,
    entry: &Entry,
    contract: Contract,
    asked: Instant,
) -> bool {
    match entry.completeness {
        Completeness::Doubtful | Completeness::Hinted => true,
        // There is none better.
        Completeness::Partial => false,
        Completeness::Whole => {
            entry.aging_since + SAME_MOMENT < asked
                && judge(key, entry, contract, asked) == Verdict::TooOld
        }
    }
}

/// Whether the entry can answer the usual question without asking the upstream.
pub(super) fn is_fresh(key: &TrackingKey, entry: &Entry, now: Instant) -> bool {
    judge(key, entry, Contract::Usual, now) == Verdict::Good(None)
}

/// From when on the usual question has the upstream asked again.
pub(super) fn due(key: &TrackingKey, entry: &Entry) -> Timestamp {
    let fetched_at = entry.fetched_at;
    match entry.completeness {
        Completeness::Whole => fetched_at
            .checked_add(lifetime(key, entry))
            .unwrap_or(Timestamp::MAX),
        Completeness::Partial | Completeness::Doubtful | Completeness::Hinted => fetched_at,
    }
}

/// The upstream asks couriers every few hours by itself (documented as 3 to 6), so minutes lose nothing; what rests for
/// good is asked for rarely, what is about to change more often.
pub(super) fn time_to_live(status: &Status) -> Duration {
    let minutes = match status {
        Status::Pending => 1,
        Status::Pickup => 2,
        Status::Unknown(_) => 5,
        Status::NotFound | Status::Transit | Status::Undelivered => 10,
        Status::Exception => 30,
        Status::Delivered | Status::Expired => 360,
    };
    Duration::from_secs(minutes * 60)
}

/// The time to live of an entry. It is up to a tenth shorter than that of its status, so that parcels that were fetched
/// together are not all asked for again together.
fn lifetime(key: &TrackingKey, entry: &Entry) -> Duration {
    let tracking = entry.tracking.as_ref();
    let longest = tracking.map_or(MISSING, |tracking| time_to_live(&tracking.status));
    let mut hasher = DefaultHasher::new();
    (key, entry.fetched_at).hash(&mut hasher);
    let thousandths = hasher.finish() % u64::from(MOST_SHORTENED + 1);
    longest - longest * u32::try_from(thousandths).unwrap_or(0) / 1_000
}

fn longest_aging(lifetime: Duration) -> Duration {
    (lifetime * WHILE_REVALIDATING).min(LONGEST_WHILE_REVALIDATING)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Source, Tracking};
    use crate::tracker::Terms;

    use Completeness::{Doubtful, Hinted, Partial, Whole};
    use Verdict::{Aging, Good, TooOld};

    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;

    fn key(number: usize) -> TrackingKey {
        TrackingKey::parse("dhl", &format!("{number:010}")).unwrap()
    }

    fn entry(status: Option<Status>, completeness: Completeness) -> Entry {
        let as_of = Instant::now();
        Entry {
            tracking: status.map(|status| Arc::new(Tracking::bare(key(0), status))),
            as_of,
            aging_since: as_of,
            fetched_at: Timestamp::UNIX_EPOCH,
            source: Source::List,
            completeness,
        }
    }

    fn after(seconds: u64, entry: &Entry, contract: Contract) -> Verdict {
        let now = entry.aging_since + Duration::from_secs(seconds);
        judge(&key(0), entry, contract, now)
    }

    #[test]
    fn what_is_good_is_good_until_then_and_no_longer() {
        for status in [Status::Transit, Status::Pickup, Status::Delivered] {
            let entry = entry(Some(status), Whole);
            let stated = |seconds| at_most(seconds, Otherwise::Wait);
            for contract in [
                Contract::Usual,
                stated(30),
                stated(MINUTE),
                stated(24 * HOUR),
            ] {
                let until = good_until(&key(0), &entry, contract);
                let last = until - Duration::from_millis(1);
                assert_eq!(judge(&key(0), &entry, contract, last), Good(None));
                assert_ne!(judge(&key(0), &entry, contract, until), Good(None));
            }
        }
    }

    fn at_most(seconds: u64, otherwise: Otherwise) -> Contract {
        Contract::Stated(Terms {
            max_age: Some(Duration::from_secs(seconds)),
            otherwise,
            deadline: None,
        })
    }

    #[test]
    fn without_a_contract_what_is_old_is_given_for_ten_lives_or_a_day_while_a_newer_one_is_fetched()
    {
        for (status, seconds, verdict) in [
            (Some(Status::Transit), 8 * MINUTE, Good(None)),
            (Some(Status::Transit), 10 * MINUTE, Aging),
            (Some(Status::Transit), 89 * MINUTE, Aging),
            (Some(Status::Transit), 100 * MINUTE, TooOld),
            (Some(Status::Pickup), MINUTE, Good(None)),
            (Some(Status::Pickup), 2 * MINUTE, Aging),
            (Some(Status::Pickup), 20 * MINUTE, TooOld),
            (Some(Status::Delivered), 5 * HOUR, Good(None)),
            (Some(Status::Delivered), 24 * HOUR - 1, Aging),
            (Some(Status::Delivered), 24 * HOUR, TooOld),
            (None, 26, Good(None)),
            (None, 30, TooOld),
        ] {
            let entry = entry(status.clone(), Whole);
            let given = after(seconds, &entry, Contract::Usual);
            assert_eq!(given, verdict, "{status:?} after {seconds} s");
        }
    }

    #[test]
    fn with_a_contract_the_callers_age_counts_in_either_direction() {
        use Otherwise::{Error, Stale, Wait};
        let accepted = Good(Some(StaleReason::Accepted));
        for (seconds, max_age, otherwise, verdict) in [
            (0, 0, Wait, TooOld),
            (0, 0, Error, TooOld),
            (0, 0, Stale, Aging),
            (59, 60, Wait, Good(None)),
            (60, 60, Wait, TooOld),
            (60, 60, Error, TooOld),
            (60, 60, Stale, Aging),
            (10 * MINUTE, HOUR, Wait, accepted),
            (10 * MINUTE, HOUR, Error, accepted),
            (10 * MINUTE, HOUR, Stale, accepted),
            (100 * HOUR, HOUR, Stale, Aging),
            (100 * HOUR, HOUR, Wait, TooOld),
        ] {
            let entry = entry(Some(Status::Transit), Whole);
            let given = after(seconds, &entry, at_most(max_age, otherwise));
            assert_eq!(given, verdict, "{seconds} s of {max_age} s {otherwise:?}");
        }
    }

    #[test]
    fn what_left_before_a_question_answers_it_only_if_it_is_not_too_old_for_it() {
        let entry = entry(Some(Status::Transit), Whole);
        let came_too_old = |milliseconds, contract| {
            let asked = entry.aging_since + Duration::from_millis(milliseconds);
            super::came_too_old(&key(0), &entry, contract, asked)
        };
        let newest = at_most(0, Otherwise::Wait);
        assert!(!came_too_old(0, newest));
        assert!(!came_too_old(9, newest));
        assert!(came_too_old(1_000, newest));
        assert!(!came_too_old(1_000, at_most(2, Otherwise::Error)));
        assert!(came_too_old(2_000, at_most(2, Otherwise::Error)));
        assert!(!came_too_old(20_000, Contract::Usual));
        assert!(came_too_old(25 * HOUR * 1_000, Contract::Usual));
    }

    #[test]
    fn without_an_age_in_the_contract_the_status_decides_what_is_too_old() {
        let terms = |otherwise| {
            Contract::Stated(Terms {
                max_age: None,
                otherwise,
                deadline: None,
            })
        };
        let entry = entry(Some(Status::Transit), Whole);
        let minutes = |minutes, otherwise| after(minutes * MINUTE, &entry, terms(otherwise));
        assert_eq!(minutes(8, Otherwise::Wait), Good(None));
        assert_eq!(minutes(10, Otherwise::Wait), TooOld);
        assert_eq!(minutes(10, Otherwise::Stale), Aging);
    }

    #[test]
    fn that_a_parcel_was_missing_is_never_believed_for_longer_than_half_a_minute() {
        let missing = entry(None, Whole);
        for otherwise in [Otherwise::Stale, Otherwise::Wait, Otherwise::Error] {
            let contract = at_most(HOUR, otherwise);
            assert_eq!(after(26, &missing, contract), Good(None));
            assert_eq!(after(30, &missing, contract), TooOld);
        }
    }

    #[test]
    fn what_may_have_changed_by_the_callers_own_doing_is_waited_for_whatever_he_accepts() {
        let contracts = [
            Contract::Usual,
            at_most(HOUR, Otherwise::Stale),
            at_most(HOUR, Otherwise::Wait),
        ];
        for completeness in [Partial, Doubtful] {
            for contract in contracts {
                let entry = entry(Some(Status::Delivered), completeness);
                assert_eq!(after(0, &entry, contract), TooOld);
                assert_eq!(due(&key(0), &entry), entry.fetched_at);
            }
        }
    }

    #[test]
    fn what_only_a_message_says_is_given_to_those_who_accept_what_is_stale_and_nobody_else() {
        let hinted = entry(Some(Status::Delivered), Hinted);
        assert_eq!(after(0, &hinted, Contract::Usual), Aging);
        assert_eq!(after(0, &hinted, at_most(HOUR, Otherwise::Stale)), Aging);
        for otherwise in [Otherwise::Wait, Otherwise::Error] {
            assert_eq!(after(0, &hinted, at_most(HOUR, otherwise)), TooOld);
        }
        let asked = hinted.aging_since;
        assert!(came_too_old(&key(0), &hinted, Contract::Usual, asked));
        assert!(!is_fresh(&key(0), &hinted, asked));
        assert_eq!(due(&key(0), &hinted), hinted.fetched_at);
    }

    #[test]
    fn parcels_that_were_fetched_together_do_not_all_get_old_together() {
        let entry = entry(Some(Status::Transit), Whole);
        let longest = Duration::from_secs(10 * MINUTE);
        let lifetimes = (0..1_000).map(|number| lifetime(&key(number), &entry));
        let mut lifetimes: Vec<_> = lifetimes.collect();
        assert_eq!(lifetimes[7], lifetime(&key(7), &entry), "it is a fact");
        let is_within = |lifetime: &Duration| (longest * 9 / 10..=longest).contains(lifetime);
        assert!(lifetimes.iter().all(is_within));
        lifetimes.sort_unstable();
        let middle = lifetimes[250]..lifetimes[750];
        let spread = middle.end - middle.start;
        assert!(spread > longest / 40, "half of them within {spread:?}");
    }
}
