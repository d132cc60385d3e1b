//! Operations that carry an idempotency key: they are done once, however often they are sent.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_graphql::{Name, Response, ServerError, Value};
use futures_util::FutureExt;
use indexmap::IndexMap;

use super::answer::Answer;
use super::direct;
use super::door::Door;
use super::error::{ErrorCode, Failure};
use super::operation::{self, Operation};
use super::written::{Written, unreadable};
use crate::auth::Caller;
use crate::idempotency::{self, Begun, Claim, Content, Key, MAX_ANSWER};
use crate::telemetry::carried;

/// Where the key stands in the `extensions` of a request.
const EXTENSION: &str = "idempotencyKey";

/// When to ask again for the outcome of an operation that takes long.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The key that stands in the extensions of a request.
pub(super) fn written(extensions: &Written) -> Result<Option<Key>, Failure> {
    let found = extensions.pick(|name| name == EXTENSION);
    let mut found = found.map_err(|error| unreadable("extensions", &error))?;
    match found.remove(EXTENSION) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => {
            let key = Key::parse(&text);
            key.map(Some)
                .map_err(|invalid| Failure::bad_input(invalid.to_string()))
        }
        Some(_) => {
            let message = format!("extensions.{EXTENSION} must be a text");
            Err(Failure::bad_input(message))
        }
    }
}

/// The key of an operation, from its request or from whatever else came with that.
pub(super) fn key(operation: &Operation, beside: Option<&Key>) -> Result<Option<Key>, Failure> {
    match (&operation.key, beside) {
        (Some(inside), Some(beside)) if inside != beside => {
            let message = format!("the header Idempotency-Key and extensions.{EXTENSION} differ");
            Err(Failure::bad_input(message))
        }
        (inside, beside) => Ok(inside.as_ref().or(beside).cloned()),
    }
}

impl Door {
    /// Does an operation, unless it was done under this key. It is done in a task of its own: whoever hangs up can ask
    /// again for what became of it.
    pub(super) async fn once(&self, key: &Key, operation: Operation) -> Answer {
        let name = idempotency::Name::of(&self.caller().client, key);
        let content = content(&operation, self.caller());
        let door = self.clone();
        let work = tokio::spawn(carried(async move {
            match door.outcomes().begin(name, content).await {
                Begun::First(claim) => Answer::first(door.first(claim, operation).await),
                Begun::Replay(answer) => match serde_json::from_slice(&answer) {
                    Ok(response) => Answer::replay(response),
                    Err(error) => {
                        tracing::error!(%error, "an answer that was kept cannot be read");
                        unknown()
                    }
                },
                Begun::TooLarge => too_large(),
                Begun::Unknown => unknown(),
                Begun::Other => other().into(),
                Begun::Busy => busy().into(),
            }
        }));
        let answer = work.await;
        answer.unwrap_or_else(|_| unknown())
    }

    /// Does it for the first time. What did not reach the upstream, or was turned away there, may be tried
    /// again.
    async fn first(&self, claim: Claim, operation: Operation) -> Response {
        let usage = self.usage(operation.kind());
        let work = AssertUnwindSafe(self.carry_out(&operation, &usage)).catch_unwind();
        let response = work.await;
        let was_sent = usage.is_committed();
        match response {
            Ok(response)
                if (was_sent && !is_turned_away(&response)) || is_broken_off(&response) =>
            {
                claim.keep(direct::written(&response)).await;
                response
            }
            Ok(response) => {
                claim.free().await;
                response
            }
            // The claim is dropped without a word, unless there is nothing to tell.
            Err(_) => {
                if !was_sent {
                    claim.free().await;
                }
                broken_off().into_response()
            }
        }
    }
}

/// Whether work of our own broke off, so that nobody knows what it had done.
fn is_broken_off(response: &Response) -> bool {
    let mut errors = response.errors.iter();
    errors.any(|error| has_code(error, ErrorCode::Internal))
}

/// Whether all was turned away because the upstream wants to be left alone for now.
fn is_turned_away(response: &Response) -> bool {
    let mut errors = response.errors.iter();
    let nothing_done = match &response.data {
        Value::Object(fields) => told(fields).all(is_undone),
        data => *data == Value::Null,
    };
    let is_refused = !response.errors.is_empty();
    is_refused && nothing_done && errors.all(|error| has_code(error, ErrorCode::Throttled))
}

/// Whether a field of the root is null, or is or has rows of which each is.
fn is_undone(field: &Value) -> bool {
    let is_undone = |rows: &Value| match rows {
        Value::List(rows) => !rows.is_empty() && rows.iter().all(|row| *row == Value::Null),
        _ => false,
    };
    match field {
        Value::Object(payload) => told(payload).count() > 0 && told(payload).all(is_undone),
        field => *field == Value::Null || is_undone(field),
    }
}

