//! Requests as they come in an address.

use std::collections::HashMap;

use axum::http::Uri;
use percent_encoding::percent_decode_str;
use serde_json::value::{RawValue, to_raw_value};

use super::refused::Refused;
use super::request::{says_something, twice};
use crate::graphql::Request;

const EXPECTED_IN_ADDRESS: &str = "query is missing: send operations by POST, in the address as the parameter query, or over a \
    WebSocket with the subprotocol graphql-transport-ws";

/// Reads the parameters of an address.
pub(super) fn read(address: &Uri) -> Result<Request, Refused> {
    let pairs = address.query().unwrap_or_default().split('&');
    let mut request = HashMap::new();
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        let mut known = Request::FIELDS.into_iter();
        let Some(name) = known.find(|known| *known == name) else {
            continue;
        };
        if request.insert(name, json(name, value)?).is_some() {
            return Err(twice(name));
        }
    }
    let request = Request::read(|name| request.get(name).map(|text| &**text))?;
    says_something(request, EXPECTED_IN_ADDRESS)
}

/// The JSON of what a parameter stands for.
fn json(name: &str, value: String) -> Result<Box<RawValue>, Refused> {
    let json = match name {
        "variables" | "extensions" if value.is_empty() => Ok(RawValue::NULL.to_owned()),
        "variables" | "extensions" => RawValue::from_string(value),
        _ => to_raw_value(&value),
    };
    json.map_err(|_| Refused::malformed(format!("the parameter {name} must be a JSON object")))
}

/// A parameter as it was before it was encoded. What is no encoding is refused: whoever looks at addresses on their way may
/// read it in another way.
fn decoded(text: &str) -> Result<String, Refused> {
    let mut codes = text.split('%').skip(1);
    let are_whole = codes.all(|rest| {
        let digits = rest.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let blanks = text.replace('+', " ");
    let decoded = percent_decode_str(&blanks).decode_utf8();
    match decoded {
        Ok(text) if are_whole => Ok(text.into_owned()),
        _ => Err(Refused::malformed(
            "the parameters of the address cannot be read: encode each of them in UTF-8",
        )),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_operation_in_an_address_is_read_like_one_in_a_body() {
        let read = |query: &str| {
            let address = format!("/graphql?{query}").parse().unwrap();
            super::read(&address).map_err(|refused| refused.message().to_owned())
        };
        let request = read(
            "query=query+A%7Ba%7D&operationName=A&variables=%7B%22n%22%3A1%7D&extensions=&other=1",
        );
        let request = request.unwrap();
        assert_eq!(request.query.as_deref(), Some("query A{a}"));
        assert_eq!(request.operation_name.as_deref(), Some("A"));
        let [variables, extensions] = [request.variables, request.extensions];
        assert_eq!(variables.pick(|_| true).unwrap()["n"], 1);
        assert!(extensions.pick(|_| true).unwrap().is_empty());
        for name in ["documentId", "doc_id", "id"] {
            let request = read(&format!("{name}=a%2Bb%C3%BC+c")).unwrap();
            assert_eq!(request.document_id.as_deref(), Some("a+bü c"));
        }
        for (query, says) in [
            ("", "the parameter query"),
            ("other=1", "the parameter query"),
            ("query=a&query=b", "query is there twice"),
            ("query=a&variables=%5B%5D", "variables must be an object"),
            ("query=a&variables=%7B", "the parameter variables"),
            ("query=%7B%7D%20%23%ff", "cannot be read"),
            ("query=%c3%28", "cannot be read"),
            ("query=a%", "cannot be read"),
            ("query=%7", "cannot be read"),
            ("query=%zz", "cannot be read"),
            ("query=%2bg%%41", "cannot be read"),
            ("query=a&%fe=1", "cannot be read"),
        ] {
            let said = read(query).unwrap_err();
            assert!(said.contains(says), "{said} instead of {says}");
        }
    }
}
