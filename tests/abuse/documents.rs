//! Operations that would cost far more than their bytes.

use serde_json::{Value, json};

use crate::shot::{Due, Shot, operation};

/// Something that would be seen upstream if it were executed.
const DEED: &str = r#"deleteTracking(ref: { key: { carrierCode: "dhl", trackingNumber: "1234567890" } }) { __typename }"#;

/// The same without a change.
const QUESTION: &str =
    r#"tracking(ref: { key: { carrierCode: "dhl", trackingNumber: "1234567890" } })"#;

pub fn shots() -> Vec<Shot> {
    let queries = [
        ("depth 13", nested(12)),
        ("depth 100", nested(99)),
        ("depth 20,000", "{a".repeat(20_000) + &"}".repeat(20_000)),
        ("depth 100 of inline fragments", format!("{{ {}{QUESTION} {{ id }}{} }}", "... { ".repeat(100), " }".repeat(100))),
        ("10,000 aliases", format!("{{ {QUESTION} {{ {} }} }}", many(10_000, |n| format!("a{n}:id ")))),
        ("10,000 aliases of root fields", format!("{{ {} }}", many(10_000, |n| format!("a{n}:__typename ")))),
        ("21 root fields", format!("{{ {} }}", many(21, |n| format!("a{n}: {QUESTION} {{ id }} ")))),
        ("21 mutations", format!("mutation {{ {} }}", many(21, |n| format!("a{n}: {DEED} ")))),
        ("a circle of two fragments", format!("{{ {QUESTION} {{ ...a }} }} fragment a on Tracking {{ id ...b }} fragment b on Tracking {{ ...a }}")),
        ("a fragment in itself", format!("{{ {QUESTION} {{ ...a }} }} fragment a on Tracking {{ id ...a }}")),
        ("a circle of 500 fragments", format!("{{ {QUESTION} {{ ...f0 }} }}{}", many(500, |n| format!(" fragment f{n} on Tracking {{ ...f{} }}", (n + 1) % 500)))),
        ("fragments that double 40 times", format!("{{ {QUESTION} {{ ...f0 }} }}{} fragment f40 on Tracking {{ id }}", many(40, |n| format!(" fragment f{n} on Tracking {{ ...f{0} ...f{0} }}", n + 1)))),
        ("fragments of 20 spreads each", format!("{{ {QUESTION} {{ ...f0 }} }}{} fragment f8 on Tracking {{ id }}", many(8, |n| format!(" fragment f{n} on Tracking {{ {} }}", format!("...f{} ", n + 1).repeat(20))))),
        ("an object of 540 fields in 2,401 places", spread(&format!("_entities(representations: [{{ {} }}]) {{ __typename }}", many(540, |n| format!("a:{} ", 1_000_000 + n))))),
        ("an object of 540 names in 2,401 places", spread(&format!("_entities(representations: [{{ {} }}]) {{ __typename }}", many(540, |n| format!("a{n}:1 "))))),
        ("a text of 100 KB in 2,401 places", spread(&format!("carrier(code: \"{}\") {{ code }}", "x".repeat(100_000)))),
        ("a name of 100 KB in 2,401 places", spread(&format!("{}: __typename", "x".repeat(100_000)))),
        ("an object of 640 fields", format!("{{ _entities(representations: [{{ {} }}]) {{ __typename }} }}", many(640, |n| format!("a{n}:1 ")))),
        ("10,000 directives on one field", format!("{{ {QUESTION} {{ id {} }} }}", "@include(if:true) ".repeat(10_000))),
        ("10,000 unknown directives", format!("query {} {{ {QUESTION} {{ id }} }}", "@a ".repeat(10_000))),
        ("10,000 fields that have to be compared", format!("{{ {QUESTION} {{ {} }} }}", "id ".repeat(10_000))),
        ("2,000 nested fields that have to be compared", format!("{{ {} }}", format!("{QUESTION} {{ checkpoints {{ description }} }} ").repeat(600))),
        ("2,000 operations", format!("{} query z {{ {QUESTION} {{ id }} }}", many(2_000, |n| format!("query q{n} {{ __typename }} ")))),
        ("2,000 variables", format!("query({}) {{ {QUESTION} {{ id }} }}", many(2_000, |n| format!("$v{n}: Int "))) ),
        ("3,000 brackets in a value", format!("{{ tracking(ref: {}{}) {{ id }} }}", "[".repeat(3_000), "]".repeat(3_000))),
        ("3,000 braces in a default", format!("query($x: Int = {}1{}) {{ {QUESTION} {{ id }} }}", "{a:".repeat(3_000), "}".repeat(3_000))),
        ("3,000 brackets in a type", format!("query($x: {}Int{}) {{ {QUESTION} {{ id }} }}", "[".repeat(3_000), "]".repeat(3_000))),
        ("100,000 tokens", format!("{{ {QUESTION} {{ {} }} }}", "a ".repeat(100_000))),
        ("a syntax error behind 200 KB", format!("{{ {QUESTION} {{ id }} }} {}\u{7f}", " ".repeat(200_000))),
        ("a name of 200 KB", format!("{{ {} }}", "a".repeat(200_000))),
        ("a text of 200 KB that does not end", format!("{{ tracking(ref: {{ id: \"{}", "a".repeat(200_000))),
        ("200 KB of quotes", format!("{{ tracking(ref: {{ id: {}", "\"".repeat(99_000))),
        ("introspection 60 deep", introspection(30)),
        ("a flood of introspection", format!("{{ {} }}", many(500, |n| format!("a{n}: __schema {{ types {{ fields {{ type {{ fields {{ name }} }} }} }} }} ")))),
        ("lists of lists", "{ trackings(first: 100) { nodes { checkpoints { description } origin { checkpoints { description } } destination { checkpoints { description } } } edges { node { checkpoints { description } id origin { checkpoints { description } } destination { checkpoints { description } } } } } }".to_owned()),
        ("a mutation beside what is unknown", format!("mutation {{ {DEED} nonsense }}")),
    ];
    let queries = queries.into_iter();
    let mut shots: Vec<_> = queries
        .map(|(name, query)| operation(name, Due::RequestError, &json!({ "query": query })))
        .collect();
    shots.push(operation(
        "1,000,000 tokens",
        Due::StatusOrEnd(&[413]),
        &json!({ "query": format!("{{ {} }}", "a ".repeat(1_000_000)) }),
    ));
    shots.extend(variables());
    shots
}

