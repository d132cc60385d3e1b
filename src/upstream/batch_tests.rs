//! Whom the rows of a batch's answer are about, and what silence means.

use serde_json::{Value, json};

use super::batch::outcomes;
use super::envelope::Envelope;
use super::fixture_tests::{fixture, key_of_tests, open};
use super::refusal_tests::REFUSALS;
use super::{Call, Code, Error, Kind, MAX_ROWS, RowOutcome};
use crate::model::{NewTracking, TrackingKey};
use crate::upstream::fake_service::FakeService;

/// `RN100000001CN of dhl`, and so on.
fn keys(names: &[&str]) -> Vec<TrackingKey> {
    let key = |name: &&str| {
        let (number, carrier) = name.split_once(" of ").unwrap();
        TrackingKey::parse(carrier, number).unwrap()
    };
    names.iter().map(key).collect()
}

fn read(call: Call, names: &[&str], code: u16, data: Value) -> Result<Vec<String>, Error> {
    let keys = keys(names);
    let keys: Vec<&TrackingKey> = keys.iter().collect();
    let envelope = Envelope {
        date: None,
        code: code.into(),
        message: None,
        data,
    };
    let outcomes = outcomes(call, &key_of_tests(), &keys, envelope)?;
    let in_a_word = |outcome: &RowOutcome| match outcome {
        RowOutcome::Done(None) => "done".to_owned(),
        RowOutcome::Done(Some(told)) => format!("{} {}", told.key, told.status.as_str()),
        RowOutcome::Refused { code, .. } => code.to_string(),
        RowOutcome::Unaccounted => "?".to_owned(),
    };
    Ok(outcomes.iter().map(in_a_word).collect())
}

fn told(call: Call, names: &[&str], data: Value) -> Vec<String> {
    read(call, names, 200, data).unwrap()
}

const A: &str = "AAAAA1 of dhl";
const B: &str = "BBBBB2 of ups";

fn row(number: &str, carrier: &str) -> Value {
    json!({"tracking_number": number, "carrier_code": carrier})
}

#[test]
fn rows_are_found_in_any_order_and_case_bare_or_under_meta() {
    let rows = [
        json!([row("bbbbb2", "UPS"), row("AAAAA1", "DHL")]),
        json!([{"meta": row("bbbbb2", "UPS")}, {"meta": row("AAAAA1", "DHL")}]),
        json!({"0": row("AAAAA1", "dhl"), "2": {"meta": row("BBBBB2", "ups")}}),
    ];
    for rows in rows {
        let data = json!({"submitted": 3, "delete": 2, "trackings": rows});
        let found = told(Call::DeleteBatch, &[A, B, "CCCCC3 of ups"], data);
        assert_eq!(found, ["done", "done", "?"]);
    }
}

#[test]
fn a_corrected_carrier_is_found_by_number_only_without_doubt() {
    let data = |rows: Value| json!({"submitted": 2, "added": 0, "trackings": rows});
    let mut corrected = row("AAAAA1", "dhl-germany");
    corrected["status"] = json!("pending");
    let found = told(Call::CreateBatch, &[A, B], data(json!([corrected])));
    assert_eq!(found, ["AAAAA1 of dhl-germany pending", "?"]);
    // Two parcels share the number: the row may be about either.
    let found = told(
        Call::CreateBatch,
        &[A, "AAAAA1 of ups"],
        data(json!([corrected])),
    );
    assert_eq!(found, ["?", "?"]);
    // One of them is named, so that the other row is about the other parcel.
    let both = json!([row("AAAAA1", "ups"), corrected]);
    let found = told(Call::CreateBatch, &[A, "AAAAA1 of ups"], data(both));
    assert_eq!(found, ["AAAAA1 of dhl-germany pending", "done"]);
    // Two rows for one parcel leave a doubt, too.
    let two = json!([corrected, row("AAAAA1", "tnt")]);
    assert_eq!(told(Call::CreateBatch, &[A], data(two)), ["?"]);
}

#[test]
fn a_row_without_carrier_is_found_by_its_number() {
    let data = json!({"submitted": 2, "delete": 1, "trackings": [{"meta": {"tracking_number": "AAAAA1"}}]});
    assert_eq!(told(Call::DeleteBatch, &[A, B], data), ["done", "?"]);
}

