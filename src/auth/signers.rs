//! Who may sign view tokens: a token counts for as long as whoever signed it may ask himself.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::view_token::derived;
use super::{Caller, Entry, Scope, Scopes, Settings, StaticToken};
use crate::model::ClientId;

/// What a token says of signers who are not known one by one.
pub(super) const ANYBODY: &str = "anybody";
const BY_JWT: &str = "jwt";

/// How many bytes stand for the name of a token.
const NAME_BYTES: usize = 12;

/// Who may sign, as far as it is known here: those who were let in without a name or by an issuer, and the owners of tokens that
/// were given out.
pub(super) struct Signers {
    key: [u8; 32],
    anonymous: bool,
    jwt: bool,
    tokens: HashMap<String, StaticToken>,
}

impl Signers {
    pub(super) fn new(settings: &Settings, key: [u8; 32]) -> Self {
        let tokens = settings.tokens.iter();
        let may_read = |scopes: Scopes| scopes.contains(Scope::TrackingRead);
        Self {
            anonymous: settings.anonymous.is_some_and(may_read),
            jwt: settings.jwt.is_some(),
            tokens: tokens
                .map(|token| (by_token(&key, &token.client()), token.clone()))
                .collect(),
            key,
        }
    }

    /// Who that is, as a token says it. Everybody can read it, so that no name stands there.
    pub(super) fn written(&self, signer: &Caller) -> String {
        match signer.entry {
            Entry::Anonymous => ANYBODY.to_owned(),
            Entry::Jwt => BY_JWT.to_owned(),
            Entry::Token => by_token(&self.key, &signer.client),
            // Who is confined to some parcels may not sign.
            Entry::View => String::new(),
        }
    }

    /// Whether whoever is said to have signed may still ask himself.
    pub(super) fn may_still_ask(&self, written: &str) -> bool {
        match written {
            ANYBODY => self.anonymous,
            BY_JWT => self.jwt,
            token => self.tokens.get(token).is_some_and(|token| {
                let caller = token.caller(Timestamp::now());
                caller.is_ok_and(|caller| caller.may(Scope::TrackingRead))
            }),
        }
    }
}

fn by_token(key: &[u8], client: &ClientId) -> String {
    URL_SAFE_NO_PAD.encode(&derived(key, client.as_str().as_bytes())[..NAME_BYTES])
}
