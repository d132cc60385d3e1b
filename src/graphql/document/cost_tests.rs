//! What operations cost.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Value as Json, json};

use super::*;
use crate::graphql;
use crate::graphql::document::{Documents, Limits, Trust};

fn cost(text: &str, variables: Json) -> u64 {
    let documents = Documents::open(&graphql::sdl(), Limits::NONE);
    let document = documents.judged(&text.into(), Trust::Stranger).unwrap();
    let plan = document.operation(None).unwrap();
    let variables = documents.coerce(plan, &(&variables).into()).unwrap();
    plan.cost(&variables)
}

fn refs(count: usize) -> Json {
    let refs: Vec<_> = (0..count).map(|id| json!({ "id": id })).collect();
    json!({ "refs": refs, "inputs": [], "first": 7 })
}

#[test]
fn what_typical_operations_cost() {
    const PARCEL: &str =
        "id status trackingNumber carrier { code name } checkpoints { localTime description }";
    const LEGS: &str = "origin { carrier { code } checkpoints { description } } destination { checkpoints { description } }";
    for (text, variables, points) in [
        ("{ __typename }", json!({}), 0),
        (
            "{ account { balance } statusCounts { total counts { count } } }",
            json!({}),
            3,
        ),
        (
            &format!("query($r: TrackingRef!) {{ tracking(ref: $r) {{ {PARCEL} }} }}"),
            json!({ "r": { "id": 1 } }),
            3,
        ),
        (
            &format!(
                "query($refs: [TrackingRef!]!) {{ trackingsByRef(refs: $refs) {{ {PARCEL} }} }}"
            ),
            refs(50),
            150,
        ),
        (
            &format!(
                "query($refs: [TrackingRef!]!) {{ trackingsByRef(refs: $refs) {{ {PARCEL} {LEGS} freshness {{ stale }} }} }}"
            ),
            refs(50),
            450,
        ),
        (
            &format!(
                "{{ trackings {{ totalCount pageInfo {{ endCursor }} nodes {{ {PARCEL} }} }} }}"
            ),
            json!({}),
            62,
        ),
        (
            &format!("{{ trackings(first: 100) {{ nodes {{ id {LEGS} }} }} }}"),
            json!({}),
            601,
        ),
        (
            &format!("{{ trackings(last: 100) {{ edges {{ cursor node {{ id {LEGS} }} }} }} }}"),
            json!({}),
            701,
        ),
        (
            "query($first: Int) { carriers(first: $first) { nodes { code } edges { node { code country { code } } } } }",
            json!({ "first": 7 }),
            29,
        ),
        (
            "query($first: Int) { carriers(first: $first) { nodes { code } } }",
            json!({}),
            21,
        ),
        (
            "{ nodes(ids: [\"a\", \"b\"]) { ... on Tracking { carrier { code } } ... on Carrier { country { code } } } }",
            json!({}),
            6,
        ),
        ("{ trackingsByRef(refs: { id: 1 }) { id } }", json!({}), 1),
        (
            "mutation($r: TrackingRef!) { deleteTracking(ref: $r) { userErrors { code } } }",
            json!({ "r": { "id": 1 } }),
            12,
        ),
        (
            "mutation($refs: [TrackingRef!]!) { deleteTrackings(refs: $refs) { results { deletedId userErrors { code } } } }",
            refs(40),
            131,
        ),
        (
            "mutation($refs: [TrackingRef!]!) { deleteTrackings(refs: $refs) { __typename } }",
            refs(200),
            211,
        ),
        (
            "mutation($refs: [TrackingRef!]!) { one: createViewToken(input: { refs: $refs, ttl: \"PT1H\" }) { viewToken { token } } }",
            refs(20),
            52,
        ),
        (
            "mutation { a: stopUpdating(refs: []) { results { tracking { id } } } b: stopUpdating(refs: [{ id: 1 }]) { results { tracking { id } } } }",
            json!({}),
            25,
        ),
        (
            "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind changes { field } tracking { status } } }",
            refs(200),
            203,
        ),
        (
            "{ a: __schema { types { name fields { name } } } }",
            json!({}),
            0,
        ),
    ] {
        assert_eq!(cost(text, variables), points, "{text}");
    }
}

#[test]
fn what_is_asked_for_twice_under_one_name_costs_once() {
    let text = "{ account { email } ...f } fragment f on Query { account { phone } ...g } fragment g on Query { account { balance } }";
    assert_eq!(cost(text, json!({})), 1);
    assert_eq!(
        cost("{ a: account { email } b: account { email } }", json!({})),
        2
    );
}

#[test]
fn every_list_that_arguments_bound_is_bounded_by_one_of_them() {
    let sdl = graphql::sdl();
    let schema = Schema::parse_and_validate(sdl, "schema.graphql").unwrap();
    let mut bounded = Vec::new();
    for (name, kind) in &schema.types {
        let fields = match kind {
            ExtendedType::Object(object) if !name.starts_with("__") => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            _ => continue,
        };
        for field in fields.values() {
            let lists = field
                .arguments
                .iter()
                .filter(|argument| argument.ty.is_list())
                .count();
            let is_page = ["first", "last"]
                .iter()
                .any(|end| field.argument_by_name(end).is_some());
            assert_eq!(is_page, is_connection(field), "{name}.{}", field.name);
            assert!(
                lists < 2,
                "{name}.{}: say which of its lists counts",
                field.name
            );
            bounded.extend(entries(field).map(|list| format!("{}({list})", field.name)));
        }
    }
    bounded.sort();
    let known = "_entities(representations) airWaybills(numbers) createTrackings(inputs) deleteTrackings(refs) nodes(ids) remoteAreas(areas) \
         stopUpdating(refs) trackingUpdated(refs) trackingsByRef(refs) transitTimes(lanes) updateTrackings(inputs)";
    assert_eq!(bounded.join(" "), known);
}

#[test]
fn a_page_is_as_large_as_the_end_that_has_a_value() {
    let text = "query($f: Int, $l: Int) { a: carriers(first: $f, last: 100) { nodes { code } } b: carriers(first: $f, last: $l) { nodes { code } } }";
    for (variables, points) in [
        (json!({}), 122),
        (json!({ "f": null, "l": 5 }), 107),
        (json!({ "f": 7 }), 109),
        (json!({ "f": 200, "l": 300 }), 502),
    ] {
        assert_eq!(cost(text, variables), points);
    }
}

#[test]
fn introspection_costs_what_it_may_tell() {
    let points = |text: &str| {
        let documents = Documents::open(&graphql::sdl(), Limits::NONE);
        let document = documents.judged(&text.into(), Trust::Stranger).unwrap();
        document.operation(None).unwrap().introspection()
    };
    assert_eq!(points("{ __typename account { __typename } }"), 0);
    assert_eq!(points("{ __type(name: \"Query\") { name } }"), 1);
    let types = "__schema { types { name fields { name args { name } } } }";
    assert_eq!(points(&format!("{{ {types} }}")), 54);
    assert_eq!(points(&format!("{{ a: {types} b: {types} }}")), 107);
}
