//! What is asked for several times under one name: it is one field, is done once, and is answered where it came first.

use std::fmt::Write as _;
use std::io::Write as _;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet,
};
use parcelgraph::graphql::{Judge, Request};
use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::{House, node};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");

/// How many documents are made.
const MADE: &str = "600";

const NEW: &str = r#"(input: { carrierCode: "dhl", trackingNumber: "TWICE00001" })"#;

#[tokio::test]
async fn a_change_that_is_named_several_times_is_made_once() {
    let create = |alias: &str, told: &str| format!("{alias}createTracking{NEW} {{ {told} }}");
    for (operation, key) in [
        (
            format!(
                "mutation {{ {} {} }}",
                create("", "tracking { trackingNumber }"),
                create("", "userErrors { code }")
            ),
            "createTracking",
        ),
        (
            format!(
                "mutation {{ ...a ...b ...a }} fragment a on Mutation {{ {} }} fragment b on Mutation {{ {} }}",
                create("", "tracking { trackingNumber }"),
                create("", "userErrors { code }")
            ),
            "createTracking",
        ),
        (
            format!(
                "mutation {{ {} ... on Mutation {{ {} }} }}",
                create("made: ", "tracking { trackingNumber }"),
                create("made: ", "userErrors { code }")
            ),
            "made",
        ),
    ] {
        let house = House::without_limits().await;
        let answer = house.ask(&operation).await;
        let made = json!({ "tracking": { "trackingNumber": "TWICE00001" }, "userErrors": [] });
        assert_eq!(answer, json!({ "data": { key: made } }), "{operation}");
        assert_eq!(house.calls(Endpoint::Post), 1, "{operation}");
    }
}

#[tokio::test]
async fn fragments_that_repeat_each_other_are_carried_out_once_for_each_parcel() {
    let house = House::without_limits().await;
    let often = |what: &str, times| what.repeat(times);
    let query = format!(
        "query($r: [TrackingRef!]!) {{ trackingsByRef(refs: $r) {{ {} }} }} fragment a on Tracking {{ {} }} fragment b on Tracking {{ {} }} fragment c on Tracking {{ {} }}",
        often("...a ", 10),
        often("...b ", 10),
        often("...c ", 10),
        often("checkpoints { description } ", 4)
    );
    let seed = json!({ "key": { "carrierCode": "china-ems", "trackingNumber": "LS912989618CN" } });
    let plain =
        "query($r: [TrackingRef!]!) { trackingsByRef(refs: $r) { checkpoints { description } } }";
    let refs = json!({ "r": vec![seed; 100] });
    let answer = house.ask_with(&query, refs.clone()).await;
    let first = &answer["data"]["trackingsByRef"][0]["checkpoints"];
    assert!(!first.as_array().unwrap().is_empty(), "{first}");
    assert_eq!(answer, house.ask_with(plain, refs).await);
}

#[tokio::test]
async fn keys_are_answered_in_the_order_in_which_they_are_asked_for_first() {
    let house = House::open().await;
    for (query, answer) in [
        (
            "{ ...f __typename account { currency: __typename } } fragment f on Query { account { a: __typename } }",
            r#"{"data":{"account":{"a":"Account","currency":"Account"},"__typename":"Query"}}"#,
        ),
        (
            "{ account @skip(if: true) { a: __typename } __typename account { b: __typename } }",
            r#"{"data":{"__typename":"Query","account":{"b":"Account"}}}"#,
        ),
        (
            "{ account { a: __typename @include(if: false) } __typename }",
            r#"{"data":{"account":{},"__typename":"Query"}}"#,
        ),
    ] {
        assert_eq!(house.raw(query).await, answer);
    }
}

#[tokio::test]
async fn what_is_carried_out_is_answered_as_graphql_js_answers_the_document() {
    let judge = Judge::plain();
    let made = node("repeated.mjs", &["make", SCHEMA, MADE]).await;
    let mut file = NamedTempFile::new().unwrap();
    let mut repeated = 0;
    for line in made.lines() {
        let mut case: Value = serde_json::from_str(line).unwrap();
        let text = case["text"].as_str().unwrap();
        let request = Request::from_json(&json!({ "variables": case["variables"] })).unwrap();
        let carried_out = judge.carried_out(text, &request.variables);
        let other = told(&carried_out.unwrap_or_else(|wrong| panic!("{text}: {wrong:?}")));
        repeated += usize::from(other.len() < text.len());
        case["other"] = other.into();
        writeln!(file, "{case}").unwrap();
    }
    assert!(repeated > 200, "{repeated}");
    let path = file.path().to_str().unwrap();
    let said = node("repeated.mjs", &["compare", SCHEMA, path]).await;
    let lines: Vec<_> = said.trim().lines().collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].starts_with("compared 600 answers"), "{said}");
}

/// A document as text. It has no fragments that have names, and nothing is left out of it.
fn told(document: &ExecutableDocument) -> String {
    assert!(document.fragments.is_empty());
    let DocumentOperations::Single(operation) = &document.operations else {
        panic!("it has one operation");
    };
    let operation = &operation.node;
    let mut text = match operation.ty {
        OperationType::Query => "query ",
        OperationType::Mutation => "mutation ",
        OperationType::Subscription => "subscription ",
    }
    .to_owned();
    let set = &operation.selection_set.node;
    match set.items.is_empty() {
        true => text += "{ __typename @skip(if: true) }",
        false => tell_set(set, &mut text),
    }
    text
}

fn tell_set(set: &SelectionSet, text: &mut String) {
    *text += "{ ";
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let field = &field.node;
                assert!(field.directives.is_empty());
                if let Some(alias) = &field.alias {
                    write!(text, "{}: ", alias.node).unwrap();
                }
                *text += &field.name.node;
                let given = field.arguments.iter();
                let given = given.map(|(name, value)| format!("{}: {}", name.node, value.node));
                let given: Vec<_> = given.collect();
                if !given.is_empty() {
                    write!(text, "({})", given.join(", ")).unwrap();
                }
                *text += " ";
                if !field.selection_set.node.items.is_empty() {
                    tell_set(&field.selection_set.node, text);
                }
            }
            Selection::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref().unwrap();
                write!(text, "... on {} ", on.node.on.node).unwrap();
                tell_set(&fragment.node.selection_set.node, text);
            }
            Selection::FragmentSpread(_) => panic!("a fragment has a name"),
        }
    }
    *text += "} ";
}
