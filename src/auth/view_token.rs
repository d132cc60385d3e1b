//! Tokens for pages that everybody can read: each shows some parcels, and can do nothing else.
//!
//! They are signed and not stored, so that every replica of the account takes those of the others. What is remembered are those
//! that were revoked. A token counts for as long as whoever signed it may ask himself.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

use super::revocations::{NotForAll, Revocations};
use super::signers::Signers;
use super::view_id::{Ids, ViewId};
use super::{Caller, Entry, Grant, Refusal, Scope, Scopes, Secret, Settings};
use crate::model::{ClientId, TrackingKey};
use crate::redis_link::Link;

/// What such tokens begin with.
const PREFIX: &str = "pgv_";

/// What their header says, so that no other token of the same key would pass for one.
const KIND: &str = "pgview";

/// For how many parcels a token may be.
const MAX_KEYS: usize = 20;

/// How long a token may count.
const SHORTEST: Duration = Duration::from_secs(60);
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Who signs such tokens, reads and revokes them.
#[derive(Clone)]
pub struct ViewTokens(Arc<Inner>);

struct Inner {
    signing: EncodingKey,
    reading: DecodingKey,
    ids: Ids,
    signers: Signers,
    revocations: Revocations,
}

/// A token that shows some parcels.
#[derive(Clone, PartialEq, Eq)]
pub struct ViewToken {
    /// What a page sends.
    pub token: String,
    /// Names it, and opens nothing.
    pub id: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Why there is no such token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidView {
    /// For no parcel, or too many.
    #[error(
        "a view token is for 1 to {MAX_KEYS} parcels, and not for {0}: sign one token for each page"
    )]
    Keys(usize),
    /// For too short a time, or too long.
    #[error("a view token counts from 1 minute to 30 days: choose a time between them")]
    Time,
}

/// Why a token still counts somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RevokeError {
    /// It is no token of ours, and the id of none.
    #[error(
        "that is neither a view token of this service nor the id of one: give what createViewToken gave"
    )]
    Unreadable,
    /// The others may not know.
    #[error(transparent)]
    NotForAll(#[from] NotForAll),
}

/// What is signed.
#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    /// Who signed it.
    by: String,
    iat: i64,
    exp: i64,
    /// Each as carrier:number.
    refs: Vec<String>,
}

impl ViewTokens {
    /// Signs with a secret of its own, or else with that of the account.
    pub(super) fn open(settings: &Settings, account: &[u8], link: Option<&Link>) -> Self {
        let own = settings.view_token_secret.as_ref();
        let secret = own.map_or(account, Secret::expose);
        let key = derived(secret, b"parcelgraph view token");
        Self(Arc::new(Inner {
            signing: EncodingKey::from_secret(&key),
            reading: DecodingKey::from_secret(&key),
            ids: Ids::new(derived(secret, b"parcelgraph view token id")),
            signers: Signers::new(settings, derived(secret, b"parcelgraph view token signer")),
            revocations: Revocations::open(link),
        }))
    }

    /// Whether a text is to be read as such a token.
    pub(super) fn are_written_like(token: &str) -> bool {
        token.starts_with(PREFIX)
    }

