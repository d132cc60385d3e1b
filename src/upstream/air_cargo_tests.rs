//! The many shapes of air waybills.

use serde_json::{Value, json};

use super::air_cargo::answer;
use super::fixture_tests::fixture;
use super::{Call, Code, Error, WaybillOutcome};
use crate::model::{AirWaybill, AirWaybillNumber};

const NUMBER: &str = "172-28891936";

fn documented() -> Value {
    let payload: Value = serde_json::from_str(&fixture("trackings_aircargo.200.json")).unwrap();
    payload["data"][NUMBER].clone()
}

fn read(numbers: &[&str], data: Value) -> Result<Vec<WaybillOutcome>, Error> {
    let numbers: Vec<AirWaybillNumber> = numbers
        .iter()
        .map(|number| AirWaybillNumber::parse(number).unwrap())
        .collect();
    answer(&numbers, Ok(data))
}

fn one(waybill: Value) -> Option<AirWaybill> {
    read(&[NUMBER], json!({ NUMBER: waybill }))
        .unwrap()
        .remove(0)
        .unwrap()
}

#[test]
fn the_number_may_be_written_in_any_way_or_stand_inside() {
    let mut inside = documented();
    inside["track_number"] = json!("17228891936");
    for data in [
        json!({"17228891936": documented()}),
        json!({"172 28891936": documented()}),
        json!([inside]),
        json!({ "0": inside }),
        json!([documented()]),
        documented(),
    ] {
        let found = read(&[NUMBER], data).unwrap();
        let found = found[0].as_ref().unwrap().as_ref();
        assert_eq!(found.unwrap().number.as_str(), NUMBER);
    }
    let doubtful = read(&[NUMBER, "172-11111111"], json!([documented()]));
    assert_eq!(doubtful, Ok(vec![Ok(None), Ok(None)]));
}

#[test]
fn answers_are_in_the_order_of_the_numbers() {
    let data = json!({ NUMBER: documented(), "999-12345678": documented() });
    let found = read(&["172-11111111", "999-12345678", NUMBER], data).unwrap();
    let numbers: Vec<Option<&str>> = found
        .iter()
        .map(|waybill| waybill.as_ref().unwrap().as_ref())
        .map(|waybill| waybill.map(|waybill| waybill.number.as_str()))
        .collect();
    assert_eq!(numbers, [None, Some("999-12345678"), Some(NUMBER)]);
}

#[test]
fn flights_come_as_an_object_or_as_a_list() {
    let mut waybill = documented();
    let flight = waybill["return_data"]["flight_info"]["CV7306"].clone();
    let by_name = one(waybill.clone()).unwrap().flights;
    let mut row = flight.clone();
    row["flight_number"] = json!("CV7306");
    waybill["return_data"]["flight_info"] = json!([row, 7, null, {}]);
    assert_eq!(one(waybill.clone()).unwrap().flights, by_name);
    waybill["return_data"]["flight_info"] = flight;
    let unnamed = one(waybill).unwrap().flights;
    assert_eq!((unnamed.len(), &unnamed[0].number), (1, &None));
}

#[test]
fn named_flights_are_in_the_order_of_the_airports_and_strays_come_last() {
    let mut waybill = documented();
    waybill["return_data"]["flight_info"] = json!({
        "AA1": {"depart_station": "PVG"}, "BB2": {"depart_station": "FRA"}, "CC3": {"depart_station": "LUX"},
    });
    let flights = one(waybill).unwrap().flights;
    let numbers: Vec<&str> = flights
        .iter()
        .map(|flight| flight.number.as_deref().unwrap())
        .collect();
    assert_eq!(numbers, ["CC3", "AA1", "BB2"]);
}

#[test]
fn states_are_numbers_or_texts_and_words_stand_inside_or_beside() {
    let mut waybill = documented();
    assert_eq!(
        one(waybill.clone()).unwrap().status_number.as_deref(),
        Some("4")
    );
    waybill["return_data"]["status_number"] = json!("4");
    waybill["return_data"]["awb_status"] = json!("delivered");
    waybill["awb_substatus"] = json!("delivered001");
    let waybill = one(waybill).unwrap();
    assert_eq!(waybill.status_number.as_deref(), Some("4"));
    assert_eq!(waybill.status.as_deref(), Some("delivered"));
    assert_eq!(waybill.substatus.as_deref(), Some("delivered001"));
}

#[test]
fn the_airline_stands_inside_or_beside_and_has_two_names() {
    let mut beside = documented();
    let airline = beside["airline_info"].take();
    for (inside, name) in [
        (true, "airline_info"),
        (true, "air_info"),
        (false, "air_info"),
    ] {
        let mut waybill = beside.clone();
        let place = if inside {
            &mut waybill["return_data"]
        } else {
            &mut waybill
        };
        place[name] = airline.clone();
        assert_eq!(
            one(waybill).unwrap().airline,
            one(documented()).unwrap().airline
        );
    }
    assert_eq!(one(beside).unwrap().airline, None);
}

#[test]
fn the_facts_may_stand_without_their_wrapper() {
    let facts = documented()["return_data"].clone();
    let expected = AirWaybill {
        airline: None,
        ..one(documented()).unwrap()
    };
    assert_eq!(one(facts), Some(expected));
}

#[test]
fn an_unknown_waybill_is_missing_empty_or_blank() {
    let airline = documented()["airline_info"].clone();
    for nothing in [
        json!(null),
        json!([]),
        json!({}),
        json!({"return_data": [], "airline_info": airline}),
        json!({"return_data": null}),
        json!({"return_data": {"piece": 0, "status_number": 0, "flight_info": {}}}),
    ] {
        assert_eq!(one(nothing), None);
    }
    for nothing in [json!([]), json!({}), json!(null)] {
        assert_eq!(read(&[NUMBER], nothing), Ok(vec![Ok(None)]));
    }
    let empty = Error::Refused {
        call: Call::AirWaybills,
        code: Code::NoContent,
        message: None,
    };
    let number = AirWaybillNumber::parse(NUMBER).unwrap();
    assert_eq!(answer(&[number], Err(empty)), Ok(vec![Ok(None)]));
}

#[test]
fn a_damaged_waybill_does_not_spoil_the_others_that_were_paid_for() {
    let other = "999-12345678";
    for damaged in [
        json!("lost"),
        json!({"return_data": 7}),
        json!({"return_data": {"track_info": "lost"}}),
        json!({"return_data": {"flight_info": 7}}),
        json!({"return_data": {"flight_way_station": {"0": "LUX"}}}),
        json!({"return_data": {"piece": 2}, "airline_info": "Cargolux"}),
    ] {
        let data = json!({ NUMBER: documented(), other: damaged });
        let found = read(&[other, NUMBER], data).unwrap();
        assert!(found[0].is_err(), "{damaged}");
        assert!(matches!(found[1], Ok(Some(_))), "{damaged}");
    }
    assert!(read(&[NUMBER], json!("lost")).is_err());
}
