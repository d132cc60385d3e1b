//! Remote areas and transit times.

use serde_json::{Value, json};

use super::{House, code};

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().unwrap() / 100.0,
            None => text.parse().unwrap(),
        },
        _ => value.as_f64().unwrap(),
    }
}

#[tokio::test]
async fn the_documented_addresses_are_answered_as_documented() {
    let house = House::open().await;
    let body = json!([{"country": "Japan", "postcode": "7621094"}, {"country": "NZ", "postcode": "Papaaroha"}]);
    let answer = house.post("/trackings/remote", body).await;
    let row = |courier, code, country, place| json!({"far_express_company": courier, "two_code": code, "far_country": country, "far_city_postcode": place});
    let expected = json!({
        "meta": {"code": 200, "type": "Success", "message": "The request was successful."},
        "data": {"submitted": 2, "other": [], "remote": [
            row("ups", "JP", "Japan", "7621094"),
            row("tnt", "JP", "Japan", "7621094"),
            row("tnt", "NZ", "New Zealand", "Papaaroha"),
        ]}
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn addresses_give_several_rows_one_or_none() {
    let house = House::open().await;
    let inputs: Value = (0..40)
        .map(|n| json!({"country": "us", "postcode": 10_000 + n}))
        .collect();
    let answer = house.post("/trackings/remote", inputs.clone()).await;
    assert_eq!(
        house.post("/trackings/remote", inputs.clone()).await,
        answer
    );
    let remote = answer["data"]["remote"].as_array().unwrap();
    let other = answer["data"]["other"].as_array().unwrap();
    let mut rows: Vec<usize> = Vec::new();
    for input in inputs.as_array().unwrap() {
        let postcode = input["postcode"].to_string();
        let own = remote
            .iter()
            .filter(|row| row["far_city_postcode"] == postcode.as_str());
        let count = own.count();
        assert_eq!(count == 0, other.contains(input), "{input}");
        rows.push(count);
    }
    assert!([0, 1, 2].iter().all(|count| rows.contains(count)));
}

#[tokio::test]
async fn one_courier_can_be_asked_about_and_unknown_places_are_not_remote() {
    let house = House::open().await;
    let body = json!([
        {"country": "jp", "postcode": "762-1094", "company": "TNT"},
        {"country": "JP", "postcode": "7621094", "company": "DHL"},
        {"country": "Atlantis", "postcode": "1"},
    ]);
    let answer = house.post("/trackings/remote", body.clone()).await;
    let remote = answer["data"]["remote"].as_array().unwrap();
    assert_eq!(
        (remote.len(), &remote[0]["far_express_company"]),
        (1, &json!("tnt"))
    );
    assert_eq!(remote[0]["far_city_postcode"], "762-1094");
    assert_eq!(answer["data"]["other"], json!([body[1], body[2]]));
    for wrong in [
        json!([{"country": "JP"}]),
        json!([{"postcode": "1"}]),
        json!([1]),
    ] {
        assert_eq!(
            code(&house.post("/trackings/remote", wrong.clone()).await),
            4012,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn shares_of_transit_time_add_up_in_every_spelling() {
    let house = House::open().await;
    let lines: Value = ["CN", "DE", "FR", "NL", "JP", "SG"]
        .iter()
        .flat_map(|from| ["dhl", "USPS"].map(|carrier| (carrier, from)))
        .map(|(carrier, from)| json!({"carrier_code": carrier, "original": from, "destination": "US"}))
        .collect();
    let answer = house.post("/trackings/costtime", lines).await;
    let rows = answer["data"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let ranges = ["range1", "range3", "range4", "range5", "range6"];
        let sum: f64 = ranges.iter().map(|range| number(&row[range])).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{row}");
        assert!(number(&row["delivered"]) <= number(&row["total"]), "{row}");
        assert!(row.get("range2").is_none());
    }
    let some = |test: &dyn Fn(&Value) -> bool| rows.iter().any(test);
    assert!(some(&|row| row["range1"].is_f64() && row["total"].is_u64()));
    assert!(some(
        &|row| row["total"].is_string() && row["range1"].as_str().unwrap().starts_with("0.")
    ));
    assert!(some(&|row| row["range1"]
        .as_str()
        .is_some_and(|text| text.ends_with('%'))));
}

#[tokio::test]
async fn unknown_carriers_are_left_out_and_missing_fields_refuse_the_call() {
    let house = House::open().await;
    let row =
        |carrier: &str| json!({"carrier_code": carrier, "original": "CN", "destination": "US"});
    let answer = house
        .post(
            "/trackings/costtime",
            json!([row("no-such-carrier"), row("dhl")]),
        )
        .await;
    let rows = answer["data"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["carrier_code"]), (1, &json!("dhl")));
    for missing in ["carrier_code", "original", "destination"] {
        let mut broken = row("dhl");
        broken[missing] = json!("");
        let answer = house
            .post("/trackings/costtime", json!([row("dhl"), broken]))
            .await;
        assert_eq!(code(&answer), 4012, "{missing}");
    }
}
