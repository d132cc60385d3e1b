//! Events over HTTP: a body that goes on, written in one of two ways.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::accept::Stream;
use super::admission::LAPSED;
use super::handover::GoesOn;
use super::seats::Seat;
use crate::graphql::{Answer, ErrorCode, Event, Events};
use crate::telemetry::Scope;

/// Tells a reverse proxy not to keep events until it has many.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// When a client whose stream breaks off is to come back, in milliseconds.
const RETRY_MS: u32 = 1_000;

/// Why a stream ends that would have gone on.
pub(super) const FAREWELL: &str = "the server restarts: subscribe again, after your last cursor";

impl Stream {
    fn content_type(self) -> &'static str {
        match self {
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Multipart => "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0",
        }
    }

    /// A sign of life is due after this time without any.
    fn pause(self) -> Duration {
        match self {
            Self::EventStream => Duration::from_secs(15),
            Self::Multipart => Duration::from_secs(10),
        }
    }

    /// What comes before all. It is sent at once, so that everybody on the way knows that there is an answer.
    fn opening(self) -> String {
        match self {
            Self::EventStream => ":\n\n".to_owned(),
            Self::Multipart => "\r\n--graphql".to_owned(),
        }
    }

    fn event(self, event: &Event) -> String {
        match (self, &event.cursor) {
            (Self::EventStream, None) => format!("event: next\ndata: {}\n\n", event.payload),
            (Self::EventStream, Some(cursor)) => {
                format!("event: next\nid: {cursor}\ndata: {}\n\n", event.payload)
            }
            (Self::Multipart, _) => part(&format!("{{\"payload\":{}}}", event.payload)),
        }
    }

    fn sign_of_life(self) -> String {
        match self {
            Self::EventStream => ":\n\n".to_owned(),
            Self::Multipart => part("{}"),
        }
    }

    /// What comes behind all events.
    fn end(self) -> String {
        match self {
            Self::EventStream => "event: complete\ndata:\n\n".to_owned(),
            Self::Multipart => "--\r\n".to_owned(),
        }
    }

    /// What comes instead when the server stops: clients are to come back.
    fn farewell(self) -> String {
        match self {
            Self::EventStream => format!("retry: {RETRY_MS}\n\n"),
            Self::Multipart => {
                let extensions = json!({
                    "code": ErrorCode::Throttled.as_str(),
                    "retryAfter": RETRY_MS.div_ceil(1_000),
                });
                let error = json!({ "message": FAREWELL, "extensions": extensions });
                part(&json!({ "payload": null, "errors": [error] }).to_string()) + &self.end()
            }
        }
    }

    /// What comes instead when the client's token counts no more. Clients are not to come back with the same.
    fn dismissal(self) -> String {
        let extensions = json!({ "code": ErrorCode::Unauthenticated.as_str() });
        let error = json!({ "message": LAPSED, "extensions": extensions });
        let text = match self {
            Self::EventStream => {
                let result = json!({ "errors": [error] });
                format!("event: next\ndata: {result}\n\n")
            }
            Self::Multipart => part(&json!({ "payload": null, "errors": [error] }).to_string()),
        };
        text + &self.end()
    }

    /// The response with one answer and its end.
    pub(super) fn answer(self, answer: &Answer) -> Response {
        let event = Event {
            payload: answer.to_json().into(),
            cursor: None,
        };
        let body = self.opening() + &self.event(&event) + &self.end();
        self.respond(body.into())
    }

    /// The response that goes on.
    pub(super) fn events(
        self,
        events: Events,
        seat: Seat,
        lapse: BoxFuture<'static, ()>,
    ) -> Response {
        let mut pause = interval(self.pause());
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pause.reset();
        let mut response = self.respond(Body::from_stream(Going {
            stream: self,
            stage: Stage::Before,
            turn: seat.turn().boxed(),
            lapse,
            events: in_order(events),
            pause,
            _seat: seat,
        }));
        response.extensions_mut().insert(GoesOn);
        response
    }

    fn respond(self, body: Body) -> Response {
        let headers = [
            (CONTENT_TYPE, self.content_type()),
            (CACHE_CONTROL, "no-store"),
            (X_ACCEL_BUFFERING, "no"),
        ];
        (StatusCode::OK, headers, body).into_response()
    }
}

/// One part with the boundary behind it, because clients read a part only when they see where it ends.
fn part(json: &str) -> String {
    format!("\r\ncontent-type: application/json\r\n\r\n{json}\r\n--graphql")
}

/// Events as a stream that can be left and taken up again at any time.
pub(super) fn in_order(events: Events) -> BoxStream<'static, Event> {
    let next = async |(mut events, scope): (Events, Scope)| {
        let event = scope.clone().around(events.next()).await?;
        Some((event, (events, scope)))
    };
    stream::unfold((events, Scope::of_long_work()), next).boxed()
}

/// A body that goes on. The next event is only taken when the one before is on its way.
struct Going {
    stream: Stream,
    stage: Stage,
    turn: BoxFuture<'static, ()>,
    lapse: BoxFuture<'static, ()>,
    events: BoxStream<'static, Event>,
    pause: Interval,
    _seat: Seat,
}

enum Stage {
    Before,
    Within,
    Over,
}

impl Going {
    fn poll_text(&mut self, cx: &mut Context) -> Poll<Option<String>> {
        match self.stage {
            Stage::Before => {
                self.stage = Stage::Within;
                return Poll::Ready(Some(self.stream.opening()));
            }
            Stage::Over => return Poll::Ready(None),
            Stage::Within => {}
        }
        if self.turn.poll_unpin(cx).is_ready() {
            self.stage = Stage::Over;
            return Poll::Ready(Some(self.stream.farewell()));
        }
        if self.lapse.poll_unpin(cx).is_ready() {
            self.stage = Stage::Over;
            return Poll::Ready(Some(self.stream.dismissal()));
        }
        let text = match self.events.poll_next_unpin(cx) {
            Poll::Ready(Some(event)) => self.stream.event(&event),
            Poll::Ready(None) => {
                self.stage = Stage::Over;
                self.stream.end()
            }
            Poll::Pending => {
                ready!(self.pause.poll_tick(cx));
                return Poll::Ready(Some(self.stream.sign_of_life()));
            }
        };
        self.pause.reset();
        Poll::Ready(Some(text))
    }
}

impl futures_util::Stream for Going {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Self::Item>> {
        self.poll_text(cx)
            .map(|text| text.map(|text| Ok(text.into())))
    }
}
