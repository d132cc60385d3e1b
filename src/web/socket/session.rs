//! One socket from its beginning to its end, in one task.
//!
//! While something is being sent nothing else happens: no event is taken, so that a slow client fills no memory.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Request;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::time::{Instant, Sleep, sleep};
use tungstenite::error::{CapacityError, Error as SocketError, ProtocolError};

use super::closing::{Closing, answer, close};
use super::dialect::{Dialect, Said};
use super::operation::{Operations, Step};
use crate::graphql::{Door, ErrorCode, Event};
use crate::web::operation::was_refused;
use crate::web::seats::Seat;

/// How long a client may take to begin.
const BEGINNING: Duration = Duration::from_secs(10);

/// For how many of the server's signs of life a client may be silent.
const SILENT_BEATS: u32 = 2;

/// How many operations one socket may have under way.
const MAX_OPERATIONS: usize = 100;

/// A socket and what is under way on it.
pub(super) struct Session {
    socket: WebSocket,
    dialect: Dialect,
    door: Door,
    operations: Operations,
    state: State,
    /// For how many beats nothing was heard of the client.
    silent_beats: u32,
    beat: Pin<Box<Sleep>>,
    turn: BoxFuture<'static, ()>,
    _seat: Seat,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The client has not begun.
    Opened,
    /// Operations are taken.
    Begun,
    /// No new ones are taken; those with a single answer are finished, and till then subscriptions go on.
    Leaving,
}

/// What a session ends with.
enum End {
    /// The client is told why.
    Close(Closing),
    /// The client has closed its side, and is answered.
    Answer,
    /// There is nobody any more who could be told.
    Gone,
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        Self::Close(closing)
    }
}

enum Happening {
    Frame(Option<Result<Message, axum::Error>>),
    Step(Arc<str>, Step),
    Beat,
    Turn,
}

impl Session {
    pub(super) fn new(socket: WebSocket, dialect: Dialect, door: Door, seat: Seat) -> Self {
        Self {
            socket,
            dialect,
            door,
            operations: Operations::default(),
            state: State::Opened,
            silent_beats: 0,
            beat: Box::pin(sleep(BEGINNING)),
            turn: seat.turn().boxed(),
            _seat: seat,
        }
    }

    pub(super) async fn serve(mut self) {
        let end = loop {
            if let Err(end) = self.go_on().await {
                break end;
            }
        };
        // What is under way ends now, not when the client has closed its side.
        drop(self.operations);
        match end {
            End::Close(closing) => close(self.socket, closing).await,
            End::Answer => answer(self.socket).await,
            End::Gone => {}
        }
    }

