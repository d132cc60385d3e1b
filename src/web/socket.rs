//! GraphQL over WebSocket: operations of every kind, and above all subscriptions.

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Response};

use super::MAX_OPERATION;
use crate::graphql::Door;

/// The library reserves 128 KiB for every connection; what clients send is small.
const READ_BUFFER: usize = 4 * 1024;

/// Opens a socket that speaks `graphql-transport-ws`.
pub(super) async fn upgrade(
    State(door): State<Door>,
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
    let Ok(protocol) = protocol else {
        return (
            StatusCode::BAD_REQUEST,
            "Open the WebSocket with the subprotocol graphql-transport-ws.\n",
        )
            .into_response();
    };
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .read_buffer_size(READ_BUFFER)
        .max_message_size(MAX_OPERATION)
        .max_frame_size(MAX_OPERATION)
        .on_upgrade(move |socket| GraphQLWebSocket::new(socket, door, protocol).serve())
}
