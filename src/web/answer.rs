//! A single answer on its way over HTTP.

use std::borrow::Cow;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::accept::{Form, Json};
use super::allowance;
use super::reader::Reader;
use super::refused::{CHALLENGE, Refused};
use crate::graphql::{Answer, ErrorCode};
use crate::telemetry;

/// Tells that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The answer in that form.
pub(super) async fn respond(answer: &Answer, form: Form, reader: Reader<'_>) -> Response {
    let mut response = match (form, answer.page()) {
        (Form::Stream(stream), _) => stream.answer(answer),
        (Form::Json(json), Some(page)) => reader.page(json, page).await,
        (Form::Json(json), None) => {
            let status = status(json, answer.refusal);
            reader.json(status, json, answer.to_bytes()).await
        }
    };
    if answer.has_errors() {
        telemetry::tell_request_id();
    }
    let headers = response.headers_mut();
    if answer.is_replay {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    // How somebody stands is no business of others.
    if answer.page().is_none() || !reader.is_shared() {
        tell(headers, &[answer]);
    }
    response
}

/// The answers to a batch, in their order. What became of them is told in each.
pub(super) async fn respond_to_all(
    answers: &[Result<Answer, Refused>],
    json: Json,
    reader: Reader<'_>,
) -> Response {
    let written = answers.iter().map(|answer| match answer {
        Ok(answer) => answer.to_json(),
        Err(refused) => Cow::from(json!({ "errors": [refused.error()] }).to_string()),
    });
    let body = format!("[{}]", written.collect::<Vec<_>>().join(","));
    let mut response = reader.json(StatusCode::OK, json, body.into()).await;
    let is_failure = |answer: &Result<Answer, _>| answer.as_ref().map_or(true, Answer::has_errors);
    if answers.iter().any(is_failure) {
        telemetry::tell_request_id();
    }
    let answers: Vec<_> = answers.iter().flatten().collect();
    tell(response.headers_mut(), &answers);
    response
}

/// Tells in headers what their sender has to know before he asks again: who he has to be, when, and how much.
fn tell(headers: &mut HeaderMap, answers: &[&Answer]) {
    let are_refused = |code| answers.iter().filter(move |it| it.refusal == Some(code));
    if are_refused(ErrorCode::Unauthenticated).next().is_some() {
        headers.insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    let throttled = are_refused(ErrorCode::Throttled);
    let errors: Vec<_> = throttled.flat_map(|answer| answer.errors()).collect();
    if let Some(wait) = retry_after(&errors) {
        headers.insert(RETRY_AFTER, wait);
    }
    // They are charged one after the other, in whatever order: after the last the least is left.
    let standings = answers.iter().filter_map(|answer| answer.standing());
    let last = standings.min_by_key(|standing| standing.remaining);
    headers.extend(allowance::headers(last));
}

/// What is told by the status. As plain JSON an answer is one that came, whatever became of the operation, but for what
/// whoever carries answers has to know as well: who may not ask, and who asks too much.
fn status(json: Json, refusal: Option<ErrorCode>) -> StatusCode {
    let Some(code) = refusal else {
        return StatusCode::OK;
    };
    match (code, json) {
        (ErrorCode::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (ErrorCode::Forbidden, _) => StatusCode::FORBIDDEN,
        (ErrorCode::Throttled, _) => StatusCode::TOO_MANY_REQUESTS,
        (_, Json::Plain) => StatusCode::OK,
        (ErrorCode::Conflict, _) => StatusCode::CONFLICT,
        (ErrorCode::UpstreamInvalid, _) => StatusCode::BAD_GATEWAY,
        (ErrorCode::UpstreamUnavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (ErrorCode::Timeout, _) => StatusCode::GATEWAY_TIMEOUT,
        (ErrorCode::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (_, Json::GraphqlResponse) => StatusCode::BAD_REQUEST,
    }
}

/// After which of the waits that the errors tell all of them are over.
fn retry_after(errors: &[Value]) -> Option<HeaderValue> {
    let waits = errors.iter();
    let waits = waits.filter_map(|error| error["extensions"]["retryAfter"].as_u64());
    waits.max().map(HeaderValue::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_says_what_those_on_the_way_have_to_know() {
        use ErrorCode::{
            BadUserInput, Conflict, Forbidden, Internal, NotFound, Throttled, Timeout,
            Unauthenticated, UpstreamInvalid, UpstreamUnavailable,
        };
        for (refusal, plain, typed) in [
            (None, 200, 200),
            (Some(BadUserInput), 200, 400),
            (Some(Unauthenticated), 401, 401),
            (Some(Forbidden), 403, 403),
            (Some(Throttled), 429, 429),
            (Some(NotFound), 200, 400),
            (Some(Conflict), 200, 409),
            (Some(Internal), 200, 500),
            (Some(UpstreamInvalid), 200, 502),
            (Some(UpstreamUnavailable), 200, 503),
            (Some(Timeout), 200, 504),
        ] {
            assert_eq!(status(Json::Plain, refusal), plain);
            assert_eq!(status(Json::GraphqlResponse, refusal), typed);
        }
    }

    #[test]
    fn the_longest_wait_is_told() {
        let error = |wait: u32| json!({ "extensions": { "retryAfter": wait } });
        let wait = retry_after(&[json!({}), error(3), error(7), error(5)]);
        assert_eq!(wait, Some(HeaderValue::from_static("7")));
        assert_eq!(retry_after(&[json!({})]), None);
    }
}
