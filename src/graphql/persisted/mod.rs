//! Finds the text of a request that only names it.
//!
//! A client may name a document that the operator listed, or one that some client registered before: Apollo's protocol for
//! automatic persisted queries. It does not know whether a text is right; only those that proved right are registered.

mod named;
mod places;
mod strangers;
#[cfg(test)]
mod tests;
mod trusted;

use std::sync::Arc;

use super::answer::Answer;
use super::document::Trust;
use super::error::{ErrorCode, Failure};
use super::request::Request;
use crate::model::ClientId;
use crate::persisted::{Manifest, Mode, TextHash, Texts};

pub use trusted::{Trusted, Untrustworthy};

use named::Named;
use places::Places;
use strangers::Strangers;

/// What is known of texts. Clones share it.
#[derive(Debug, Clone)]
pub struct Persisted {
    /// `None` if clients may not register texts.
    registered: Option<Texts>,
    trusted: Option<Arc<Trusted>>,
    strangers: Arc<Strangers>,
    places: Places,
}

/// The text of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) text: Arc<str>,
    pub(super) trust: Trust,
    pub(super) wish: Wish,
}

/// What its client wants to become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To be carried out.
    CarryOut,
    /// To be known by its hash from now on as well, if it is right.
    Register,
}

impl Default for Persisted {
    /// Clients may register texts with this process, and none are listed.
    fn default() -> Self {
        Self::new(Some(Texts::in_memory()), None)
    }
}

impl Persisted {
    /// Texts that clients register, if they may, and those that the operator listed.
    pub fn new(registered: Option<Texts>, trusted: Option<Trusted>) -> Self {
        Self {
            registered,
            trusted: trusted.map(Arc::new),
            strangers: Arc::default(),
            places: Places::default(),
        }
    }

    /// The same, of which the operator lists these.
    pub fn trusting(&self, trusted: Option<Trusted>) -> Self {
        if self.trusted.as_deref() == trusted.as_ref() {
            return self.clone();
        }
        Self {
            trusted: trusted.map(Arc::new),
            ..self.clone()
        }
    }

