//! GraphQL over WebSocket: operations of every kind, and above all subscriptions.

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::header::{ALLOW, HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::MAX_OPERATION;
use super::client::Client;
use crate::graphql::Door;

/// The library reserves 128 KiB for every connection; what clients send is small.
const READ_BUFFER: usize = 4 * 1024;

/// Opens a socket that speaks `graphql-transport-ws`. Browsers open sockets to any server without asking it first, so a page
/// of another origin is refused: it could change things in the name of whoever visits it.
pub(super) async fn upgrade(
    State(door): State<Door>,
    Client(client): Client,
    headers: HeaderMap,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(ALLOW, "POST")],
            "Send operations by POST, or open a WebSocket with the subprotocol graphql-transport-ws.\n",
        )
            .into_response();
    };
    if !is_same_origin(&headers) {
        return (
            StatusCode::FORBIDDEN,
            "Pages of other origins may not open this WebSocket.\n",
        )
            .into_response();
    }
    let Ok(protocol) = protocol else {
        return (
            StatusCode::BAD_REQUEST,
            "Open the WebSocket with the subprotocol graphql-transport-ws.\n",
        )
            .into_response();
    };
    let door = door.serving(client);
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .read_buffer_size(READ_BUFFER)
        .max_message_size(MAX_OPERATION)
        .max_frame_size(MAX_OPERATION)
        .on_upgrade(move |socket| GraphQLWebSocket::new(socket, door, protocol).serve())
}

/// Whether the page that asks was served by this host. Clients that are no browsers send no origin.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let Some(origin) = text(ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(HOST)
}