    /// Signs a token for these parcels, at most 20, which counts from a minute to 30 days, and no longer than what its signer
    /// showed.
    pub fn sign(
        &self,
        keys: BTreeSet<TrackingKey>,
        ttl: Duration,
        signer: &Caller,
    ) -> Result<ViewToken, InvalidView> {
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(InvalidView::Keys(keys.len()));
        }
        if !(SHORTEST..=LONGEST).contains(&ttl) {
            return Err(InvalidView::Time);
        }
        let now = Timestamp::now();
        let left = signer.ends_at.map(|end| end.duration_since(now));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        let ttl = left.map_or(ttl, |left| left.min(ttl));
        Ok(self.signed(&keys, now, ttl, signer))
    }

    fn signed(
        &self,
        keys: &BTreeSet<TrackingKey>,
        now: Timestamp,
        ttl: Duration,
        signer: &Caller,
    ) -> ViewToken {
        let iat = now.as_second();
        let exp = iat.saturating_add_unsigned(ttl.as_secs());
        let written = |key: &TrackingKey| format!("{}:{}", key.carrier, key.number);
        let claims = Claims {
            jti: self.0.ids.new_id(&ViewId {
                signer: self.0.signers.signer(signer),
                signed_at: iat,
                ends_at: exp,
            }),
            by: self.0.signers.written(signer),
            iat,
            exp,
            refs: keys.iter().map(written).collect(),
        };
        let header = Header {
            typ: Some(KIND.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let token = encode(&header, &claims, &self.0.signing)
            .expect("HMAC signs with any key, and the claims are texts and numbers");
        ViewToken {
            token: format!("{PREFIX}{token}"),
            id: claims.jti,
            ends_at: Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MAX),
        }
    }

    /// Who shows such a token.
    pub(super) fn admit(&self, token: &str) -> Result<Caller, Refusal> {
        let claims = self.read(token)?;
        let said = ViewId::said(&claims.jti).ok_or(Refusal::Malformed)?;
        if !self.0.revocations.are_known() {
            return Err(Refusal::RevocationsUnknown);
        }
        if self.is_revoked(&claims.jti) || !self.0.signers.may_still_ask(&claims.by) {
            return Err(Refusal::Revoked);
        }
        let keys = claims.refs.iter().map(|written| {
            let (carrier, number) = written.split_once(':')?;
            TrackingKey::parse(carrier, number).ok()
        });
        let keys: Option<BTreeSet<_>> = keys.collect();
        let client = ClientId::named(format!("view {}", claims.jti));
        let grant = Grant {
            id: claims.jti,
            signer: ClientId::named(format!("views of {}", said.signer.written())),
            keys: keys.ok_or(Refusal::Malformed)?,
        };
        Ok(Caller {
            grant: Some(Arc::new(grant)),
            ends_at: Some(Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MAX)),
            entry: Entry::View,
            ..Caller::with(client, Scopes::from_iter([Scope::TrackingRead]))
        })
    }

    fn read(&self, token: &str) -> Result<Claims, Refusal> {
        let token = token.strip_prefix(PREFIX).ok_or(Refusal::Malformed)?;
        let mut wanted = Validation::new(Algorithm::HS256);
        wanted.leeway = 0;
        let read = decode::<Claims>(token, &self.0.reading, &wanted);
        let read = read.map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Refusal::BadSignature,
            ErrorKind::InvalidAlgorithm => Refusal::Algorithm,
            ErrorKind::ExpiredSignature => Refusal::Expired,
            _ => Refusal::Malformed,
        })?;
        match read.header.typ.as_deref() {
            Some(KIND) => Ok(read.claims),
            _ => Err(Refusal::Malformed),
        }
    }

    /// Lets no replica take a token any more. It takes the token or its id, waits for Redis no longer than for any answer of it,
    /// and can be repeated.
    pub async fn revoke(&self, token_or_id: &str) -> Result<(), RevokeError> {
        let text = token_or_id.trim();
        let id = if Self::are_written_like(text) {
            match self.read(text) {
                Ok(claims) => claims.jti,
                // Nobody takes it any more as it is.
                Err(Refusal::Expired) => return Ok(()),
                Err(_) => return Err(RevokeError::Unreadable),
            }
        } else {
            text.to_owned()
        };
        let said = self.0.ids.read(&id).ok_or(RevokeError::Unreadable)?;
        if said.ends_at <= Timestamp::now().as_second() {
            return Ok(());
        }
        Ok(self.0.revocations.add(&id, &said).await?)
    }

    /// Whether anybody may sign such tokens.
    pub fn can_be_signed(&self) -> bool {
        self.0.signers.are_there()
    }

    /// Waits until it is known which tokens were revoked, for a moment behind the start of this replica.
    pub(super) async fn wait_at_start(&self) {
        self.0.revocations.wait_at_start().await;
    }

    /// Whether the token with this id was revoked, as far as it is known here; never waits.
    pub fn is_revoked(&self, id: &str) -> bool {
        self.0.revocations.contain(id)
    }
}

impl fmt::Debug for ViewTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewTokens(..)")
    }
}

impl fmt::Debug for ViewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewToken")
            .field("id", &self.id)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

/// A key that is used for nothing else, though it comes of a secret that is.
pub(super) fn derived(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[path = "view_token_tests.rs"]
mod tests;
