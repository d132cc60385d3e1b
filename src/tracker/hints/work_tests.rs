use jiff::Timestamp;

use super::*;
use crate::model::{Source, Status};

fn tracking(status: Status, hour: i64) -> Tracking {
    let key = TrackingKey::parse("dhl", "1234567890").unwrap();
    Tracking {
        updated_at: Some(Timestamp::from_second(hour * 60 * 60).unwrap()),
        ..Tracking::bare(key, status)
    }
}

fn known(tracking: Option<Tracking>, completeness: Completeness) -> Entry {
    Entry {
        completeness,
        ..Entry::of(tracking.map(Arc::new), Instant::now(), Source::List)
    }
}

#[test]
fn nothing_is_shown_of_a_parcel_that_only_a_message_knows() {
    let message = tracking(Status::Delivered, 9);
    assert_eq!(step(None, &message), Step::Ask);
    let missing = known(None, Completeness::Whole);
    assert_eq!(step(Some(&missing), &message), Step::Ask);
}

#[test]
fn what_is_known_to_be_later_or_may_have_been_changed_is_not_replaced_but_asked_for() {
    let message = tracking(Status::Pickup, 9);
    let later = known(Some(tracking(Status::Delivered, 10)), Completeness::Whole);
    assert_eq!(step(Some(&later), &message), Step::Ask);
    for completeness in [Completeness::Partial, Completeness::Doubtful] {
        let changed = known(Some(tracking(Status::Transit, 8)), completeness);
        assert_eq!(step(Some(&changed), &message), Step::Ask);
    }
}

#[test]
fn news_is_shown_and_what_is_known_already_is_not() {
    for completeness in [Completeness::Whole, Completeness::Hinted] {
        let known = known(Some(tracking(Status::Transit, 8)), completeness);
        let step = |message| step(Some(&known), &message);
        assert_eq!(step(tracking(Status::Transit, 9)), Step::Nothing);
        let shown = Step::Show(Box::new(tracking(Status::Pickup, 9)));
        assert_eq!(step(tracking(Status::Pickup, 9)), shown);
    }
}

#[test]
fn only_what_the_list_did_not_say_shows_that_the_upstream_tells_by_itself() {
    let transit = || Some(tracking(Status::Transit, 8));
    let weight = |known: Option<Entry>, message| super::weight(known.as_ref(), &message);
    let whole = || Some(known(transit(), Completeness::Whole));
    let mut vacuous = tracking(Status::parse(""), 9);
    vacuous.service_code = Some("anything".into());
    for (known, message, expected) in [
        (whole(), tracking(Status::Pickup, 9), Weight::News),
        (whole(), tracking(Status::Transit, 9), Weight::Nothing),
        (whole(), vacuous, Weight::Nothing),
        (None, tracking(Status::Pickup, 9), Weight::Nothing),
        (
            Some(known(None, Completeness::Whole)),
            tracking(Status::Pickup, 9),
            Weight::Nothing,
        ),
        (
            Some(known(transit(), Completeness::Hinted)),
            tracking(Status::Pickup, 9),
            Weight::Nothing,
        ),
    ] {
        assert_eq!(weight(known, message.clone()), expected, "{message:?}");
    }
}
