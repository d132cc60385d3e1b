//! How large an operation may be, and which ones are known.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::{SettingError, Switch};
use crate::persisted::Mode;

/// What may be set about it, in the table `operations` of the settings file.
#[derive(Args, Deserialize, Default, Clone, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct OperationOverrides {
    /// How deep fields may nest, introspection aside; 0 for no limit [default: 12]
    #[arg(long, env = "MAX_DEPTH", value_name = "FIELDS")]
    pub max_depth: Option<u32>,
    /// How many fields of the root an operation may ask for; 0 for no limit [default: 20]
    #[arg(long, env = "MAX_ROOT_FIELDS", value_name = "FIELDS")]
    pub max_root_fields: Option<u32>,
    /// How many aliases an operation may have, with its fragments wherever they are spread; 0 for no limit [default: 30]
    #[arg(long, env = "MAX_ALIASES", value_name = "ALIASES")]
    pub max_aliases: Option<u32>,
    /// How many directives an operation may have, with its fragments wherever they are spread; 0 for no limit [default: 50]
    #[arg(long, env = "MAX_DIRECTIVES", value_name = "DIRECTIVES")]
    pub max_directives: Option<u32>,
    /// Of how many tokens (names, values, punctuation) a document may consist; 0 for no limit [default: 2000]
    #[arg(long, env = "MAX_TOKENS", value_name = "TOKENS")]
    pub max_tokens: Option<u32>,
    /// How many points an operation may cost, one for each object that it may tell of, introspection aside; 0 for no limit [default: 1000]
    #[arg(long, env = "MAX_COMPLEXITY", value_name = "POINTS")]
    pub max_complexity: Option<u32>,
    /// How many MiB judged documents may take, so that none is judged each time; 0 to keep none [default: 16]
    #[arg(long, env = "DOCUMENT_CACHE", value_name = "MIB")]
    pub document_cache: Option<u32>,
    /// How many MiB finished answers may take, so that one that is certainly the same is not made again; 0 to keep none [default: 8]
    #[arg(long, env = "ANSWER_CACHE", value_name = "MIB")]
    pub answer_cache: Option<u32>,
    /// Whether clients may register operations and name them by their hashes from then on [default: on]
    #[arg(long, env = "PERSISTED_QUERIES", value_name = "ON OR OFF")]
    pub persisted_queries: Option<Switch>,
    /// The documents that are trusted, in the format of Relay, Apollo or graphql-codegen [default: none]
    #[arg(long, env = "TRUSTED_DOCUMENTS", value_name = "FILE")]
    pub trusted_documents: Option<PathBuf>,
    /// What that means: off; log what is not listed; prefer: these limits count only for what is not listed, but nobody may nest brackets more than 100 deep, have more than 10,000 selections or spend more points than he has; only: nothing else is taken [default: prefer with a file]
    #[arg(long, env = "TRUSTED_DOCUMENTS_MODE", value_name = "MODE")]
    pub trusted_documents_mode: Option<Mode>,
}

/// The same in force.
#[derive(Debug, Clone)]
pub struct Operations {
    /// How deep fields may nest, introspection aside; `None` for no limit.
    pub max_depth: Option<u32>,
    /// How many fields of the root an operation may ask for; `None` for no limit.
    pub max_root_fields: Option<u32>,
    /// How many aliases an operation may have, with its fragments wherever they are spread; `None` for no limit.
    pub max_aliases: Option<u32>,
    /// How many directives an operation may have, with its fragments wherever they are spread; `None` for no limit.
    pub max_directives: Option<u32>,
    /// Of how many tokens (names, values, punctuation) a document may consist; `None` for no limit.
    pub max_tokens: Option<u32>,
    /// How many points an operation may cost, one for each object that it may tell of, introspection aside; `None` for no limit.
    pub max_complexity: Option<u32>,
    /// How many MiB judged documents may take.
    pub document_cache: u32,
    /// How many MiB finished answers may take.
    pub answer_cache: u32,
    /// Whether clients may register operations.
    pub persisted_queries: Switch,
    /// The file of documents that are trusted, and what is made of them; `None` if there is none.
    pub trusted_documents: Option<(PathBuf, Mode)>,
}

impl OperationOverrides {
    /// These, and those below where these say nothing.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            max_depth: self.max_depth.or(below.max_depth),
            max_root_fields: self.max_root_fields.or(below.max_root_fields),
            max_aliases: self.max_aliases.or(below.max_aliases),
            max_directives: self.max_directives.or(below.max_directives),
            max_tokens: self.max_tokens.or(below.max_tokens),
            max_complexity: self.max_complexity.or(below.max_complexity),
            document_cache: self.document_cache.or(below.document_cache),
            answer_cache: self.answer_cache.or(below.answer_cache),
            persisted_queries: self.persisted_queries.or(below.persisted_queries),
            trusted_documents: self.trusted_documents.or(below.trusted_documents),
            trusted_documents_mode: self.trusted_documents_mode.or(below.trusted_documents_mode),
        }
    }
}

impl Operations {
    /// Puts defaults under what was set; with what is wrong of it.
    pub(super) fn resolve(set: &OperationOverrides) -> (Self, Vec<SettingError>) {
        let limit =
            |value: Option<u32>, default| Some(value.unwrap_or(default)).filter(|it| *it > 0);
        let operations = Self {
            max_depth: limit(set.max_depth, 12),
            max_root_fields: limit(set.max_root_fields, 20),
            max_aliases: limit(set.max_aliases, 30),
            max_directives: limit(set.max_directives, 50),
            max_tokens: limit(set.max_tokens, 2_000),
            max_complexity: limit(set.max_complexity, 1_000),
            document_cache: set.document_cache.unwrap_or(16),
            answer_cache: set.answer_cache.unwrap_or(8),
            persisted_queries: set.persisted_queries.unwrap_or(Switch::On),
            // A list alone turns nobody away: that is to be said on purpose.
            trusted_documents: set.trusted_documents.clone().map(|file| {
                let mode = set.trusted_documents_mode.unwrap_or(Mode::Prefer);
                (file, mode)
            }),
        };
        let has_mode = set
            .trusted_documents_mode
            .is_some_and(|mode| mode != Mode::Off);
        let wrong =
            (has_mode && set.trusted_documents.is_none()).then_some(SettingError::MissingDocuments);
        (operations, wrong.into_iter().collect())
    }
}

impl fmt::Display for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, limit) in [
            ("max_depth", self.max_depth),
            ("max_root_fields", self.max_root_fields),
            ("max_aliases", self.max_aliases),
            ("max_directives", self.max_directives),
            ("max_tokens", self.max_tokens),
            ("max_complexity", self.max_complexity),
        ] {
            writeln!(f, "operations.{name} = {}", limit.unwrap_or(0))?;
        }
        writeln!(f, "operations.document_cache = {}", self.document_cache)?;
        writeln!(f, "operations.answer_cache = {}", self.answer_cache)?;
        let switch = match self.persisted_queries {
            Switch::On => "on",
            Switch::Off => "off",
        };
        writeln!(f, "operations.persisted_queries = {switch}")?;
        let (file, mode) = match &self.trusted_documents {
            Some((file, mode)) => (file.display().to_string(), *mode),
            None => ("none".to_owned(), Mode::Off),
        };
        writeln!(f, "operations.trusted_documents = {file}")?;
        let mode = match mode {
            Mode::Off => "off",
            Mode::Log => "log",
            Mode::Prefer => "prefer",
            Mode::Only => "only",
        };
        writeln!(f, "operations.trusted_documents_mode = {mode}")
    }
}
