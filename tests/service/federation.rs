//! The service as a part of a supergraph.

use std::io::Write;

use parcelgraph::graphql;
use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::{House, create_many, node};

const ENTITIES: &str = "query($of: [_Any!]!) {
    _entities(representations: $of) { __typename ... on Tracking { id trackingNumber carrierCode status } }
}";

fn by_number(number: &str) -> Value {
    json!({ "__typename": "Tracking", "carrierCode": "dhl", "trackingNumber": number })
}

fn entities(answer: &Value) -> &[Value] {
    answer["data"]["_entities"].as_array().unwrap()
}

#[tokio::test]
async fn a_supergraph_is_composed_of_it_and_a_service_that_refers_to_parcels() {
    let mut file = NamedTempFile::new().unwrap();
    write!(file, "{}", graphql::subgraph_sdl()).unwrap();
    let said = node("compose.mjs", &[file.path().to_str().unwrap()]).await;
    assert!(said.contains("composed "), "{said}");
}

#[tokio::test]
async fn a_gateway_is_told_the_schema_of_the_subgraph_without_what_it_adds_itself() {
    let house = House::open().await;
    let answer = house.ask("{ _service { sdl } }").await;
    let sdl = answer["data"]["_service"]["sdl"].as_str().unwrap();
    assert_eq!(sdl, graphql::subgraph_sdl());
    for added in ["_service", "_entities", "_Any", "_Entity", "_Service"] {
        assert!(!sdl.contains(added), "{added}");
    }
}

#[tokio::test]
async fn fifty_parcels_named_by_either_key_are_two_calls_in_the_order_of_the_gateway() {
    let mut house = House::without_limits().await;
    house.ask(&create_many(0..50)).await;
    let numbers: Vec<_> = (0..50).map(|number| format!("LIST{number:06}")).collect();
    let named: Vec<_> = numbers.iter().map(|number| by_number(number)).collect();
    let known = house.ask_with(ENTITIES, json!({ "of": named })).await;
    let mixed: Vec<_> = entities(&known)
        .iter()
        .enumerate()
        .map(|(place, parcel)| match place % 2 {
            0 => named[place].clone(),
            _ => json!({ "__typename": "Tracking", "id": parcel["id"] }),
        })
        .collect();

    // It forgets what it knows of them.
    house.restart().await;
    house.sandbox.clear_calls();
    let answer = house.ask_with(ENTITIES, json!({ "of": mixed })).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let told: Vec<_> = entities(&answer)
        .iter()
        .map(|parcel| parcel["trackingNumber"].as_str().unwrap())
        .collect();
    assert_eq!(told, numbers);
    assert!(
        entities(&answer)
            .iter()
            .all(|parcel| parcel["__typename"] == "Tracking" && parcel["carrierCode"] == "dhl")
    );
    let calls = house.sandbox.calls();
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.endpoint == Endpoint::List)
            .count(),
        2
    );
}

#[tokio::test]
async fn a_wrong_representation_is_null_beside_an_error_and_the_others_do_not_suffer() {
    let house = House::without_limits().await;
    house.ask(&create_many(0..1)).await;
    let of = json!([
        by_number("LIST000000"),
        { "__typename": "Order", "id": "1" },
        by_number("UNKNOWN000"),
        { "__typename": "Tracking" },
        "nonsense",
        by_number("LIST000000"),
    ]);
    let answer = house.ask_with(ENTITIES, json!({ "of": of })).await;
    let is_null: Vec<_> = entities(&answer).iter().map(Value::is_null).collect();
    assert_eq!(is_null, [false, true, true, true, true, false], "{answer}");
    let mut errors: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["path"].to_string(),
                error["extensions"]["code"].as_str().unwrap(),
            )
        })
        .collect();
    errors.sort();
    let path = |place: usize| format!("[\"_entities\",{place}]");
    assert_eq!(
        errors,
        [
            (path(1), "BAD_USER_INPUT"),
            (path(2), "NOT_FOUND"),
            (path(3), "BAD_USER_INPUT"),
            (path(4), "BAD_USER_INPUT"),
        ]
    );
}

#[tokio::test]
async fn more_parcels_than_a_field_takes_are_refused_at_once() {
    let house = House::without_limits().await;
    let of = vec![by_number("LIST000000"); 201];
    let answer = house.ask_with(ENTITIES, json!({ "of": of })).await;
    assert_eq!(answer["data"], json!({ "_entities": null }));
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
        "{answer}"
    );
    assert_eq!(house.calls(Endpoint::List), 0);
}
