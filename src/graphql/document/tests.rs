//! Hostile documents, and verdicts that are kept.

use std::thread;

use apollo_compiler::ast;
use futures_util::FutureExt;

use super::*;
use crate::graphql;
use crate::graphql::error::ErrorCode;

pub(super) fn documents(limits: Limits) -> Documents {
    Documents::open(&graphql::sdl(), limits)
}

pub(super) fn judged(documents: &Documents, text: &str) -> Verdict {
    documents.judged(&text.into(), Trust::Stranger)
}

fn refusal(documents: &Documents, text: &str) -> (ErrorCode, String) {
    let refused = judged(documents, text).unwrap_err();
    (refused.code(), refused.messages().join("; "))
}

#[test]
fn a_document_is_judged_once() {
    let documents = documents(Limits::NONE);
    for text in ["{ account { email } }", "{ nothing }"] {
        match [(); 2].map(|()| judged(&documents, text)) {
            [Ok(one), Ok(other)] => assert!(Arc::ptr_eq(&one, &other)),
            [Err(one), Err(other)] => assert!(Arc::ptr_eq(&one, &other)),
            _ => panic!("judged in two ways"),
        }
    }
}

#[test]
fn what_follows_from_something_unknown_is_told_behind_it() {
    let documents = documents(Limits::NONE);
    let empty = "interface, union and object types must have a subselection set";
    for (text, says) in [
        ("{ account { nothing } }", "does not have a field `nothing`"),
        ("{ account }", empty),
        ("{ account nothing }", "does not have a field `nothing`"),
    ] {
        let (_, messages) = refusal(&documents, text);
        let first = messages.find(says).unwrap_or(usize::MAX);
        let last = messages.rfind(empty).unwrap_or(first);
        assert!(first <= last && first < usize::MAX, "{text}: {messages}");
    }
}

#[test]
fn every_limit_has_its_own_sentence_and_binds_only_strangers() {
    let limits = Limits {
        depth: Some(3),
        root_fields: Some(2),
        aliases: Some(1),
        directives: Some(1),
        tokens: Some(60),
        ..Limits::NONE
    };
    let documents = documents(limits);
    for (text, sentence) in [
        (
            "{ trackings { edges { node { id } } } }",
            "4 levels of fields, more than 3",
        ),
        (
            "{ ...f } fragment f on Query { trackings { ... { edges { ...g } } } } fragment g on TrackingEdge { node { id } }",
            "4 levels of fields, more than 3",
        ),
        (
            "{ account { email } ...f carrier(code: \"a\") { code } } fragment f on Query { upstreamBudget { quotaLeft } }",
            "3 root fields, more than 2",
        ),
        (
            "{ account { a: email b: email } }",
            "2 aliases, more than 1",
        ),
        (
            "{ account { email @skip(if: true) phone @skip(if: true) } }",
            "2 directives, more than 1",
        ),
        (&"{ account { email } } ".repeat(11), "more than 60 tokens"),
    ] {
        let (code, told) = refusal(&documents, text);
        assert_eq!(code, ErrorCode::QueryTooComplex, "{told}");
        assert!(told.contains(sentence), "{told}");
        if !text.ends_with(' ') {
            documents.judged(&text.into(), Trust::Trusted).unwrap();
        }
    }
}

#[test]
fn no_brackets_overflow_the_stack_of_a_worker() {
    let judge = || {
        let documents = documents(Limits::NONE);
        for (open, close) in [
            ("[", "]"),
            ("{a", "}"),
            ("(", ")"),
            ("{a(b:", "})"),
            ("{...{", "}}"),
            ("[[", ""),
        ] {
            for times in [100, 400, 100_000] {
                let text = format!("{{ a(b: {}1{}) }}", open.repeat(times), close.repeat(times));
                judged(&documents, &text).unwrap_err();
                // The parser's own limit holds as well.
                let parser = ast::Document::parser().recursion_limit(text::MAX_NESTING * 2);
                let _ = { parser }.parse_ast(text, "deep.graphql");
            }
        }
        for piece in [
            "a ",
            "...f ",
            "@a ",
            "$a:A ",
            "query ",
            "\"\" ",
            "\"",
            "\"\"\"",
            "{}",
            "1 ",
            "a:",
            "! ",
            "| ",
            "& ",
            "}",
            "fragment f on Query{a}",
            "\\",
            "type A{a:A}",
            "union A=A|A ",
            "é",
            "\u{0}",
        ] {
            let text = piece.repeat(20_000);
            judged(&documents, &text).unwrap_err();
            judged(&documents, &format!("{{{text}")).unwrap_err();
            judged(&documents, &format!("{{a({text}")).unwrap_err();
        }
    };
    let worker = thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(judge);
    worker.unwrap().join().unwrap();
}

