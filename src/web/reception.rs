//! What every request meets before its route, and every response behind it. Each layer of the library costs a copy of all that
//! is below it for each request, so that there is one for all, and one more for each kind of route.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{Extensions, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;

use super::accept::Accepted;
use super::doorway::Peer;
use super::drain::Stop;
use super::handover::{self, GoesOn};
use super::head;
use super::hosts;
use super::refused::Refused;
use super::rules::Rules;
use crate::current::Current;
use crate::telemetry::{self, Scope};

/// Who is at the other end of the connection over which a request came.
pub(super) fn peer(extensions: &Extensions) -> Option<&Peer> {
    let peer = extensions.get::<ConnectInfo<Peer>>();
    peer.map(|ConnectInfo(peer)| peer)
}

/// Receives everybody. Whatever is logged while he is answered names his request.
pub(super) async fn receive(State(stop): State<Stop>, request: Request, next: Next) -> Response {
    let under_way = stop.traffic().request(request.uri().path());
    let response = receive_named(stop, request, next).await;
    under_way.answered(response.status());
    response
}

/// The same for one that has a name, by which it is found in logs and traces.
async fn receive_named(stop: Stop, request: Request, next: Next) -> Response {
    let asked = Arc::new(telemetry::Request::of(request.headers()));
    let scope = Scope::of(asked.clone());
    let answer = scope.around(async move {
        let begun = Begun::of(&request);
        let response = receive_in_scope(stop, request, next).await;
        if let Some(begun) = begun {
            begun.tell(&response);
        }
        response
    });
    let mut response = answer.await;
    name(&asked, &mut response);
    response
}

/// Tells the client how its request is called, if it sent a name for it, or if it may have to ask about it.
fn name(asked: &telemetry::Request, response: &mut Response) {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        asked.id();
    }
    if let Some(id) = asked.known_id() {
        let id = HeaderValue::from_str(id).expect("ids are visible ASCII");
        let headers = response.headers_mut();
        headers.insert(telemetry::Request::HEADER, id);
    }
}

/// A request whose answer is to be logged.
struct Begun {
    at: Instant,
    method: Method,
    /// Which route it takes: what else stands in its address is nobody's business.
    route: Option<MatchedPath>,
}

impl Begun {
    /// `None` if nobody wants to know.
    fn of(request: &Request) -> Option<Self> {
        tracing::enabled!(tracing::Level::DEBUG).then(|| Self {
            at: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
        })
    }

    fn tell(self, response: &Response) {
        tracing::debug!(
            method = %self.method,
            route = self.route.as_ref().map_or("none", MatchedPath::as_str),
            status = response.status().as_u16(),
            elapsed_ms = self.at.elapsed().as_millis(),
            "answered"
        );
    }
}

async fn receive_in_scope(stop: Stop, request: Request, next: Next) -> Response {
    let Some(peer) = peer(request.extensions()).cloned() else {
        return finished(next.run(request).await, false);
    };
    let has_body = request.method() != Method::HEAD;
    let in_chunks = has_body && request.version() == Version::HTTP_11;
    peer.visit.begin();
    let response = next.run(request).await;
    // Whoever has not come in was refused, or only looked whether the house stands.
    let is_last = stop.is_told() || peer.is_outside();
    let response = finished(response, is_last);
    let goes_on = response.extensions().get::<GoesOn>().is_some();
    // What a socket's client sends from here on is no head, and neither is anything before the end of a body that goes on.
    if response.status() != StatusCode::SWITCHING_PROTOCOLS && !(goes_on && has_body) {
        peer.visit.end();
    }
    match goes_on && in_chunks {
        true => handover::hand_over(&peer.visit, response),
        false => response,
    }
}

/// The response with what all of them have, and whether it is the last over its connection.
fn finished(mut response: Response, is_last: bool) -> Response {
    head::mark(&mut response);
    if is_last && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

/// Lets in who asks for one of the hosts that the rules name, or for any if there are none.
pub(super) async fn let_in(
    State(rules): State<Option<Current<Rules>>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(rules) = rules
        && let Err(refused) = hosts::check(&rules.get().settings.hosts, request.headers())
    {
        return respond(&request, refused);
    }
    match admit(&request).await {
        Ok(()) => next.run(request).await,
        Err(refused) => respond(&request, refused),
    }
}

/// Whether a request may come to its route: there is room for its connection, and its head is not too large.
pub(super) fn admit(request: &Request) -> impl Future<Output = Result<(), Refused>> + use<> {
    let checked = head::check(request);
    let peer = peer(request.extensions()).cloned();
    async move {
        checked?;
        match peer {
            Some(peer) => peer.come_in().await.map_err(Refused::crowded),
            None => Ok(()),
        }
    }
}

/// Tells a request that it is refused.
pub(super) fn respond(request: &Request, refused: Refused) -> Response {
    refused.respond(Accepted::of(request.headers()).json)
}
