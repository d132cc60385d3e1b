//! What is said over a socket, in two dialects: `graphql-transport-ws`, and the older `graphql-ws` of
//! `subscriptions-transport-ws`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::graphql::{Event, Malformed, Request};
use crate::web::body::Fields;

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
    Ping(Option<Value>),
    /// It answers, or lets hear of itself.
    Pong,
    /// It wants an operation to be carried out.
    Start { id: String, request: Box<Request> },
    /// It wants no more of an operation.
    Stop { id: String },
    /// It leaves.
    Leave,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Modern {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Box<Operation>,
    },
    Complete {
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Old {
    ConnectionInit { payload: Option<Map<String, Value>> },
    Start { id: String, payload: Box<Operation> },
    Stop { id: String },
    ConnectionTerminate {},
}

/// A request, in which no name may be there twice, as in those over HTTP.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
struct Operation(Request);

impl TryFrom<Fields> for Operation {
    type Error = String;

    fn try_from(payload: Fields) -> Result<Self, String> {
        let request = match payload {
            Fields::Object(fields) => Request::from_json(Value::Object(fields)),
            Fields::Twice(name) => return Err(format!("{name} is there twice: send it once")),
            Fields::None => Err(Malformed::Shape),
        };
        let request = request.map_err(|malformed| malformed.to_string())?;
        if request.query.is_none() && !request.names_a_document() {
            return Err("the payload has no query".to_owned());
        }
        Ok(Self(request))
    }
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
            Self::Modern => serde_json::from_str(text).map(|said| match said {
                Modern::ConnectionInit { payload } => Said::Init(payload),
                Modern::Ping { payload } => Said::Ping(payload.map(Value::Object)),
                Modern::Pong { .. } => Said::Pong,
                Modern::Subscribe { id, payload } => Said::start(id, *payload),
                Modern::Complete { id } => Said::Stop { id },
            }),
            Self::Old => serde_json::from_str(text).map(|said| match said {
                Old::ConnectionInit { payload } => Said::Init(payload),
                Old::Start { id, payload } => Said::start(id, *payload),
                Old::Stop { id } => Said::Stop { id },
                Old::ConnectionTerminate {} => Said::Leave,
            }),
        };
        match said {
            Ok(Said::Start { id, .. } | Said::Stop { id }) if id.is_empty() => {
                Err("Invalid message: the id is empty".to_owned())
            }
            Ok(Said::Start { id, .. } | Said::Stop { id }) if id.len() > MAX_ID => {
                Err(format!("Invalid message: the id has over {MAX_ID} bytes"))
            }
            Ok(said) => Ok(said),
            Err(error) => Err(format!("Invalid message: {error}")),
        }
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

    pub(super) fn pong(self, payload: Option<Value>) -> String {
        match payload {
            Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
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
    fn start(id: String, Operation(request): Operation) -> Self {
        let request = Box::new(request);
        Self::Start { id, request }
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
