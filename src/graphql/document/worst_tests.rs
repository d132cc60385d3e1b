//! The worst documents that were found, and how long it takes to judge them.

use std::time::{Duration, Instant};

use super::tests::{documents, judged};
use super::*;

/// This in 1,296 places: six in each of six, four times over.
fn spread_tree(field: &str) -> String {
    let level = |nth: usize| {
        let spreads = format!("...{{...g{}}} ", nth + 1).repeat(6);
        format!("fragment g{nth} on Query{{{spreads}}} ")
    };
    let levels: String = (0..4).map(level).collect();
    format!("{{ ...g0 }} {levels} fragment g4 on Query{{{field}}}")
}

/// The worst documents of 2,000 tokens that were found: each is a kind of validation's work.
pub(super) fn worst() -> Vec<(&'static str, String)> {
    let many =
        |count: usize, piece: &dyn Fn(usize) -> String| (0..count).map(piece).collect::<String>();
    vec![
        (
            "same fields",
            format!("{{ {} }}", "account{email} ".repeat(490)),
        ),
        (
            "nested same fields",
            format!(
                "{{ {} }}",
                "trackings{edges{node{origin{carrier{code}}}}} ".repeat(120)
            ),
        ),
        (
            "conflicts",
            format!(
                "{{ {} }}",
                many(180, &|nth| format!("a:carrier(code:\"{nth}\"){{code}} "))
            ),
        ),
        (
            "conflicting leaves",
            format!("{{ account{{ {} }} }}", "a:email a:phone ".repeat(330)),
        ),
        (
            "unknown fields",
            format!("{{ {} }}", many(1_990, &|nth| format!("a{nth} "))),
        ),
        (
            "fragments",
            format!(
                "{{ {} }} {}",
                many(155, &|nth| format!("...f{nth} ")),
                many(155, &|nth| format!(
                    "fragment f{nth} on Query{{account{{email}}}} "
                ))
            ),
        ),
        (
            "chain of fragments",
            format!(
                "{{ ...f0 }} {} fragment f90 on Query{{__typename}}",
                many(90, &|nth| format!(
                    "fragment f{nth} on Query{{...f{} ...f{}}} ",
                    nth + 1,
                    90
                ))
            ),
        ),
        (
            "doubling fragments",
            format!(
                "{{ ...f0 }} {} fragment f10 on Query{{account{{email}}}}",
                many(10, &|nth| format!(
                    "fragment f{nth} on Query{{...f{0} ...f{0} account{{a:email ...g}}}} ",
                    nth + 1
                ))
            ) + " fragment g on Account{phone}",
        ),
        ("wide and deep", {
            let fields =
                "carrier{code} origin{carrier{code}} destination{carrier{code}} ".repeat(10);
            format!(
                "{{ {} }}",
                format!("trackings{{nodes{{{fields}}}}} ").repeat(9)
            )
        }),
        (
            "variables",
            format!(
                "query({}){{ {} }}",
                many(120, &|nth| format!("$a{nth}:Int ")),
                many(120, &|nth| format!(
                    "a{nth}:carriers(first:$a{nth}){{totalCount}} "
                ))
            ),
        ),
        (
            "list of refs",
            format!(
                "{{ trackingsByRef(refs:[{}]){{id}} }}",
                "{id:1}".repeat(390)
            ),
        ),
        (
            "skips",
            format!("{{ {} }}", "__typename@skip(if:true) ".repeat(245)),
        ),
        (
            "operations",
            many(390, &|nth| format!("query a{nth}{{__typename}}")),
        ),
        ("an object in many places", {
            let fields = many(540, &|nth| format!("a:{} ", 1_000_000 + nth));
            spread_tree(&format!(
                "_entities(representations:[{{{fields}}}]){{__typename}}"
            ))
        }),
        ("an object in many places, without a field twice", {
            let fields = many(540, &|nth| format!("a{nth}:1 "));
            spread_tree(&format!(
                "_entities(representations:[{{{fields}}}]){{__typename}}"
            ))
        }),
        ("an object of just the size in many places", {
            let fields = many(11, &|nth| format!("a{nth}:1 "));
            spread_tree(&format!(
                "_entities(representations:[{{{fields}}}]){{__typename}}"
            ))
        }),
        ("objects side by side", {
            let fields = many(20, &|nth| format!("a{nth}:{nth} "));
            format!(
                "{{ {} }}",
                format!("_entities(representations:[{{{fields}}}]){{__typename}} ").repeat(26)
            )
        }),
        ("a large object", {
            let fields = many(430, &|nth| format!("a{nth}:{nth} "));
            format!("{{ _entities(representations:[{{{fields}}}]){{__typename}} }}")
        }),
        ("objects that differ late", {
            let fields = many(50, &|nth| format!("a{nth}:{nth} "));
            let more = "...f ".repeat(15);
            format!(
                "{{ ...f ... {{ {more} }} {} }} fragment f on Query{{a:_entities(representations:[{{{fields}}}]){{__typename}} a:_entities(representations:[{{{fields}}}]){{__typename}}}}",
                "... { ...f } ".repeat(15)
            )
        }),
        ("long names in many places", {
            spread_tree(&format!("{}:__typename", "x".repeat(100_000)))
        }),
        ("long texts in many places", {
            spread_tree(&format!(
                "carrier(code:\"{}\"){{code}}",
                "x".repeat(100_000)
            ))
        }),
        ("long texts as far as they are taken", {
            spread_tree(&format!("carrier(code:\"{}\"){{code}}", "x".repeat(4_000)))
        }),
        ("many in many places", {
            spread_tree("trackings{edges{node{origin{carrier{code}}}}}")
        }),
        ("a long text far below in many places", {
            let given = format!(
                "fields(includeDeprecated:\"{}\"){{name}}",
                "x".repeat(120_000)
            );
            let below = format!("{}{given}{}", "ofType{".repeat(45), "}".repeat(45));
            let above = format!("{}{}", "ofType{...f ".repeat(45), "}".repeat(45));
            format!("{{__schema{{types{{{above}}}}}}} fragment f on __Type{{{below}}}")
        }),
        (
            "operations with fragments",
            many(60, &|nth| format!("query a{nth}{{...f0}} "))
                + &many(60, &|nth| {
                    format!(
                        "fragment f{nth} on Query{{...f{} account{{a{nth}:email}}}} ",
                        nth + 1
                    )
                })
                + "fragment f60 on Query{__typename}",
        ),
    ]
}

#[test]
fn no_document_within_the_limits_takes_long_to_judge() {
    let documents = documents(Limits {
        tokens: Some(2_000),
        ..Limits::NONE
    });
    // Tests run unoptimised, and beside others.
    let most = Duration::from_millis(if cfg!(debug_assertions) { 600 } else { 50 });
    for (name, text) in worst() {
        let begun = Instant::now();
        let verdict = judged(&documents, &text);
        let took = begun.elapsed();
        let told = verdict.map_or_else(
            |refused| refused.messages()[0].clone(),
            |_| "valid".to_owned(),
        );
        println!("{name}: {took:?}: {told:.80}");
        assert!(took < most, "{name} took {took:?}");
    }
}
