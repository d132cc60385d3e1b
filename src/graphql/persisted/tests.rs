//! Which text a request means, and how far it is trusted.

use serde_json::{Value, json};

use super::*;

const LISTED: &str = "query Listed { __typename }";
const OTHER: &str = "query Other { __typename }";

fn persisted(mode: Mode) -> Persisted {
    let manifest = Manifest::read(&json!({ "md5": LISTED }).to_string()).unwrap();
    let trusted = Trusted { manifest, mode };
    Persisted::new(Some(Texts::in_memory()), Some(trusted))
}

fn apq(query: Option<&str>, hash: &str) -> Value {
    json!({ "query": query, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
}

fn sha(text: &str) -> String {
    TextHash::of(text).to_string()
}

/// What comes of a request: the text and how it is taken, or the code and what is said.
async fn outcome(persisted: &Persisted, request: Value) -> String {
    let request = Request::from_json(&request).unwrap();
    match persisted.text_of(&request).await {
        Ok(Found { text, trust, wish }) => {
            if wish == Wish::Register {
                persisted.register(text.clone(), &ClientId::default()).await;
            }
            let name = text.split(' ').nth(1).unwrap();
            format!("{name} {trust:?} {wish:?}")
        }
        Err(answer) => {
            let error = &answer.errors()[0];
            let code = error["extensions"]["code"].as_str().unwrap();
            format!("{code}: {}", error["message"].as_str().unwrap())
        }
    }
}

#[tokio::test]
async fn a_client_registers_a_text_once_and_names_it_from_then_on() {
    let persisted = Persisted::new(Some(Texts::in_memory()), None);
    let hash = sha(OTHER);
    let unknown = "PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound";
    for (request, becomes) in [
        (apq(None, &hash), unknown),
        (
            apq(Some(LISTED), &hash),
            "BAD_USER_INPUT: provided sha does not match query",
        ),
        (apq(None, &hash), unknown),
        (json!({ "documentId": hash }), unknown),
        (apq(Some(OTHER), &hash), "Other Stranger Register"),
        (apq(None, &hash), "Other Stranger CarryOut"),
        (apq(Some("  "), &hash), "Other Stranger CarryOut"),
        (apq(None, &hash.to_uppercase()), "Other Stranger CarryOut"),
        (
            json!({ "documentId": format!("sha256:{hash}") }),
            "Other Stranger CarryOut",
        ),
        (
            json!({ "query": OTHER, "documentId": sha(LISTED) }),
            "BAD_USER_INPUT: documentId names another document than query: send one of them",
        ),
        (
            json!({ "query": OTHER, "documentId": "anything" }),
            "Other Stranger CarryOut",
        ),
        (
            json!({ "query": OTHER, "doc_id": "anything" }),
            "Other Stranger CarryOut",
        ),
    ] {
        assert_eq!(
            outcome(&persisted, request.clone()).await,
            becomes,
            "{request}"
        );
    }
}

#[tokio::test]
async fn what_is_no_name_of_a_text_is_refused() {
    let persisted = persisted(Mode::Prefer);
    let extension =
        |extension: Value| json!({ "query": OTHER, "extensions": { "persistedQuery": extension } });
    for (request, says) in [
        (
            extension(json!({ "version": 2, "sha256Hash": sha(OTHER) })),
            "BAD_USER_INPUT: extensions.persistedQuery.version must be 1",
        ),
        (
            extension(json!({ "sha256Hash": sha(OTHER) })),
            "BAD_USER_INPUT: extensions.persistedQuery.version must be 1",
        ),
        (
            extension(json!({ "version": 1 })),
            "BAD_USER_INPUT: extensions.persistedQuery.sha256Hash must be a text",
        ),
        (
            extension(json!({ "version": 1, "sha256Hash": 5 })),
            "BAD_USER_INPUT: extensions.persistedQuery.sha256Hash must be a text",
        ),
        (
            extension(json!("x")),
            "BAD_USER_INPUT: extensions.persistedQuery must be an object with version and sha256Hash",
        ),
        (
            extension(json!({ "version": 1, "sha256Hash": "x" })),
            "BAD_USER_INPUT: provided sha does not match query",
        ),
        (extension(Value::Null), "Other Stranger CarryOut"),
        (
            apq(None, "x"),
            "PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound",
        ),
        (
            json!({}),
            "BAD_USER_INPUT: query is missing: send the text of an operation",
        ),
    ] {
        assert_eq!(
            outcome(&persisted, request.clone()).await,
            says,
            "{request}"
        );
    }
}

#[tokio::test]
async fn every_mode_makes_of_a_listed_text_and_of_another_what_it_says() {
    let forbidden = "FORBIDDEN: only operations that the operator of this service listed are carried out, and this is none of them: have it listed";
    let unknown = "PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound";
    let free = "Listed Trusted CarryOut";
    let usual = "Listed Stranger CarryOut";
    let other = "Other Stranger CarryOut";
    for (mode, listed, by_name, unlisted, registered, missing, counted) in [
        (
            Mode::Off,
            usual,
            unknown,
            other,
            "Other Stranger Register",
            unknown,
            0,
        ),
        (
            Mode::Log,
            usual,
            usual,
            other,
            "Other Stranger Register",
            unknown,
            2,
        ),
        (
            Mode::Prefer,
            free,
            free,
            other,
            "Other Stranger Register",
            unknown,
            2,
        ),
        (Mode::Only, free, free, forbidden, forbidden, forbidden, 0),
    ] {
        let persisted = persisted(mode);
        for (request, becomes) in [
            (json!({ "query": LISTED }), listed),
            (json!({ "documentId": "md5" }), by_name),
            (json!({ "id": "md5" }), by_name),
            (json!({ "doc_id": "md5" }), by_name),
            (apq(None, "md5"), by_name),
            (apq(None, &sha(LISTED)), by_name),
            (json!({ "query": OTHER }), unlisted),
            (apq(Some(OTHER), &sha(OTHER)), registered),
            (apq(None, &sha("unknown")), missing),
            (json!({ "documentId": "unknown" }), missing),
        ] {
            assert_eq!(
                outcome(&persisted, request.clone()).await,
                becomes,
                "{mode:?}: {request}"
            );
        }
        assert_eq!(persisted.unlisted(), counted, "{mode:?}");
    }
}

#[tokio::test]
async fn a_listed_text_under_the_name_of_another_is_refused() {
    let persisted = persisted(Mode::Only);
    let request = json!({ "query": LISTED, "documentId": sha(OTHER) });
    assert!(
        outcome(&persisted, request)
            .await
            .starts_with("BAD_USER_INPUT")
    );
    let request = json!({ "query": OTHER, "documentId": "md5" });
    assert!(
        outcome(&persisted, request)
            .await
            .starts_with("BAD_USER_INPUT")
    );
}

#[tokio::test]
async fn where_texts_cannot_be_registered_clients_are_told_so() {
    let persisted = Persisted::new(None, None);
    let refused = "PERSISTED_QUERY_NOT_SUPPORTED: PersistedQueryNotSupported";
    for (request, becomes) in [
        (apq(None, &sha(OTHER)), refused),
        (apq(Some(OTHER), &sha(OTHER)), refused),
        (json!({ "query": OTHER }), "Other Stranger CarryOut"),
        (
            json!({ "documentId": sha(OTHER) }),
            "PERSISTED_QUERY_NOT_FOUND: PersistedQueryNotFound",
        ),
    ] {
        assert_eq!(outcome(&persisted, request).await, becomes);
    }
}
