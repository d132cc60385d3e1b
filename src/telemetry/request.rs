//! A request, as the log and the traces name it.

use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::trace::SpanContext;

use super::Scope;
use super::tracer;

/// The longest id that is taken from a client, in bytes.
const MAX_ID: usize = 128;

/// A request that is answered. It has an id as soon as somebody wants to know it: if its client did not send one, that is made
/// then, so that it costs nothing to answer what nothing is said about.
#[derive(Debug, Default)]
pub struct Request {
    id: OnceLock<Box<str>>,
    /// The span for which somebody else sent it.
    pub(super) parent: Option<SpanContext>,
}

impl Request {
    /// The header in which ids come and go.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// The request that has these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(Self::HEADER);
        let sent = sent
            .and_then(|id| id.to_str().ok())
            .filter(|id| is_sane(id));
        Self {
            id: sent
                .map(Box::from)
                .map_or_else(OnceLock::new, OnceLock::from),
            parent: tracer::parent_of(headers),
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.get_or_init(new_id)
    }

    /// Its id, if it has one by now.
    pub fn known_id(&self) -> Option<&str> {
        self.id.get().map(|id| &**id)
    }

    /// The same request as the beginning of something long, each part of which is a trace of its own.
    pub(super) fn as_beginning(&self) -> Self {
        Self {
            id: self.id.clone(),
            parent: None,
        }
    }
}

/// Has the client of the request that is being answered told its id, so that he can name it.
pub fn tell_request_id() {
    Scope::with(|scope| {
        if let Some(request) = &scope.request {
            request.id();
        }
    });
}

/// Whether a text is an id that can stand in any log.
fn is_sane(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn new_id() -> Box<str> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    format!("{:032x}", u128::from_be_bytes(bytes)).into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(id: &[u8]) -> Request {
        let value = HeaderValue::from_bytes(id).unwrap();
        Request::of(&HeaderMap::from_iter([(Request::HEADER, value)]))
    }

    #[test]
    fn an_id_is_taken_if_it_can_stand_in_a_log() {
        for good in ["a", "3f1c-77", &"x".repeat(128)] {
            assert_eq!(of(good.as_bytes()).known_id(), Some(good));
        }
        for bad in ["", "two words", "caf\u{e9}", "a\tb", &"x".repeat(129)] {
            let request = of(bad.as_bytes());
            assert_eq!(request.known_id(), None, "{bad}");
            assert_eq!(request.id().len(), 32);
        }
    }

    #[test]
    fn an_id_is_made_once_and_only_if_somebody_wants_it() {
        let request = Request::of(&HeaderMap::new());
        assert_eq!(request.known_id(), None);
        let id = request.id().to_owned();
        assert_eq!(request.known_id(), Some(&*id));
        assert_ne!(Request::default().id(), id);
    }
}
