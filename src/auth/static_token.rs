//! Tokens that an operator gives out one by one.
//!
//! Only their digests are stored. They are random and long, so that a fast digest without salt is right: there is nothing to
//! guess. Looking a digest up tells by its time at most how far a digest is alike, which nobody can choose.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Caller, Entry, Mark, Refusal, Scopes, UnknownScope};
use crate::model::ClientId;

/// How long a name may be.
const MAX_NAME: usize = 64;

/// A token that was given out.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticToken {
    name: String,
    digest: [u8; 32],
    scopes: Scopes,
    points_per_second: Option<u32>,
    ends_at: Option<Timestamp>,
}

/// What is wrong with what is said of a token. It does not repeat what stands where the digest belongs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidToken {
    /// Nobody is called that.
    #[error("a name has 1 to {MAX_NAME} letters, digits, blanks and signs of `._-@/+`")]
    Name,
    /// Not a digest.
    #[error(
        "sha256 must be the 64 hexadecimal digits of the token's SHA-256, as `parcelgraph token` prints them, and not the token"
    )]
    Digest,
    /// Nobody may do that.
    #[error(transparent)]
    Scopes(#[from] UnknownScope),
    /// Not a moment.
    #[error("expires must be a moment such as 2027-01-01T00:00:00Z")]
    Expires,
    /// Not three parts.
    #[error("write each token as name:sha256:scopes, with a semicolon between two of them")]
    Parts,
}

impl StaticToken {
    /// Reads what is said of a token.
    pub fn parse(name: &str, sha256: &str, scopes: &str) -> Result<Self, InvalidToken> {
        let name = name.trim();
        let is_sign = |sign: char| sign.is_alphanumeric() || " ._-@/+".contains(sign);
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_sign) {
            return Err(InvalidToken::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            digest: digest_of(sha256.trim()).ok_or(InvalidToken::Digest)?,
            scopes: scopes.parse()?,
            points_per_second: None,
            ends_at: None,
        })
    }

    /// Gives it an allowance of its own.
    pub fn with_allowance(self, points_per_second: Option<u32>) -> Self {
        Self {
            points_per_second,
            ..self
        }
    }

    /// Lets it end.
    pub fn until(self, expires: Option<&str>) -> Result<Self, InvalidToken> {
        let moment = expires.map(|text| text.trim().parse());
        let ends_at = moment.transpose().map_err(|_| InvalidToken::Expires)?;
        Ok(Self { ends_at, ..self })
    }

    /// Who has it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the same token, whatever it is called.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// What its owner is called among clients.
    pub(super) fn client(&self) -> ClientId {
        ClientId::named(format!("token {}", self.name))
    }

    /// The SHA-256 of what its owner sends.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Its owner, unless it has ended.
    pub(super) fn caller(&self, now: Timestamp) -> Result<Caller, Refusal> {
        if self.ends_at.is_some_and(|end| end <= now) {
            return Err(Refusal::Expired);
        }
        Ok(Caller {
            ends_at: self.ends_at,
            entry: Entry::Token(Mark(self.digest)),
            points_per_second: self.points_per_second,
            ..Caller::with(self.client(), self.scopes)
        })
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticToken")
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// All that were given out.
pub(super) struct StaticTokens(HashMap<[u8; 32], StaticToken>);

impl StaticTokens {
    pub(super) fn new(tokens: &[StaticToken]) -> Self {
        let by_digest = tokens.iter().map(|token| (token.digest, token.clone()));
        Self(by_digest.collect())
    }

    /// Whether nobody has one that counts.
    pub(super) fn are_none(&self) -> bool {
        let now = Timestamp::now();
        self.0.values().all(|token| token.caller(now).is_err())
    }

    /// Whether that is still one of them, with which its owner may do what he could, and for as long.
    pub(super) fn still_let_in(&self, mark: Mark, caller: &Caller) -> bool {
        let token = self.0.get(&mark.0);
        token.is_some_and(|token| {
            let ends_no_sooner = match (token.ends_at, caller.ends_at) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(now), Some(before)) => now >= before,
            };
            token.client() == caller.client
                && token.scopes.with(caller.scopes) == token.scopes
                && ends_no_sooner
        })
    }

    /// Who has that token; `None` if it is not one of them.
    pub(super) fn caller(&self, token: &str, now: Timestamp) -> Option<Result<Caller, Refusal>> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        Some(self.0.get(&digest)?.caller(now))
    }
}

/// A token that nobody had before. It is shown once.
pub struct NewToken {
    /// What its owner sends.
    pub token: String,
    /// What is stored of it.
    pub sha256: String,
}

impl NewToken {
    /// Makes one.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
        let token = format!("pg_{}", URL_SAFE_NO_PAD.encode(bytes));
        let digest = Sha256::digest(token.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { token, sha256 }
    }
}

fn digest_of(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, digits) in digest.iter_mut().zip(hex.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Scope;

    #[test]
    fn a_new_token_opens_what_its_digest_was_given() {
        let new = NewToken::random();
        assert!(new.token.starts_with("pg_") && new.token.len() == 46);
        let token = StaticToken::parse("shop", &new.sha256, "tracking:read").unwrap();
        let tokens = StaticTokens::new(&[token.with_allowance(Some(7))]);
        let now = Timestamp::now();
        let caller = tokens.caller(&new.token, now).unwrap().unwrap();
        assert_eq!(caller.client, ClientId::named("token shop"));
        assert!(caller.may(Scope::TrackingRead) && !caller.may(Scope::Ops));
        assert_eq!(caller.points_per_second, Some(7));
        assert!(tokens.caller(&new.sha256, now).is_none());
        assert!(tokens.caller("", now).is_none());
    }

    #[test]
    fn a_token_ends_at_its_moment() {
        let new = NewToken::random();
        let token = StaticToken::parse("shop", &new.sha256, "").unwrap();
        let token = token.until(Some("2027-01-01T00:00:00Z")).unwrap();
        let tokens = StaticTokens::new(&[token]);
        let at = |moment: &str| tokens.caller(&new.token, moment.parse().unwrap()).unwrap();
        assert!(at("2026-12-31T23:59:59Z").is_ok());
        assert_eq!(at("2027-01-01T00:00:00Z"), Err(Refusal::Expired));
    }

    #[test]
    fn what_is_wrong_is_told_without_what_was_written() {
        let digest = "0".repeat(64);
        for (name, sha256, scopes, wrong) in [
            ("", digest.as_str(), "ops", InvalidToken::Name),
            ("a:b", &digest, "ops", InvalidToken::Name),
            ("a'b", &digest, "ops", InvalidToken::Name),
            ("shop", "pg_5ecret", "ops", InvalidToken::Digest),
            ("shop", &"é".repeat(32), "ops", InvalidToken::Digest),
        ] {
            let said = StaticToken::parse(name, sha256, scopes).unwrap_err();
            assert_eq!(said, wrong);
            assert!(!said.to_string().contains("5ecret"));
        }
        let unknown = StaticToken::parse("shop", &digest, "admin").unwrap_err();
        assert!(unknown.to_string().contains("scope 1 is not known"));
        let token = StaticToken::parse("shop", &digest, "ops").unwrap();
        assert_eq!(
            token.clone().until(Some("soon")),
            Err(InvalidToken::Expires)
        );
        assert!(!format!("{token:?}").contains('0'));
    }
}
