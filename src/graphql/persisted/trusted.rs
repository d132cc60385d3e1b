//! The documents that the operator listed, all of which have to be right.

use std::path::Path;

use thiserror::Error;

use crate::graphql::Judge;
use crate::persisted::{Manifest, Mode};

/// How many documents are told that are not right.
const MOST_TOLD: usize = 10;

/// The documents that the operator listed, and what that means for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The documents.
    pub manifest: Manifest,
    /// What is made of them.
    pub mode: Mode,
}

/// What is wrong with a list of documents, one line each.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.join("\n"))]
pub struct Untrustworthy(Vec<String>);

impl Trusted {
    /// Reads a file and checks every document in it.
    pub fn open(file: &Path, mode: Mode) -> Result<Self, Untrustworthy> {
        let told = |what: String| format!("the trusted documents in {}: {what}", file.display());
        let manifest = Manifest::open(file);
        let manifest = manifest.map_err(|wrong| Untrustworthy(vec![told(wrong.to_string())]))?;
        let wrong = wrong_ones(&manifest);
        if wrong.is_empty() {
            return Ok(Self { manifest, mode });
        }
        let more = wrong.len().saturating_sub(MOST_TOLD);
        let mut lines: Vec<_> = wrong.into_iter().take(MOST_TOLD).map(told).collect();
        if more > 0 {
            lines.push(told(format!("{more} more are not valid")));
        }
        Err(Untrustworthy(lines))
    }
}

/// What is wrong with the documents that are not valid, one line each.
fn wrong_ones(manifest: &Manifest) -> Vec<String> {
    let judge = Judge::open();
    let documents = manifest.documents().into_iter();
    let wrong = documents.filter_map(|(name, text)| {
        let wrong = judge.trusted_document(text).err()?;
        let first = wrong.first().map_or("", String::as_str);
        Some(format!("{name}: {}", first.replace('\n', " ")))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(manifest: serde_json::Value) -> Vec<String> {
        let manifest = Manifest::read(&manifest.to_string()).unwrap();
        wrong_ones(&manifest)
    }

    #[test]
    fn a_document_that_is_not_valid_is_told_in_one_line_by_its_name() {
        let lines = told(json!({
            "good": "query A { __typename }",
            "unknown-field": "{ nothing }",
            "no-graphql": "{\n",
        }));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("no-graphql: "), "{lines:?}");
        assert!(
            lines[1].starts_with("unknown-field: ") && lines[1].contains("nothing"),
            "{lines:?}"
        );
        assert!(lines.iter().all(|line| !line.contains('\n')));
    }

    #[test]
    fn a_document_is_judged_at_the_start_as_it_is_later() {
        let deep =
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
        assert_eq!(told(json!({ "deep": deep })), Vec::<String>::new());
        assert!(Judge::open().document(deep).is_err());
    }
}