#[test]
fn a_wrong_document_is_not_echoed_and_its_errors_are_bounded() {
    let documents = documents(Limits::NONE);
    let name = "a".repeat(100_000);
    for text in [
        format!("{{ {name} }}"),
        format!("{{ a(b: \"{name}"),
        format!("{{ {name}(b: \"\\x{name}\") }}"),
        format!("{{ {} }}", "b ".repeat(500)),
        format!("query {name} {{ ...{name} }} # \u{1}{name}"),
    ] {
        let refused = judged(&documents, &text).unwrap_err();
        let messages = refused.messages();
        assert!(messages.len() <= 20, "{}", messages.len());
        assert!(
            messages
                .iter()
                .all(|message| message.chars().count() <= 301),
            "{messages:?}"
        );
    }
}

#[test]
fn what_is_kept_of_a_document_counts_with_all_that_is_written_of_it() {
    let documents = documents(Limits::NONE);
    let fields: String = (0..890).map(|nth| format!("a{nth}: email ")).collect();
    let operations: String = (0..10)
        .map(|nth| format!("query q{nth}{{...f}} "))
        .collect();
    let text = format!("{operations} fragment f on Query{{account{{{fields}}}}}");
    let weight = judged(&documents, &text).unwrap().weight();
    assert!((3_000_000..8_000_000).contains(&weight), "{weight}");
    let weight = judged(&documents, "{ account { email } }")
        .unwrap()
        .weight();
    assert!((2_000..5_000).contains(&weight), "{weight}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_ask_for_a_new_document_at_once_have_it_judged_once() {
    let documents = documents(Limits::NONE);
    let text: Arc<str> = "{ account { email } }".into();
    let asked = (0..50).map(|_| {
        let (documents, text) = (documents.clone(), text.clone());
        tokio::spawn(async move {
            documents
                .read(&text, Trust::Stranger, &ClientId::default())
                .await
                .unwrap()
        })
    });
    let asked: Vec<_> = asked.collect();
    let mut verdicts = Vec::new();
    for one in asked {
        verdicts.push(one.await.unwrap());
    }
    assert!(verdicts.iter().all(|one| Arc::ptr_eq(one, &verdicts[0])));
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_for_a_judge_is_told_when_to_come_again() {
    let documents = documents(Limits::NONE);
    let client = ClientId::default();
    let mut all = Vec::new();
    while let Some(turn) = documents.0.turns.take(&client).now_or_never() {
        all.push(turn);
    }
    let text: Arc<str> = "{ nothing }".into();
    let refused = documents.read(&text, Trust::Stranger, &client).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Throttled);
    drop(all);
    let refused = documents.read(&text, Trust::Stranger, &client).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::BadUserInput);
}

#[tokio::test]
async fn who_does_not_move_keeps_nobody_from_being_judged() {
    let documents = documents(Limits::NONE);
    let client = ClientId::default();
    let texts = (0..9).map(|nth| Arc::from(format!("{{ a{nth}: __typename }}")));
    let texts: Vec<Arc<str>> = texts.collect();
    let asked = texts
        .iter()
        .map(|text| documents.read(text, Trust::Stranger, &client));
    let mut asked: Vec<_> = asked.map(Box::pin).collect();
    let last = asked.pop().unwrap();
    // They have asked, and are not looked after any more.
    for one in &mut asked {
        let _ = one.now_or_never();
    }
    last.await.unwrap();
    drop(asked);
    assert!(documents.under_way().is_empty());
}

