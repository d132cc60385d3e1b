//! Why a socket is closed, with the codes that the protocols define.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;

use crate::web::shares::Full;

/// How long a client may take to close its side, too.
const LINGER: Duration = Duration::from_secs(1);

/// The longest reason that fits into a frame, in bytes.
const MAX_REASON: usize = 123;

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closing {
    /// The client wishes it.
    Done,
    /// Frames that break the rules of WebSockets themselves.
    Broken,
    /// A frame that is no text of a protocol's message.
    Invalid(String),
    /// A frame whose bytes are no text.
    NoText,
    /// A message that is larger than any operation.
    TooLarge,
    /// Something came before `connection_init`.
    NotBegun,
    /// None of the protocols that the client speaks is spoken here.
    UnknownDialect,
    /// `connection_init` did not come in time.
    LateBeginning,
    /// An id of an operation that goes on was used for another.
    Taken(String),
    /// `connection_init` came twice.
    BegunTwice,
    /// What the client showed of itself does not count, or no more; with a sentence that says why.
    Forbidden(String),
    /// So many sockets wait to begin that this one, which has waited longest, makes room.
    Crowded,
    /// There is no seat for another subscriber.
    NoSeat(Full),
    /// The server stops.
    Restart,
}

impl Closing {
    fn code(&self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::Broken => 1002,
            Self::NoText => 1007,
            Self::TooLarge => 1009,
            Self::Restart => 1012,
            Self::Crowded | Self::NoSeat(_) => 1013,
            Self::Invalid(_) => 4400,
            Self::NotBegun => 4401,
            Self::Forbidden(_) => 4403,
            Self::UnknownDialect => 4406,
            Self::LateBeginning => 4408,
            Self::Taken(_) => 4409,
            Self::BegunTwice => 4429,
        }
    }

    pub(super) fn reason(&self) -> Cow<'_, str> {
        match self {
            Self::Done => "".into(),
            Self::Broken => "Protocol error".into(),
            Self::NoText => "Invalid UTF-8".into(),
            Self::TooLarge => "Message too large".into(),
            Self::Restart => "Service Restart: reconnect with your cursor".into(),
            Self::Invalid(why) => why.into(),
            Self::Crowded => "Try Again Later: too many sockets wait to begin".into(),
            Self::NoSeat(Full::All) => "Try Again Later: all seats for subscribers are taken".into(),
            Self::NoSeat(Full::Share) => {
                "Try Again Later: this client, or its address, has half of all seats: close some sockets".into()
            }
            Self::NotBegun => "Unauthorized".into(),
            Self::Forbidden(why) => format!("Forbidden: {why}").into(),
            Self::UnknownDialect => "Subprotocol not acceptable".into(),
            Self::LateBeginning => "Connection initialisation timeout".into(),
            Self::Taken(id) => format!("Subscriber for {id} already exists").into(),
            Self::BegunTwice => "Too many initialisation requests".into(),
        }
    }
}

/// Tells why and waits a moment for the client to close its side: were it closed at once, the network could throw away
/// what is still on its way.
pub(super) async fn close(mut socket: WebSocket, closing: Closing) {
    let reason = closing.reason();
    let fits = |end: &usize| reason.is_char_boundary(*end);
    let end = (0..=MAX_REASON.min(reason.len())).rfind(fits);
    let reason = &reason[..end.unwrap_or_default()];
    let frame = CloseFrame {
        code: closing.code(),
        reason: reason.into(),
    };
    let ending = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            see_off(&mut socket).await;
        }
    };
    // In the end it is closed all the same.
    let _ = timeout(LINGER, ending).await;
}

/// Lets a client that closes its side hear that it was understood: the library has the answer ready, and sends it when it is
/// asked for more.
pub(super) async fn answer(mut socket: WebSocket) {
    let _ = timeout(LINGER, see_off(&mut socket)).await;
}

async fn see_off(socket: &mut WebSocket) {
    while let Some(left) = socket.recv().await {
        if left.is_err() {
            // What cannot be read stays in the way of the client's own close.
            std::future::pending::<()>().await;
        }
    }
}