#[test]
fn a_parcel_that_is_named_twice_has_one_row_or_two() {
    let refused = json!({"tracking_number": "AAAAA1", "carrier_code": "dhl", "code": "4016"});
    let both = json!({"trackings": [row("AAAAA1", "dhl")], "errors": [refused]});
    assert_eq!(told(Call::CreateBatch, &[A, A], both), ["done", "4016"]);
    let one = json!({"trackings": [row("AAAAA1", "dhl")], "errors": []});
    assert_eq!(told(Call::CreateBatch, &[A, A], one), ["done", "done"]);
}

#[test]
fn a_surplus_row_is_not_taken_for_another_parcel() {
    let refused = json!({"tracking_number": "AAAAA1", "carrier_code": "dhl", "code": 4016});
    let data = json!({"trackings": [row("AAAAA1", "dhl")], "errors": [refused]});
    let found = told(Call::CreateBatch, &[A, "AAAAA1 of ups"], data);
    assert_eq!(found, ["done", "?"]);
}

#[test]
fn silence_means_done_only_where_nothing_contradicts() {
    for (data, outcome) in [
        (json!([]), "done"),
        (json!(null), "done"),
        (json!({}), "done"),
        (json!({"Usertag": ""}), "done"),
        (json!({"submitted": 2}), "done"),
        (json!({"submitted": 2, "update": 2}), "done"),
        (
            json!({"submitted": "2", "update": "2", "trackings": []}),
            "done",
        ),
        (
            json!({"update": 2, "trackings": null, "errors": {}}),
            "done",
        ),
        (json!({"submitted": 2, "update": 1}), "?"),
        (json!({"submitted": 2, "update": 0, "trackings": []}), "?"),
        (json!({"submitted": 0, "update": 0}), "?"),
        (json!({"submitted": 1, "update": 1}), "?"),
        (json!({"trackings": [{}]}), "?"),
        (json!({"trackings": 7}), "?"),
        (json!({"trackings": [], "errors": "lost"}), "?"),
        (json!({"errors": [{"code": 4017}]}), "?"),
    ] {
        let found = told(Call::UpdateBatch, &[A, B], data.clone());
        assert_eq!(found, [outcome, outcome], "{data}");
    }
}

#[test]
fn a_count_that_the_named_rows_use_up_says_nothing_of_the_others() {
    let rows = json!([row("AAAAA1", "dhl")]);
    let used_up = json!({"submitted": 1, "added": 1, "trackings": rows});
    assert_eq!(told(Call::UpdateBatch, &[A, B], used_up), ["done", "?"]);
    let enough = json!({"submitted": 2, "added": 2, "trackings": rows});
    assert_eq!(told(Call::UpdateBatch, &[A, B], enough), ["done", "done"]);
    let once = json!({"submitted": 1, "added": 1});
    assert_eq!(told(Call::UpdateBatch, &[A, A], once), ["done", "done"]);
}

#[test]
fn missing_and_empty_errors_are_alike() {
    for errors in [json!(null), json!([]), json!({}), json!("")] {
        let data = json!({"submitted": 1, "added": 1, "trackings": [row("AAAAA1", "dhl")], "errors": errors});
        assert_eq!(told(Call::CreateBatch, &[A], data), ["done"]);
    }
    let data = json!({"submitted": 1, "added": 1, "trackings": [row("AAAAA1", "dhl")]});
    assert_eq!(told(Call::CreateBatch, &[A], data), ["done"]);
}

#[test]
fn a_row_may_be_refused_where_others_are_confirmed() {
    let mut refused = row("AAAAA1", "dhl");
    refused["code"] = json!(4017);
    let mut confirmed = row("BBBBB2", "ups");
    confirmed["code"] = json!(200);
    let rows = json!([{"meta": refused}, {"meta": confirmed}]);
    let data = json!({"submitted": 2, "delete": 1, "trackings": rows});
    assert_eq!(told(Call::DeleteBatch, &[A, B], data), ["4017", "done"]);
    assert_eq!(told(Call::DeleteBatch, &[A, B], rows), ["4017", "done"]);
}

#[test]
fn a_refusal_that_gives_no_code_stays_a_refusal() {
    let data = json!({"errors": [row("AAAAA1", "dhl")]});
    assert_eq!(told(Call::CreateBatch, &[A], data), ["0"]);
}

