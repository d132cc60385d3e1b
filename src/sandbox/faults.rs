//! Misbehaviour on request.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, future, stream};
use serde::Deserialize;
use serde_json::json;

use super::envelope::{Code, Reply};
use super::line::Cable;
use super::log::Endpoint;

/// The queue holds this many faults; the oldest is dropped for one more.
const MOST_FAULTS: usize = 1000;

const HTML: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><center><h1>502 Bad Gateway</h1></center></body>\n</html>\n";

/// What goes wrong. `status`, `html` and `meta` refuse the call; with all others the call is carried out
/// and only its answer suffers, so that a create whose answer is lost has created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes late.
    Slow {
        /// How late, in milliseconds of real time.
        delay_ms: u64,
    },
    /// The answer never comes, as long as the client waits.
    Hang,
    /// The connection is reset in place of an answer.
    Reset,
    /// An HTTP status, by default with an envelope of the same code.
    Status {
        /// The HTTP status.
        status: u16,
        /// Another body.
        #[serde(default)]
        body: Option<String>,
    },
    /// The error page of a proxy.
    Html {
        /// The HTTP status; also 200 occurs in the wild.
        #[serde(default = "bad_gateway")]
        status: u16,
    },
    /// `Content-Length` announces everything, half of it comes, the connection closes.
    Cut,
    /// HTTP 200 and a body that is no longer JSON.
    Garble,
    /// An envelope with this code.
    Meta {
        /// The `meta.code`.
        code: u16,
    },
    /// HTTP 200 without a body.
    Empty,
}

fn bad_gateway() -> u16 {
    502
}

impl FaultKind {
    /// Its name in JSON and in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Slow { .. } => "slow",
            Self::Hang => "hang",
            Self::Reset => "reset",
            Self::Status { .. } => "status",
            Self::Html { .. } => "html",
            Self::Cut => "cut",
            Self::Garble => "garble",
            Self::Meta { .. } => "meta",
            Self::Empty => "empty",
        }
    }

    /// Whether the account has to be silent after it.
    pub fn begins_silence(&self) -> bool {
        matches!(
            self,
            Self::Meta { code: 429 } | Self::Status { status: 429, .. }
        )
    }

    /// What it says in place of the service, if it says anything.
    pub fn instead(&self) -> Option<Reply> {
        match self {
            Self::Status { status, body } => {
                let reply = Reply::envelope(Code(*status), &json!([]));
                let reply = match body {
                    Some(body) => Reply {
                        code: None,
                        body: body.clone(),
                        ..reply
                    },
                    None => reply,
                };
                Some(reply.with_http(http(*status)))
            }
            Self::Html { status } => Some(Reply {
                http: http(*status),
                code: None,
                content_type: "text/html",
                body: HTML.to_owned(),
            }),
            Self::Meta { code } => Some(Reply::refusal(Code(*code))),
            _ => None,
        }
    }
}

/// Statuses below 200 announce an answer and cannot be one.
fn http(status: u16) -> StatusCode {
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(|status| status.as_u16() >= 200);
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A fault for the next calls that get past key and limits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// With how many calls.
    #[serde(default = "once")]
    pub times: u32,
    /// With calls to this endpoint only.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault for the next call, whichever it is.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            times: 1,
            endpoint: None,
        }
    }

    /// The same for so many calls.
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// The same for calls to one endpoint only.
    pub fn on(self, endpoint: Endpoint) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..self
        }
    }
}

/// The faults that wait for their calls.
#[derive(Debug, Default)]
pub struct Faults {
    queue: VecDeque<Fault>,
}

impl Faults {
    /// Queues a fault behind the others.
    pub fn push(&mut self, fault: Fault) {
        if self.queue.len() == MOST_FAULTS {
            self.queue.pop_front();
        }
        self.queue.push_back(fault);
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// The fault for a call to this endpoint: the oldest that matches.
    pub fn take(&mut self, endpoint: Endpoint) -> Option<FaultKind> {
        self.queue.retain(|fault| fault.times > 0);
        let matches = |fault: &&mut Fault| fault.endpoint.is_none_or(|only| only == endpoint);
        let fault = self.queue.iter_mut().find(matches)?;
        fault.times -= 1;
        Some(fault.kind.clone())
    }
}

/// Delivers an answer as well or as badly as the fault wants.
pub async fn deliver(reply: Reply, fault: Option<FaultKind>, cable: &Cable) -> Response {
    match fault {
        Some(FaultKind::Slow { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            reply.into_response()
        }
        Some(FaultKind::Hang) => pending().await,
        Some(FaultKind::Reset) => {
            cable.cut();
            reply.into_response()
        }
        Some(FaultKind::Cut) => cut(reply),
        Some(FaultKind::Garble) => Reply {
            body: reply.body.replace("\":", "\" "),
            ..reply
        }
        .into_response(),
        Some(FaultKind::Empty) => StatusCode::OK.into_response(),
        Some(FaultKind::Status { .. } | FaultKind::Html { .. } | FaultKind::Meta { .. }) | None => {
            reply.into_response()
        }
    }
}

fn cut(reply: Reply) -> Response {
    let length = HeaderValue::from(reply.body.len());
    let half = Bytes::from(reply.body.clone().into_bytes()).slice(..reply.body.len() / 2);
    // The half must be on its way before the error closes the connection, hence the pause between them.
    let broken = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    let body = Body::from_stream(stream::once(future::ready(Ok(half))).chain(broken));
    let mut response = reply.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    *response.body_mut() = body;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_for_its_endpoint_and_wears_out() {
        let mut faults = Faults::default();
        faults.push(Fault::new(FaultKind::Cut).on(Endpoint::Post).times(2));
        faults.push(Fault::new(FaultKind::Hang));
        assert_eq!(faults.take(Endpoint::List), Some(FaultKind::Hang));
        assert_eq!(faults.take(Endpoint::List), None);
        assert_eq!(faults.take(Endpoint::Post), Some(FaultKind::Cut));
        assert_eq!(faults.take(Endpoint::Post), Some(FaultKind::Cut));
        assert_eq!(faults.take(Endpoint::Post), None);
    }

    #[test]
    fn faults_are_read_from_json() {
        let fault: Fault =
            serde_json::from_str(r#"{"kind":"slow","delay_ms":5,"endpoint":"list"}"#).unwrap();
        assert_eq!(
            fault,
            Fault::new(FaultKind::Slow { delay_ms: 5 }).on(Endpoint::List)
        );
        let fault: Fault = serde_json::from_str(r#"{"kind":"html","times":3}"#).unwrap();
        assert_eq!(fault, Fault::new(FaultKind::Html { status: 502 }).times(3));
    }

    #[test]
    fn a_status_that_is_none_becomes_500() {
        let reply = FaultKind::Status {
            status: 7,
            body: None,
        }
        .instead()
        .unwrap();
        assert_eq!(reply.http, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
