//! Who may sign view tokens: a token counts for as long as whoever signed it may ask himself.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::view_id::Signer;
use super::view_token::derived;
use super::{Caller, Entry, Scope, Scopes, Settings, StaticToken};
use crate::model::ClientId;

/// What a token says of signers who are not known one by one.
pub(super) const ANYBODY: &str = "anybody";
const BY_JWT: &str = "jwt";

/// How many bytes stand for a token.
const TOKEN_BYTES: usize = 12;

/// Who may sign, as far as it is known here: those who were let in without a name or by an issuer, and the owners of tokens that
/// were given out.
pub(super) struct Signers {
    key: [u8; 32],
    anonymous: bool,
    jwt: bool,
    tokens: HashMap<String, StaticToken>,
    /// How the tokens are written, by their owners.
    written: HashMap<ClientId, String>,
}

impl Signers {
    pub(super) fn new(settings: &Settings, key: [u8; 32]) -> Self {
        let may_read = |scopes: Scopes| scopes.contains(Scope::TrackingRead);
        let tokens = settings.tokens.iter();
        // Another token of the same name is another signer: who had stolen the first one may have signed with it.
        let tokens = tokens.map(|token| (by_token(&key, token), token));
        let tokens: Vec<_> = tokens.collect();
        let written = tokens.iter();
        let written = written.map(|(written, token)| (token.client(), written.clone()));
        Self {
            anonymous: settings.anonymous.is_some_and(may_read),
            jwt: settings.jwt.is_some(),
            written: written.collect(),
            tokens: tokens
                .into_iter()
                .map(|(written, token)| (written, token.clone()))
                .collect(),
            key,
        }
    }

    /// Who that is, as a token says it. Everybody can read it, so that no name stands there.
    pub(super) fn written(&self, signer: &Caller) -> String {
        match signer.entry {
            Entry::Anonymous => ANYBODY.to_owned(),
            Entry::Jwt => BY_JWT.to_owned(),
            Entry::Token(_) => self
                .written
                .get(&signer.client)
                .cloned()
                .unwrap_or_default(),
            // Who is confined to some parcels may not sign.
            Entry::View => String::new(),
        }
    }

    /// Who that is among all who sign. Those who show nothing are one: each of them could be another one tomorrow.
    pub(super) fn signer(&self, caller: &Caller) -> Signer {
        let written = self.written(caller);
        let name = match caller.entry {
            Entry::Jwt => caller.client.as_str(),
            Entry::Anonymous | Entry::Token(_) | Entry::View => "",
        };
        Signer::of(&derived(&self.key, format!("{written} {name}").as_bytes()))
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

    /// Whether anybody may sign at all.
    pub(super) fn are_there(&self) -> bool {
        self.anonymous || self.jwt || self.tokens.keys().any(|token| self.may_still_ask(token))
    }
}

fn by_token(key: &[u8], token: &StaticToken) -> String {
    let whole = [token.client().as_str().as_bytes(), b"\0", token.digest()].concat();
    URL_SAFE_NO_PAD.encode(&derived(key, &whole)[..TOKEN_BYTES])
}