#[test]
fn only_answers_that_document_it_tell_of_trackings() {
    let mut full = row("AAAAA1", "dhl");
    full["status"] = json!("transit");
    full["id"] = json!("5f2a");
    let data = json!({ "trackings": [full] });
    for (call, outcome) in [
        (Call::CreateBatch, "AAAAA1 of dhl transit"),
        (Call::UpdateBatch, "AAAAA1 of dhl transit"),
        (Call::DeleteBatch, "done"),
        (Call::StopUpdating, "done"),
    ] {
        assert_eq!(told(call, &[A], data.clone()), [outcome]);
    }
    let lost = json!({"tracking_number": "AAAAA1", "carrier_code": "dhl", "origin_info": "lost"});
    let data = json!({ "trackings": [lost] });
    assert_eq!(told(Call::UpdateBatch, &[A], data), ["done"]);
}

#[test]
fn a_code_about_rows_holds_for_a_row_that_is_alone_or_not_named_where_others_are() {
    for nothing in [
        json!([]),
        json!(null),
        json!("none"),
        json!({"trackings": []}),
    ] {
        let found = read(Call::CreateBatch, &[A], 4016, nothing.clone()).unwrap();
        assert_eq!(found, ["4016"]);
        let error = read(Call::CreateBatch, &[A, B], 4016, nothing).unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
    }
    let refused = json!({"tracking_number": "BBBBB2", "carrier_code": "ups", "code": 4014});
    let data = json!({"submitted": 2, "added": 0, "errors": [refused]});
    let found = read(Call::CreateBatch, &[A, B], 4012, data).unwrap();
    assert_eq!(found, ["4012", "4014"]);
}

#[test]
fn a_code_about_the_account_or_the_call_fails_the_whole_batch() {
    for (number, code, kind) in REFUSALS {
        let found = match open(
            Call::CreateBatch,
            fixture(&format!("errors/error.{number}.json")).as_bytes(),
        ) {
            Err(Error::TooManyRequests { .. }) => continue,
            _ => read(Call::CreateBatch, &[A], number, json!([])),
        };
        match found {
            Ok(rows) => assert_eq!(
                (rows, code.is_about_rows()),
                (vec![number.to_string()], true)
            ),
            Err(error) => {
                assert_eq!(error.kind(), kind);
                assert!(!code.is_about_rows());
            }
        }
    }
    for whole in [
        202, 401, 402, 4001, 4002, 4018, 4019, 4020, 4021, 500, 503, 511,
    ] {
        assert!(read(Call::CreateBatch, &[A], whole, json!([])).is_err());
    }
}

#[test]
fn data_that_is_no_container_leaves_the_outcome_open() {
    let error = read(Call::DeleteBatch, &[A], 200, json!("ok")).unwrap_err();
    assert!(matches!(error, Error::Undecodable { .. }) && error.outcome_unknown());
}

#[tokio::test]
async fn a_batch_goes_over_the_wire_row_by_row() {
    let service = FakeService::saying(&fixture("trackings_batch.partial.201.json")).await;
    let new = keys(&[
        "RP893531375SG of singapore-post",
        "LK894734223CN of china-ems",
    ])
    .into_iter()
    .map(NewTracking::bare);
    let new: Vec<NewTracking> = new.collect();
    let outcomes = service.client().create_batch(&new).await.unwrap();
    assert!(matches!(&outcomes[0], RowOutcome::Done(Some(told)) if told.key == new[0].key));
    let refused = RowOutcome::Refused {
        code: Code::AlreadyExists,
        message: Some("Tracking already exists.".into()),
    };
    assert_eq!(outcomes[1], refused);
}

#[tokio::test]
async fn forty_rows_go_and_forty_one_or_none_are_not_sent() {
    let service = FakeService::saying(r#"{"meta":{"code":200},"data":[]}"#).await;
    let client = service.client();
    let many = vec![keys(&[A])[0].clone(); MAX_ROWS + 1];
    assert_eq!(client.delete_batch(&[]).await, Ok(vec![]));
    assert_eq!(client.remote_areas(&[]).await, Ok(vec![]));
    assert_eq!(client.transit_times(&[]).await, Ok(vec![]));
    assert_eq!(client.air_waybills(&[], None).await, Ok(vec![]));
    let error = client.stop_updating(&many).await.unwrap_err();
    assert_eq!(error.kind(), Kind::BatchTooLarge);
    assert_eq!(
        error.to_string(),
        "POST /trackings/notupdate would ask for 41 trackings, but 40 is the most; split the request"
    );
    assert!(service.sent().is_empty());
    let outcomes = client.delete_batch(&many[1..]).await.unwrap();
    assert_eq!(outcomes, vec![RowOutcome::Done(None); MAX_ROWS]);
}
