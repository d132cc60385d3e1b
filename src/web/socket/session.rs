//! One socket from its beginning to its end, in one task.
//!
//! While something is being sent nothing else happens: no event is taken, so that a slow client fills no memory.

use std::error::Error;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tungstenite::error::{CapacityError, Error as SocketError, ProtocolError};

use super::closing::{Closing, answer, close};
use super::dialect::{Dialect, Said};
use super::operation::{Operations, Step};
use crate::auth::{Caller, Credentials, Refusal};
use crate::graphql::{Door, Event, Request};
use crate::model::ClientId;
use crate::web::Entrance;
use crate::web::admission::{LAPSED, lapse, shown_in};
use crate::web::refused::Refused;
use crate::web::room::Place;
use crate::web::seats::{Seat, Transport};

/// For how many of the server's signs of life a client may be silent.
const SILENT_BEATS: u32 = 2;

/// Who has opened a socket, and what he has shown by then.
pub(super) struct Visitor {
    pub(super) client: ClientId,
    pub(super) shown: Credentials,
}

/// A socket and what is under way on it.
pub(super) struct Session {
    socket: WebSocket,
    dialect: Dialect,
    entrance: Arc<Entrance>,
    /// The door for whoever it is, once that is known.
    door: Door,
    visitor: Visitor,
    operations: Operations,
    state: State,
    /// Who it is, as far as that is known while the session begins.
    admission: BoxFuture<'static, Result<Caller, Refusal>>,
    /// What the client said meanwhile; nothing more is heard until that is done.
    held_back: Option<Heard>,
    /// For how many beats nothing was heard of the client.
    silent_beats: u32,
    beat: Pin<Box<Sleep>>,
    turn: BoxFuture<'static, ()>,
    /// Ready when what the client showed counts no more.
    lapse: BoxFuture<'static, ()>,
    /// Its place among those that have not begun, and ready when others need it.
    place: Option<Place>,
    crowd: BoxFuture<'static, ()>,
    /// `None` until it begins.
    seat: Option<Seat>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The client has not begun.
    Opened,
    /// It has, and what it showed is looked at.
    Beginning,
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

/// What a client said, in so many bytes.
struct Heard {
    said: Said,
    length: usize,
}

enum Happening {
    Admission(Result<Caller, Refusal>),
    Frame(Option<Result<Message, axum::Error>>),
    Step(Arc<str>, Step),
    Beat,
    Turn,
    Lapse,
    Crowd,
}

impl Session {
    pub(super) fn new(
        socket: WebSocket,
        dialect: Dialect,
        entrance: Arc<Entrance>,
        visitor: Visitor,
        place: Place,
    ) -> Self {
        let mut stop = entrance.stop.clone();
        Self {
            socket,
            dialect,
            door: entrance.door.clone(),
            visitor,
            operations: Operations::default(),
            state: State::Opened,
            admission: pending().boxed(),
            held_back: None,
            silent_beats: 0,
            beat: Box::pin(sleep(entrance.rules.get().settings.init_timeout)),
            turn: async move { stop.told().await }.boxed(),
            lapse: pending().boxed(),
            entrance,
            crowd: place.rest().boxed(),
            place: Some(place),
            seat: None,
        }
    }