#[tokio::test(start_paused = true)]
async fn those_who_ask_for_the_same_take_one_place_and_leave_none_behind() {
    let documents = documents(Limits::NONE);
    let client = ClientId::default();
    let mut all = Vec::new();
    while let Some(turn) = documents.0.turns.take(&client).now_or_never() {
        all.push(turn);
    }
    let text: Arc<str> = "{ __typename }".into();
    let ask = || Box::pin(documents.read(&text, Trust::Stranger, &client));
    let mut asked: Vec<_> = (0..2_000).map(|_| ask()).collect();
    for one in &mut asked {
        assert!(one.now_or_never().is_none());
    }
    drop(all);
    for one in asked {
        one.await.unwrap();
    }
    assert!(documents.under_way().is_empty());
}

#[test]
fn what_is_unknown_is_told_before_what_follows_from_it() {
    let documents = documents(Limits::NONE);
    let text = "subscription { trackingUpdated(refs: []) { nonsense } }";
    let messages = judged(&documents, text).unwrap_err().messages();
    assert!(messages[0].contains("nonsense"), "{messages:?}");
}

#[test]
fn aliases_and_directives_of_fragments_count_wherever_these_are_spread() {
    let documents = documents(Limits {
        aliases: Some(6),
        directives: Some(6),
        ..Limits::NONE
    });
    for what in ["a:__typename", "__typename @skip(if: true)"] {
        let text = |inner: usize| {
            let inner = "...f ".repeat(inner);
            format!("{{ ...g ...g }} fragment g on Query{{{inner}}} fragment f on Query{{{what}}}")
        };
        judged(&documents, &text(3)).unwrap();
        let (code, told) = refusal(&documents, &text(4));
        assert_eq!(code, ErrorCode::QueryTooComplex);
        assert!(told.contains("has 8 "), "{told}");
    }
}

#[test]
fn variables_within_what_takes_anything_have_to_be_declared_and_are_used_there() {
    let documents = documents(Limits::NONE);
    let text = |declared: &str, given: &str| {
        format!("query{declared} {{ _entities(representations: [{given}]) {{ __typename }} }}")
    };
    for given in [
        "$a",
        "{ __typename: \"Carrier\", code: $a }",
        "{ __typename: \"Carrier\", code: [{ b: $a }] }",
    ] {
        let (code, told) = refusal(&documents, &text("", given));
        assert_eq!(code, ErrorCode::BadUserInput);
        assert!(told.contains("$a"), "{told}");
        judged(&documents, &text("($a: _Any!)", given)).unwrap();
    }
}

#[test]
fn a_variable_that_is_null_where_null_cannot_be_is_refused_before_anything_is_done() {
    let documents = documents(Limits::NONE);
    for (text, given) in [
        (
            "mutation($a: String = \"x\") { stopUpdating(refs: [{ key: { carrierCode: \"x\", trackingNumber: $a } }]) { results { deletedId: __typename } } }",
            true,
        ),
        (
            "query($a: FreshnessFallback) { tracking(ref: { id: \"a\" }, freshness: { otherwise: $a }) { id } }",
            true,
        ),
        (
            "query($a: Boolean = true) { __typename @skip(if: $a) }",
            true,
        ),
        (
            "query($a: Int) { trackings(first: $a) { totalCount } }",
            false,
        ),
    ] {
        let document = judged(&documents, text).unwrap();
        let plan = document.operation(None).unwrap();
        let with = |given: serde_json::Value| documents.coerce(plan, &(&given).into());
        with(serde_json::json!({})).unwrap();
        let told = with(serde_json::json!({ "a": null })).map_err(|refused| refused.messages());
        match told {
            Err(told) if given => assert!(told[0].contains("$a must not be null"), "{told:?}"),
            told => assert!(!given && told.is_ok(), "{text} {told:?}"),
        }
    }
}

#[test]
fn of_very_many_wrong_entries_some_are_told() {
    let documents = documents(Limits::NONE);
    let text = "query($a: [ID!]!) { nodes(ids: $a) { id } }";
    let document = judged(&documents, text).unwrap();
    let given = serde_json::json!({ "a": vec![serde_json::json!({}); 60_000] });
    let refused = documents
        .coerce(document.operation(None).unwrap(), &(&given).into())
        .unwrap_err();
    assert_eq!(refused.messages().len(), 20);
}

