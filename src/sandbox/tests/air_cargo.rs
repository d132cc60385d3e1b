//! Air waybills.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::{House, code};
use crate::sandbox::{BrokenLimit, Endpoint};

const PATH: &str = "/trackings/aircargo";

async fn ask(house: &House, waybills: Value) -> Value {
    house
        .post(PATH, json!({"track_number": waybills, "lang": "en"}))
        .await
}

/// Forty waybills of one airline and their numbers.
async fn forty(house: &House) -> (Vec<String>, Value) {
    house.sandbox.set_quota(10_000.0);
    let numbers: Vec<String> = (0..40)
        .map(|n| format!("020-{:08}", 12_345_670 + n))
        .collect();
    let answer = ask(house, json!(numbers)).await;
    (numbers, answer["data"].clone())
}

#[tokio::test]
async fn the_documented_waybill_is_answered_as_documented() {
    let house = House::open().await;
    let row = |plan: &str,
               actual: &str,
               event: &str,
               station: &str,
               flight: &str,
               status: &str,
               weight: &str| {
        json!({"plan_date": plan, "actual_date": actual, "event": event, "station": station,
            "flight_number": flight, "status": status, "piece": "2", "weight": weight})
    };
    let expected = json!({"172-28891936": {
        "return_data": {
            "weight": "260K", "piece": 2, "origin": "LUX", "destination": "PVG",
            "last_event": "2018-05-11 09:30, 2 pieces delivered, PVG", "status_number": 4,
            "track_info": [
                row("2018-05-11 09:00", "2018-05-11 09:30", "2 pieces delivered", "PVG", "CV7306", "DLV", "260K"),
                row("2018-05-10 14:25", "2018-05-10 14:40", "2 pieces arrived on CV7306", "PVG", "CV7306", "ARR", ""),
                row("2018-05-09 20:10", "2018-05-09 20:32", "2 pieces departed on CV7306", "LUX", "CV7306", "DEP", ""),
                row("", "2018-05-09 12:00", "2 pieces accepted", "LUX", "", "RCS", ""),
            ],
            "flight_info": {"CV7306": {
                "depart_station": "LUX", "arrival_station": "PVG",
                "plan_depart_time": "2018-05-09 20:10", "depart_time": "2018-05-09 20:32",
                "plan_arrival_time": "2018-05-10 14:25", "arrival_time": "2018-05-10 14:40"
            }},
            "flight_way_station": ["LUX", "PVG"]
        },
        "airline_info": {"name": "Cargolux Airlines", "url": "https://www.cargolux.com/",
            "track_url": "https://cvtnt.champ.aero/trackntrace?awbnumber=172-28891936"}
    }});
    for asked in [
        json!(["172-28891936"]),
        json!("172 28891936"),
        json!([17_228_891_936_u64, "172-28891936"]),
    ] {
        let answer = ask(&house, asked.clone()).await;
        assert_eq!(answer["data"], expected, "{asked}");
    }
    let stats = house.sandbox.stats();
    assert_eq!(
        stats.quota_left, 9_940.0,
        "a waybill named twice costs once"
    );
    assert_eq!(stats.calls[&Endpoint::AirCargo], 3);
}

#[tokio::test]
async fn a_quota_that_is_not_enough_for_all_is_left_alone() {
    let house = House::open().await;
    house.sandbox.set_quota(39.8);
    let answer = ask(&house, json!(["020-12345675", "020-12345686"])).await;
    assert_eq!((code(&answer), &answer["data"]), (4021, &json!([])));
    assert_eq!(house.sandbox.stats().quota_left, 39.8);
    assert_eq!(code(&ask(&house, json!(["020-12345675"])).await), 200);
    assert_eq!(house.sandbox.stats().quota_left, 19.8);
}

#[tokio::test]
async fn waybills_come_in_all_types_that_clients_have_met() {
    let house = House::open().await;
    let (numbers, data) = forty(&house).await;
    let some = |test: &dyn Fn(&Value) -> bool| numbers.iter().any(|number| test(&data[number]));
    assert!(some(&|one| one["return_data"]["piece"].is_string()));
    assert!(some(&|one| one["return_data"]["piece"].is_u64()));
    assert!(some(&|one| one["return_data"]["status_number"].is_string()));
    assert!(some(&|one| one["return_data"]["status_number"].is_u64()));
    assert!(some(&|one| one["return_data"]["flight_info"].is_object()));
    assert!(some(&|one| {
        one["return_data"]["flight_info"][0]["flight_number"].is_string()
    }));
    assert!(some(&|one| one["airline_info"].is_object()));
    assert!(some(&|one| one["return_data"]["airline_info"].is_object()));
    let dates: HashSet<usize> = numbers
        .iter()
        .map(|number| &data[number]["return_data"]["track_info"][0]["actual_date"])
        .map(|date| date.as_str().unwrap().len())
        .collect();
    assert_eq!(dates, HashSet::from([16, 19]));
}

#[tokio::test]
async fn waybills_fly_with_the_clock() {
    let house = House::open().await;
    let (numbers, before) = forty(&house).await;
    house.sandbox.advance(Duration::from_secs(9 * 24 * 3600));
    let (_, after) = forty(&house).await;
    let status = |data: &Value, number: &String| {
        let row = &data[number]["return_data"]["track_info"][0];
        row["status"].as_str().unwrap().to_owned()
    };
    let under_way = numbers
        .iter()
        .filter(|number| status(&before, number) != "DLV");
    assert!(under_way.count() > 5);
    assert!(numbers.iter().all(|number| status(&after, number) == "DLV"));
}

#[tokio::test]
async fn unknown_waybills_are_missing_or_empty_and_cost_all_the_same() {
    let house = House::open().await;
    let answer = ask(
        &house,
        json!(["020-00012345", "020-00112345", "555-12345675"]),
    )
    .await;
    let data = answer["data"].as_object().unwrap();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["020-00112345"]);
    let empty = &data["020-00112345"]["return_data"];
    assert_eq!(
        (&empty["piece"], &empty["track_info"]),
        (&json!(""), &json!([]))
    );
    assert_eq!(
        (&empty["flight_info"], &empty["status_number"]),
        (&json!([]), &json!("0"))
    );
    assert_eq!(house.sandbox.stats().quota_left, 9_940.0);
    let answer = ask(&house, json!("555-12345675")).await;
    assert_eq!((code(&answer), &answer["data"]), (200, &json!([])));
}

#[tokio::test]
async fn what_is_no_waybill_is_refused_free_of_charge() {
    let house = House::open().await;
    for (asked, expected) in [
        (json!(["020-12345675", "020-1"]), 4014),
        (json!(["02é-12345675"]), 4014),
        (json!([["020-12345675"]]), 4014),
        (json!(-5), 4014),
        (json!([]), 4013),
        (json!({}), 4013),
        (Value::Null, 4013),
        (json!(vec!["020-12345675"; 41]), 4020),
    ] {
        assert_eq!(code(&ask(&house, asked.clone()).await), expected, "{asked}");
    }
    assert_eq!(code(&house.post(PATH, json!([])).await), 4012);
    let stats = house.sandbox.stats();
    assert_eq!(stats.quota_left, 10_000.0);
    assert_eq!(stats.broken_limits[&BrokenLimit::TooManyNumbers], 1);
}