    pub(super) async fn serve(mut self) {
        let end = loop {
            if let Err(end) = self.go_on().await {
                break end;
            }
        };
        // What is under way ends now, not when the client has closed its side, and so does what it sat on.
        drop((self.operations, self.place, self.seat));
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
            () = &mut self.lapse => Happening::Lapse,
            () = &mut self.crowd => Happening::Crowd,
            () = &mut self.beat => Happening::Beat,
            admission = &mut self.admission => Happening::Admission(admission),
            frame = self.socket.recv(), if self.held_back.is_none() => Happening::Frame(frame),
            (id, step) = self.operations.next() => Happening::Step(id, step),
        };
        match happening {
            Happening::Turn => {
                self.state = State::Leaving;
                Ok(())
            }
            Happening::Lapse => Err(lapsed()),
            Happening::Crowd => Err(Closing::Crowded.into()),
            Happening::Beat if matches!(self.state, State::Opened | State::Beginning) => {
                Err(Closing::LateBeginning.into())
            }
            Happening::Beat => self.beat().await,
            Happening::Admission(admission) => {
                self.admission = pending().boxed();
                self.begin(admission).await?;
                match self.held_back.take() {
                    Some(heard) => self.follow(heard).await,
                    None => Ok(()),
                }
            }
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
                Ok(said) => {
                    let length = text.len();
                    self.follow(Heard { said, length }).await
                }
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

    async fn follow(&mut self, heard: Heard) -> Result<(), End> {
        let Heard { said, length } = heard;
        match (said, self.state) {
            (Said::Init(payload), State::Opened) => self.admit(payload.as_ref()).await,
            (Said::Init(_), _) => Err(Closing::BegunTwice.into()),
            (Said::Ping(payload), State::Opened | State::Beginning) => {
                self.say_in_time([Some(self.dialect.pong(payload))]).await
            }
            (Said::Ping(payload), _) => self.send(self.dialect.pong(payload)).await,
            (Said::Pong, _) => Ok(()),
            (Said::Start { .. }, State::Opened) => Err(Closing::NotBegun.into()),
            // Old clients do not wait for the acknowledgement.
            (said @ (Said::Start { .. } | Said::Stop { .. }), State::Beginning) => {
                self.held_back = Some(Heard { said, length });
                Ok(())
            }
            (Said::Start { id, request }, State::Begun) => self.start(&id, request, length).await,
            // The client learns soon that it has to come back.
            (Said::Start { .. }, State::Leaving) => Ok(()),
            (Said::Stop { id }, _) => {
                self.operations.stop(&quoted(&id));
                Ok(())
            }
            (Said::Leave, _) => Err(Closing::Done.into()),
        }
    }

    /// Has it looked at what the client shows, while everything else goes on. What is shown now counts more than what the
    /// request for the socket has shown.
    async fn admit(&mut self, payload: Option<&Map<String, Value>>) -> Result<(), End> {
        let shown = match payload.map(shown_in).transpose() {
            Ok(shown) => shown.flatten(),
            Err(refusal) => return self.forbid(&refusal).await,
        };
        let shown = shown.unwrap_or_else(|| self.visitor.shown.clone());
        let (gate, client) = (self.entrance.gate.clone(), self.visitor.client.clone());
        self.admission = async move { gate.admit(&shown, client).await }.boxed();
        self.state = State::Beginning;
        Ok(())
    }

    async fn begin(&mut self, admission: Result<Caller, Refusal>) -> Result<(), End> {
        let caller = match admission {
            Ok(caller) => Arc::new(caller),
            Err(refusal) => return self.forbid(&refusal).await,
        };
        let seat = match self.entrance.seats.take(
            &caller.client,
            &self.visitor.client,
            Transport::WebSocket,
        ) {
            Ok(seat) => seat,
            Err(why) => {
                let closing = Closing::NoSeat(why);
                let why = closing.reason().into_owned();
                return self.turn_away(&why, closing).await;
            }
        };
        self.turn = seat.turn().boxed();
        self.seat = Some(seat);
        // Nobody has to wait for it any more.
        self.crowd = pending().boxed();
        self.place = None;
        self.lapse = lapse(&self.entrance.gate, &caller);
        self.door = self.entrance.door.serving(caller);
        self.state = State::Begun;
        self.beat
            .as_mut()
            .reset(Instant::now() + self.dialect.rhythm());
        let first = [Some(self.dialect.ack()), self.dialect.sign_of_life()];
        self.say_in_time(first).await
    }

    async fn forbid(&mut self, refusal: &Refusal) -> Result<(), End> {
        let why = refusal.to_string();
        self.turn_away(&why, Closing::Forbidden(why.clone())).await
    }

    /// Tells why the session does not begin.
    async fn turn_away(&mut self, why: &str, closing: Closing) -> Result<(), End> {
        self.say_in_time([self.dialect.no_ack(why)]).await?;
        Err(closing.into())
    }

    /// Says what belongs to the beginning. Whoever does not read that in time does not begin.
    async fn say_in_time(
        &mut self,
        all: impl IntoIterator<Item = Option<String>>,
    ) -> Result<(), End> {
        let time = self.entrance.rules.get().settings.init_timeout;
        let saying = async {
            for text in all.into_iter().flatten() {
                self.send(text).await?;
            }
            Ok(())
        };
        let late = Err(Closing::LateBeginning.into());
        timeout(time, saying).await.unwrap_or(late)
    }

    async fn start(&mut self, id: &str, request: Box<Request>, length: usize) -> Result<(), End> {
        let name = quoted(id);
        match self.dialect {
            Dialect::Modern if self.operations.has(&name) => {
                return Err(Closing::Taken(id.to_owned()).into());
            }
            Dialect::Modern => {}
            // In this dialect the new one takes the place of the old one.
            Dialect::Old => self.operations.stop(&name),
        }
        let rules = self.entrance.rules.get();
        let after = rules.settings.shed_after;
        if let Err(late) = self.entrance.shedding.admit(&self.visitor.client, after) {
            let error = Refused::from(late).error();
            return self.send(self.dialect.error(&name, &[error])).await;
        }
        let most = rules.settings.socket_operations;
        if self.operations.count() >= most {
            let error = Refused::busy(most).error();
            return self.send(self.dialect.error(&name, &[error])).await;
        }
        let mut load = self.entrance.hold.load(self.visitor.client.clone());
        if let Err(why) = load.try_grow(length) {
            let error = Refused::no_room(why).error();
            return self.send(self.dialect.error(&name, &[error])).await;
        }
        let door = self.door.anew();
        self.operations.start(&name, door, request, load);
        Ok(())
    }

    async fn tell(&mut self, id: &str, step: Step) -> Result<(), End> {
        match step {
            Step::Begun => Ok(()),
            Step::Event(event) => self.send(self.dialect.next(id, &event)).await,
            Step::Answer(answer) if answer.refusal.is_some() => {
                self.send(self.dialect.error(id, &answer.errors())).await
            }
            Step::Answer(answer) => {
                let event = Event {
                    payload: answer.to_json().into(),
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

    /// The connection itself fails when the client takes nothing for too long. What it showed may count no more before.
    async fn send_message(&mut self, message: Message) -> Result<(), End> {
        tokio::select! {
            biased;
            sent = self.socket.send(message) => sent.map_err(|_| End::Gone),
            () = &mut self.lapse => Err(lapsed()),
        }
    }
}

fn lapsed() -> End {
    Closing::Forbidden(LAPSED.to_owned()).into()
}

/// An id as it stands in messages.
fn quoted(id: &str) -> String {
    serde_json::to_string(id).expect("it is a text")
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
