//! Responses as JSON. What was written before goes into them as it is.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::text;

/// How many bytes a response has in most cases, besides what was written before.
const USUAL: usize = 1_024;

/// What a response says besides its data.
#[derive(Serialize)]
struct Rest<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
}

/// A response, written as `serde_json` would if it knew what was written before.
pub(in crate::graphql) fn written(response: &Response) -> Vec<u8> {
    let mut json = Vec::with_capacity(USUAL + size(&response.data));
    json.extend_from_slice(b"{\"data\":");
    write(&response.data, &mut json);
    if !response.extensions.is_empty() || !response.errors.is_empty() {
        let start = json.len();
        plain(
            &Rest {
                extensions: &response.extensions,
                errors: &response.errors,
            },
            &mut json,
        );
        // It goes on in the same object.
        json[start] = b',';
    } else {
        json.push(b'}');
    }
    json
}

fn write(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Null => to.extend_from_slice(b"null"),
        Value::Boolean(true) => to.extend_from_slice(b"true"),
        Value::Boolean(false) => to.extend_from_slice(b"false"),
        Value::Number(number) => plain(number, to),
        Value::String(text) => text::write(text, to),
        Value::Enum(word) => text::write(word, to),
        // The schema has nothing that is binary: it was written before.
        Value::Binary(json) => to.extend_from_slice(json),
        Value::List(entries) => {
            to.push(b'[');
            for (nth, entry) in entries.iter().enumerate() {
                if nth > 0 {
                    to.push(b',');
                }
                write(entry, to);
            }
            to.push(b']');
        }
        Value::Object(fields) => {
            to.push(b'{');
            for (nth, (name, value)) in fields.iter().enumerate() {
                if nth > 0 {
                    to.push(b',');
                }
                text::write(name, to);
                to.push(b':');
                write(value, to);
            }
            to.push(b'}');
        }
    }
}

fn plain(value: &impl Serialize, to: &mut Vec<u8>) {
    serde_json::to_writer(to, value).expect("a response is plain data");
}

/// How many bytes were written before, with a comma for each part.
fn size(value: &Value) -> usize {
    match value {
        Value::Binary(json) => json.len() + 1,
        Value::List(entries) => entries.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Pos, value};

    use super::*;

    fn told(response: &Response) -> String {
        String::from_utf8(written(response)).unwrap()
    }

    #[test]
    fn a_response_is_written_as_serde_json_writes_it() {
        let data = value!({
            "a": [null, true, false, -3, 1.5, 1e-7, 18446744073709551615u64, "ü\"\\\n\u{1}"],
            "b": {}, "c": [], "d": { "e": { "f": "WORD" } },
        });
        let mut response = Response::new(data);
        assert_eq!(told(&response), serde_json::to_string(&response).unwrap());
        let error = ServerError::new("no", Some(Pos { line: 1, column: 2 }));
        response.errors.push(error);
        assert_eq!(told(&response), serde_json::to_string(&response).unwrap());
        let response = response.extension("cost", value!({ "points": 1 }));
        assert_eq!(told(&response), serde_json::to_string(&response).unwrap());
        let response = Response::new(Value::Null).extension("cost", value!(1));
        assert_eq!(told(&response), serde_json::to_string(&response).unwrap());
    }

    #[test]
    fn what_was_written_before_stays_as_it_is() {
        let json = Value::Binary(r#"{"b":"\n"}"#.into());
        let mut fields = async_graphql::indexmap::IndexMap::new();
        fields.insert(
            async_graphql::Name::new("a"),
            Value::List(vec![json.clone(), json]),
        );
        let response = Response::new(Value::Object(fields));
        assert_eq!(told(&response), r#"{"data":{"a":[{"b":"\n"},{"b":"\n"}]}}"#);
    }
}
