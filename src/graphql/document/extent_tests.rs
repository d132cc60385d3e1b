//! Documents that would cost far more than their bytes.

use super::*;

fn refusal(text: &str) -> Option<String> {
    let document = Document::parse(text, "document.graphql").unwrap();
    let refused = check(&document, &Places::of(text)).err()?;
    Some(refused.messages().join("; "))
}

#[test]
fn fragments_that_double_each_other_are_refused_in_no_time() {
    let mut query = "query { ...f0 }".to_owned();
    for level in 0..60 {
        query += &format!(
            " fragment f{level} on Query {{ ...f{0} ...f{0} }}",
            level + 1
        );
    }
    assert!(refusal(&query).unwrap().contains("number of selections"));
    query += " fragment f60 on Query { __typename }";
    assert!(refusal(&query).unwrap().contains("number of selections"));
}

#[test]
fn what_is_given_to_fields_counts_in_every_place_and_large_objects_most() {
    let fields: String = (0..540).map(|nth| format!("a{nth}:1 ")).collect();
    let texts = format!("\"{}\"", "x".repeat(30_000));
    let long = "x".repeat(30_000);
    for field in [
        format!("_entities(representations:[{{{fields}}}]){{__typename}}"),
        format!("carrier(code:{texts}){{code}}"),
        format!("{long}:__typename"),
        format!("__typename @skip(if:{texts})"),
    ] {
        let fragment = format!("fragment f on Query{{{field}}}");
        let often = "...f ".repeat(500);
        let refused = refusal(&format!("{{ {often} }} {fragment}")).unwrap();
        assert!(refused.contains("too much to compare"), "{refused}");
    }
    assert!(refusal(&format!("query($a: A = {{{fields}}}) {{ a }}")).is_some());
    let refs = "{key:{carrierCode:\"dhl\",trackingNumber:\"1234567890\"}} ".repeat(1_000);
    assert_eq!(
        refusal(&format!("{{ trackingsByRef(refs:[{refs}]){{id}} }}")),
        None
    );
}

#[test]
fn long_chains_of_fragments_are_refused() {
    let chain: String = (0..5_000)
        .map(|link| format!("fragment f{link} on Query {{ ...f{} }} ", link + 1))
        .collect();
    for start in ["{ ...f0 }", "{ __typename }", "{ ...f4999 ...f4998 ...f0 }"] {
        let refusal = refusal(&format!("{start} {chain}")).unwrap();
        assert!(
            refusal.contains("depth of selections"),
            "{start}: {refusal}"
        );
    }
    let backwards: String = (0..300).rev().map(|link| format!("...f{link} ")).collect();
    assert!(refusal(&format!("{{ {backwards} }} {chain}")).is_some());
}

#[test]
fn what_people_write_passes() {
    let aliases: String = (0..1_000)
        .map(|alias| format!("a{alias}: __typename "))
        .collect();
    assert_eq!(
        refusal(&format!(
            "{{ {aliases} ...f ...f }} fragment f on Query {{ __typename }}"
        )),
        None
    );
}

#[test]
fn circles_are_told_as_graphql_js_tells_them() {
    for (text, told, places) in [
        (
            "{ ...b } fragment a on Query { ...b } fragment b on Query { ...a }",
            "Cannot spread fragment \"a\" within itself via \"b\".",
            &[(1, 32), (1, 61)][..],
        ),
        (
            "{ ...c }\nfragment c on Query {\n  ...c }",
            "Cannot spread fragment \"c\" within itself.",
            &[(3, 3)],
        ),
        (
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ... { ...b } }",
            "Cannot spread fragment \"b\" within itself.",
            &[(1, 67)],
        ),
    ] {
        let document = Document::parse(text, "document.graphql").unwrap();
        let refused = check(&document, &Places::of(text)).unwrap_err();
        assert_eq!(refused.messages(), [told]);
        assert_eq!(refused.places(), places, "{text}");
    }
}
