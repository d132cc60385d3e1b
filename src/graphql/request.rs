//! What somebody asks, as it came, whatever the transport.

use serde_json::{Map, Value};
use thiserror::Error;

/// Where Apollo's protocol has the name of a document, in `extensions`.
pub(super) const PERSISTED_QUERY: &str = "persistedQuery";

/// A GraphQL request, of which nothing is known yet but its shape.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// The text of the document.
    pub query: Option<String>,
    /// Names a document that is known here, instead of its text.
    pub document_id: Option<String>,
    /// Which of the document's operations is meant.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Map<String, Value>,
    /// What is beside the specification.
    pub extensions: Map<String, Value>,
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
}

impl Request {
    /// Reads a request that came as JSON. `null` stands for what is left out.
    pub fn from_json(request: Value) -> Result<Self, Malformed> {
        let Value::Object(mut fields) = request else {
            return Err(Malformed::Shape);
        };
        let mut text = |name| match fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Malformed::Field(name, "a text")),
        };
        let (query, document_id) = (text("query")?, text("documentId")?);
        let operation_name = text("operationName")?;
        // How Relay's networks usually call it. Other clients have other things under these names.
        let mut id = |name| match fields.get_mut(name).map(Value::take) {
            Some(Value::String(id)) => Some(id),
            _ => None,
        };
        let document_id = document_id.or_else(|| id("doc_id")).or_else(|| id("id"));
        let mut object = |name| match fields.remove(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object),
            Some(_) => Err(Malformed::Field(name, "an object")),
        };
        Ok(Self {
            query,
            document_id,
            operation_name,
            variables: object("variables")?,
            extensions: object("extensions")?,
        })
    }

    /// Whether it names a document, so that it needs no text.
    pub fn names_a_document(&self) -> bool {
        let has_id = self.document_id.as_ref().is_some_and(|id| !id.is_empty());
        let persisted = self.extensions.get(PERSISTED_QUERY);
        has_id || persisted.is_some_and(|named| !named.is_null())
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
            let refused = Request::from_json(value).unwrap_err().to_string();
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
            let request = Request::from_json(value).unwrap();
            assert_eq!(request.document_id.as_deref(), names);
            assert_eq!(request.names_a_document(), names.is_some());
        }
        for (value, names) in [
            (json!({ "extensions": { "persistedQuery": {} } }), true),
            (json!({ "extensions": { "persistedQuery": null } }), false),
            (json!({ "extensions": { "clientLibrary": {} } }), false),
            (json!({ "documentId": "" }), false),
        ] {
            let request = Request::from_json(value).unwrap();
            assert_eq!(request.names_a_document(), names);
        }
    }

    #[test]
    fn null_stands_for_what_is_left_out() {
        let value = json!({ "query": "{a}", "operationName": null, "variables": null, "extensions": null, "other": 1 });
        let request = Request::from_json(value).unwrap();
        let expected = Request {
            query: Some("{a}".to_owned()),
            ..Request::default()
        };
        assert_eq!(request, expected);
    }
}
