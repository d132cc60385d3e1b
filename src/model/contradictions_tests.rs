use jiff::Timestamp;

use super::*;
use crate::model::{Substatus, TrackingKey};

fn leg(rows: &[(&str, &str)]) -> Option<Leg> {
    let row = |(time, status): &(&str, &str)| Checkpoint {
        time: LocalTime::parse(time),
        status: (!status.is_empty()).then(|| Status::parse(status)),
        ..Checkpoint::default()
    };
    Some(Leg {
        checkpoints: rows.iter().map(row).collect(),
        ..Leg::default()
    })
}

fn tracking(status: &str, origin: &[(&str, &str)], destination: &[(&str, &str)]) -> Tracking {
    let key = TrackingKey::parse("china-ems", "LS912989618CN").unwrap();
    Tracking {
        origin: leg(origin),
        destination: leg(destination),
        ..Tracking::bare(key, Status::parse(status))
    }
}

fn kinds(tracking: &Tracking) -> Vec<AnomalyKind> {
    tracking.anomalies().iter().map(|it| it.kind).collect()
}

fn messages(tracking: &Tracking) -> Vec<String> {
    tracking.anomalies().iter().map(Anomaly::message).collect()
}

const DELIVERED: (&str, &str) = ("2018-04-17 22:30", "delivered");
const EARLIER: (&str, &str) = ("2018-04-14 17:07", "transit");

#[test]
fn a_parcel_that_is_told_consistently_has_no_anomalies() {
    let delivered = [DELIVERED, ("2018-04-17 08:00", "pickup"), EARLIER];
    assert_eq!(kinds(&tracking("delivered", &[EARLIER], &delivered)), []);
    assert_eq!(kinds(&tracking("transit", &[EARLIER], &[])), []);
    assert_eq!(kinds(&tracking("pending", &[], &[])), []);
    let mut young = tracking("transit", &[EARLIER], &[]);
    young.created_at = Some(Timestamp::MAX);
    young.updated_at = Some(Timestamp::MIN);
    young.substatus = Substatus::parse("transit004");
    assert_eq!(kinds(&young), []);
}

#[test]
fn what_moves_after_its_delivery_is_reported_with_both_times() {
    let rows = [("2018-04-18 09:00", "transit"), DELIVERED];
    assert_eq!(
        messages(&tracking("delivered", &rows, &[])),
        [
            "It was reported as delivered on 2018-04-17 22:30, and after that as in transit on 2018-04-18 09:00."
        ]
    );
    let signed = [("2018-04-18 09:00", "delivered"), DELIVERED];
    assert_eq!(kinds(&tracking("delivered", &signed, &[])), []);
}

#[test]
fn between_legs_only_a_clearly_later_move_counts() {
    let next_day = [("2018-04-18 09:00", "transit")];
    assert_eq!(kinds(&tracking("delivered", &next_day, &[DELIVERED])), []);
    let days_later = [("2018-04-20 09:00", "transit")];
    assert_eq!(
        kinds(&tracking("delivered", &days_later, &[DELIVERED])),
        [AnomalyKind::MovedAfterDelivery]
    );
    let stated = [("2018-04-18 09:00+08:00", "transit")];
    let known = tracking("delivered", &stated, &[("2018-04-17 22:30Z", "delivered")]);
    assert_eq!(kinds(&known), [AnomalyKind::MovedAfterDelivery]);
}

#[test]
fn a_status_that_lags_behind_the_newest_checkpoint_is_reported() {
    assert_eq!(
        messages(&tracking("transit", &[DELIVERED, EARLIER], &[])),
        ["Its status is in transit, but the newest event says delivered."]
    );
    let lags = [AnomalyKind::StatusLags];
    assert_eq!(kinds(&tracking("transit", &[EARLIER], &[DELIVERED])), lags);
    assert_eq!(kinds(&tracking("expired", &[DELIVERED], &[])), lags);
    assert_eq!(kinds(&tracking("pickup", &[EARLIER], &[])), lags);
}

#[test]
fn a_status_that_the_upstream_sets_by_itself_does_not_lag() {
    assert_eq!(kinds(&tracking("expired", &[EARLIER], &[])), []);
    let mut timed_out = tracking("exception", &[EARLIER], &[]);
    assert_eq!(kinds(&timed_out), [AnomalyKind::StatusLags]);
    timed_out.substatus = Substatus::parse("exception002");
    assert_eq!(kinds(&timed_out), []);
}

#[test]
fn either_top_of_two_legs_may_be_the_newest_while_their_clocks_may_differ() {
    let pickup = [("2018-04-15 10:00", "pickup")];
    let abroad = [("2018-04-15 20:00", "transit")];
    assert_eq!(kinds(&tracking("pickup", &abroad, &pickup)), []);
    assert_eq!(kinds(&tracking("transit", &abroad, &pickup)), []);
    let later = [("2018-04-17 20:00", "transit")];
    assert_eq!(
        kinds(&tracking("pickup", &later, &pickup)),
        [AnomalyKind::StatusLags]
    );
}

#[test]
fn checkpoints_of_what_should_be_unknown_are_reported_except_its_announcement() {
    assert_eq!(
        messages(&tracking("notfound", &[EARLIER], &[])),
        ["Its status is not found, but the carrier has reported one event."]
    );
    let silent = tracking("pending", &[("2018-04-14", ""), ("2018-04-13", "")], &[]);
    assert_eq!(
        messages(&silent),
        ["Its status is pending, but the carrier has reported 2 events."]
    );
    assert_eq!(
        kinds(&tracking("notfound", &[("2018-04-14", "notfound")], &[])),
        []
    );
}

#[test]
fn a_delivery_that_no_checkpoint_tells_is_reported_where_checkpoints_have_statuses() {
    assert_eq!(
        messages(&tracking("delivered", &[EARLIER], &[])),
        ["Its status is delivered, but the carrier has reported one event and no delivery."]
    );
    assert_eq!(
        kinds(&tracking("delivered", &[("2015-11-02 17:11", "")], &[])),
        []
    );
    assert_eq!(kinds(&tracking("delivered", &[], &[])), []);
}

#[test]
fn only_more_than_all_zones_of_the_world_is_disorder_within_a_leg() {
    let way_back = |above| {
        tracking(
            "transit",
            &[],
            &[(above, "transit"), ("2018-04-16 12:00", "")],
        )
    };
    assert_eq!(kinds(&way_back("2018-04-15 10:00")), []);
    assert_eq!(
        messages(&way_back("2018-04-15 09:59")),
        [
            "The recipient's carrier lists an event of 2018-04-15 09:59 as newer than one of 2018-04-16 12:00."
        ]
    );
    assert_eq!(kinds(&way_back("2018-04-15")), []);
    assert_eq!(
        kinds(&way_back("2018-04-14")),
        [AnomalyKind::CheckpointsOutOfOrder]
    );
    assert_eq!(kinds(&way_back("soon")), []);
}

#[test]
fn each_leg_is_in_an_order_of_its_own() {
    let mixed = tracking("transit", &[EARLIER], &[("2018-04-20 08:00", "transit")]);
    assert_eq!(kinds(&mixed), []);
}

#[test]
fn a_substatus_of_another_status_is_reported() {
    let mut parcel = tracking("transit", &[], &[]);
    parcel.substatus = Substatus::parse("delivered001");
    assert_eq!(
        messages(&parcel),
        ["Its status is in transit, but its substatus delivered001 belongs to delivered."]
    );
    parcel.substatus = Substatus::parse("inforeceived001");
    assert_eq!(kinds(&parcel), []);
}
