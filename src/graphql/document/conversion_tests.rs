//! Operations as the library reads them.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::DocumentOperations;

use super::*;
use crate::graphql;
use crate::graphql::document::{Documents, Limits, Trust, Way};

/// Written here and by the library's own parser, as plain data. `same` says it without fragments and repetitions.
fn both(text: &str, same: &str) -> (serde_json::Value, serde_json::Value) {
    let documents = Documents::read_for(Way::Plain, &graphql::sdl(), Limits::NONE);
    let document = documents.judged(&text.into(), Trust::Stranger).unwrap();
    let plan = document.operation(None).unwrap();
    let (ours, _) = plan.written(&document_variables());
    let mut theirs = parse_query(same).unwrap();
    if let DocumentOperations::Multiple(operations) = theirs.operations {
        let only = operations.into_values().next().unwrap();
        theirs.operations = DocumentOperations::Single(only);
    }
    (
        serde_json::to_value(ours).unwrap(),
        serde_json::to_value(theirs).unwrap(),
    )
}

/// As if each of them had a value.
fn document_variables() -> async_graphql::Variables {
    let names = ["a", "b", "c"].into_iter();
    let values = names.map(|name| (TargetName::new(name), async_graphql::Value::Null));
    async_graphql::Variables::from_value(async_graphql::Value::Object(values.collect()))
}

#[test]
fn an_operation_is_written_as_the_librarys_parser_writes_it() {
    for text in [
        "{ account { email } }",
        "query Q($a: String!, $b: Int = 5, $c: String! = \"x\") { x: carrier(code: $a) { name } carriers(first: $b) { totalCount } carrier(code: $c) { code } }",
        "{ trackings(first: 3, filter: { status: TRANSIT, archived: false, orderIds: [\"a\", \"b\"], language: null }) { nodes { id } } account { email } }",
        "{ nodes(ids: [\"a\"]) { ... on Carrier { id code } ... on Tracking { id } } }",
        "query($a: String!) { trackingsByRef(refs: [{ key: { carrierCode: $a, trackingNumber: \"a\\n\\u0041\\\"\" } }, { id: \"5\" }]) { id } }",
        "mutation { updateTracking(input: { ref: { id: \"\"\"\n    one\n      two\n  \"\"\" }, status: DELIVERED }) { userErrors { code } } }",
    ] {
        let (ours, theirs) = both(text, text);
        assert_eq!(shape(&ours), shape(&theirs), "{text}");
    }
}

/// What is written without the places, which the library puts elsewhere in some cases.
fn shape(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "pos");
            Json::Object(
                fields
                    .map(|(name, value)| (name.clone(), shape(value)))
                    .collect(),
            )
        }
        Json::Array(entries) => Json::Array(entries.iter().map(shape).collect()),
        other => other.clone(),
    }
}

#[test]
fn a_subscription_begins_its_field_once_however_often_it_is_asked_for() {
    let text = "subscription { a: statusChanged { kind } ...f } fragment f on Subscription { a: statusChanged { cursor } }";
    let once = "subscription { a: statusChanged { kind cursor } }";
    let (ours, theirs) = both(text, once);
    assert_eq!(shape(&ours), shape(&theirs));
}

#[test]
fn texts_and_numbers_come_out_as_the_specification_reads_them() {
    let text = |text: &str| {
        let document = format!("{{ a(b: {text}) }}");
        let document = apollo_compiler::ast::Document::parse(document, "a.graphql").unwrap();
        let operation = document.definitions[0].as_operation_definition().unwrap();
        value(&operation.selection_set[0].as_field().unwrap().arguments[0].value)
    };
    for (written, read) in [
        (r#""\u{51}\u0041""#, "QA"),
        (r#""\uD83D\uDE00 \u{1F600}""#, "😀 😀"),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (
            "\"\"\"\n  one\n    two \\\"\"\"\n\n  \"\"\"",
            "one\n  two \"\"\"",
        ),
    ] {
        assert_eq!(
            text(written),
            TargetValue::String(read.to_owned()),
            "{written}"
        );
    }
    for (written, read) in [
        ("5", "5"),
        ("-0", "0"),
        ("-2147483648", "-2147483648"),
        ("99999999999999999999", "\"99999999999999999999\""),
        ("1e400", "\"1e400\""),
        ("1.5e3", "1500.0"),
    ] {
        assert_eq!(text(written).to_string(), read, "{written}");
    }
}

#[test]
fn ids_keep_all_their_digits() {
    let text = "mutation { deleteTracking(ref: { id: 99999999999999999999 }) { deletedId } }";
    let (ours, _) = both(text, text);
    assert!(
        ours.to_string().contains("\"99999999999999999999\""),
        "{ours}"
    );
    let text = "{ nodes(ids: [-0, 5]) { id } }";
    let (ours, _) = both(text, text);
    assert!(ours.to_string().contains("\"-0\""), "{ours}");
}
