//! GraphQL over POST.

use async_graphql::Request;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::MAX_OPERATION;
use super::client::Client;
use crate::graphql::{Answer, Door, ErrorCode, IdempotencyKey, Report};

/// Executes one operation. Only JSON is taken: a browser cannot send it to another origin without asking first, so that no
/// foreign page can make a visitor's browser change anything.
pub(super) async fn execute(
    State(door): State<Door>,
    Client(client): Client,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !is_json(&headers) {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the operation as JSON with the header Content-Type: application/json",
        );
    }
    let Some(report) = report(&headers) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "the header Parcelgraph-Extensions can ask for: upstream",
        );
    };
    let key = match key(&headers) {
        Ok(key) => key,
        Err(message) => return refusal(StatusCode::BAD_REQUEST, &message),
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("the operation is larger than {} KiB", MAX_OPERATION / 1024);
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, &message);
        }
        Err(_) => return refusal(StatusCode::BAD_REQUEST, "the body ended too early"),
    };
    match serde_json::from_slice::<Request>(&body) {
        Ok(request) if !request.query.trim().is_empty() => {
            let door = door.serving(client).keyed(key).reporting(report);
            respond(door.answer(request).await)
        }
        Ok(_) => refusal(StatusCode::BAD_REQUEST, EXPECTED),
        Err(error) => {
            let message = format!(
                "{EXPECTED} (line {}, column {})",
                error.line(),
                error.column()
            );
            refusal(StatusCode::BAD_REQUEST, &message)
        }
    }
}

/// Asks for `extensions` in the answer.
const EXTENSIONS: &str = "parcelgraph-extensions";

/// Says that an operation is to be done once, however often it is sent with this value.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Tells that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const EXPECTED: &str =
    "the body must be a JSON object such as {\"query\": \"{ __typename }\", \"variables\": {}}";

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

/// What the answer is to say about itself; `None` if the header asks for something else.
fn report(headers: &HeaderMap) -> Option<Report> {
    match headers.get(EXTENSIONS).map(HeaderValue::as_bytes) {
        None => Some(Report::None),
        Some(b"upstream") => Some(Report::Upstream),
        Some(_) => None,
    }
}

/// The idempotency key, which may stand in quotes, as a text of a structured header does.
fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, String> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("send the header Idempotency-Key once".to_owned());
    }
    let text = value.to_str().unwrap_or_default();
    let quoted = text.strip_prefix('"');
    let quoted = quoted.and_then(|text| text.strip_suffix('"'));
    let key = IdempotencyKey::parse(quoted.unwrap_or(text));
    key.map(Some).map_err(|invalid| invalid.to_string())
}

fn respond(answer: Answer) -> Response {
    let replayed = answer
        .is_replay
        .then_some([(REPLAYED, HeaderValue::from_static("true"))]);
    let mut response = Json(answer.response).into_response();
    response
        .headers_mut()
        .extend(replayed.into_iter().flatten());
    response
}

fn refusal(status: StatusCode, message: &str) -> Response {
    let code = ErrorCode::BadUserInput.as_str();
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, Json(body)).into_response()
}
