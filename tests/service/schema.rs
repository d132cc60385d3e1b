//! The schema as it is published.

use std::fs;

use parcelgraph::graphql;
use serde_json::{Value, json};

use crate::support::House;

#[test]
fn the_committed_schema_is_not_stale() {
    let committed = fs::read_to_string("schema.graphql").unwrap();
    assert!(
        committed == graphql::sdl(),
        "schema.graphql is stale: run `cargo run -- schema > schema.graphql`"
    );
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let house = House::open().await;
    let introspection = "{ __schema { types { kind name description
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }";
    let answer = house.ask(introspection).await;
    let mut bare = Vec::new();
    let mut described = 0;
    let mut look = |place: String, thing: &Value| {
        described += 1;
        if thing["description"]
            .as_str()
            .unwrap_or_default()
            .trim()
            .is_empty()
        {
            bare.push(place);
        }
    };
    for kind in list(&answer["data"]["__schema"]["types"]) {
        let name = kind["name"].as_str().unwrap();
        // The standard scalars' descriptions are the specification's business.
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        look(name.to_owned(), kind);
        for group in ["fields", "inputFields", "enumValues"] {
            for member in list(&kind[group]) {
                look(format!("{name}.{}", member["name"]), member);
                for argument in list(&member["args"]) {
                    look(
                        format!("{name}.{}({})", member["name"], argument["name"]),
                        argument,
                    );
                }
            }
        }
    }
    assert!(described > 400, "{described}");
    assert!(bare.is_empty(), "without a description: {bare:?}");
}

#[tokio::test]
async fn every_example_of_the_playground_runs() {
    let house = House::without_limits().await;
    let mut ran = 0;
    for entry in fs::read_dir("playground/examples").unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "graphql")
        {
            continue;
        }
        let query = fs::read_to_string(&path).unwrap();
        if query.contains("subscription ") {
            continue;
        }
        let variables: Value =
            serde_json::from_str(&fs::read_to_string(path.with_extension("json")).unwrap())
                .unwrap();
        let answer = house.ask_with(&query, variables).await;
        assert_eq!(answer.get("errors"), None, "{}: {answer}", path.display());
        ran += 1;
    }
    assert_eq!(ran, 5);
}

#[tokio::test]
async fn what_the_library_refuses_has_a_code_as_well() {
    let house = House::open().await;
    for query in [
        "{",
        "{ nothing }",
        "query($x: Int!) { trackings(first: $x) { totalCount } }",
    ] {
        let answer = house.ask(query).await;
        assert_eq!(
            answer["errors"][0]["extensions"],
            json!({ "code": "BAD_USER_INPUT" }),
            "{answer}"
        );
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
