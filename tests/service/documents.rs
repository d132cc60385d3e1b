//! Operations that are too large, wrong or not for everybody: they are refused before anything is carried out.

use std::time::{Duration, Instant};

use parcelgraph::auth::Introspection;
use parcelgraph::sandbox::Endpoint;
use parcelgraph::settings::{Overrides, Settings};
use serde_json::{Value, json};

use crate::support::{House, node};

const DHL: &str = "{ key: { carrierCode: \"dhl\", trackingNumber: \"COLD000001\" } }";

/// With the bounds of operations as documented.
fn bounded(settings: &mut Settings) {
    settings.operations = Settings::resolve(&Overrides::default()).unwrap().operations;
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

fn message(answer: &Value) -> &str {
    answer["errors"][0]["message"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn every_breach_of_a_limit_is_told_with_its_figures_and_nothing_is_carried_out() {
    let house = House::with(bounded).await;
    for (query, sentence) in [
        (format!("{{ {} }}", (0..21).map(|nth| format!("a{nth}: account {{ email }} ")).collect::<String>()), "21 root fields, more than 20"),
        (format!("{{ account {{ {} }} }}", (0..10_000).map(|nth| format!("a{nth}: email ")).collect::<String>()), "more than 2000 tokens"),
        (format!("{{ account {{ {} }} }}", (0..31).map(|nth| format!("a{nth}: email ")).collect::<String>()), "31 aliases, more than 30"),
        (format!("{{ account {{ {} }} }}", "email @skip(if: true) ".repeat(51)), "51 directives, more than 50"),
        (
            format!("{{ trackingsByRef(refs: [{}]) {{ origin {{ carrier {{ code }} checkpoints {{ leg }} }} checkpoints {{ leg }} }} }}", "{ id: 1 } ".repeat(201)),
            "costs 1005 points, more than 1000",
        ),
        ("{ trackings(first: 100) { nodes { a: origin { carrier { country { code } } checkpoints { leg } } b: destination { carrier { country { code } } checkpoints { leg } } carrier { country { code } } freshness { stale } } } }".to_owned(), "costs 1201 points, more than 1000"),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(), "too many lists within lists"),
        ("{ a ".repeat(101), "nest more than 100 deep"),
        ("a ".repeat(1_000_000 / 10), "more than 2000 tokens"),
    ] {
        let begun = Instant::now();
        let answer = house.ask(&query).await;
        let took = begun.elapsed();
        assert_eq!(code(&answer), "QUERY_TOO_COMPLEX", "{query:.200} {answer}");
        assert!(message(&answer).contains(sentence), "{query:.200} {answer}");
        assert!(took < Duration::from_millis(200), "{query:.200} took {took:?}");
    }
    assert_eq!(house.calls(Endpoint::UserInfo), 0);
}

#[tokio::test]
async fn development_tools_may_ask_for_the_schema_within_the_limits() {
    let house = House::with(bounded).await;
    let query = node("verdicts.mjs", &["introspection"]).await;
    let told = [("Parcelgraph-Extensions", "cost")];
    let response = house.post(&told, &json!({ "query": query })).await;
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer.get("errors"), None, "{answer:.300}");
    let types = answer["data"]["__schema"]["types"].as_array().unwrap();
    let choice = types
        .iter()
        .find(|kind| kind["name"] == "TrackingRef")
        .unwrap();
    assert_eq!(choice["isOneOf"], true);
    let points = answer["extensions"]["cost"]["requested"].as_u64().unwrap();
    assert!((700..800).contains(&points), "{points}");
}

#[tokio::test]
async fn introspection_can_be_kept_to_some_or_to_nobody() {
    const NAMES: &str = "{ __typename account { __typename } }";
    const SCHEMA: &str = "{ ...f } fragment f on Query { a: __type(name: \"Query\") { name } }";
    let house =
        House::without_limits_and(|settings| settings.access.introspection = Introspection::Off)
            .await;
    for query in [SCHEMA, "{ __schema { queryType { name } } }"] {
        let response = house.post(&[], &json!({ "query": query })).await;
        assert_eq!(response.status(), 403);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            (code(&answer), answer.get("data")),
            ("FORBIDDEN", None),
            "{answer}"
        );
    }
    assert_eq!(house.ask(NAMES).await.get("errors"), None);
    let house =
        House::without_limits_and(|settings| settings.access.introspection = Introspection::Scope)
            .await;
    assert_eq!(house.ask(SCHEMA).await["data"]["a"]["name"], "Query");
}

