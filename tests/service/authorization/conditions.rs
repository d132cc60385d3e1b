//! The table of conditions: what the answer to each would tell.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use parcelgraph::auth::Scopes;
use parcelgraph::graphql;
use serde_json::json;

use super::callers::Who;
use super::{ask, everybody, forbidden};

type Conditions = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// The input, what its fields need besides what the field needs that takes it, and each with a value.
const CONDITIONS: [Conditions; 4] = [
    (
        "TrackingFilter",
        "",
        &[
            ("status", "DELIVERED"),
            ("archived", "true"),
            ("createdAtMin", "\"2026-01-01T00:00:00Z\""),
            ("createdAtMax", "\"2026-01-01T00:00:00Z\""),
            ("updatedAtMin", "\"2026-01-01T00:00:00Z\""),
            ("updatedAtMax", "\"2026-01-01T00:00:00Z\""),
            ("trackingNumbers", "[\"LS912989618CN\"]"),
            ("language", "\"en\""),
        ],
    ),
    (
        "TrackingFilter",
        "customer:read",
        &[
            ("orderTimeMin", "\"2026-01-01T00:00:00Z\""),
            ("orderTimeMax", "\"2026-01-01T00:00:00Z\""),
            ("orderIds", "[\"1\"]"),
        ],
    ),
    (
        "StatusChangeFilter",
        "",
        &[("statuses", "[DELIVERED]"), ("carrierCodes", "[\"dhl\"]")],
    ),
    (
        "StatusChangeFilter",
        "customer:read",
        &[("orderIds", "[\"1\"]")],
    ),
];

/// What takes such a condition.
fn operation(input: &str, condition: &str) -> (&'static str, String) {
    let filter = format!("filter: {{ {condition} }}");
    match input {
        "TrackingFilter" => {
            let query = format!("{{ trackings(first: 1, {filter}) {{ totalCount }} }}");
            ("trackings", query)
        }
        _ => {
            let query = format!("subscription {{ statusChanged({filter}) {{ kind }} }}");
            ("statusChanged", query)
        }
    }
}

#[test]
fn every_condition_has_one_entry_and_the_schema_says_what_it_needs() {
    let mut expected = BTreeMap::new();
    for (input, needs, fields) in CONDITIONS {
        for (field, _) in fields {
            let twice = expected.insert(format!("{input}.{field}"), needs.to_owned());
            assert_eq!(twice, None);
        }
    }
    let mut stated = BTreeMap::new();
    for definition in parse_schema(graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let name = definition.node.name.node.to_string();
        let TypeKind::InputObject(input) = definition.node.kind else {
            continue;
        };
        for field in input.fields {
            let text = field.node.description.unwrap().node;
            let text = text.replace(char::is_whitespace, " ");
            let needs = text.trim_end().strip_suffix("`.");
            let needs = needs.and_then(|text| text.rsplit_once("Needs `"));
            let needs = needs.map_or("", |(_, needs)| needs);
            let is_condition = name.ends_with("Filter");
            assert!(is_condition || needs.is_empty(), "{name}");
            if is_condition {
                stated.insert(format!("{name}.{}", field.node.name.node), needs.to_owned());
            }
        }
    }
    assert_eq!(stated, expected);
}

#[tokio::test]
async fn a_condition_on_what_somebody_may_not_see_is_refused_to_him() {
    let (house, callers, _) = everybody().await;
    for caller in &callers {
        let Who::Scopes(scopes) = &caller.who else {
            continue;
        };
        for (input, needs, fields) in CONDITIONS {
            let needs: Scopes = format!("tracking:read {needs}").parse().unwrap();
            let may = needs.iter().all(|scope| scopes.contains(scope));
            for (field, value) in fields {
                let (root, query) = operation(input, &format!("{field}: {value}"));
                let (_, answer) = ask(&house, caller.token.as_deref(), &query).await;
                let expected = if may { vec![] } else { vec![vec![root]] };
                let name = &caller.name;
                assert_eq!(forbidden(&answer), expected, "{name}: {field}: {answer}");
                if !may && scopes.contains(parcelgraph::auth::Scope::TrackingRead) {
                    let message = answer["errors"][0]["message"].as_str().unwrap();
                    let says = format!("filter.{field} needs the scope customer:read");
                    assert!(message.starts_with(&says), "{message}");
                    assert_eq!(
                        answer["data"].get(root).unwrap_or(&json!(null)),
                        &json!(null)
                    );
                }
            }
        }
    }
}
