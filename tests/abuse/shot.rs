//! A single request that should come to nothing at once.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::support::{After, End, exchange};

/// How long the server may take over it.
const DEADLINE: Duration = Duration::from_secs(1);

/// The same where nothing has to come first. Without optimisation it takes longer, and others have the same processors.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });

/// An answer that is longer tells the attacker his own words.
const MAX_ANSWER: usize = 16 * 1024;

/// What is due.
#[derive(Debug, Clone, Copy)]
pub enum Due {
    /// Errors without data: nothing was executed.
    RequestError,
    /// Errors, with or without data beside them.
    Error,
    /// One of these statuses.
    Status(&'static [u16]),
    /// The same, or a closed connection: more comes than is read, so that the answer may be lost on its way.
    StatusOrEnd(&'static [u16]),
}

/// It, and what is due.
#[derive(Debug, Clone)]
pub struct Shot {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub due: Due,
    /// How long the server may take over it.
    pub deadline: Duration,
}

impl Shot {
    pub fn new(name: &'static str, bytes: Vec<u8>, due: Due) -> Self {
        Self {
            name,
            bytes,
            due,
            deadline: DEADLINE,
        }
    }

    /// Sends it again and again for so long, and tells what was wrong about what came back.
    pub async fn fire(&self, address: SocketAddr, time: Duration) -> Vec<String> {
        let begin = Instant::now();
        let mut slowest = Duration::ZERO;
        let mut times = 0;
        while times == 0 || begin.elapsed() < time {
            // Longer than the deadline, so that a late answer can still be told from none.
            let reply = exchange(address, &self.bytes, After::Wait, DEADLINE * 5).await;
            slowest = slowest.max(reply.took);
            times += 1;
            let wrong = match self.due.wrong(&reply.end) {
                None if reply.took > self.deadline => Some("too late".to_owned()),
                wrong => wrong,
            };
            if let Some(wrong) = wrong {
                let took = reply.took;
                return vec![format!("{}: {wrong} after {took:?}", self.name)];
            }
        }
        println!("{}: {times} times, {slowest:.1?} at most", self.name);
        Vec::new()
    }
}

impl Due {
    /// What is wrong about this end.
    fn wrong(self, end: &End) -> Option<String> {
        let (status, body) = match (self, end) {
            (Self::StatusOrEnd(_), End::Closed) => return None,
            (_, End::Closed) => return Some("closed without an answer".to_owned()),
            (_, End::Silence) => return Some("no answer".to_owned()),
            (_, End::Answer { status, body }) => (*status, body),
        };
        let start: String = body.chars().take(300).collect();
        if body.len() > MAX_ANSWER {
            return Some(format!("an answer of {} bytes: {start}", body.len()));
        }
        let answer: Value = serde_json::from_str(body).unwrap_or_default();
        let has_errors = answer["errors"].as_array().is_some_and(|it| !it.is_empty());
        let is_due = match self {
            Self::RequestError => {
                has_errors && answer.get("data").is_none() && matches!(status, 200 | 400)
            }
            Self::Error => has_errors && matches!(status, 200 | 400),
            Self::Status(statuses) | Self::StatusOrEnd(statuses) => statuses.contains(&status),
        };
        (!is_due).then(|| format!("{self:?} is due, not {status} with {start}"))
    }
}

/// An operation by POST.
pub fn operation(name: &'static str, due: Due, body: &Value) -> Shot {
    post(name, due, body.to_string().into_bytes())
}

/// A body by POST that says it is JSON.
pub fn post(name: &'static str, due: Due, body: Vec<u8>) -> Shot {
    post_as(name, due, "application/json", body)
}

/// A body by POST that says it is of this type.
pub fn post_as(name: &'static str, due: Due, content_type: &str, body: Vec<u8>) -> Shot {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let bytes = [head.into_bytes(), body].concat();
    Shot::new(name, bytes, due)
}

/// A head whose body of so many bytes never comes: it is told at once that nobody wants it.
pub fn without_body(name: &'static str, due: Due, headers: &str, length: usize) -> Shot {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n"
    );
    Shot {
        deadline: AT_ONCE,
        ..Shot::new(name, head.into_bytes(), due)
    }
}

/// An operation by GET, with further header lines.
pub fn get(name: &'static str, due: Due, query: &str, headers: &str) -> Shot {
    let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let bytes =
        format!("GET /graphql?query={query} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into();
    Shot::new(name, bytes, due)
}