    /// Whether they are the same, and for the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        let trusted = [self, other].map(|it| it.trusted.as_ref().map(Arc::as_ptr));
        trusted[0] == trusted[1] && self.registered.is_some() == other.registered.is_some()
    }

    /// The same, with these texts that clients register, if they may.
    pub fn registering(&self, registered: Option<Texts>) -> Self {
        Self {
            registered,
            ..self.clone()
        }
    }

    /// The text of a request, and how far it is trusted. Waits for Redis where only Redis may know it.
    pub(super) async fn text_of(&self, request: &Request) -> Result<Found, Answer> {
        let named = Named::read(request)?;
        let query = request.query.as_deref();
        match query.filter(|text| !text.trim().is_empty()) {
            Some(text) => self.sent(request, text, &named),
            None => self.meant(&named).await,
        }
        .map_err(Answer::from)
    }

    /// Whether a text is to be registered that a client sent: it is new, and he has a place left for it.
    pub(super) fn takes(&self, text: &str, client: &ClientId) -> bool {
        let texts = self.registered.as_ref();
        texts.is_some_and(|texts| texts.takes(text)) && self.places.has_one(client)
    }

    /// Makes a text known by its hash, here and to the other replicas, in one of the client's places.
    pub(super) async fn register(&self, text: Arc<str>, client: &ClientId) {
        if let Some(texts) = &self.registered {
            self.places.take(client);
            texts.keep(text).await;
        }
    }

    /// Whether something is to be done with a text besides carrying it out, each time that it is sent.
    pub(super) fn has_more_to_do(&self, found: &Found) -> bool {
        let is_noted = self.mode() != Mode::Off && found.trust == Trust::Stranger;
        is_noted || found.wish == Wish::Register
    }

    /// How many operations were sent that the operator did not list, if there is a list.
    pub fn unlisted(&self) -> u64 {
        self.strangers.count()
    }

    /// The request has a text, and perhaps a name for it.
    fn sent(&self, request: &Request, text: &str, named: &Named) -> Result<Found, Failure> {
        // Where nothing is listed, a text without a name is what it is.
        if self.mode() == Mode::Off && *named == Named::Nothing {
            return Ok(Found {
                text: text.into(),
                trust: Trust::Stranger,
                wish: Wish::CarryOut,
            });
        }
        let hash = TextHash::of(text);
        let listed = self.manifest().and_then(|manifest| manifest.hashed(hash));
        self.check_name(named, text, hash)?;
        if let Some(text) = listed {
            return Ok(self.trusted_text(text.clone()));
        }
        let wish = match (named, &self.registered) {
            (Named::Hash(_), None) => return Err(not_supported()),
            (Named::Hash(_), Some(_)) => Wish::Register,
            (Named::Nothing | Named::Document(_), _) => Wish::CarryOut,
        };
        match self.mode() {
            Mode::Only => return Err(not_listed()),
            Mode::Log | Mode::Prefer => {
                self.strangers.note(request.operation_name.as_deref(), hash);
            }
            Mode::Off => {}
        }
        Ok(Found {
            text: text.into(),
            trust: Trust::Stranger,
            wish,
        })
    }

    /// The request has a name only.
    async fn meant(&self, named: &Named) -> Result<Found, Failure> {
        let name = match named {
            Named::Nothing => {
                let missing = "query is missing: send the text of an operation";
                return Err(Failure::bad_input(missing));
            }
            Named::Hash(name) | Named::Document(name) => name,
        };
        if let Some(text) = self.manifest().and_then(|manifest| manifest.named(name)) {
            return Ok(self.trusted_text(text.clone()));
        }
        if self.mode() == Mode::Only {
            return Err(not_listed());
        }
        let text = match (&self.registered, named.hash()) {
            (None, _) if matches!(named, Named::Hash(_)) => return Err(not_supported()),
            (Some(texts), Some(hash)) => texts.find(hash).await,
            _ => None,
        };
        let text = text.ok_or_else(not_found)?;
        if self.mode() != Mode::Off {
            self.strangers.note(None, TextHash::of(&text));
        }
        Ok(Found {
            text,
            trust: Trust::Stranger,
            wish: Wish::CarryOut,
        })
    }

    /// Refuses a text that does not bear its name.
    fn check_name(&self, named: &Named, text: &str, hash: TextHash) -> Result<(), Failure> {
        let name = match named {
            Named::Nothing => return Ok(()),
            Named::Hash(name) | Named::Document(name) => name,
        };
        let listed = self.manifest().and_then(|manifest| manifest.named(name));
        let is_its_name = match (listed, named) {
            (Some(listed), _) => **listed == *text,
            (None, Named::Hash(_)) => named.hash() == Some(hash),
            // Names of documents can be anything, and the text says it all.
            (None, _) => named.hash().is_none_or(|named| named == hash),
        };
        match (is_its_name, named) {
            (true, _) => Ok(()),
            (false, Named::Document(_)) => Err(Failure::bad_input(
                "documentId names another document than query: send one of them",
            )),
            (false, _) => Err(Failure::bad_input("provided sha does not match query")),
        }
    }

    fn trusted_text(&self, text: Arc<str>) -> Found {
        let trust = match self.mode() {
            // As if there were no list.
            Mode::Off | Mode::Log => Trust::Stranger,
            Mode::Prefer | Mode::Only => Trust::Trusted,
        };
        Found {
            text,
            trust,
            wish: Wish::CarryOut,
        }
    }

    fn mode(&self) -> Mode {
        let trusted = self.trusted.as_ref();
        trusted.map_or(Mode::Off, |trusted| trusted.mode)
    }

    fn manifest(&self) -> Option<&Manifest> {
        let trusted = self.trusted.as_deref()?;
        (trusted.mode != Mode::Off).then_some(&trusted.manifest)
    }
}

// The next two texts are those of Apollo's protocol, by which its older clients know what to do.

fn not_found() -> Failure {
    Failure::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
}

fn not_supported() -> Failure {
    let code = ErrorCode::PersistedQueryNotSupported;
    Failure::new(code, "PersistedQueryNotSupported")
}

fn not_listed() -> Failure {
    Failure::new(
        ErrorCode::Forbidden,
        "only operations that the operator of this service listed are carried out, and this is none of them: have it listed",
    )
}
