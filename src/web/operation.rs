//! GraphQL over HTTP: operations by POST, and by GET what changes nothing. Subscriptions go on as the client can read them.

use async_graphql::{Request, Value};
use async_graphql_axum::GraphQLResponse;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::accept::{self, Accepted};
use super::arrival::{Missing, Whole};
use super::client::Client;
use super::seats::Full;
use super::{Entrance, origin};
use crate::graphql::{
    Answer, Door, ErrorCode, IdempotencyKey, Opened, Report, may_change, subscribes,
};
use crate::model::ClientId;

/// Executes one operation. Only JSON is taken: a browser cannot send it to another origin without asking first, so that no
/// foreign page can make a visitor's browser change anything.
pub(super) async fn post(
    State(entrance): State<Entrance>,
    Client(client): Client,
    headers: HeaderMap,
    body: Result<Whole, Missing>,
) -> Response {
    if !is_json(&headers) {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the operation as JSON with the header Content-Type: application/json",
        );
    }
    let door = match door(&entrance, &client, &headers) {
        Ok(door) => door,
        Err(message) => return refusal(StatusCode::BAD_REQUEST, &message),
    };
    let body = match body {
        Ok(Whole(body)) => body,
        Err(missing) => return missing.into_response(),
    };
    match serde_json::from_slice::<Request>(&body) {
        Ok(request) if !request.query.trim().is_empty() => {
            execute(&entrance, &client, &door, Accepted::of(&headers), request).await
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

/// Executes one operation that stands in the address, as a browser's `EventSource` sends it. It may not change anything,
/// and pages of other origins may not use it: they would spend the account's calls.
pub(super) async fn get(
    entrance: Entrance,
    client: ClientId,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    if !origin::is_same(&headers) || origin::is_foreign_fetch(&headers) {
        let message = "pages of other origins may not ask";
        return refusal(StatusCode::FORBIDDEN, message);
    }
    let request = parameters.map_err(|_| EXPECTED_IN_ADDRESS.to_owned());
    let request = request.and_then(|Query(parameters)| parameters.into_request());
    let door = door(&entrance, &client, &headers);
    let (door, mut request) = match door.and_then(|door| Ok((door, request?))) {
        Ok(operation) => operation,
        Err(message) => return refusal(StatusCode::BAD_REQUEST, &message),
    };
    if may_change(&mut request) {
        let refused = refusal(StatusCode::METHOD_NOT_ALLOWED, "send mutations by POST");
        return ([(ALLOW, "POST")], refused).into_response();
    }
    execute(&entrance, &client, &door, Accepted::of(&headers), request).await
}

/// An operation in an address.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    fn into_request(self) -> Result<Request, String> {
        let query = self.query.filter(|query| !query.trim().is_empty());
        let mut request = Request::new(query.ok_or(EXPECTED_IN_ADDRESS)?);
        request.operation_name = self.operation_name.filter(|name| !name.is_empty());
        if let Some(variables) = self.variables.filter(|text| !text.is_empty()) {
            request.variables = json(&variables, "variables")?;
        }
        if let Some(extensions) = self.extensions.filter(|text| !text.is_empty()) {
            request.extensions = json(&extensions, "extensions")?;
        }
        Ok(request)
    }
}

fn json<T: for<'de> Deserialize<'de>>(text: &str, parameter: &str) -> Result<T, String> {
    let unreadable = |_| format!("the parameter {parameter} must be a JSON object");
    serde_json::from_str(text).map_err(unreadable)
}

async fn execute(
    entrance: &Entrance,
    client: &ClientId,
    door: &Door,
    accepted: Accepted,
    mut request: Request,
) -> Response {
    let seat = match (accepted.events, subscribes(&mut request)) {
        (_, false) => None,
        (None, true) => return refusal(StatusCode::NOT_ACCEPTABLE, NO_EVENTS),
        (Some(stream), true) => match entrance.seats.take(client) {
            Ok(seat) => Some((stream, seat)),
            Err(why) => return full(why),
        },
    };
    match (door.open(request).await, seat) {
        (Opened::Answer(answer), _) => match accepted.answer {
            Some(stream) => stream.answer(&answer.response),
            None => respond(answer, accepted.json),
        },
        (Opened::Events(events), Some((stream, seat))) => stream.events(*events, seat),
        (Opened::Events(_), None) => refusal(StatusCode::NOT_ACCEPTABLE, NO_EVENTS),
    }
}

