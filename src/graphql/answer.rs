//! What comes of an operation that has one answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Response, ServerError, Value};
use bytes::Bytes;
use serde::Serialize;

use super::direct;
use super::error::{ErrorCode, Failure};
use super::finished::Page;
use super::rate_limit::Charge;
use super::report::Extension;
use crate::allowance::Standing;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    content: Content,
    /// Why it was refused before anything of it was carried out; `None` if it was carried out.
    pub refusal: Option<ErrorCode>,
    /// Whether it is the first outcome of the operation's idempotency key, told again.
    pub is_replay: bool,
    /// What it cost its caller, if he was asked to pay.
    charge: Option<Box<Charge>>,
}

#[derive(Debug)]
enum Content {
    /// It is written once it is sent.
    Response(Box<Response>),
    /// It is written, and has no errors.
    Written(Bytes),
    /// The same, and it is kept.
    Page(Arc<Page>),
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
        Self::with(Content::Response(Box::new(response)))
    }

    /// One that is written.
    pub(super) fn written(json: Bytes) -> Self {
        Self::with(Content::Written(json))
    }

    /// One that would be the same if its operation were carried out again.
    pub(super) fn finished(page: Arc<Page>) -> Self {
        Self::with(Content::Page(page))
    }

    fn with(content: Content) -> Self {
        Self {
            content,
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
        // Who wants to know it is given no page.
        if let (Some(charge), Content::Response(response)) = (&self.charge, &mut self.content) {
            let extensions = &mut response.extensions;
            extensions.insert(Extension::Cost.as_str().to_owned(), charge.extension());
        }
        self
    }

    /// The answer as JSON. What was not carried out has no `data`, as the specification wants it.
    pub fn to_bytes(&self) -> Bytes {
        match &self.content {
            Content::Written(json) => json.clone(),
            Content::Page(page) => page.body().clone(),
            Content::Response(response) => self.write(response).into(),
        }
    }

    /// The same as a text.
    pub fn to_json(&self) -> Cow<'_, str> {
        let json = match &self.content {
            Content::Written(json) => json,
            Content::Page(page) => page.body(),
            Content::Response(response) => {
                let json = String::from_utf8(self.write(response));
                return json.expect("JSON is text").into();
            }
        };
        str::from_utf8(json).expect("JSON is text").into()
    }

    fn write(&self, response: &Response) -> Vec<u8> {
        if self.refusal.is_none() {
            return direct::written(response);
        }
        let written = serde_json::to_vec(&WithoutData {
            errors: &response.errors,
            extensions: &response.extensions,
        });
        written.expect("a response is plain data")
    }

    /// Whether it has anything but errors: a field of the root that is not null, and no list of nothing else.
    pub(super) fn has_data(&self) -> bool {
        let is_told = |value: &Value| match value {
            Value::List(rows) => rows.iter().any(|row| *row != Value::Null),
            value => *value != Value::Null,
        };
        match &self.content {
            Content::Response(response) => match &response.data {
                Value::Object(fields) => fields.values().any(is_told),
                _ => false,
            },
            Content::Written(_) | Content::Page(_) => true,
        }
    }

    /// The code of its first error, if it has one.
    pub(super) fn first_code(&self) -> Option<ErrorCode> {
        let Content::Response(response) = &self.content else {
            return None;
        };
        let is_faulty = !response.errors.is_empty();
        // Whatever comes here has been given a code.
        is_faulty.then(|| ErrorCode::first_of(&response.errors).unwrap_or(ErrorCode::Internal))
    }

    /// The answer as it is written, if it would be the same if its operation were carried out again.
    pub fn page(&self) -> Option<&Arc<Page>> {
        match &self.content {
            Content::Page(page) => Some(page),
            Content::Written(_) | Content::Response(_) => None,
        }
    }

    /// Whether there is any error in it.
    pub fn has_errors(&self) -> bool {
        match &self.content {
            Content::Response(response) => !response.errors.is_empty(),
            Content::Written(_) | Content::Page(_) => false,
        }
    }

    /// What its first error is, if there is any.
    pub(super) fn first_error(&self) -> Option<ErrorCode> {
        let first = || match &self.content {
            Content::Response(response) => ErrorCode::first_of(&response.errors),
            Content::Written(_) | Content::Page(_) => None,
        };
        self.refusal.or_else(first)
    }

    /// Its errors as JSON, one by one.
    pub fn errors(&self) -> Vec<serde_json::Value> {
        let errors = match &self.content {
            Content::Response(response) => &response.errors[..],
            Content::Written(_) | Content::Page(_) => &[],
        };
        let written = errors.iter().map(serde_json::to_value);
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
