//! Requests as they come over HTTP in a body of JSON.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::address;
use super::body::{Body, Fields};
use super::refused::Refused;
use crate::graphql::{Malformed, Request};

/// Some programs begin every file with this, which says that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

const EXPECTED: &str =
    "query is missing: send the text of an operation as {\"query\": \"{ __typename }\"}";

/// What a body asks for.
#[derive(Debug)]
pub(super) enum Asked {
    /// One operation.
    One(Box<Request>),
    /// Some of them.
    Batch(Batch),
}

/// Several operations.
#[derive(Debug)]
pub(super) struct Batch {
    /// The first of them, each of which may be malformed for itself.
    pub(super) requests: Vec<Result<Request, Refused>>,
    /// How many there are in all.
    pub(super) count: usize,
}

/// Whether the body is said to be JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers)
        .0
        .eq_ignore_ascii_case("application/json")
}

/// Only JSON in UTF-8 is taken, as it is: a browser cannot send it to another origin without asking first.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Refused> {
    let unsupported = |message| Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    if headers.get_all(CONTENT_ENCODING).iter().any(is_encoded) {
        let refused = unsupported("send the body as it is, without the header Content-Encoding");
        let identity = HeaderValue::from_static("identity");
        return refused.map_err(|refused| refused.telling(ACCEPT_ENCODING, identity));
    }
    if !is_json(headers) {
        return unsupported(
            "send the operation as JSON with the header Content-Type: application/json",
        );
    }
    match media_type(headers).1 {
        Some(charset) if !is_utf8(charset) => {
            unsupported("send the operation in UTF-8, and say so or say nothing of it")
        }
        _ => Ok(()),
    }
}

/// Whether a body of that encoding has to be decoded.
fn is_encoded(encoding: &HeaderValue) -> bool {
    !encoding.is_empty() && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
}

/// Reads one request.
pub(super) fn request(fields: &Fields<'_>) -> Result<Request, Refused> {
    match fields {
        Fields::Object(fields) => {
            let request = Request::read(|name| fields.get(name).copied())?;
            says_something(request, EXPECTED)
        }
        Fields::Twice(name) => Err(twice(name)),
        Fields::None => Err(Malformed::Shape.into()),
    }
}

/// The type of the body, and in which characters it is written.
fn media_type(headers: &HeaderMap) -> (&str, Option<&str>) {
    let value = headers.get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let mut parts = value.unwrap_or_default().split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let mut parameters = parts.filter_map(|part| part.split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    (
        media_type,
        charset.map(|(_, charset)| charset.trim().trim_matches('"')),
    )
}

/// Whether these are the only characters that are read and written here.
pub(super) fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8"]
        .iter()
        .any(|name| charset.eq_ignore_ascii_case(name))
}

/// Reads a body, and of a batch at most so many operations; `None` for none.
pub(super) fn read(body: &[u8], most: Option<usize>) -> Result<Asked, Refused> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    if body.trim_ascii().is_empty() {
        let empty = "the body is empty: send an operation as {\"query\": \"{ __typename }\"}";
        return Err(Refused::malformed(empty));
    }
    let body = str::from_utf8(body).map_err(|error| {
        let place = error.valid_up_to() + 1;
        Refused::malformed(format!("the body is no JSON: byte {place} is not in UTF-8"))
    })?;
    let body = Body::read(body, most.unwrap_or(0)).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = match error.is_eof() {
            true => "ends too early",
            false => "is no JSON",
        };
        Refused::malformed(format!("the body {what} (line {line}, column {column})"))
    })?;
    match body {
        Body::One(fields) => Ok(Asked::One(Box::new(request(&fields)?))),
        Body::Many(first, count) => {
            let requests = first.iter().map(request).collect();
            Ok(Asked::Batch(Batch { requests, count }))
        }
    }
}

/// Reads bytes as a body, and as what stands behind the question mark of an address.
pub(crate) fn read_anything(bytes: &[u8]) -> Vec<Request> {
    let mut requests = match read(bytes, Some(usize::MAX)) {
        Ok(Asked::One(request)) => vec![*request],
        Ok(Asked::Batch(batch)) => batch.requests.into_iter().flatten().collect(),
        Err(_) => Vec::new(),
    };
    let address = [b"/graphql?", bytes].concat();
    if let Ok(address) = Uri::try_from(address) {
        requests.extend(address::read(&address));
    }
    requests
}

/// Refuses what would be read in one way by some and in another by others.
pub(super) fn twice(name: &str) -> Refused {
    Refused::malformed(format!("{name} is there twice: send it once"))
}

