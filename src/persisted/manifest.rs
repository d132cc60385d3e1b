//! The operator's list of documents, as the build tools of clients write it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::TextHash;

/// How Apollo's manifests say what they are.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// What stands before hashes in some manifests and requests, and may be left out.
const PREFIX: &str = "sha256:";

/// What is made of a list of documents.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing: it is not even read.
    Off,
    /// Everything is carried out as if there were no list; what is not in it is logged and counted.
    Log,
    /// What is in it is carried out whatever its size, and everything else as well.
    Prefer,
    /// Only what is in it is carried out.
    Only,
}

/// Documents that are trusted, each under a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    by_name: HashMap<String, Arc<str>>,
    by_hash: HashMap<TextHash, Arc<str>>,
}

/// Why a file is no list of documents.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidManifest {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is no JSON.
    #[error("it is no JSON (line {0}, column {1})")]
    NotJson(usize, usize),
    /// It is another JSON.
    #[error(
        "it is none of the known manifests: Relay's and graphql-codegen's are an object of texts by their ids, Apollo's has the \
         format {APOLLO:?}, version 1 and operations with id and body"
    )]
    Shape,
    /// Two documents have one name.
    #[error("it has two documents with the id {0:?}")]
    Twice(String),
    /// There is nothing in it.
    #[error("it lists no documents")]
    Empty,
}

impl Manifest {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, InvalidManifest> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| InvalidManifest::Unreadable(error.to_string()))?;
        Self::read(&text)
    }

    /// Reads a manifest of any of the formats, which it tells apart by their shapes.
    pub fn read(text: &str) -> Result<Self, InvalidManifest> {
        let manifest = serde_json::from_str(text)
            .map_err(|error| InvalidManifest::NotJson(error.line(), error.column()))?;
        let Value::Object(manifest) = manifest else {
            return Err(InvalidManifest::Shape);
        };
        let documents = match manifest.get("operations") {
            Some(Value::Array(operations)) if is_apollo(&manifest) => {
                operations.iter().map(operation).collect()
            }
            _ => manifest.iter().map(entry).collect::<Option<Vec<_>>>(),
        };
        let documents = documents.ok_or(InvalidManifest::Shape)?;
        if documents.is_empty() {
            return Err(InvalidManifest::Empty);
        }
        let mut manifest = Self::default();
        for (name, text) in documents {
            manifest.add(bare(name), text)?;
        }
        Ok(manifest)
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), InvalidManifest> {
        let text: Arc<str> = text.into();
        self.by_hash.insert(TextHash::of(&text), text.clone());
        match self.by_name.entry(name.to_owned()) {
            Entry::Vacant(place) => {
                place.insert(text);
                Ok(())
            }
            Entry::Occupied(known) if *known.get() == text => Ok(()),
            Entry::Occupied(known) => Err(InvalidManifest::Twice(known.key().clone())),
        }
    }

    /// The document of that name, or with that hash, which may be written as `sha256:` and its digits.
    pub fn named(&self, name: &str) -> Option<&Arc<str>> {
        let name = bare(name);
        let by_hash = || self.by_hash.get(&name.parse().ok()?);
        self.by_name.get(name).or_else(by_hash)
    }

    /// The document with that hash.
    pub fn hashed(&self, hash: TextHash) -> Option<&Arc<str>> {
        self.by_hash.get(&hash)
    }

    /// Names and texts, in the order of the names.
    pub fn documents(&self) -> Vec<(&str, &str)> {
        let documents = self.by_name.iter();
        let mut documents: Vec<_> = documents.map(|(name, text)| (&**name, &**text)).collect();
        documents.sort_unstable();
        documents
    }
}

/// A name without what may be left out.
fn bare(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn is_apollo(manifest: &Map<String, Value>) -> bool {
    manifest.get("format").and_then(Value::as_str) == Some(APOLLO)
        && manifest.get("version").and_then(Value::as_u64) == Some(1)
}

fn operation(operation: &Value) -> Option<(&str, &str)> {
    Some((
        operation.get("id")?.as_str()?,
        operation.get("body")?.as_str()?,
    ))
}

fn entry<'a>((name, text): (&'a String, &'a Value)) -> Option<(&'a str, &'a str)> {
    Some((name, text.as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(manifest: Value) -> Result<Manifest, InvalidManifest> {
        Manifest::read(&manifest.to_string())
    }

    #[test]
    fn every_format_is_known_by_its_shape() {
        let text = "query A { a }";
        let hash = TextHash::of(text).to_string();
        let apollo = json!({
            "format": APOLLO,
            "version": 1,
            "operations": [{ "id": hash, "name": "A", "type": "query", "body": text }],
        });
        for (tool, manifest, name) in [
            (
                "Relay",
                json!({ "0f343b0931126a20f133d67c2b018a3b": text }),
                "0f343b0931126a20f133d67c2b018a3b",
            ),
            ("graphql-codegen", json!({ &hash: text }), &*hash),
            (
                "with its algorithm",
                json!({ format!("sha256:{hash}"): text }),
                &*hash,
            ),
            ("Apollo", apollo, &*hash),
        ] {
            let manifest = read(manifest).unwrap();
            for name in [name, &format!("sha256:{name}"), &hash] {
                assert_eq!(
                    manifest.named(name).map(|text| &**text),
                    Some(text),
                    "{tool}: {name}"
                );
            }
            assert!(manifest.hashed(TextHash::of(text)).is_some(), "{tool}");
            assert_eq!(manifest.named("other"), None, "{tool}");
            assert_eq!(manifest.documents(), [(name, text)], "{tool}");
        }
    }

    #[test]
    fn what_is_no_manifest_is_told_so() {
        for (manifest, reason) in [
            (json!([]), InvalidManifest::Shape),
            (json!({ "a": 5 }), InvalidManifest::Shape),
            (json!({}), InvalidManifest::Empty),
            (
                json!({ "format": APOLLO, "version": 2, "operations": [] }),
                InvalidManifest::Shape,
            ),
            (
                json!({ "format": APOLLO, "version": 1, "operations": [] }),
                InvalidManifest::Empty,
            ),
            (
                json!({ "format": APOLLO, "version": 1, "operations": [{ "id": "a" }] }),
                InvalidManifest::Shape,
            ),
            (
                json!({ "a": "{ a }", "sha256:a": "{ b }" }),
                InvalidManifest::Twice("a".to_owned()),
            ),
        ] {
            assert_eq!(read(manifest).unwrap_err(), reason);
        }
        assert_eq!(
            Manifest::read("{\n x").unwrap_err(),
            InvalidManifest::NotJson(2, 2)
        );
    }
}
