use super::*;
use crate::throttle::NoTurn;

fn second(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn key() -> TrackingKey {
    TrackingKey::parse("dhl", "1234567890").unwrap()
}

#[test]
fn one_answer_among_several_and_one_that_cannot_be_read_are_answers() {
    let closed = || {
        let retry_after = second(90);
        Err(TrackerError::from(NoTurn::Closed { retry_after }))
    };
    let unreadable = || Err(TrackerError::Unreadable(key()));
    let missing = || Err(TrackerError::NotFound(key()));
    let timed_out = || Err(TrackerError::TimedOut { waited: second(15) });
    for (outcomes, expected) in [
        (vec![], Reply::Spared),
        (vec![unreadable()], Reply::Given),
        (vec![timed_out(), missing()], Reply::Given),
        (vec![timed_out(), timed_out()], Reply::Missing(PAUSE)),
        (vec![timed_out(), closed()], Reply::Missing(second(90))),
    ] {
        assert_eq!(reply(outcomes.iter()), expected, "{outcomes:?}");
    }
}

#[test]
fn the_list_is_left_alone_for_longer_and_longer_until_it_answers() {
    let mut now = Instant::now();
    let mut rest = Rest::default();
    let mut pauses = Vec::new();
    for _ in 0..10 {
        rest.note(Reply::Missing(PAUSE), now);
        let until = rest.until(now).unwrap();
        pauses.push((until - now).as_secs());
        now = until;
        assert_eq!(rest.until(now), None);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 150, 150]);
    rest.note(Reply::Spared, now);
    rest.note(Reply::Given, now);
    rest.note(Reply::Missing(PAUSE), now);
    assert_eq!(rest.until(now), Some(now + PAUSE));
}

#[test]
fn calls_that_fail_together_are_one_failure() {
    let now = Instant::now();
    let mut rest = Rest::default();
    for _ in 0..10 {
        rest.note(Reply::Missing(PAUSE), now);
    }
    assert_eq!(rest.until(now), Some(now + PAUSE));
    rest.note(Reply::Missing(second(120)), now);
    assert_eq!(rest.until(now), Some(now + second(120)));
    assert_eq!(rest.failures, 1);
}
