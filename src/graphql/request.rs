//! What somebody asks, as it came, whatever the transport.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use thiserror::Error;

use super::written::Written;

/// Where Apollo's protocol has the name of a document, in `extensions`.
pub(super) const PERSISTED_QUERY: &str = "persistedQuery";

/// A GraphQL request, of which nothing is known yet but its shape.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The text of the document.
    pub query: Option<String>,
    /// Names a document that is known here, instead of its text.
    pub document_id: Option<String>,
    /// Which of the document's operations is meant.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Written,
    /// What is beside the specification.
    pub extensions: Written,
    /// As what it came, if it came by itself.
    pub sent: Option<Sent>,
}

/// A request before it is read. The same bytes ask the same, whoever sends them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sent {
    /// A body.
    Body(Bytes),
    /// What stands behind the question mark of an address.
    Address(Bytes),
}

/// Why a JSON text is no request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Malformed {
    /// It is no object.
    #[error(
        "a request is a JSON object such as {{\"query\": \"{{ __typename }}\", \"variables\": {{}}}}"
    )]
    Shape,
    /// One of its fields has a value of another kind.
    #[error("{0} must be {1} or left out")]
    Field(&'static str, &'static str),
    /// One of its fields is no text, though it looks like one.
    #[error("{0} is no JSON: one of its escapes stands for no character")]
    Escape(&'static str),
}

impl Sent {
    /// The same, holding nothing but its own bytes.
    pub fn compact(self) -> Self {
        let copy = |bytes: Bytes| Bytes::copy_from_slice(&bytes);
        match self {
            Self::Body(bytes) => Self::Body(copy(bytes)),
            Self::Address(bytes) => Self::Address(copy(bytes)),
        }
    }
}

impl Request {
    /// The fields that are read. Other clients have other things besides.
    pub const FIELDS: [&'static str; 7] = [
        "query",
        "documentId",
        "doc_id",
        "id",
        "operationName",
        "variables",
        "extensions",
    ];

    /// Reads a request from the JSON of its fields. `null` stands for what is left out.
    pub fn read<'a>(
        field: impl Fn(&'static str) -> Option<&'a RawValue>,
    ) -> Result<Self, Malformed> {
        let text = |name| match field(name).map(RawValue::get) {
            None | Some("null") => Ok(None),
            Some(text) if text.starts_with('"') => {
                let text = serde_json::from_str(text);
                text.map(Some).map_err(|_| Malformed::Escape(name))
            }
            Some(_) => Err(Malformed::Field(name, "a text")),
        };
        // How Relay's networks usually call it. Other clients have other things under these names.
        let id = |name| match text(name) {
            Err(Malformed::Field(..)) => Ok(None),
            id => id,
        };
        let object = |name| Written::of(field(name)).ok_or(Malformed::Field(name, "an object"));
        let document_id = match text("documentId")? {
            None => id("doc_id")?,
            named => named,
        };
        Ok(Self {
            query: text("query")?,
            document_id: match document_id {
                None => id("id")?,
                named => named,
            },
            operation_name: text("operationName")?,
            variables: object("variables")?,
            extensions: object("extensions")?,
            sent: None,
        })
    }

    /// Reads a request that is a tree already.
    pub fn from_json(request: &Value) -> Result<Self, Malformed> {
        let fields = request.as_object().ok_or(Malformed::Shape)?.iter();
        let written = fields.map(|(name, value)| {
            let text = to_raw_value(value).expect("what is JSON can be written as JSON");
            (name.as_str(), text)
        });
        let fields: HashMap<_, _> = written.collect();
        Self::read(|name| fields.get(name).map(|text| &**text))
    }

    /// Whether it names a document, so that it needs no text.
    pub fn names_a_document(&self) -> bool {
        let has_id = self.document_id.as_ref().is_some_and(|id| !id.is_empty());
        // What cannot be read is told to whoever carries it out.
        let is_named = || match self.extensions.pick(|name| name == PERSISTED_QUERY) {
            Ok(named) => named.values().any(|named| !named.is_null()),
            Err(_) => true,
        };
        has_id || is_named()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_request_is_told_so() {
        for (value, says) in [
            (json!(null), "a request is a JSON object"),
            (json!([]), "a request is a JSON object"),
            (json!("{ a }"), "a request is a JSON object"),
            (json!({ "query": 5 }), "query must be a text"),
            (
                json!({ "query": "{a}", "operationName": {} }),
                "operationName must be a text",
            ),
            (
                json!({ "query": "{a}", "variables": [] }),
                "variables must be an object",
            ),
            (
                json!({ "query": "{a}", "extensions": "x" }),
                "extensions must be an object",
            ),
        ] {
            let refused = Request::from_json(&value).unwrap_err().to_string();
            assert!(refused.starts_with(says), "{refused}");
        }
    }

    #[test]
    fn a_document_is_named_as_the_clients_do_it() {
        for (value, names) in [
            (json!({ "documentId": "a", "id": "b" }), Some("a")),
            (json!({ "doc_id": "a", "id": "b" }), Some("a")),
            (json!({ "id": "a" }), Some("a")),
            (json!({ "id": 5 }), None),
        ] {
            let request = Request::from_json(&value).unwrap();
            assert_eq!(request.document_id.as_deref(), names);
            assert_eq!(request.names_a_document(), names.is_some());
        }
        for (value, names) in [
            (json!({ "extensions": { "persistedQuery": {} } }), true),
            (json!({ "extensions": { "persistedQuery": null } }), false),
            (json!({ "extensions": { "clientLibrary": {} } }), false),
            (json!({ "documentId": "" }), false),
        ] {
            let request = Request::from_json(&value).unwrap();
            assert_eq!(request.names_a_document(), names);
        }
    }

    #[test]
    fn null_stands_for_what_is_left_out() {
        let value = json!({ "query": "{a}", "operationName": null, "variables": null, "extensions": null, "other": 1 });
        let request = Request::from_json(&value).unwrap();
        assert_eq!(request.query.as_deref(), Some("{a}"));
        assert_eq!((request.document_id, request.operation_name), (None, None));
        for object in [request.variables, request.extensions] {
            assert!(object.pick(|_| true).unwrap().is_empty());
        }
    }
}
