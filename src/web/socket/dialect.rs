//! What is said over a socket, in two dialects: `graphql-transport-ws`, and the older `graphql-ws` of
//! `subscriptions-transport-ws`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::graphql::{Event, Request};
use crate::web::body::Fields;
use crate::web::request::request;

/// The longest id of an operation, in bytes. Clients use a number or a UUID.
const MAX_ID: usize = 256;

/// A protocol over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `graphql-transport-ws`.
    Modern,
    /// `graphql-ws`.
    Old,
}

/// What a client says.
#[derive(Debug)]
pub(super) enum Said {
    /// It begins the session, and may show who it is.
    Init(Option<Map<String, Value>>),
    /// It wants an answer to this.
    Ping(Option<Box<RawValue>>),
    /// It answers, or lets hear of itself.
    Pong,
    /// It wants an operation to be carried out.
    Start { id: String, request: Box<Request> },
    /// It wants no more of an operation.
    Stop { id: String },
    /// It leaves.
    Leave,
}

/// A message as it is written.
#[derive(Deserialize)]
struct Message<'a, Kind> {
    #[serde(rename = "type")]
    kind: Kind,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Modern {
    ConnectionInit,
    Ping,
    Pong,
    Subscribe,
    Complete,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Old {
    ConnectionInit,
    Start,
    Stop,
    ConnectionTerminate,
}

impl Dialect {
    pub(super) const ALL: [Self; 2] = [Self::Modern, Self::Old];

    /// How clients ask for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Modern => "graphql-transport-ws",
            Self::Old => "graphql-ws",
        }
    }

    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|dialect| dialect.name().as_bytes() == name)
    }

    /// After which time the server lets hear of itself. Old clients give up a server that is silent for 30 seconds once it
    /// has not been.
    pub(super) fn rhythm(self) -> Duration {
        match self {
            Self::Modern => Duration::from_secs(30),
            Self::Old => Duration::from_secs(15),
        }
    }

    /// Reads what a client says, or tells what is wrong with it.
    pub(super) fn read(self, text: &str) -> Result<Said, String> {
        let said = match self {
            Self::Modern => Message::read(text).and_then(|message| match message.kind {
                Modern::ConnectionInit => message.object().map(Said::Init),
                Modern::Ping => message.object().map(|_| Said::ping(message.payload)),
                Modern::Pong => message.object().map(|_| Said::Pong),
                Modern::Subscribe => message.start(),
                Modern::Complete => message.stop(),
            }),
            Self::Old => Message::read(text).and_then(|message| match message.kind {
                Old::ConnectionInit => message.object().map(Said::Init),
                Old::Start => message.start(),
                Old::Stop => message.stop(),
                Old::ConnectionTerminate => Ok(Said::Leave),
            }),
        };
        said.map_err(|wrong| format!("Invalid message: {wrong}"))
    }

    pub(super) fn ack(self) -> String {
        r#"{"type":"connection_ack"}"#.to_owned()
    }

    /// Tells why the session does not begin, where the dialect has a message for it beside the code of the close.
    pub(super) fn no_ack(self, why: &str) -> Option<String> {
        let message = json!({ "type": "connection_error", "payload": { "message": why } });
        (self == Self::Old).then(|| message.to_string())
    }

    /// Lets hear of the server, where the dialect has a message for it.
    pub(super) fn sign_of_life(self) -> Option<String> {
        (self == Self::Old).then(|| r#"{"type":"ka"}"#.to_owned())
    }

    pub(super) fn pong(self, payload: Option<Box<RawValue>>) -> String {
        match payload {
            Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
            None => r#"{"type":"pong"}"#.to_owned(),
        }
    }

    /// One answer of an operation. The id is JSON already, and so is the answer.
    pub(super) fn next(self, id: &str, event: &Event) -> String {
        let kind = match self {
            Self::Modern => "next",
            Self::Old => "data",
        };
        let payload = &event.payload;
        format!(r#"{{"id":{id},"type":"{kind}","payload":{payload}}}"#)
    }

    /// The operation was refused before it began. The old dialect has room for one error; its clients find the others inside.
    pub(super) fn error(self, id: &str, errors: &[Value]) -> String {
        let payload = match self {
            Self::Modern => json!(errors),
            Self::Old => {
                let mut first = errors.first().cloned().unwrap_or_default();
                if errors.len() > 1 {
                    first["errors"] = json!(errors);
                }
                first
            }
        };
        format!(r#"{{"id":{id},"type":"error","payload":{payload}}}"#)
    }

    pub(super) fn complete(self, id: &str) -> String {
        format!(r#"{{"id":{id},"type":"complete"}}"#)
    }
}

impl Said {
    fn ping(payload: Option<&RawValue>) -> Self {
        Self::Ping(payload.map(ToOwned::to_owned))
    }
}

impl<'a, Kind: Deserialize<'a>> Message<'a, Kind> {
    fn read(text: &'a str) -> Result<Self, String> {
        if !text.trim_ascii_start().starts_with('{') {
            return Err("it is no JSON object".to_owned());
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Its payload, if it has one.
    fn object(&self) -> Result<Option<Map<String, Value>>, String> {
        let payload = self.payload.map(|text| serde_json::from_str(text.get()));
        payload
            .transpose()
            .map_err(|error| format!("payload: {error}"))
    }

    fn id(self) -> Result<String, String> {
        match self.id {
            None => Err("missing field `id`".to_owned()),
            Some(id) if id.is_empty() => Err("the id is empty".to_owned()),
            Some(id) if id.len() > MAX_ID => Err(format!("the id has over {MAX_ID} bytes")),
            Some(id) => Ok(id),
        }
    }

    /// A request, in which no name may be there twice, as in those over HTTP.
    fn start(self) -> Result<Said, String> {
        let payload = self.payload.ok_or("missing field `payload`")?;
        let fields = serde_json::from_str(payload.get());
        let fields: Fields = fields.map_err(|error| format!("payload: {error}"))?;
        let request = request(&fields).map_err(|refused| refused.message().to_owned())?;
        let request = Box::new(request);
        let id = self.id()?;
        Ok(Said::Start { id, request })
    }

    fn stop(self) -> Result<Said, String> {
        self.id().map(|id| Said::Stop { id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_told_so() {
        for (dialect, text) in [
            (Dialect::Modern, ""),
            (Dialect::Modern, "null"),
            (Dialect::Modern, "[]"),
            (Dialect::Modern, "{}"),
            (
                Dialect::Modern,
                r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
            ),
            (Dialect::Modern, r#"{"type":"connection_init","payload":5}"#),
            (Dialect::Modern, r#"{"type":"ping","payload":"x"}"#),
            (
                Dialect::Modern,
                r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            ),
            (
                Dialect::Modern,
                r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            ),
            (
                Dialect::Modern,
                r#"{"type":"subscribe","id":5,"payload":{"query":"{a}"}}"#,
            ),
            (
                Dialect::Modern,
                r#"{"type":"subscribe","id":"1","payload":{}}"#,
            ),
            (
                Dialect::Modern,
                r#"{"type":"subscribe","id":"1","payload":{"query":5}}"#,
            ),
            (Dialect::Modern, r#"{"type":"complete"}"#),
            (
                Dialect::Old,
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}"}}"#,
            ),
            (Dialect::Old, r#"{"type":"start","id":"1"}"#),
        ] {
            let refused = dialect.read(text).unwrap_err();
            assert!(refused.starts_with("Invalid message"), "{text}");
        }
        let long = "x".repeat(MAX_ID + 1);
        let long = format!(r#"{{"type":"complete","id":"{long}"}}"#);
        assert!(Dialect::Modern.read(&long).unwrap_err().contains("256"));
    }

    #[test]
    fn messages_are_read_whatever_the_order_of_their_fields() {
        let text = r#"{"payload":{"variables":null,"query":"{a}","operationName":null},"id":"1","type":"subscribe"}"#;
        let said = Dialect::Modern.read(text).unwrap();
        assert!(
            matches!(said, Said::Start { id, request } if id == "1" && request.query.as_deref() == Some("{a}"))
        );
        for (text, is_right) in [
            (r#"{"type":"connection_init"}"#, true),
            (
                r#"{"type":"connection_init","payload":{"token":"x"}}"#,
                true,
            ),
            (r#"{"type":"pong","more":1}"#, false),
        ] {
            let said = Dialect::Modern.read(text).unwrap();
            assert_eq!(matches!(said, Said::Init(_)), is_right);
        }
        let old = Dialect::Old.read(r#"{"type":"connection_init","payload":null}"#);
        assert!(matches!(old, Ok(Said::Init(None))));
    }

    #[test]
    fn old_clients_get_one_error_and_find_the_others_inside() {
        let [one, other] = [json!({ "message": "a" }), json!({ "message": "b" })];
        let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let alone = read(Dialect::Old.error("\"1\"", std::slice::from_ref(&one)));
        assert_eq!(alone["payload"], one);
        let both = read(Dialect::Old.error("\"1\"", &[one.clone(), other.clone()]));
        assert_eq!(both["payload"]["message"], "a");
        assert_eq!(both["payload"]["errors"], json!([one, other]));
    }
}
