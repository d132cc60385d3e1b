//! Where TrackingMore calls when it finds a change.
//!
//! Any answer but one of the 200s has it call again, for days. So each says at once what became of the message, and what
//! is done about it is done later.

use std::fmt::Display;
use std::sync::{Arc, Once};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::arrival::{Coming, Lacking};
use super::client::address_of;
use super::drain::Stop;
use super::hold::Hold;
use super::rules::Rules;
use crate::current::Current;
use crate::telemetry::{Kind, Span};
use crate::tracker::{PushError, Taken, Tracker};

/// Where messages come in.
const ROUTE: &str = "/webhooks/trackingmore";

/// The largest message, in bytes. Those of parcels with long histories have about 20 KiB.
const MAX_MESSAGE: usize = 256 * 1024;

/// What is said where no messages are taken. What an operator has to know of it is no business of a stranger.
pub const NOT_TAKEN: &str = "no messages are taken here";

/// What became of messages, by outcome.
pub(super) type Webhooks = Family<[(&'static str, &'static str); 1], Counter>;

/// What may become of one.
const OUTCOMES: [&str; 9] = [
    "accepted",
    "repeated",
    "forged",
    "malformed",
    "too_large",
    "stale",
    "replayed",
    "worn",
    "overloaded",
];

/// None has come yet. Each outcome is there nevertheless: what appears for the first time has not grown, for whoever asks by how
/// much.
pub(super) fn none_yet() -> Webhooks {
    let webhooks = Webhooks::default();
    for outcome in OUTCOMES {
        webhooks.get_or_create_owned(&[("outcome", outcome)]);
    }
    webhooks
}

#[derive(Clone)]
struct Desk {
    tracker: Arc<Tracker>,
    webhooks: Webhooks,
    /// Where messages are kept until they are read.
    hold: Hold,
    /// How long a message may take to arrive.
    rules: Current<Rules>,
    stop: Stop,
    advice: Arc<Advice>,
}

/// What an operator is told in the log, once each.
struct Advice {
    not_set_up: Once,
    forged: Once,
}

/// The route of messages.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(
    tracker: Arc<Tracker>,
    webhooks: Webhooks,
    hold: Hold,
    rules: Current<Rules>,
    stop: Stop,
) -> Router<S> {
    Router::new().route(ROUTE, post(take)).with_state(Desk {
        tracker,
        webhooks,
        hold,
        rules,
        stop,
        advice: Arc::new(Advice {
            not_set_up: Once::new(),
            forged: Once::new(),
        }),
    })
}

/// Takes a message. The text `200` is what older set-ups of TrackingMore demand.
async fn take(State(desk): State<Desk>, request: Request) -> Response {
    let span = Span::begin(Kind::Server, || format!("POST {ROUTE}").into());
    let response = span.around(taken(desk, request)).await;
    if span.is_kept() {
        span.set("http.request.method", "POST");
        span.set("http.route", ROUTE);
        let status = response.status();
        span.set("http.response.status_code", i64::from(status.as_u16()));
    }
    response
}

async fn taken(desk: Desk, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let load = desk.hold.load(address_of(&head.extensions));
    let mut coming = Coming::new(body, &head);
    if !desk.tracker.takes_pushes() {
        return coming.answered(desk.is_not_set_up()).await;
    }
    let time = desk.rules.get().settings.request_timeout;
    let whole = coming.whole(&desk.stop, time, MAX_MESSAGE, load);
    match whole.await {
        Ok((message, _load)) => desk.judge(&message),
        Err(lacking) => coming.answered(desk.refuse(lacking)).await,
    }
}

impl Desk {
    fn count(&self, outcome: &'static str) {
        debug_assert!(OUTCOMES.contains(&outcome), "{outcome} is not among them");
        let label = [("outcome", outcome)];
        self.webhooks.get_or_create_owned(&label).inc();
    }

    fn refuse(&self, lacking: Lacking) -> Response {
        let (outcome, status, message) = match lacking {
            Lacking::NoRoom(_) => {
                self.count("overloaded");
                let full = "there is no memory for another message; come back in a moment";
                let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, full);
                response.headers_mut().insert(RETRY_AFTER, 1.into());
                return response;
            }
            Lacking::TooLarge(most) => {
                let message = format!("the message is larger than {} KiB", most / 1024);
                ("too_large", StatusCode::PAYLOAD_TOO_LARGE, message)
            }
            Lacking::CutOff => {
                let message = "the body ended too early".to_owned();
                ("malformed", StatusCode::BAD_REQUEST, message)
            }
            Lacking::TooLate => {
                let message = "the body took too long to arrive".to_owned();
                ("malformed", StatusCode::REQUEST_TIMEOUT, message)
            }
        };
        self.count(outcome);
        refusal(status, message)
    }

    fn is_not_set_up(&self) -> Response {
        let why = PushError::NotSetUp;
        self.advice
            .not_set_up
            .call_once(|| tracing::warn!("a message: {why}"));
        refusal(StatusCode::NOT_FOUND, NOT_TAKEN)
    }

    fn is_forged(&self) -> Response {
        let why = PushError::Forged;
        self.advice
            .forged
            .call_once(|| tracing::warn!("a message: {why}"));
        refusal(
            StatusCode::UNAUTHORIZED,
            "the signature is not that of this account",
        )
    }

    fn judge(&self, message: &[u8]) -> Response {
        let error = match self.tracker.push(message) {
            Ok(taken) => {
                self.count(match taken {
                    Taken::New => "accepted",
                    Taken::Repeated => "repeated",
                });
                return "200".into_response();
            }
            Err(error) => error,
        };
        let (outcome, status) = match &error {
            PushError::NotSetUp => return self.is_not_set_up(),
            PushError::Forged => {
                self.count("forged");
                return self.is_forged();
            }
            PushError::Malformed(_) => ("malformed", StatusCode::BAD_REQUEST),
            PushError::Untimely { .. } => ("stale", StatusCode::BAD_REQUEST),
            PushError::Replayed => ("replayed", StatusCode::CONFLICT),
            PushError::Worn => ("worn", StatusCode::TOO_MANY_REQUESTS),
            PushError::Overloaded { .. } => ("overloaded", StatusCode::SERVICE_UNAVAILABLE),
        };
        self.count(outcome);
        let mut response = refusal(status, &error);
        if let PushError::Overloaded { retry_after } = error {
            let wait = retry_after.as_secs().max(1);
            response.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        response
    }
}

fn refusal(status: StatusCode, message: impl Display) -> Response {
    (status, format!("{message}\n")).into_response()
}
