//! The time by the upstream's clock, as far as rows tell it.

use jiff::{SignedDuration, Timestamp};

/// By how much two sweeps overlap: a change may be listed so much later than its time says.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);

/// By how much this machine's clock may be ahead of the upstream's, as long as nothing is known of that one.
const DOUBT: SignedDuration = SignedDuration::from_secs(10 * 60);

/// The newest time that rows tell. One that has not come by this machine's clock says nothing of any clock.
pub(super) fn newest(times: impl IntoIterator<Item = Option<Timestamp>>) -> Option<Timestamp> {
    let now = Timestamp::now();
    times
        .into_iter()
        .flatten()
        .filter(|time| *time <= now)
        .max()
}

/// A time that has certainly come, if this is the newest that rows tell. One that is too early only makes a sweep longer.
pub(super) fn before(newest: Option<Timestamp>) -> Timestamp {
    let time = newest.unwrap_or_else(|| earlier(Timestamp::now(), DOUBT));
    earlier(time, OVERLAP)
}

pub(super) fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_rows_is_the_newest_of_them_that_has_come() {
        let long_ago = Timestamp::from_second(1_700_000_000).unwrap();
        let times = [None, Some(long_ago), Some(earlier(long_ago, DOUBT))];
        assert_eq!(newest(times), Some(long_ago));
        assert_eq!(before(newest(times)), earlier(long_ago, OVERLAP));
        assert_eq!(
            newest([Some(Timestamp::MAX), Some(long_ago)]),
            Some(long_ago)
        );
        assert_eq!(newest([Some(Timestamp::MAX), None]), None);
        assert!(before(None) < earlier(Timestamp::now(), OVERLAP));
    }
}
