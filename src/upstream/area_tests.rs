//! Rows about remote places, in the shapes and doubts that they may come in.

use serde_json::{Value, json};

use super::Error;
use super::area::answer;
use crate::model::{Area, CountryCode};

fn area(country: &str, postcode: &str, courier: Option<&str>) -> Area {
    Area {
        country: CountryCode::parse(country).unwrap(),
        postcode: postcode.to_owned(),
        courier: courier.map(str::to_owned),
    }
}

fn row(courier: &str, code: &str, country: &str, postcode: &str) -> Value {
    json!({"far_express_company": courier, "two_code": code, "far_country": country, "far_city_postcode": postcode})
}

/// The couriers of each area, or `?` where they cannot be told.
fn couriers(areas: &[Area], data: Value) -> Vec<String> {
    let found = answer(areas, Ok(data)).unwrap();
    let written = found.iter().map(|remoteness| match remoteness {
        Some(remoteness) => remoteness.couriers.join(" "),
        None => "?".to_owned(),
    });
    written.collect()
}

#[test]
fn rows_are_found_by_country_and_postcode_in_any_spelling() {
    let areas = [
        area("NZ", " papaaroha", None),
        area("JP", "762-1094", None),
        area("GB", "iv27 4qa", None),
        area("JP", "1000001", None),
    ];
    let rows = json!({"remote": [
        row("UPS", "JP", "Japan", "7621094"),
        row("tnt", "jp", "Japan", "762 1094"),
        row("ups", "JP", "Japan", "7621094"),
        row("tnt", "", "NZ", "Papaaroha"),
        row("dhl", "", "UK", "IV274QA"),
    ]});
    assert_eq!(couriers(&areas, rows), ["tnt", "ups tnt", "dhl", ""]);
}

#[test]
fn a_country_in_doubt_counts_where_the_postcode_leaves_none() {
    let rows = json!({"remote": [row("ups", "", "Nippon-koku", "7621094")]});
    let one = [area("JP", "7621094", None)];
    assert_eq!(couriers(&one, rows.clone()), ["ups"]);
    let two = [area("JP", "7621094", None), area("NZ", "7621094", None)];
    assert_eq!(couriers(&two, rows), ["?", "?"]);
}

#[test]
fn who_asks_about_one_courier_hears_of_no_other() {
    let areas = [
        area("JP", "7621094", Some("DHL")),
        area("JP", "7621094", Some("ups")),
    ];
    let rows = json!({"remote": [
        row("dhl-express", "JP", "Japan", "7621094"),
        row("tnt", "JP", "Japan", "7621094"),
    ]});
    assert_eq!(couriers(&areas, rows), ["dhl-express", ""]);
}

#[test]
fn a_row_that_says_nothing_leaves_open_what_no_row_names() {
    let areas = [area("JP", "7621094", None), area("NZ", "Papaaroha", None)];
    for riddle in [
        json!(7),
        json!({"far_express_company": [], "far_city_postcode": "Papaaroha"}),
        json!({"far_express_company": "dhl"}),
        row("dhl", "NZ", "New Zealand", "Papa-aroha Bay"),
        row("dhl", "AU", "Australia", "Papaaroha"),
    ] {
        let rows = json!({"remote": [row("ups", "JP", "Japan", "7621094"), riddle]});
        assert_eq!(couriers(&areas, rows.clone()), ["ups", "?"], "{rows}");
    }
}

#[test]
fn a_place_among_the_others_is_not_remote_whatever_else_cannot_be_read() {
    let areas = [
        area("JP", "100-0001", None),
        area("JP", "1000001", Some("dhl")),
        area("JP", "1000001", Some("ups")),
        area("NZ", "Papaaroha", None),
    ];
    for (others, told) in [
        (
            json!([{"country": "jp", "postcode": 1000001}]),
            ["", "", "", "?"],
        ),
        (
            json!({"1": row("DHL", "JP", "Japan", "1000001")}),
            ["?", "", "?", "?"],
        ),
        (
            json!([{"country": "Australia", "postcode": "Papaaroha"}, 7, {}]),
            ["?"; 4],
        ),
        (json!("none"), ["?"; 4]),
    ] {
        let rows = json!({"remote": [7], "other": others});
        assert_eq!(couriers(&areas, rows.clone()), told, "{rows}");
    }
}

#[test]
fn a_gap_makes_a_list_an_object() {
    let areas = [area("JP", "7621094", None)];
    let rows = json!({"3": row("ups", "JP", "Japan", "7621094"), "5": 7});
    assert_eq!(couriers(&areas, json!({ "remote": rows })), ["ups"]);
}

#[test]
fn an_answer_without_its_list_is_not_taken_for_an_empty_one() {
    let areas = [area("JP", "7621094", None)];
    for nothing in [
        json!([]),
        json!(null),
        json!({"remote": []}),
        json!({"remote": null}),
        json!({"other": [{}]}),
    ] {
        assert_eq!(couriers(&areas, nothing), [""]);
    }
    for wrong in [
        json!({"submitted": 1}),
        json!({"remote": 7}),
        json!([1]),
        json!("none"),
    ] {
        let refusal = answer(&areas, Ok(wrong)).unwrap_err();
        assert!(matches!(refusal, Error::Undecodable { .. }));
    }
}