/// Large or odd variables for something that would be seen upstream.
fn variables() -> Vec<Shot> {
    const BY_REF: &str = "query($ref: TrackingRef!) { tracking(ref: $ref) { id } }";
    const BY_IDS: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    const COUNTED: &str = "query($n: Int) { trackings(first: $n) { totalCount } }";
    let long = "x".repeat(200_000);
    let many: Vec<_> = (0..50_000).map(|_| "a").collect();
    let deep = (0..100).fold(json!(null), |inner, _| json!([inner]));
    let mut shots = vec![
        shot(
            "a variable of 200 KB",
            Due::Error,
            BY_REF,
            json!({ "ref": { "id": long } }),
        ),
        shot("50,000 ids", Due::Error, BY_IDS, json!({ "ids": many })),
        shot(
            "a variable 100 deep",
            Due::RequestError,
            BY_REF,
            json!({ "ref": deep }),
        ),
        shot(
            "a name of a field of 200 KB",
            Due::RequestError,
            BY_REF,
            json!({ "ref": { (long.as_str()): 1 } }),
        ),
        shot(
            "an integer of 33 bits",
            Due::RequestError,
            COUNTED,
            json!({ "n": 1_u64 << 32 }),
        ),
        shot(
            "an integer with a fraction",
            Due::RequestError,
            COUNTED,
            json!({ "n": 1.5 }),
        ),
        shot(
            "10,000 variables too many",
            Due::Error,
            BY_REF,
            Value::Object((0..10_000).map(|n| (format!("v{n}"), json!(n))).collect()),
        ),
    ];
    let body = |number: &str| format!(r#"{{"query":"{COUNTED}","variables":{{"n":{number}}}}}"#);
    for (name, number) in [
        ("a number of 1e400", "1e400".to_owned()),
        ("a number of 100,000 digits", "9".repeat(100_000)),
        (
            "a fraction of 100,000 digits",
            format!("0.{}", "1".repeat(100_000)),
        ),
    ] {
        shots.push(crate::shot::post(
            name,
            Due::RequestError,
            body(&number).into_bytes(),
        ));
    }
    shots
}

fn shot(name: &'static str, due: Due, query: &str, variables: Value) -> Shot {
    operation(
        name,
        due,
        &json!({ "query": query, "variables": variables }),
    )
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// Fields that nest so deep below the root, as introspection and trackings do not: through lists, and through fragments.
fn nested(depth: usize) -> String {
    let (open, close) = (" { edges { node", " } }");
    let levels = depth / 2;
    format!(
        "{{ trackings{}{} }}",
        open.repeat(levels),
        close.repeat(levels)
    )
    .replace("node }", "node { id } }")
}

/// This in 2,401 places, seven times in each of seven, four times over.
fn spread(field: &str) -> String {
    let level = |n| {
        let spreads = format!("... {{ ...g{} }} ", n + 1).repeat(7);
        format!("fragment g{n} on Query {{ {spreads}}} ")
    };
    format!(
        "{{ {QUESTION} {{ id }} ...g0 }} {}fragment g4 on Query {{ {field} }}",
        many(4, level)
    )
}

/// Types of fields of types.
fn introspection(levels: usize) -> String {
    let (open, close) = ("fields { type { ", "name } } ");
    format!(
        "{{ __schema {{ types {{ {}{} }} }} }}",
        open.repeat(levels),
        close.repeat(levels)
    )
}
