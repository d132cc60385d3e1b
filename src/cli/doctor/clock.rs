//! Whether this machine's clock is right: tokens end by it, and the age of messages is told by it.

use std::time::Duration;

use jiff::SignedDuration;

use super::finding::Finding;
use crate::app::Told;

/// From then on it is regretted.
const MOST: Duration = Duration::from_secs(2);

/// From then on tokens and messages are refused that are right.
const FAR_TOO_MUCH: Duration = Duration::from_secs(30);

/// The date of an answer is given in whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// By the clock of TrackingMore, if its answer tells it.
pub(super) fn by_upstream(told: &Told) -> Option<Finding> {
    // In the middle of its second, and of its way.
    let there = told.date?.as_duration() + half(SECOND);
    let here = told.here.as_duration() - half(told.took);
    let doubt = (SECOND + told.took) / 2;
    Some(judge("TrackingMore's", there - here, doubt))
}

/// By the clock of Redis, which is so far ahead.
pub(super) fn by_redis(ahead: SignedDuration, round_trip: Duration) -> Finding {
    judge("Redis's", ahead, round_trip / 2)
}

fn judge(whose: &str, ahead: SignedDuration, doubt: Duration) -> Finding {
    let off_by = ahead.unsigned_abs().saturating_sub(doubt);
    let seconds = off_by.as_secs();
    let direction = match ahead.is_negative() {
        true => "ahead of",
        false => "behind",
    };
    let found = format!("this machine's is {seconds} s {direction} {whose}");
    let advice = "have it set by NTP, as chrony or systemd-timesyncd do, or mend that of the other";
    if off_by > FAR_TOO_MUCH {
        let advice =
            format!("tokens and TrackingMore's messages are refused that are right: {advice}");
        return Finding::fail("clock", found, advice);
    }
    if off_by > MOST {
        return Finding::warn("clock", found, advice);
    }
    Finding::ok("clock", format_args!("this machine's agrees with {whose}"))
}

fn half(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time / 2).unwrap_or(SignedDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::Account;

    fn by_date(date: &str, here: &str, took_ms: u64) -> String {
        let told = Told {
            account: Ok(Account::default()),
            date: date.parse().ok(),
            here: here.parse::<Timestamp>().unwrap(),
            took: Duration::from_millis(took_ms),
        };
        by_upstream(&told).unwrap().to_string()
    }

    #[test]
    fn two_seconds_are_regretted_and_thirty_are_too_much() {
        let date = "2026-03-01T12:00:00Z";
        for (here, begins) in [
            ("2026-03-01T12:00:00Z", "ok    clock: this machine's agrees"),
            ("2026-03-01T12:00:02.9Z", "ok"),
            ("2026-03-01T11:59:58.5Z", "ok"),
            (
                "2026-03-01T12:00:04Z",
                "warn  clock: this machine's is 3 s ahead of",
            ),
            (
                "2026-03-01T11:59:55Z",
                "warn  clock: this machine's is 5 s behind",
            ),
            (
                "2026-03-01T12:00:40Z",
                "FAIL  clock: this machine's is 39 s ahead",
            ),
            ("2026-03-01T08:00:00Z", "FAIL"),
        ] {
            let told = by_date(date, here, 0);
            assert!(told.starts_with(begins), "{here}: {told}");
        }
    }

    #[test]
    fn what_an_answer_took_is_no_fault_of_the_clock() {
        let told = by_date("2026-03-01T12:00:00Z", "2026-03-01T12:00:04Z", 4_000);
        assert!(told.starts_with("ok"), "{told}");
        let behind = judge(
            "TrackingMore's",
            SignedDuration::from_secs(4),
            Duration::ZERO,
        );
        assert!(behind.is_shown(), "{behind}");
        let redis = by_redis(SignedDuration::from_secs(-3), Duration::from_millis(1));
        assert!(
            redis
                .to_string()
                .starts_with("warn  clock: this machine's is 2 s ahead of Redis's")
        );
    }
}
