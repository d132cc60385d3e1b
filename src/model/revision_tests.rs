use jiff::Timestamp;

use super::*;
use crate::model::{Checkpoint, CountryCode, Substatus, TrackingKey};

fn tracking(status: Status) -> Tracking {
    Tracking::bare(
        TrackingKey::parse("china-ems", "LS912989618CN").unwrap(),
        status,
    )
}

#[test]
fn a_realtime_answer_does_not_wipe_out_what_the_shop_wrote() {
    let mut known = tracking(Status::Transit);
    known.metadata.title = Some("red shoes".into());
    known.created_at = Some(Timestamp::UNIX_EPOCH);
    let mut answer = tracking(Status::Delivered);
    answer.last_event = Some("Delivered".into());
    let merged = known.refreshed_by(&answer);
    assert_eq!(merged.status, Status::Delivered);
    assert_eq!(merged.last_event.as_deref(), Some("Delivered"));
    assert_eq!(merged.metadata.title.as_deref(), Some("red shoes"));
    assert_eq!(merged.created_at, Some(Timestamp::UNIX_EPOCH));
}

#[test]
fn what_a_realtime_answer_lacks_stays() {
    let mut known = tracking(Status::Delivered);
    known.substatus = Substatus::parse("delivered001");
    known.last_event = Some("Delivered".into());
    known.origin = Some(Leg {
        phone: Some("11183".into()),
        checkpoints: [Checkpoint::default()].into(),
        ..Leg::default()
    });
    let bare = tracking(Status::parse(""));
    assert_eq!(known.refreshed_by(&bare), known);
    let mut with_a_leg = bare.clone();
    with_a_leg.origin = Some(Leg {
        weblink: Some("https://www.ems.com.cn/".into()),
        ..Leg::default()
    });
    let merged = known.refreshed_by(&with_a_leg).origin.unwrap();
    assert_eq!(merged.checkpoints.len(), 1);
    assert_eq!(merged.phone.as_deref(), Some("11183"));
    assert_eq!(merged.weblink.as_deref(), Some("https://www.ems.com.cn/"));
}

#[test]
fn what_speaks_of_an_earlier_state_goes_with_it() {
    let mut known = tracking(Status::Transit);
    known.substatus = Substatus::parse("transit001");
    known.last_event = Some("Departed".into());
    let mut answer = tracking(Status::Delivered);
    answer.origin = Some(Leg {
        checkpoints: [Checkpoint::default()].into(),
        ..Leg::default()
    });
    let merged = known.refreshed_by(&answer);
    assert_eq!((merged.substatus, merged.last_event), (None, None));
    let silence = tracking(Status::NotFound);
    assert_eq!(known.refreshed_by(&silence), known);
}

fn written_on() -> Tracking {
    let mut known = tracking(Status::Transit);
    known.substatus = Substatus::parse("transit001");
    known.metadata.title = Some("red shoes".into());
    known.metadata.order_id = Some("1001".into());
    known.metadata.comment = Some("gift".into());
    known.metadata.customer_emails = ["a@example.com".into(), "b@example.com".into()].into();
    known.destination_country = Country::named("Russian Federation");
    known.last_event = Some("Departed".into());
    known
}

#[test]
fn a_confirmed_change_sets_and_clears_what_it_names_and_nothing_else() {
    let known = written_on();
    assert_eq!(known.changed_by(&TrackingChanges::default()), known);
    let changed = known.changed_by(&TrackingChanges {
        title: Change::Set("blue shoes".into()),
        order_id: Change::Clear,
        customer_email: Change::Set("c@example.com".into()),
        customer_phone: Change::Set("11183".into()),
        destination_country: Change::Set(CountryCode::parse("IL").unwrap()),
        archived: Some(true),
        ..TrackingChanges::default()
    });
    let metadata = &changed.metadata;
    assert_eq!(metadata.title.as_deref(), Some("blue shoes"));
    assert_eq!(metadata.order_id, None);
    assert_eq!(metadata.comment.as_deref(), Some("gift"));
    assert_eq!(*metadata.customer_emails, [Text::from("c@example.com")]);
    assert_eq!(metadata.customer_phone.as_deref(), Some("11183"));
    assert_eq!(metadata.archived, Some(true));
    assert_eq!(changed.destination_country.unwrap().name(), "Israel");
    assert_eq!(changed.last_event, known.last_event);
}

#[test]
fn the_name_of_a_destination_that_does_not_change_stays() {
    let russia = Change::Set(CountryCode::parse("RU").unwrap());
    let changed = written_on().changed_by(&TrackingChanges {
        destination_country: russia,
        ..TrackingChanges::default()
    });
    assert_eq!(changed, written_on());
}

#[test]
fn a_status_set_by_hand_counts_and_automatic_leaves_the_known_one() {
    let set = |status| {
        let changed = written_on().changed_by(&TrackingChanges {
            status: Some(status),
            ..TrackingChanges::default()
        });
        (changed.status, changed.substatus)
    };
    assert_eq!(set(StatusOverride::Delivered), (Status::Delivered, None));
    assert_eq!(set(StatusOverride::Exception), (Status::Exception, None));
    let known = (Status::Transit, Substatus::parse("transit001"));
    assert_eq!(set(StatusOverride::Automatic), known);
}

#[test]
fn a_stopped_tracking_is_no_longer_updated() {
    let known = written_on();
    let stopped = known.stopped();
    assert_eq!(stopped.updating, Some(false));
    assert_eq!(
        Tracking {
            updating: None,
            ..stopped
        },
        known
    );
}

#[test]
fn an_answer_to_a_change_counts_where_it_states_something_and_leaves_the_events() {
    let mut known = written_on();
    known.origin = Some(Leg {
        checkpoints: [Checkpoint::default()].into(),
        ..Leg::default()
    });
    let mut answer = tracking(Status::Exception);
    answer.metadata.title = Some("blue shoes".into());
    answer.metadata.archived = Some(true);
    answer.updated_at = Some(Timestamp::UNIX_EPOCH);
    answer.upstream_id = Some("3d300c6f34a6a9711166cc44e4cc096a".into());
    let merged = known.with_metadata_of(&answer);
    assert_eq!(
        (&merged.status, &merged.substatus),
        (&Status::Exception, &None)
    );
    assert_eq!(merged.metadata.title.as_deref(), Some("blue shoes"));
    assert_eq!(merged.metadata.comment.as_deref(), Some("gift"));
    assert_eq!(merged.metadata.customer_emails.len(), 2);
    assert_eq!(merged.metadata.archived, Some(true));
    assert_eq!(merged.updated_at, answer.updated_at);
    assert_eq!(merged.upstream_id, answer.upstream_id);
    assert_eq!(merged.origin, known.origin);
    assert_eq!(merged.destination_country, known.destination_country);
    assert_eq!(known.with_metadata_of(&tracking(Status::parse(""))), known);
}

#[test]
fn what_was_cleared_stays_so_when_the_answer_lacks_it() {
    let changes = TrackingChanges {
        order_id: Change::Clear,
        ..TrackingChanges::default()
    };
    let answer = tracking(Status::Transit);
    let merged = written_on().changed_by(&changes).with_metadata_of(&answer);
    assert_eq!(merged.metadata.order_id, None);
    assert_eq!(merged.metadata.title.as_deref(), Some("red shoes"));
}
