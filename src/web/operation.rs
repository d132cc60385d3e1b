//! GraphQL over POST.

use async_graphql::{Executor, Request};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::MAX_OPERATION;
use crate::graphql::{Door, ErrorCode, Report};

/// Executes one operation. Only JSON is taken: a browser cannot send it to another origin without asking first, so that no
/// foreign page can make a visitor's browser change anything.
pub(super) async fn execute(
    State(door): State<Door>,
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
            Json(door.reporting(report).execute(request).await).into_response()
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

fn refusal(status: StatusCode, message: &str) -> Response {
    let code = ErrorCode::BadUserInput.as_str();
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, Json(body)).into_response()
}
