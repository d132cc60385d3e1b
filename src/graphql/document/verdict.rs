//! Why a document is refused.

use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::ast::FragmentSpread;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::DiagnosticList;
use async_graphql::{Pos, ServerError};

use super::place::Places;
use crate::graphql::answer::Answer;
use crate::graphql::error::{ErrorCode, Failure};

/// How many errors of a document are told.
const MAX_ERRORS: usize = 20;

/// How many characters of an error are told. Some name what stands in the document.
const MAX_MESSAGE: usize = 300;

/// Why a document is refused.
#[derive(Debug)]
pub(in crate::graphql) struct Refused {
    code: ErrorCode,
    errors: Vec<ServerError>,
}

/// What is found wrong about a document or with the values of variables, bounded in number and length.
#[derive(Default)]
pub(super) struct Errors {
    errors: Vec<ServerError>,
}

impl Refused {
    /// What the parser or its validation found.
    pub(super) fn of(found: &DiagnosticList, places: &Places) -> Self {
        let found = found.iter().take(MAX_ERRORS);
        let mut found: Vec<_> = found
            .map(|error| (error.error.to_string(), error.error.location()))
            .collect();
        // A field whose selections are all unknown counts as one without any: that is told last.
        found.sort_by_key(|(message, _)| message.ends_with("must have a subselection set"));
        let mut errors = Errors::default();
        for (message, span) in found {
            errors.push(message, places.of_span(span));
        }
        Self {
            code: ErrorCode::BadUserInput,
            errors: errors.errors,
        }
    }

    /// A fragment spreads itself through these spreads; in the words of graphql-js.
    pub(super) fn circle(spreads: &[&Node<FragmentSpread>], places: &Places) -> Self {
        let mut names: Vec<_> = spreads
            .iter()
            .map(|spread| format!("\"{}\"", spread.fragment_name))
            .collect();
        let itself = names.pop().unwrap_or_default();
        let via = match names.is_empty() {
            true => String::new(),
            false => format!(" via {}", names.join(", ")),
        };
        let failure = Failure::bad_input(cut(format!(
            "Cannot spread fragment {itself} within itself{via}."
        )));
        let mut error = failure.into_server_error(Pos::default());
        let places = spreads
            .iter()
            .map(|spread| places.of_span(spread.location()));
        error.locations = places.take(MAX_ERRORS).collect();
        Self {
            code: ErrorCode::BadUserInput,
            errors: vec![error],
        }
    }

    /// Where its errors are, lines and columns.
    #[cfg(test)]
    pub(super) fn places(&self) -> Vec<(usize, usize)> {
        let places = self.errors.iter().flat_map(|error| &error.locations);
        places.map(|place| (place.line, place.column)).collect()
    }

    /// As what it is refused.
    #[cfg(test)]
    pub(super) fn code(&self) -> ErrorCode {
        self.code
    }

    /// What is wrong, one sentence each.
    pub(in crate::graphql) fn messages(&self) -> Vec<String> {
        let errors = self.errors.iter();
        errors.map(|error| error.message.clone()).collect()
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let messages = self.errors.iter().map(|error| error.message.len());
        messages.map(|bytes| bytes + 500).sum()
    }
}

impl Errors {
    pub(super) fn push(&mut self, message: impl Into<String>, place: Pos) {
        if !self.is_full() {
            let failure = Failure::bad_input(cut(message.into()));
            self.errors.push(failure.into_server_error(place));
        }
    }

    /// Whether nothing more is told.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    pub(super) fn into_result(self) -> Result<(), Arc<Refused>> {
        match self.errors {
            errors if errors.is_empty() => Ok(()),
            errors => Err(Arc::new(Refused {
                code: ErrorCode::BadUserInput,
                errors,
            })),
        }
    }
}

impl From<Failure> for Refused {
    /// The document as a whole is to blame, and no place of it.
    fn from(failure: Failure) -> Self {
        let code = failure.code;
        let mut error = failure.into_server_error(Pos::default());
        error.locations.clear();
        Self {
            code,
            errors: vec![error],
        }
    }
}

impl From<&Refused> for Answer {
    fn from(refused: &Refused) -> Self {
        Self::refused(refused.code, refused.errors.clone())
    }
}

fn cut(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
        message.truncate(end);
        message += "…";
    }
    message
}