#[tokio::test]
async fn what_is_wrong_with_values_is_told_before_a_change_is_made() {
    let house = House::without_limits().await;
    let change = "mutation($ref: TrackingRef!, $id: ID) {
        deleteTracking(ref: $ref) { deletedId }
        updateTracking(input: { ref: { id: $id }, title: \"x\" }) { userErrors { code } } }";
    for (variables, sentence) in [
        (
            json!({ "ref": { "id": null }, "id": "a" }),
            "$ref must have exactly one of id, key",
        ),
        (
            json!({ "ref": {}, "id": "a" }),
            "$ref must have exactly one of id, key",
        ),
        (
            json!({ "ref": { "key": { "carrierCode": 5, "trackingNumber": "a" } }, "id": "a" }),
            "$ref.key.carrierCode must be a text",
        ),
        (
            json!({ "ref": { "id": "a" } }),
            "$id must not be null or left out",
        ),
        (json!({ "id": "a" }), "$ref is required"),
    ] {
        let answer = house.ask_with(change, variables).await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
        assert!(message(&answer).contains(sentence), "{answer}");
        assert_eq!(answer.get("data"), None);
    }
    let wrong = "query($since: DateTime, $first: Int) { trackings(first: $first, filter: { createdAtMin: $since }) { totalCount } }";
    let answer = house
        .ask_with(
            wrong,
            json!({ "since": "yesterday", "first": 3_000_000_000_u64 }),
        )
        .await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(
        answer["errors"][1]["locations"],
        json!([{ "line": 1, "column": 25 }])
    );
    assert_eq!(house.sandbox.calls().len(), 0);
}

#[tokio::test]
async fn a_null_where_null_cannot_be_is_refused_before_a_change_is_made() {
    let house = House::without_limits().await;
    let change = format!(
        "mutation($number: String = \"x\") {{
            updateTracking(input: {{ ref: {DHL}, title: \"x\" }}) {{ userErrors {{ code }} }}
            stopUpdating(refs: [{{ key: {{ carrierCode: \"dhl\", trackingNumber: $number }} }}]) {{ results {{ userErrors {{ code }} }} }} }}"
    );
    let late = "query($otherwise: FreshnessFallback) { tracking(ref: { id: \"a\" }, freshness: { otherwise: $otherwise }) { id } }";
    let skipped = "query($skip: Boolean = true) { __typename @skip(if: $skip) }";
    for (query, name) in [(&*change, "number"), (late, "otherwise"), (skipped, "skip")] {
        let answer = house.ask_with(query, json!({ (name): null })).await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
        assert!(message(&answer).contains("must not be null"), "{answer}");
        assert_eq!(answer.get("data"), None);
    }
    assert_eq!(house.sandbox.calls().len(), 0);
    let long =
        "mutation { deleteTracking(ref: { id: 99999999999999999999 }) { userErrors { code } } }";
    let answer = house.ask(long).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    assert!(answer["data"]["deleteTracking"].is_object(), "{answer}");
}

#[tokio::test]
async fn what_is_given_a_variable_without_a_value_is_left_out() {
    let house = House::without_limits().await;
    let create = "mutation { createTracking(input: { carrierCode: \"dhl\", trackingNumber: \"COLD000001\", title: \"Shoes\", orderId: \"7\" }) { tracking { id } userErrors { message } } }";
    let created = house.ask(create).await;
    assert_eq!(created.get("errors"), None, "{created}");
    let update = format!(
        "mutation($title: String, $order: String) {{ updateTracking(input: {{ ref: {DHL}, title: $title, orderId: $order }}) {{ tracking {{ title orderId }} userErrors {{ message }} }} }}"
    );
    let answer = house.ask_with(&update, json!({ "title": "Boots" })).await;
    assert_eq!(
        answer["data"]["updateTracking"]["tracking"],
        json!({ "title": "Boots", "orderId": "7" }),
        "{answer}"
    );
}

#[tokio::test]
async fn which_operation_is_meant_has_to_be_said_where_there_are_several() {
    let house = House::without_limits().await;
    let query = "query A { __typename } query B { b: __typename }";
    for (name, answer) in [
        (json!("B"), json!({ "data": { "b": "Query" } })),
        (json!("A"), json!({ "data": { "__typename": "Query" } })),
    ] {
        let response = house
            .post(&[], &json!({ "query": query, "operationName": name }))
            .await;
        assert_eq!(response.json::<Value>().await.unwrap(), answer);
    }
    for (name, sentence) in [
        (json!("C"), "Unknown operation named \"C\""),
        (json!(null), "Must provide operation name"),
    ] {
        let response = house
            .post(&[], &json!({ "query": query, "operationName": name }))
            .await;
        let answer = response.json::<Value>().await.unwrap();
        assert!(message(&answer).starts_with(sentence), "{answer}");
    }
}

#[tokio::test]
async fn more_rows_than_two_hundred_are_refused_before_any_is_sent_and_each_counts() {
    let house = House::with(bounded).await;
    let inputs = |count: usize| {
        let row = |nth| json!({ "carrierCode": "dhl", "trackingNumber": format!("ROWS{nth:06}") });
        json!({ "rows": (0..count).map(row).collect::<Vec<_>>() })
    };
    let refs = |count: usize| json!({ "rows": vec![json!({ "id": "a" }); count] });
    let update = |count: usize| json!({ "rows": vec![json!({ "ref": { "id": "a" } }); count] });
    for (field, ty, argument, rows) in [
        (
            "createTrackings",
            "CreateTrackingInput",
            "inputs",
            inputs(201),
        ),
        (
            "updateTrackings",
            "UpdateTrackingInput",
            "inputs",
            update(201),
        ),
        ("deleteTrackings", "TrackingRef", "refs", refs(201)),
        ("stopUpdating", "TrackingRef", "refs", refs(201)),
    ] {
        let query =
            format!("mutation($rows: [{ty}!]!) {{ {field}({argument}: $rows) {{ __typename }} }}");
        let answer = house.ask_with(&query, rows).await;
        assert_eq!(answer["data"], json!({ field: null }));
        assert_eq!(code(&answer), "BAD_USER_INPUT");
        let sentence = format!("{argument} takes at most 200 entries, 201 were given");
        assert!(message(&answer).starts_with(&sentence), "{answer}");
    }
    let query = "mutation($rows: [CreateTrackingInput!]!) { createTrackings(inputs: $rows) { __typename } }";
    let answer = house.ask_with(query, inputs(1_000)).await;
    assert_eq!(code(&answer), "QUERY_TOO_COMPLEX");
    assert!(message(&answer).contains("costs 1011 points"), "{answer}");
    let calls = house.sandbox.calls();
    assert!(calls.is_empty(), "{calls:?}");
}
