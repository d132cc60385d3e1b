use std::sync::Arc;

use super::*;
use crate::graphql;
use crate::graphql::document::{Documents, Limits, Plan, Trust};

fn plan(text: &str) -> Arc<Plan> {
    let documents = Documents::open(&graphql::sdl(), Limits::NONE);
    let document = documents.judged(&text.into(), Trust::Stranger).unwrap();
    document.operation(None).unwrap().clone()
}

fn truth() -> Variables {
    let value = async_graphql::value!({ "yes": true });
    Variables::from_value(value)
}

/// How many selections are read once, and how many for each request.
fn counts(text: &str) -> (usize, usize) {
    let (_, marks) = plan(text).written(&truth());
    (marks.fixed.len(), marks.open.len())
}

#[test]
fn selections_of_parcels_are_read_once_unless_variables_are_in_them() {
    for (text, expected) in [
        (r#"{ tracking(ref: { id: "x" }) { id } }"#, (1, 0)),
        (
            r#"query($id: ID!) { node(id: $id) { id ... on Tracking { status } } }"#,
            (1, 0),
        ),
        (
            "{ trackings { edges { node { id } } nodes { status } } }",
            (2, 0),
        ),
        (
            r#"query($in: CarrierLanguage) { tracking(ref: { id: "x" }) { ...F } } fragment F on Tracking { carrier { name(language: $in) } }"#,
            (0, 1),
        ),
        (
            r#"query($yes: Boolean!) { tracking(ref: { id: "x" }) @include(if: $yes) { id } }"#,
            (1, 0),
        ),
        ("{ carriers { nodes { id } } }", (0, 0)),
        (
            r#"mutation { updateTracking(input: { ref: { id: "x" } }) { tracking { id } } }"#,
            (0, 0),
        ),
    ] {
        assert_eq!(counts(text), expected, "{text}");
    }
}

#[test]
fn where_variables_say_what_is_left_out_all_is_read_for_each_request() {
    let text = r#"query($yes: Boolean!) { a: tracking(ref: { id: "x" }) { id @skip(if: $yes) status } b: node(id: "x") { id } }"#;
    for (value, expected) in [(true, "status"), (false, "id")] {
        let variables = Variables::from_value(async_graphql::value!({ "yes": value }));
        let (_, marks) = plan(text).written(&variables);
        assert_eq!((marks.fixed.len(), marks.open.len()), (2, 0));
        let steps = marks.fixed[0][0].1.steps();
        assert_eq!(steps[0].key(), expected);
    }
}

/// A fragment is read where it is spread, with what else is selected there.
#[test]
fn what_is_asked_for_twice_is_one_selection_in_each_place() {
    let text = r#"{ a: node(id: "x") { ...F } b: node(id: "x") { ...F ... on Tracking { origin { phone } } }
            tracking(ref: { id: "x" }) { id } tracking(ref: { id: "x" }) { status } }
        fragment F on Tracking { origin { weblink } }"#;
    let (_, marks) = plan(text).written(&Variables::default());
    assert_eq!(marks.fixed.len(), 3);
    let keys = |selected: &Selected| {
        let steps = selected.steps().iter();
        let keys: Vec<_> = steps.map(|step| step.key().to_owned()).collect();
        keys
    };
    let origin = |place: usize| keys(marks.fixed[place][0].1.steps()[0].below());
    assert_eq!(origin(0), ["weblink"]);
    assert_eq!(origin(1), ["weblink", "phone"]);
    assert_eq!(keys(&marks.fixed[2][0].1), ["id", "status"]);
}

#[test]
fn the_library_gets_marks_in_place_of_the_selections() {
    let text = r#"query($in: CarrierLanguage) { a: node(id: "x") { id } b: node(id: "y") { ... on Carrier { name(language: $in) } } }"#;
    let (written, _) = plan(text).written(&Variables::default());
    let json = serde_json::to_string(&written).unwrap();
    for mark in [r#""=0""#, r#""?0""#] {
        assert_eq!(json.matches(mark).count(), 1, "{json}");
    }
    assert!(!json.contains(r#""name":"id""#), "{json}");
}

#[test]
fn fields_that_become_one_in_the_answer_are_one_step_where_the_first_stood() {
    let text = r#"{ tracking(ref: { id: "x" }) { origin { phone } id ...F origin { phone weblink } } }
        fragment F on Node { a: id ... on Tracking @skip(if: true) { status } }"#;
    let (_, marks) = plan(text).written(&Variables::default());
    let steps = marks.fixed[0][0].1.steps();
    let openings = steps
        .iter()
        .map(|step| String::from_utf8_lossy(step.opening()));
    let openings: Vec<_> = openings.collect();
    assert_eq!(openings, [r#"{"origin":"#, r#","id":"#, r#","a":"#]);
    let below = steps[0].below().steps().iter().map(|step| step.key());
    assert_eq!(below.collect::<Vec<_>>(), ["phone", "weblink"]);
}
