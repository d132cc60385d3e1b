//! Bodies that are too large, too deep, of the wrong kind or no text, and requests of the wrong kind.

use serde_json::json;

use crate::shot::{Due, Shot, get, operation, post, post_as, without_body};

const DEED: &str = r#"mutation { deleteTracking(ref: { key: { carrierCode: "dhl", trackingNumber: "1234567890" } }) { __typename } }"#;

const QUESTION: &str =
    r#"{ tracking(ref: { key: { carrierCode: "dhl", trackingNumber: "1234567890" } }) { id } }"#;

const MALFORMED: Due = Due::Status(&[400]);
const TOO_LARGE: Due = Due::Status(&[413]);
/// More comes than is read on after the answer.
const FAR_TOO_LARGE: Due = Due::StatusOrEnd(&[413]);
const WRONG_KIND: Due = Due::Status(&[415]);
const FOREIGN: Due = Due::Status(&[403]);

const PREFLIGHT: &str = "graphql-require-preflight: 1\r\n";

pub fn shots() -> Vec<Shot> {
    let deed = json!({ "query": DEED }).to_string().into_bytes();
    let form = format!("query={DEED}").into_bytes();
    let multipart = format!(
        "--b\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{}\r\n--b--\r\n",
        json!({ "query": DEED })
    );
    let within = |before: &str, middle: &[u8], after: &str| {
        [before.as_bytes(), middle, after.as_bytes()].concat()
    };
    let in_query = |middle: &[u8]| within(r#"{"query":"{ __typename "#, middle, r#" }"}"#);
    vec![
        post("20 MB", FAR_TOO_LARGE, vec![b' '; 20_000_000]),
        chunked("20 MB in pieces", FAR_TOO_LARGE, 20_000_000),
        chunked(
            "a piece that is announced as endless",
            Due::Status(&[400, 413]),
            usize::MAX,
        ),
        without_body(
            "20 MB that do not come",
            TOO_LARGE,
            "content-type: application/json\r\n",
            20_000_000,
        ),
        without_body(
            "a form that does not come",
            WRONG_KIND,
            "content-type: application/x-www-form-urlencoded\r\n",
            1_000,
        ),
        without_body(
            "a stranger's operation that does not come",
            Due::Status(&[401]),
            "content-type: application/json\r\nauthorization: Bearer nonsense\r\n",
            1_000,
        ),
        post(
            "300 KB of an operation",
            TOO_LARGE,
            json!({ "query": format!("{QUESTION} #{}", "x".repeat(300_000)) })
                .to_string()
                .into(),
        ),
        post("100,000 brackets", MALFORMED, vec![b'['; 100_000]),
        post("100,000 braces", MALFORMED, br#"{"a":"#.repeat(50_000)),
        post(
            "100,000 brackets in variables",
            MALFORMED,
            within(
                r#"{"query":"{ __typename }","variables":{"a":"#,
                &[b'['; 100_000],
                "",
            ),
        ),
        post(
            "100,000 brackets in extensions",
            MALFORMED,
            within(
                r#"{"query":"{ __typename }","extensions":{"a":"#,
                &[b'['; 100_000],
                "",
            ),
        ),
        post("no UTF-8", MALFORMED, in_query(b"\xff\xfe")),
        post(
            "overlong UTF-8",
            MALFORMED,
            in_query(b"\xc0\xaf\xe0\x80\xaf"),
        ),
        post(
            "a lone surrogate in UTF-8",
            MALFORMED,
            in_query(b"\xed\xa0\x80"),
        ),
        post(
            "a lone surrogate as an escape",
            MALFORMED,
            in_query(br"\ud800"),
        ),
        post("a byte that is null", MALFORMED, in_query(b"\0")),
        post("nothing but null", MALFORMED, vec![0; 1_000]),
        operation(
            "an escape that is null",
            Due::RequestError,
            &json!({ "query": "{ __typename \0 }" }),
        ),
        operation(
            "a name with null",
            Due::RequestError,
            &json!({ "query": DEED, "operationName": "a\0b" }),
        ),
        post(
            "UTF-16",
            MALFORMED,
            QUESTION.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        post("no body", MALFORMED, Vec::new()),
        operation(
            "a list of 10,000 operations where none are taken",
            MALFORMED,
            &operations(),
        ),
        post_as(
            "a form",
            WRONG_KIND,
            "application/x-www-form-urlencoded",
            form.clone(),
        ),
        post_as("plain text", WRONG_KIND, "text/plain", deed.clone()),
        post_as(
            "a form of several parts",
            WRONG_KIND,
            "multipart/form-data; boundary=b",
            multipart.into(),
        ),
        post_as(
            "a form of 20 MB",
            Due::StatusOrEnd(&[403, 413, 415]),
            "application/x-www-form-urlencoded",
            [form, vec![b'x'; 20_000_000]].concat(),
        ),
        post_as("no type", WRONG_KIND, "", deed.clone()),
        post_as("a type of 8 KB", WRONG_KIND, &"a/b;".repeat(2_000), deed),
        get("a mutation by GET", Due::Status(&[405]), DEED, PREFLIGHT),
        get(
            "a mutation by GET that a page sends",
            Due::Status(&[403, 405]),
            DEED,
            "",
        ),
        get("a query by GET that a page sends", FOREIGN, QUESTION, ""),
        get(
            "a query by GET of another site",
            FOREIGN,
            QUESTION,
            "sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\n",
        ),
        get(
            "an address of 100 KB",
            Due::StatusOrEnd(&[400, 414, 431]),
            &"x".repeat(34_000),
            PREFLIGHT,
        ),
        get(
            "a head of 1 MB",
            Due::StatusOrEnd(&[400, 431]),
            "{a}",
            &format!("x: {}\r\n", "y".repeat(1_000_000)),
        ),
        get(
            "10,000 lines in a head",
            Due::StatusOrEnd(&[400, 431]),
            "{a}",
            &"x: y\r\n".repeat(10_000),
        ),
    ]
}

/// More operations in one body than are ever taken.
pub fn batch() -> Shot {
    operation("a batch of 10,000", MALFORMED, &operations())
}

fn operations() -> serde_json::Value {
    json!(vec![json!({ "query": "{__typename}" }); 10_000])
}

/// A body in pieces of 64 KiB, or one piece of which only the beginning comes.
fn chunked(name: &'static str, due: Due, length: usize) -> Shot {
    const PIECE: usize = 64 * 1024;
    let mut bytes = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    if length == usize::MAX {
        bytes.extend(format!("{length:x}\r\n{}", " ".repeat(1_000_000)).into_bytes());
        return Shot::new(name, bytes, due);
    }
    for _ in 0..length.div_ceil(PIECE) {
        bytes.extend(format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE)).into_bytes());
    }
    bytes.extend(b"0\r\n\r\n");
    Shot::new(name, bytes, due)
}
