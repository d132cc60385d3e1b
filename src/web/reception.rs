//! What every request meets before its route, and every response behind it. Each layer of the library costs a copy of all that
//! is below it for each request, so that there is one for all, and one more for each kind of route.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{Extensions, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;

use super::accept::Accepted;
use super::doorway::Peer;
use super::drain::Stop;
use super::handover::{self, GoesOn};
use super::head;
use super::hosts::{self, Hosts};
use super::refused::Refused;

/// Who is at the other end of the connection over which a request came.
pub(super) fn peer(extensions: &Extensions) -> Option<&Peer> {
    let peer = extensions.get::<ConnectInfo<Peer>>();
    peer.map(|ConnectInfo(peer)| peer)
}

/// Receives everybody.
pub(super) async fn receive(State(stop): State<Stop>, request: Request, next: Next) -> Response {
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

/// Lets in who asks for one of these hosts.
pub(super) async fn let_in(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if let Err(refused) = hosts::check(&hosts, request.headers()) {
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
