//! Where TrackingMore calls when it finds a change.
//!
//! Any answer but one of the 200s has it call again, for days. So each says at once what became of the message, and what
//! is done about it is done later.

use std::fmt::Display;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::TryStreamExt;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::arrival::in_time;
use super::drain::Stop;
use crate::tracker::{PushError, Taken, Tracker};

/// The largest message, in bytes. Those of parcels with long histories have about 20 KiB.
const MAX_MESSAGE: usize = 256 * 1024;

/// After so many bytes of what is too large anyway the connection is given up.
const MAX_READ: usize = 32 * 1024 * 1024;

/// What became of messages, by outcome.
pub(super) type Webhooks = Family<[(&'static str, &'static str); 1], Counter>;

#[derive(Clone)]
struct Desk {
    tracker: Arc<Tracker>,
    webhooks: Webhooks,
    stop: Stop,
}

/// The route of messages.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(
    tracker: Arc<Tracker>,
    webhooks: Webhooks,
    stop: Stop,
) -> Router<S> {
    Router::new()
        .route("/webhooks/trackingmore", post(take))
        .with_state(Desk {
            tracker,
            webhooks,
            stop,
        })
}

/// Takes a message. The text `200` is what older set-ups of TrackingMore demand.
async fn take(State(desk): State<Desk>, request: Request) -> Response {
    if !desk.tracker.takes_pushes() {
        return refusal(StatusCode::NOT_FOUND, PushError::NotSetUp);
    }
    let count = |outcome| {
        let label = [("outcome", outcome)];
        desk.webhooks.get_or_create_owned(&label).inc();
    };
    let body = match in_time(&desk.stop, read(request.into_body())).await {
        Some(Ok(Some(body))) => body,
        Some(Ok(None)) => {
            count("too_large");
            let most = MAX_MESSAGE / 1024;
            let message = format!("the message is larger than {most} KiB");
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, message);
        }
        Some(Err(_)) => {
            count("malformed");
            return refusal(StatusCode::BAD_REQUEST, "the body ended too early");
        }
        None => {
            count("malformed");
            let message = "the body took too long to arrive";
            return refusal(StatusCode::REQUEST_TIMEOUT, message);
        }
    };
    let error = match desk.tracker.push(&body) {
        Ok(taken) => {
            count(match taken {
                Taken::New => "accepted",
                Taken::Repeated => "repeated",
            });
            return "200".into_response();
        }
        Err(error) => error,
    };
    let (outcome, status) = match &error {
        PushError::NotSetUp => return refusal(StatusCode::NOT_FOUND, error),
        PushError::Malformed(_) => ("malformed", StatusCode::BAD_REQUEST),
        PushError::Forged => ("forged", StatusCode::UNAUTHORIZED),
        PushError::Untimely { .. } => ("stale", StatusCode::BAD_REQUEST),
        PushError::Replayed => ("replayed", StatusCode::CONFLICT),
        PushError::Worn => ("worn", StatusCode::TOO_MANY_REQUESTS),
        PushError::Overloaded { .. } => ("overloaded", StatusCode::SERVICE_UNAVAILABLE),
    };
    count(outcome);
    let retry_after = match &error {
        PushError::Overloaded { retry_after } => {
            Some([(RETRY_AFTER, retry_after.as_secs().max(1).to_string())])
        }
        _ => None,
    };
    let mut response = refusal(status, error);
    let headers = retry_after.into_iter().flatten();
    let headers = headers.filter_map(|(name, value)| Some((name, value.parse().ok()?)));
    response.headers_mut().extend(headers);
    response
}

/// The whole body; `None` if it is too large. It is read on for a while then, because many clients send everything before
/// they look at the answer.
async fn read(body: Body) -> Result<Option<Vec<u8>>, axum::Error> {
    let mut parts = body.into_data_stream();
    let (mut message, mut length) = (Vec::new(), 0);
    while let Some(part) = parts.try_next().await? {
        length += part.len();
        if length > MAX_READ {
            break;
        }
        if length <= MAX_MESSAGE {
            message.extend_from_slice(&part);
        }
    }
    Ok((length <= MAX_MESSAGE).then_some(message))
}

fn refusal(status: StatusCode, message: impl Display) -> Response {
    (status, format!("{message}\n")).into_response()
}