/// What names no document cannot be carried out, however it is read.
pub(super) fn says_something(request: Request, expected: &'static str) -> Result<Request, Refused> {
    match request.query {
        None if !request.names_a_document() => Err(Refused::malformed(expected)),
        _ => Ok(request),
    }
}

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::malformed(malformed.to_string())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn refusal(body: &[u8]) -> String {
        let refused = read(body, None).map(drop).unwrap_err();
        refused.message().to_owned()
    }

    #[test]
    fn what_is_no_request_is_told_where_and_why() {
        for (body, says) in [
            (&b""[..], "the body is empty"),
            (b" \n", "the body is empty"),
            (b"{", "ends too early (line 1, column 1)"),
            (b"{\"query\": \"{a}\"", "ends too early"),
            (b"{\n  query: 1 }", "is no JSON (line 2, column 3)"),
            (b"{\"query\":\"{a}\"} x", "is no JSON (line 1, column 17)"),
            (b"{\"query\":\"\xff\"}", "is no JSON"),
            (b"{\"query\":\"\\ud800\"}", "is no JSON"),
            (b"null", "a request is a JSON object"),
            (b"5", "a request is a JSON object"),
            (b"-5", "a request is a JSON object"),
            (b"5e2", "a request is a JSON object"),
            (b"true", "a request is a JSON object"),
            (b"\"{a}\"", "a request is a JSON object"),
            (b"{}", "query is missing"),
            (b"{\"query\":null}", "query is missing"),
            (b"{\"extensions\":{\"a\":1}}", "query is missing"),
            (b"{\"query\":5}", "query must be a text"),
            (
                b"{\"query\":\"{a}\",\"query\":\"{b}\"}",
                "query is there twice",
            ),
            (
                b"{\"query\":\"{a}\",\"qu\\u0065ry\":\"{b}\"}",
                "query is there twice",
            ),
            ("[".repeat(100_000).as_bytes(), "ends too early"),
            (
                format!("{{\"variables\":{}", "[".repeat(100_000)).as_bytes(),
                "ends too early",
            ),
        ] {
            let said = refusal(body);
            assert!(said.contains(says), "{said} instead of {says}");
        }
    }

    #[test]
    fn what_is_beside_the_specification_is_let_be() {
        for body in [
            "{\"query\":\"{a}\",\"other\":[{}]}",
            "\u{feff} {\"query\":\"{a}\"}\r\n",
            "{\"variables\":{\"a\":1,\"a\":2},\"query\":\"{a}\"}",
            "{\"other\":1,\"query\":\"{a}\",\"other\":2}",
        ] {
            let Ok(Asked::One(request)) = read(body.as_bytes(), None) else {
                panic!("{body} is one request");
            };
            assert_eq!(request.query.as_deref(), Some("{a}"));
        }
    }

    #[test]
    fn several_requests_are_malformed_each_for_itself() {
        let body = br#"[{"query":"{a}"}, 5, [], {"query":"{a}","query":"{b}"}, {}]"#;
        let right = |most| {
            let Ok(Asked::Batch(Batch { requests, count })) = read(body, most) else {
                panic!("it is a batch");
            };
            assert_eq!(count, 5);
            let right = requests.iter().map(Result::is_ok);
            right.collect::<Vec<_>>()
        };
        assert_eq!(right(Some(10)), [true, false, false, false, false]);
        assert_eq!(right(Some(2)), [true, false]);
        assert_eq!(right(None), [false; 0]);
        assert!(matches!(read(b"[]", None), Ok(Asked::Batch(none)) if none.count == 0));
        assert!(read(b"[{}, {]", None).is_err());
    }

    #[test]
    fn only_json_in_utf_8_is_taken() {
        for (value, is_taken) in [
            ("application/json", true),
            ("Application/JSON; Charset=\"UTF-8\"", true),
            ("application/json;charset=utf8", true),
            ("application/json; charset=iso-8859-1", false),
            ("application/json; charset=utf-16", false),
            ("application/jsonp", false),
            ("application/graphql", false),
            ("text/plain;application/json", false),
            ("", false),
        ] {
            let value = HeaderValue::from_static(value);
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, value.clone())]);
            assert_eq!(expect_json(&headers).is_ok(), is_taken, "{value:?}");
        }
        assert!(expect_json(&HeaderMap::new()).is_err());
    }

    #[test]
    fn only_what_is_sent_as_it_is_is_taken() {
        for (encodings, is_taken) in [
            (&["identity"][..], true),
            (&["Identity", ""], true),
            (&["gzip"], false),
            (&["identity", "br"], false),
            (&["identity, gzip"], false),
        ] {
            let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let encodings = encodings.iter().map(|it| HeaderValue::from_static(it));
            let headers = encodings.map(|encoding| (CONTENT_ENCODING, encoding));
            let mut all = HeaderMap::new();
            for (name, value) in headers.chain([json]) {
                all.append(name, value);
            }
            assert_eq!(expect_json(&all).is_ok(), is_taken, "{all:?}");
        }
    }
}