#[test]
fn texts_in_two_ways_long_escapes_and_fields_given_twice_are_judged_as_by_graphql_js() {
    let documents = documents(Limits::NONE);
    for (text, is_right) in [
        (
            "{ carrier(code: \"a\") { code } carrier(code: \"\"\"a\"\"\") { name } }",
            false,
        ),
        (
            "{ carrier(code: \"\"\"a\"\"\") { code } carrier(code: \"\"\"\na\n\"\"\") { name } }",
            true,
        ),
        ("{ carrier(code: \"\\u{000000041}\") { code } }", false),
        ("{ carrier(code: \"\\u{00000041}\") { code } }", true),
        ("{ carrier(code: \"\\\\u{000000041}\") { code } }", true),
        (
            "{ carrier(code: \"\"\"\\u{000000041}\"\"\") { code } }",
            true,
        ),
        (
            "{ _entities(representations: [{ a: [{ b: 1, b: 2 }] }]) { __typename } }",
            false,
        ),
    ] {
        assert_eq!(judged(&documents, text).is_ok(), is_right, "{text}");
    }
}

#[test]
fn what_costs_too_much_whatever_its_variables_say_is_not_kept() {
    let documents = documents(Limits {
        complexity: Some(100),
        ..Limits::NONE
    });
    let of = |count: usize| {
        let entries = "-1".repeat(count);
        format!("{{ _entities(representations: [{entries}]) {{ __typename }} }}")
    };
    judged(&documents, &of(100)).unwrap();
    let (code, told) = refusal(&documents, &of(102));
    assert_eq!(code, ErrorCode::QueryTooComplex);
    assert!(told.contains("costs 102 points, more than 100"), "{told}");
    let large = judged(&documents, &of(20_000)).unwrap_err();
    assert!(large.weight() < 2_000, "{}", large.weight());
    let open = "query($f: Int) { trackings(first: $f) { nodes { id } } }";
    judged(&documents, open).unwrap();
    documents
        .judged(&of(102).as_str().into(), Trust::Trusted)
        .unwrap();
}

#[test]
fn reading_what_is_new_has_a_price_and_what_is_known_has_none() {
    let documents = documents(Limits::NONE);
    let price = |text: &str| documents.price(&text.into(), Trust::Stranger);
    let long = format!("{{ a }} # {}", "x".repeat(9_000));
    assert_eq!(price("{ account { email } }"), 1);
    assert_eq!(price(&"a ".repeat(1_001)), 11);
    assert_eq!(price(&long), 3);
    assert_eq!(documents.price(&long.as_str().into(), Trust::Trusted), 0);
    let _ = judged(&documents, &long);
    assert_eq!(price(&long), 0);
}

#[test]
fn commas_and_comments_mean_nothing_wherever_they_are() {
    let documents = documents(Limits {
        tokens: Some(30),
        ..Limits::NONE
    });
    for text in [
        "{ a, : account { email } }",
        "{ account # one { two\n, { email, } , }",
        "{ ..., f } fragment, f, on, Query { account { email } }",
        "{ ... , on Query { account { email } } }",
        "query, ($a,:, Boolean! = true,) { account { email , @include,( if : , $a ) } }",
        &format!("{{ account {{ email }} }} {}", "#,\n, \u{feff}".repeat(100)),
    ] {
        judged(&documents, text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
    }
    let (_, told) = refusal(&documents, "{ account(a: \"a, b # c\") { email } }");
    assert!(told.contains("argument"), "{told}");
}

#[test]
fn every_sign_that_nothing_begins_with_is_a_token() {
    let documents = documents(Limits {
        tokens: Some(2_000),
        ..Limits::NONE
    });
    for sign in ["！", "é", "1-", "0", "-", "😀"] {
        let (code, told) = refusal(&documents, &sign.repeat(20_000));
        assert_eq!(code, ErrorCode::QueryTooComplex, "{sign}");
        assert!(told.contains("more than 2000 tokens"), "{told}");
    }
    // The parser would find an error in every second letter of it.
    let (code, told) = refusal(&documents, &"1e".repeat(100_000));
    assert_eq!(code, ErrorCode::BadUserInput, "{told}");
}
