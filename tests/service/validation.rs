//! Documents and values of variables, judged as graphql-js judges them.

use std::process::Command;

use parcelgraph::graphql::{Judge, Request};
use serde_json::{Map, Value, json};

/// How many documents are made by mutation.
const MUTATED: &str = "5000";

/// Where graphql-js 16 finds right what is wrong: `CollectSubscriptionFields` of section 5.2.4.1 of the specification of
/// September 2025 says "selection must not provide the `@skip` directive", and the same of `@include`.
const WRONG_BY_NEWER_WORDS: [&str; 3] = [
    "subscription { statusChanged @skip(if: false) { kind } }",
    "subscription { ... @include(if: true) { statusChanged { kind } } }",
    "subscription { ...f @include(if: true) } fragment f on Subscription { statusChanged { kind } }",
];

/// A judge with the schema that was asked of, and what graphql-js says, one case each.
fn verdicts(arguments: &[&str]) -> (Judge, Vec<Map<String, Value>>) {
    let said = Command::new("node")
        .arg("tests/clients/verdicts.mjs")
        .args(arguments)
        .output()
        .expect("node runs");
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(
        said.status.success(),
        "run `npm ci` in tests/clients: {errors}"
    );
    let lines = std::str::from_utf8(&said.stdout).unwrap().lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Map<_, _>>(line).unwrap());
    let schema = lines.next().expect("the schema comes first");
    (
        Judge::over(schema["sdl"].as_str().unwrap()),
        lines.collect(),
    )
}

#[test]
fn documents_are_right_or_wrong_as_graphql_js_finds_them() {
    let (judge, said) = verdicts(&[
        "documents",
        "schema.graphql",
        "tests/cases/documents.json",
        MUTATED,
    ]);
    let mut differ = Vec::new();
    let mut right = 0;
    for case in &said {
        let text = case["text"].as_str().unwrap();
        let ours = judge.document(text);
        let is_right = case["why"].as_array().unwrap().is_empty();
        right += usize::from(is_right);
        if ours.is_ok() != is_right {
            differ.push(format!(
                "{text}\n  graphql-js: {}\n  here: {ours:?}",
                case["why"]
            ));
        }
    }
    let (found, some) = (
        differ.len(),
        differ.iter().take(40).cloned().collect::<Vec<_>>(),
    );
    assert!(
        found == 0,
        "{found} of {} differ, such as\n{}",
        said.len(),
        some.join("\n")
    );
    assert!(
        said.len() > 5_400 && right > 300,
        "{right} of {} are right",
        said.len()
    );
}

#[test]
fn a_subscriptions_root_is_not_skipped() {
    let judge = Judge::open();
    for text in WRONG_BY_NEWER_WORDS {
        assert!(judge.document(text).is_err(), "{text}");
        let plain = text
            .replace("@skip(if: false)", "")
            .replace("@include(if: true)", "");
        assert_eq!(judge.document(&plain), Ok(()), "{plain}");
    }
}

#[test]
fn variables_are_read_as_graphql_js_reads_them() {
    let (judge, said) = verdicts(&["variables", "schema.graphql", "tests/cases/variables.json"]);
    let mut differ = Vec::new();
    for case in &said {
        let text = case["text"].as_str().unwrap();
        let request = Request::from_json(&json!({ "variables": case["values"] })).unwrap();
        let ours = judge.variables(text, &request.variables);
        let is_right = case["why"].as_array().unwrap().is_empty();
        let is_same = ours
            .as_ref()
            .ok()
            .is_none_or(|ours| is_same(ours, &case["value"]));
        if ours.is_ok() != is_right || !is_same {
            differ.push(format!(
                "{text} {}\n  graphql-js: {} {}\n  here: {ours:?}",
                case["values"],
                case["why"],
                case.get("value").unwrap_or(&Value::Null)
            ));
        }
    }
    assert!(said.len() >= 60, "{}", said.len());
    assert!(
        differ.is_empty(),
        "{} differ\n{}",
        differ.len(),
        differ.join("\n")
    );
}

/// Whether values are the same but for how numbers are written, and for defaults of fields, which come in later.
fn is_same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => ours
            .iter()
            .all(|(name, ours)| theirs.get(name).is_some_and(|theirs| is_same(ours, theirs))),
        // A list of one may be written as what is in it.
        (ours, Value::Array(theirs)) if !ours.is_null() => {
            theirs.len() == 1 && is_same(ours, &theirs[0])
        }
        (Value::Number(ours), Value::String(theirs)) => ours.to_string() == *theirs,
        (ours, theirs) => ours == theirs,
    }
}