/// What an object tells, besides the name of its type.
fn told(object: &IndexMap<Name, Value>) -> impl Iterator<Item = &Value> {
    let fields = object.iter().filter(|(name, _)| *name != "__typename");
    fields.map(|(_, value)| value)
}

fn has_code(error: &ServerError, code: ErrorCode) -> bool {
    let extensions = error.extensions.as_ref();
    extensions.and_then(|extensions| extensions.get("code")) == Some(&Value::from(code.as_str()))
}

/// What an operation asks for, and what its answer may show: a caller who may see less later is not told it again. The order
/// in which the fields of its variables were written does not matter.
fn content(operation: &Operation, caller: &Caller) -> Content {
    let (text, name, variables) = operation::content(operation);
    let grant = caller.grant.as_ref().map(|grant| &grant.id);
    let shown = (caller.scopes.to_string(), grant);
    let written = serde_json::to_vec(&(text, name, sorted(variables), shown));
    Content::of(&written.expect("what was read from JSON can be written as JSON"))
}

fn sorted(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(sorted).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let mut fields: IndexMap<_, _> = fields.map(|(name, it)| (name, sorted(it))).collect();
            fields.sort_keys();
            Value::Object(fields)
        }
        other => other,
    }
}

fn other() -> Failure {
    Failure::new(
        ErrorCode::Conflict,
        "this idempotency key was given to another operation: take a new key for each",
    )
}

/// It may have been carried out, so that this is no refusal.
fn unknown() -> Answer {
    let failure = Failure::new(
        ErrorCode::Conflict,
        "the first operation with this idempotency key broke off, and it is not known whether it was carried out. Nothing \
         was repeated: look at the account, and take a new key if it has to be done again",
    );
    Answer::first(failure.into_response())
}

/// It was carried out, so that this is no refusal.
fn too_large() -> Answer {
    let message = format!(
        "the first operation with this idempotency key was carried out, but its answer was larger than the {} KiB that are \
         kept. Nothing was repeated",
        MAX_ANSWER / 1024
    );
    Answer::first(Failure::new(ErrorCode::Conflict, message).into_response())
}

fn busy() -> Failure {
    Failure::new(
        ErrorCode::Throttled,
        "the first operation with this idempotency key is still at work: ask again with the same key",
    )
    .with_retry_after(RETRY_AFTER)
}

fn broken_off() -> Failure {
    Failure::new(
        ErrorCode::Internal,
        "the operation broke off because of a fault of this server",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_turned_away(answer: &str) -> bool {
        super::is_turned_away(&serde_json::from_str(answer).unwrap())
    }

    #[test]
    fn only_what_did_nothing_may_be_tried_again() {
        let throttled = r#""errors": [{ "message": "", "extensions": { "code": "THROTTLED" } }]"#;
        let timeout = throttled.replace("THROTTLED", "TIMEOUT");
        for (data, errors, may) in [
            ("null", throttled, true),
            (
                r#"{ "a": null, "__typename": "Mutation" }"#,
                throttled,
                true,
            ),
            (
                r#"{ "a": { "__typename": "A", "results": [null, null] } }"#,
                throttled,
                true,
            ),
            (r#"{ "a": [null, null] }"#, throttled, true),
            (r#"{ "a": [null, { "id": 1 }] }"#, throttled, false),
            (r#"{ "a": [] }"#, throttled, false),
            (
                r#"{ "a": { "results": [null, { "userErrors": [] }] } }"#,
                throttled,
                false,
            ),
            (
                r#"{ "a": null, "b": { "userErrors": [] } }"#,
                throttled,
                false,
            ),
            (
                r#"{ "a": null, "b": { "__typename": "B" } }"#,
                throttled,
                false,
            ),
            (
                r#"{ "a": null, "b": { "tracking": null } }"#,
                throttled,
                false,
            ),
            (r#"{ "a": null, "b": 5 }"#, throttled, false),
            (r#"{ "a": null }"#, timeout.as_str(), false),
            (r#"{ "a": null }"#, r#""errors": []"#, false),
        ] {
            let answer = format!(r#"{{ "data": {data}, {errors} }}"#);
            assert_eq!(is_turned_away(&answer), may, "{answer}");
        }
    }

    #[test]
    fn an_answer_is_told_again_as_it_was() {
        let answer = r#"{"data":{"z":0.8412935323383085,"a":[null,-3,"ü",{"id":1e-7}]},"extensions":{"b":{"c":0.2}},"errors":[{"message":"m","path":["a",0],"extensions":{"code":"TIMEOUT","retryAfter":1}}]}"#;
        let response: Response = serde_json::from_str(answer).unwrap();
        let written = serde_json::to_string(&response).unwrap();
        let again: Response = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), written);
        assert!(written.contains("0.8412935323383085"), "{written}");
    }
}
