//! What comes of an operation that has one answer.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::error::{ErrorCode, Failure};
use super::rate_limit::Charge;
use super::report::Extension;
use crate::allowance::Standing;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub(super) response: Box<Response>,
    /// Why it was refused before anything of it was carried out; `None` if it was carried out.
    pub refusal: Option<ErrorCode>,
    /// Whether it is the first outcome of the operation's idempotency key, told again.
    pub is_replay: bool,
    /// What it cost its caller, if he was asked to pay.
    charge: Option<Box<Charge>>,
}

/// An answer to what was not carried out.
#[derive(Serialize)]
struct WithoutData<'a> {
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl Answer {
    pub(super) fn first(response: Response) -> Self {
        Self {
            response: Box::new(response),
            refusal: None,
            is_replay: false,
            charge: None,
        }
    }

    pub(super) fn replay(response: Response) -> Self {
        Self {
            is_replay: true,
            ..Self::first(response)
        }
    }

    /// Nothing of it was carried out because of these errors, of which there is at least one.
    pub(super) fn refused(code: ErrorCode, errors: Vec<ServerError>) -> Self {
        Self {
            refusal: Some(code),
            ..Self::first(super::door::coded(Response::from_errors(errors)))
        }
    }

    /// The answer to an operation that cost its caller that.
    pub(super) fn charged(self, charge: Charge) -> Self {
        Self {
            charge: Some(Box::new(charge)),
            ..self
        }
    }

    /// How much its caller may still ask for; `None` if there is no limit for him, or he was not asked to pay.
    pub fn standing(&self) -> Option<Standing> {
        self.charge.as_ref()?.standing
    }

    /// The answer with what it says about its cost.
    pub(super) fn telling_cost(mut self) -> Self {
        if let Some(charge) = &self.charge {
            let extensions = &mut self.response.extensions;
            extensions.insert(Extension::Cost.as_str().to_owned(), charge.extension());
        }
        self
    }

    /// The answer as JSON. What was not carried out has no `data`, as the specification wants it.
    pub fn to_json(&self) -> String {
        let written = match self.refusal {
            None => serde_json::to_string(&self.response),
            Some(_) => serde_json::to_string(&WithoutData {
                errors: &self.response.errors,
                extensions: &self.response.extensions,
            }),
        };
        written.expect("a response is plain data")
    }

    /// Its errors as JSON, one by one.
    pub fn errors(&self) -> Vec<serde_json::Value> {
        let errors = self.response.errors.iter();
        let written = errors.map(serde_json::to_value);
        written
            .map(|error| error.expect("an error is plain data"))
            .collect()
    }
}

impl From<Failure> for Answer {
    /// The operation is refused as a whole.
    fn from(failure: Failure) -> Self {
        Self {
            refusal: Some(failure.code),
            ..Self::first(failure.into_response())
        }
    }
}
