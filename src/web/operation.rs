//! GraphQL over HTTP: operations by POST, and by GET what changes nothing. Subscriptions go on as the client can read them.

use axum::body::Bytes;
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::accept::{Accepted, Form, Json, Stream};
use super::admission::lapse;
use super::arrival::Coming;
use super::door::IDEMPOTENCY_KEY;
use super::hold::SMALL;
use super::reader::Reader;
use super::refused::Refused;
use super::request::{Asked, expect_json};
use super::seats::Seat;
use super::{
    Entrance, Rules, address, admission, allowance, answer, batch, client, csrf, door, request,
};
use crate::auth::Caller;
use crate::graphql::{Answer, Door, Events, Kind, Opened, Operation, Request, Sent};
use crate::model::ClientId;

/// Executes one operation, or a batch of them.
pub(super) async fn post(entrance: &Entrance, rules: &Rules, request: HttpRequest) -> Response {
    let (head, body) = request.into_parts();
    let client = client::of(&head, rules);
    let accepted = Accepted::of(&head.headers);
    let mut coming = Coming::new(body, &head);
    match take(
        (entrance, rules),
        client,
        &head.headers,
        &mut coming,
        accepted,
    )
    .await
    {
        Ok(response) => response,
        Err(refused) => coming.answered(refused.respond(accepted.json)).await,
    }
}

/// Executes one operation that stands in the address, as a browser's `EventSource` sends it. It may not change anything,
/// and foreign pages may not send it: they would spend the account's calls.
pub(super) async fn get(
    (entrance, rules): (&Entrance, &Rules),
    client: ClientId,
    headers: HeaderMap,
    address: Uri,
) -> Response {
    let accepted = Accepted::of(&headers);
    let taken = take_address((entrance, rules), client, &headers, &address, accepted).await;
    taken.unwrap_or_else(|refused| refused.respond(accepted.json))
}

async fn take(
    (entrance, rules): (&Entrance, &Rules),
    client: ClientId,
    headers: &HeaderMap,
    coming: &mut Coming,
    accepted: Accepted,
) -> Result<Response, Refused> {
    entrance
        .shedding
        .admit(&client, rules.settings.shed_after)?;
    let form = accepted.answer.ok_or_else(Refused::not_acceptable)?;
    expect_json(headers)?;
    let caller = admission::admit(&entrance.gate, headers, client.clone()).await?;
    let door = door::opened(&entrance.door, caller.clone(), headers)?;
    let settings = &rules.settings;
    let (time, most) = (settings.request_timeout, settings.max_body);
    let load = entrance.hold.load(client.clone());
    let whole = coming.whole(&entrance.stop, time, most, load);
    let (body, load) = whole.await?;
    let reader = Reader::of_body(headers, settings);
    // What is longer is not looked for by its bytes, so that it need not be kept while it is carried out.
    let sent = (body.len() <= SMALL).then(|| Sent::Body(body.clone()));
    if let Some(sent) = &sent
        && let Some(answer) = door.again(sent).await
    {
        return Ok(answer::respond(&answer, form, reader).await);
    }
    let most = settings.takes_batches.then_some(settings.max_batch);
    let asked = request::read(&body, most)?;
    drop(body);
    let asker = Asker {
        entrance,
        caller: &caller,
        door: &door,
        events: accepted.events,
        address: &client,
        reader,
    };
    match asked {
        Asked::One(mut request) => {
            request.sent = sent.map(Sent::compact);
            let ready = asker.prepare(*request, How::Alone).await?;
            drop(load);
            Ok(asker.answer(ready, How::Alone, form).await)
        }
        Asked::Batch(_) if headers.contains_key(IDEMPOTENCY_KEY) => Err(Refused::malformed(
            "the header Idempotency-Key is for one operation: send it by itself, not in a batch",
        )),
        Asked::Batch(batch) => batch::execute(&asker, batch, load, most, form).await,
    }
}

async fn take_address(
    (entrance, rules): (&Entrance, &Rules),
    client: ClientId,
    headers: &HeaderMap,
    uri: &Uri,
    accepted: Accepted,
) -> Result<Response, Refused> {
    entrance
        .shedding
        .admit(&client, rules.settings.shed_after)?;
    let form = accepted.answer.ok_or_else(Refused::not_acceptable)?;
    if !csrf::is_deliberate(headers, &rules.settings.origins) {
        return Err(Refused::forbidden(csrf::REFUSAL));
    }
    let caller = admission::admit(&entrance.gate, headers, client.clone()).await?;
    let door = door::opened(&entrance.door, caller.clone(), headers)?;
    let reader = Reader::of_address(headers, &rules.settings, &caller);
    let query = uri.query().unwrap_or_default();
    let sent = Sent::Address(Bytes::copy_from_slice(query.as_bytes()));
    if let Some(answer) = door.again(&sent).await {
        let form = form_of(&answer, How::Address, form);
        return Ok(answer::respond(&answer, form, reader).await);
    }
    let mut request = address::read(uri)?;
    request.sent = Some(sent);
    let asker = Asker {
        entrance,
        caller: &caller,
        door: &door,
        events: accepted.events,
        address: &client,
        reader,
    };
    let ready = asker.prepare(request, How::Address).await?;
    Ok(asker.answer(ready, How::Address, form).await)
}

