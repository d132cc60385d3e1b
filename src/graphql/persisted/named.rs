//! How a request names its document.

use serde_json::Value;

use crate::graphql::error::Failure;
use crate::graphql::request::{PERSISTED_QUERY, Request};
use crate::graphql::written::unreadable;
use crate::persisted::TextHash;

/// The name of a document, if the request has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// It is sent in full.
    Nothing,
    /// By Apollo's protocol. Usually it is the SHA-256 of the text.
    Hash(String),
    /// By whatever the client's build tools call it.
    Document(String),
}

impl Named {
    pub(super) fn read(request: &Request) -> Result<Self, Failure> {
        let refused = |what: &str| {
            let message = format!("extensions.{PERSISTED_QUERY}{what}");
            Err(Failure::bad_input(message))
        };
        let found = request.extensions.pick(|name| name == PERSISTED_QUERY);
        let found = found.map_err(|error| unreadable("extensions", &error))?;
        let extension = match found.get(PERSISTED_QUERY) {
            None | Some(Value::Null) => {
                let id = request.document_id.clone().filter(|id| !id.is_empty());
                return Ok(id.map_or(Self::Nothing, Self::Document));
            }
            Some(Value::Object(extension)) => extension,
            Some(_) => return refused(" must be an object with version and sha256Hash"),
        };
        if extension.get("version").and_then(Value::as_u64) != Some(1) {
            return refused(".version must be 1");
        }
        match extension.get("sha256Hash") {
            Some(Value::String(hash)) => Ok(Self::Hash(hash.clone())),
            _ => refused(".sha256Hash must be a text"),
        }
    }

    /// The hash that the name is, if it is one.
    pub(super) fn hash(&self) -> Option<TextHash> {
        match self {
            Self::Nothing => None,
            Self::Hash(name) => name.parse().ok(),
            Self::Document(name) => {
                let digits = name.strip_prefix("sha256:").unwrap_or(name);
                digits.parse().ok()
            }
        }
    }
}
