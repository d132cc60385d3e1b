//! GraphQL over WebSocket: operations of every kind, and above all subscriptions.

mod closing;
mod dialect;
mod operation;
mod session;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::http::header::UPGRADE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client::Client;
use super::operation::{Parameters, full, get};
use super::{Entrance, MAX_OPERATION, origin};
use axum::extract::rejection::QueryRejection;
use closing::{Closing, close};
use dialect::Dialect;
use session::Session;

/// The library reserves 128 KiB for every connection; what clients send is small.
const READ_BUFFER: usize = 4 * 1024;

/// Every message is written at once: nothing comes behind it for which it could wait.
const WRITE_BUFFER: usize = 0;

/// Opens a socket, or executes the operation in the address if none is asked for. Browsers open sockets to any server
/// without asking it first, so a page of another origin is refused: it could change things in the name of whoever visits it.
pub(super) async fn open(
    State(entrance): State<Entrance>,
    Client(client): Client,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) if headers.contains_key(UPGRADE) => return rejection.into_response(),
        Err(_) => return get(entrance, client, headers, parameters).await,
    };
    if !origin::is_same(&headers) {
        return (
            StatusCode::FORBIDDEN,
            "Pages of other origins may not open this WebSocket.\n",
        )
            .into_response();
    }
    let seat = match entrance.seats.take(&client) {
        Ok(seat) => seat,
        Err(why) => return full(why),
    };
    let door = entrance.door.serving(client);
    let upgrade = upgrade
        .protocols(Dialect::ALL.map(Dialect::name))
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(MAX_OPERATION)
        .max_frame_size(MAX_OPERATION);
    let chosen = upgrade.selected_protocol();
    let chosen = chosen.and_then(|name| Dialect::parse(name.as_bytes()));
    upgrade.on_upgrade(async move |socket| match chosen {
        Some(dialect) => Session::new(socket, dialect, door, seat).serve().await,
        // A client can only read why if the socket is opened first.
        None => close(socket, Closing::UnknownDialect).await,
    })
}