/// How an operation came, which says what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By itself, where it may be anything.
    Alone,
    /// Where it may change nothing.
    Address,
    /// Among others, where it may have one answer only.
    Together,
}

/// A request that was read.
pub(super) enum Ready {
    /// It can be carried out, from a seat if it goes on.
    Operation(Box<Operation>, Option<(Stream, Seat)>),
    /// It cannot.
    Refused(Answer),
}

/// What came of an operation.
pub(super) enum Done {
    /// It has its only answer.
    Answer(Answer),
    /// It goes on in that form, from a seat.
    Events(Box<Events>, Stream, Seat),
}

/// Somebody who was let in.
pub(super) struct Asker<'a> {
    entrance: &'a Entrance,
    caller: &'a Caller,
    door: &'a Door,
    /// How he can read events, if he can.
    events: Option<Stream>,
    /// From where he comes.
    address: &'a ClientId,
    reader: Reader<'a>,
}

impl<'a> Asker<'a> {
    /// How he reads answers.
    pub(super) fn reader(&self) -> Reader<'a> {
        self.reader
    }

    /// What it takes to carry out an operation of that kind: a subscription needs a seat, and a form that can be read.
    fn seat(&self, kind: Kind, how: How) -> Result<Option<(Stream, Seat)>, Refused> {
        match (kind, how) {
            (Kind::Mutation, How::Address) => Err(Refused::method("send mutations by POST")),
            (Kind::Query | Kind::Mutation, _) => Ok(None),
            (Kind::Subscription, How::Together) => {
                let alone = "a subscription cannot be in a batch: send it by itself";
                Err(Refused::malformed(alone))
            }
            (Kind::Subscription, _) => {
                let stream = self.events.ok_or_else(Refused::no_events)?;
                let seats = &self.entrance.seats;
                let seat = seats.take(&self.caller.client, self.address, stream.into())?;
                Ok(Some((stream, seat)))
            }
        }
    }

    /// Reads a request, and refuses what may not be sent like that.
    pub(super) async fn prepare(&self, request: Request, how: How) -> Result<Ready, Refused> {
        let mut operation = match self.door.prepare(request).await {
            Ok(operation) => operation,
            Err(answer) => return Ok(Ready::Refused(answer)),
        };
        match self.seat(operation.kind(), how) {
            Ok(seat) => Ok(Ready::Operation(Box::new(operation), seat)),
            Err(refused) => {
                operation.note_refused(refused.code());
                Err(refused.standing(operation.standing()))
            }
        }
    }

    /// Carries out what is ready.
    pub(super) async fn carry_out(&self, ready: Ready) -> Done {
        let (operation, seat) = match ready {
            Ready::Operation(operation, seat) => (operation, seat),
            Ready::Refused(answer) => return Done::Answer(answer),
        };
        match self.door.open(*operation).await {
            Opened::Answer(answer) => Done::Answer(answer),
            Opened::Events(events) => {
                let (stream, seat) = seat.expect("only subscriptions go on, and they have seats");
                Done::Events(events, stream, seat)
            }
        }
    }

    async fn answer(&self, ready: Ready, how: How, form: Form) -> Response {
        match self.carry_out(ready).await {
            Done::Answer(answer) => {
                answer::respond(&answer, form_of(&answer, how, form), self.reader).await
            }
            Done::Events(events, stream, seat) => {
                let lapse = lapse(&self.entrance.gate, self.caller);
                let standing = allowance::headers(events.standing());
                let mut response = stream.events(*events, seat, lapse);
                response.headers_mut().extend(standing);
                response
            }
        }
    }
}

/// In which form an answer is sent. A browser's `EventSource`, which asks in the address, comes back for ever when a stream
/// ends, unless its status says that there was none. Clients that send a body read why in the stream, and come back instead
/// for every status that is an error.
fn form_of(answer: &Answer, how: How, form: Form) -> Form {
    match (how, form, answer.refusal) {
        (How::Address, Form::Stream(Stream::EventStream), Some(_)) => {
            Form::Json(Json::GraphqlResponse)
        }
        _ => form,
    }
}