    async fn go_on(&mut self) -> Result<(), End> {
        if self.state == State::Leaving && self.operations.are_all_subscriptions() {
            return Err(Closing::Restart.into());
        }
        let happening = tokio::select! {
            () = &mut self.turn, if self.state != State::Leaving => Happening::Turn,
            () = &mut self.beat => Happening::Beat,
            frame = self.socket.recv() => Happening::Frame(frame),
            (id, step) = self.operations.next() => Happening::Step(id, step),
        };
        match happening {
            Happening::Turn => {
                self.state = State::Leaving;
                Ok(())
            }
            Happening::Beat if self.state == State::Opened => Err(Closing::LateBeginning.into()),
            Happening::Beat => self.beat().await,
            Happening::Frame(frame) => {
                self.silent_beats = 0;
                self.hear(frame).await
            }
            Happening::Step(id, step) => self.tell(&id, step).await,
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        self.silent_beats += 1;
        if self.silent_beats > SILENT_BEATS {
            return Err(End::Gone);
        }
        self.beat
            .as_mut()
            .reset(Instant::now() + self.dialect.rhythm());
        if let Some(sign) = self.dialect.sign_of_life() {
            self.send(sign).await?;
        }
        self.send_message(Message::Ping(Bytes::new())).await
    }

    async fn hear(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        match frame {
            Some(Ok(Message::Text(text))) => match self.dialect.read(&text) {
                Ok(said) => self.follow(said).await,
                Err(wrong) => Err(Closing::Invalid(wrong).into()),
            },
            Some(Ok(Message::Binary(_))) => {
                Err(Closing::Invalid("Invalid message: send text".to_owned()).into())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(End::Answer),
            None => Err(End::Gone),
            Some(Err(error)) => Err(unreadable(&error)),
        }
    }

    async fn follow(&mut self, said: Said) -> Result<(), End> {
        match (said, self.state) {
            (Said::Init, State::Opened) => {
                self.state = State::Begun;
                self.beat
                    .as_mut()
                    .reset(Instant::now() + self.dialect.rhythm());
                self.send(self.dialect.ack()).await?;
                match self.dialect.sign_of_life() {
                    Some(sign) => self.send(sign).await,
                    None => Ok(()),
                }
            }
            (Said::Init, _) => Err(Closing::BegunTwice.into()),
            (Said::Ping(payload), _) => self.send(self.dialect.pong(payload)).await,
            (Said::Pong, _) => Ok(()),
            (Said::Start { .. }, State::Opened) => Err(Closing::NotBegun.into()),
            (Said::Start { id, request }, State::Begun) => self.start(&id, request).await,
            // The client learns soon that it has to come back.
            (Said::Start { .. }, State::Leaving) => Ok(()),
            (Said::Stop { id }, _) => {
                self.operations.stop(&quoted(&id));
                Ok(())
            }
            (Said::Leave, _) => Err(Closing::Done.into()),
        }
    }

    async fn start(&mut self, id: &str, request: Box<Request>) -> Result<(), End> {
        let name = quoted(id);
        match self.dialect {
            Dialect::Modern if self.operations.has(&name) => {
                return Err(Closing::Taken(id.to_owned()).into());
            }
            Dialect::Modern => {}
            // In this dialect the new one takes the place of the old one.
            Dialect::Old => self.operations.stop(&name),
        }
        if self.operations.count() >= MAX_OPERATIONS {
            let message = format!(
                "this socket has {MAX_OPERATIONS} operations under way: complete some, or open another socket"
            );
            let code = ErrorCode::Throttled.as_str();
            let error = json!({ "message": message, "extensions": { "code": code } });
            return self.send(self.dialect.error(&name, &[error])).await;
        }
        self.operations.start(&name, self.door.clone(), request);
        Ok(())
    }

    async fn tell(&mut self, id: &str, step: Step) -> Result<(), End> {
        match step {
            Step::Begun => Ok(()),
            Step::Event(event) => self.send(self.dialect.next(id, &event)).await,
            Step::Answer(answer) if was_refused(&answer.response) => {
                let errors = answer.response.errors.iter();
                let errors: Vec<_> = errors.map(|error| json!(error)).collect();
                self.send(self.dialect.error(id, &errors)).await
            }
            Step::Answer(answer) => {
                let event = Event {
                    payload: written(&answer.response).into(),
                    cursor: None,
                };
                self.send(self.dialect.next(id, &event)).await?;
                self.send(self.dialect.complete(id)).await
            }
            Step::End => self.send(self.dialect.complete(id)).await,
        }
    }

    async fn send(&mut self, text: String) -> Result<(), End> {
        self.send_message(Message::Text(text.into())).await
    }

    /// The connection itself fails when the client takes nothing for too long.
    async fn send_message(&mut self, message: Message) -> Result<(), End> {
        self.socket.send(message).await.map_err(|_| End::Gone)
    }
}

/// An id as it stands in messages.
fn quoted(id: &str) -> String {
    written(id)
}

fn written<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

/// What to do about something that is no frame with a text.
fn unreadable(error: &axum::Error) -> End {
    let source = error.source().and_then(<dyn Error>::downcast_ref);
    match source {
        Some(SocketError::Capacity(CapacityError::MessageTooLong { .. })) => {
            Closing::TooLarge.into()
        }
        Some(SocketError::Utf8(_)) => Closing::NoText.into(),
        Some(SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => End::Gone,
        Some(SocketError::Protocol(_)) => Closing::Broken.into(),
        _ => End::Gone,
    }
}