/// The door for whoever sent these headers.
fn door(entrance: &Entrance, client: &ClientId, headers: &HeaderMap) -> Result<Door, String> {
    let Some(report) = report(headers) else {
        return Err("the header Parcelgraph-Extensions can ask for: upstream".to_owned());
    };
    let door = entrance.door.clone().serving(client.clone());
    let cursor = headers.get(LAST_EVENT_ID).map(HeaderValue::to_str);
    let cursor = cursor
        .transpose()
        .map_err(|_| "the header Last-Event-ID holds no cursor")?
        .filter(|cursor| !cursor.is_empty());
    Ok(door
        .keyed(key(headers)?)
        .reporting(report)
        .resuming(cursor.map(str::to_owned)))
}

/// Behind which cursor a subscription goes on that broke off; browsers send it by themselves.
const LAST_EVENT_ID: &str = "last-event-id";

const NO_EVENTS: &str = "a subscription has many answers: ask with the header Accept: text/event-stream or Accept: \
    multipart/mixed;subscriptionSpec=1.0, or open a WebSocket with the subprotocol graphql-transport-ws";

const EXPECTED_IN_ADDRESS: &str = "send operations by POST, in the address as the parameter query, or over a WebSocket with \
    the subprotocol graphql-transport-ws";

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

fn respond(answer: Answer, json: accept::Json) -> Response {
    let replayed = answer
        .is_replay
        .then_some([(REPLAYED, HeaderValue::from_static("true"))]);
    let mut response = match json {
        accept::Json::Plain => Json(answer.response).into_response(),
        accept::Json::GraphqlResponse => {
            let status = match was_refused(&answer.response) {
                true => StatusCode::BAD_REQUEST,
                false => StatusCode::OK,
            };
            (status, GraphQLResponse::from(answer.response)).into_response()
        }
    };
    response
        .headers_mut()
        .extend(replayed.into_iter().flatten());
    response
}

/// Whether it was refused before it was executed: errors of an execution say where in the answer they belong.
pub(super) fn was_refused(response: &async_graphql::Response) -> bool {
    let mut errors = response.errors.iter();
    response.data == Value::Null && response.is_err() && errors.all(|error| error.path.is_empty())
}

/// There are too many subscribers. Others leave from time to time, and there may be other replicas.
pub(super) fn full(why: Full) -> Response {
    const WAIT: &str = "10";
    let (status, message) = match why {
        Full::All => (
            StatusCode::SERVICE_UNAVAILABLE,
            "this server has as many subscribers as it can serve; come back later",
        ),
        Full::Share => (
            StatusCode::TOO_MANY_REQUESTS,
            "this client has half of the server's seats for subscribers, which is the most: end some subscriptions; if it is \
             a proxy, have the server tell its clients apart with --client-header",
        ),
    };
    let error = json!({
        "message": message,
        "extensions": { "code": ErrorCode::Throttled.as_str(), "retryAfter": 10 },
    });
    let body = Json(json!({ "errors": [error] }));
    (status, [(RETRY_AFTER, WAIT)], body).into_response()
}

pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    let code = ErrorCode::BadUserInput.as_str();
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_finds_no_seat_is_told_when_to_come_back() {
        for (why, status) in [
            (Full::All, StatusCode::SERVICE_UNAVAILABLE),
            (Full::Share, StatusCode::TOO_MANY_REQUESTS),
        ] {
            let response = full(why);
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[RETRY_AFTER], "10");
        }
    }

    #[test]
    fn an_operation_in_an_address_is_read_like_one_in_a_body() {
        let text = |text: &str| Some(text.to_owned());
        let parameters = Parameters {
            query: text("query A($n: Int) { a(n: $n) }"),
            operation_name: text("A"),
            variables: text(r#"{"n":1}"#),
            extensions: text(""),
        };
        let request = parameters.into_request().unwrap();
        assert_eq!(request.operation_name.as_deref(), Some("A"));
        assert_eq!(request.variables.len(), 1);
        assert!(request.extensions.is_empty());
    }
}
