//! GraphQL over WebSocket: operations of every kind, and above all subscriptions.

mod closing;
mod dialect;
mod fuzz;
mod operation;
mod session;

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::accept::{Accepted, Json};
use super::operation::get;
use super::refused::Refused;
use super::room::MOMENT;
use super::{Entrance, Rules, admission, client, csrf};
use crate::telemetry::Scope;
use closing::{Closing, close};
use dialect::Dialect;
use session::{Session, Visitor};

pub(crate) use fuzz::read_frames;

/// The library reserves 128 KiB for every connection; what clients send is small.
const READ_BUFFER: usize = 4 * 1024;

/// Every message is written at once: nothing comes behind it for which it could wait.
const WRITE_BUFFER: usize = 0;

/// The longest message, in bytes, whatever a body may have: room for a whole frame is set aside when it is announced.
const MAX_MESSAGE: usize = 16 << 20;

const FOREIGN: &str = "pages of this origin may not open a WebSocket here: have the operator of this service name the origin with \
    --cors-origins";

/// Opens a socket, or executes the operation in the address if none is asked for. Browsers open sockets to any server
/// without asking it first, so a page of another origin is refused that is not allowed to ask: it could change things in the
/// name of whoever visits it.
pub(super) async fn open(entrance: Arc<Entrance>, rules: &Rules, request: Request) -> Response {
    let (mut head, _) = request.into_parts();
    let json = Accepted::of(&head.headers).json;
    let client = client::of(&head, rules);
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut head, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) if wants_socket(&head.headers) => return refuse(&rejection, json),
        Err(_) => return get((&entrance, rules), client, head.headers, head.uri).await,
    };
    let headers = &head.headers;
    if !csrf::may_ask(headers, &rules.settings.origins) {
        return Refused::forbidden(FOREIGN).respond(json);
    }
    let shown = match admission::shown(headers) {
        Ok(shown) => shown,
        Err(refused) => return refused.respond(json),
    };
    let place = match entrance.lobby.place(&client, MOMENT).await {
        Ok(place) => place,
        Err(why) => return Refused::from(why).respond(json),
    };
    let most = rules.settings.max_body.min(MAX_MESSAGE);
    let upgrade = upgrade
        .protocols(Dialect::ALL.map(Dialect::name))
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(most)
        .max_frame_size(most);
    let chosen = upgrade.selected_protocol();
    let chosen = chosen.and_then(|name| Dialect::parse(name.as_bytes()));
    let scope = Scope::of_long_work();
    upgrade.on_upgrade(async move |socket| match chosen {
        Some(dialect) => {
            let visitor = Visitor { client, shown };
            let session = Session::new(socket, dialect, entrance, visitor, place);
            scope.around(session.serve()).await;
        }
        // A client can only read why if the socket is opened first.
        None => {
            drop(place);
            close(socket, Closing::UnknownDialect).await;
        }
    })
}

/// Whether it is a socket that is asked for. Some clients ask with every request whether it may go on in HTTP/2.
fn wants_socket(headers: &HeaderMap) -> bool {
    let values = headers.get_all(UPGRADE).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut names = texts.flat_map(|text| text.split(','));
    names.any(|name| name.trim().eq_ignore_ascii_case("websocket"))
}

fn refuse(rejection: &WebSocketUpgradeRejection, json: Json) -> Response {
    let is_version = matches!(
        rejection,
        WebSocketUpgradeRejection::InvalidWebSocketVersionHeader(_)
    );
    if !is_version {
        return Refused::new(rejection.status(), rejection.body_text()).respond(json);
    }
    let message = "sockets are of version 13: open one with Sec-WebSocket-Version: 13";
    let refused = Refused::new(StatusCode::UPGRADE_REQUIRED, message);
    let version = [
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    ];
    (version, refused.respond(json)).into_response()
}
