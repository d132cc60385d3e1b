//! The JSON web tokens of an issuer.
//!
//! Which algorithm counts is said by the key, never by the token: HS256 is for the secret alone, and a published key verifies
//! what its own kind signs.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::keyring::Keyring;
use super::{Caller, Entry, JwtSettings, OpenError, Refusal, Scope, Scopes};
use crate::model::ClientId;

/// Who knows whether a token is the issuer's.
pub(super) struct Jwts {
    secret: Option<DecodingKey>,
    keys: Option<Arc<Keyring>>,
    issuer: String,
    audience: String,
    leeway: u64,
}

/// What a token says of itself, before it is believed.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    /// Whether something has to be understood of the token; this service understands nothing of it.
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

/// What is read of a token that is believed.
#[derive(Deserialize)]
struct Claims {
    exp: Option<Moment>,
    sub: Option<Subject>,
    scope: Option<Words>,
    scp: Option<Words>,
    scopes: Option<Words>,
    permissions: Option<Words>,
}

/// Seconds since 1970, if it is a number at all.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Seconds(f64),
    Other(IgnoredAny),
}

/// Whose token it is. Some issuers number theirs.
#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Text(String),
    Number(u64),
    Negative(i64),
    Other(IgnoredAny),
}

/// Words as issuers write them. What is no text among them says nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    List(Vec<Word>),
    Other(IgnoredAny),
}

/// One of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Other(IgnoredAny),
}

impl Jwts {
    /// Keys that were loaded from the same source before are known from the beginning.
    pub(super) fn open(
        settings: &JwtSettings,
        before: Option<&(JwtSettings, Arc<Self>)>,
    ) -> Result<Self, OpenError> {
        let secret = settings.secret.as_ref();
        let known = before.filter(|(before, _)| before.keys == settings.keys);
        let known = known.and_then(|(_, jwts)| jwts.keys.clone());
        let open = || {
            let keys = settings.keys.as_ref().map(Keyring::open).transpose()?;
            Ok(keys.map(Arc::new))
        };
        Ok(Self {
            secret: secret.map(|secret| DecodingKey::from_secret(secret.expose())),
            keys: known.map_or_else(open, |known| Ok(Some(known)))?,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            leeway: settings.leeway.as_secs(),
        })
    }

    /// Whether no token can be told from a forged one, because there are no keys.
    pub(super) fn have_no_keys(&self) -> bool {
        self.secret.is_none() && self.keys.as_ref().is_none_or(|keys| keys.is_empty())
    }

    /// Who that is.
    pub(super) async fn admit(&self, token: &str) -> Result<Caller, Refusal> {
        let head = Head::of(token).ok_or(Refusal::Malformed)?;
        let algorithm = head.algorithm()?;
        let claims = match (algorithm, &self.secret, &self.keys) {
            (Algorithm::HS256, Some(secret), _) => self.claims(token, secret, algorithm),
            (Algorithm::HS256, None, _) | (_, _, None) => Err(Refusal::Algorithm),
            (_, _, Some(keys)) => {
                let keys = keys.find(algorithm, head.kid.as_deref()).await?;
                let mut outcome = Err(Refusal::UnknownKey);
                for key in keys {
                    outcome = self.claims(token, &key, algorithm);
                    if outcome.as_ref().err() != Some(&Refusal::BadSignature) {
                        break;
                    }
                }
                outcome
            }
        }?;
        self.caller(claims)
    }

    fn claims(
        &self,
        token: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Result<Claims, Refusal> {
        let mut wanted = Validation::new(algorithm);
        wanted.leeway = self.leeway;
        wanted.validate_nbf = true;
        wanted.set_issuer(&[&self.issuer]);
        wanted.set_audience(&[&self.audience]);
        wanted.set_required_spec_claims(&["exp", "iss", "aud"]);
        let read = decode::<Claims>(token, key, &wanted);
        read.map(|read| read.claims)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature
                | ErrorKind::InvalidEcdsaKey
                | ErrorKind::InvalidEddsaKey
                | ErrorKind::InvalidRsaKey(_)
                | ErrorKind::InvalidKeyFormat => Refusal::BadSignature,
                ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Refusal::Algorithm,
                ErrorKind::ExpiredSignature => Refusal::Expired,
                ErrorKind::ImmatureSignature => Refusal::NotYet,
                ErrorKind::InvalidIssuer => Refusal::WrongIssuer,
                ErrorKind::InvalidAudience => Refusal::WrongAudience,
                ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
                    "iss" => Refusal::WrongIssuer,
                    "aud" => Refusal::WrongAudience,
                    _ if has_expiry(token) => Refusal::BadExpiry,
                    _ => Refusal::NoExpiry,
                },
                _ => Refusal::Malformed,
            })
    }

    fn caller(&self, claims: Claims) -> Result<Caller, Refusal> {
        // The first that is there counts: what another one says may be meant for somebody else.
        let words = claims.scope.or(claims.scp).or(claims.scopes);
        let words = words.or(claims.permissions);
        let scopes: Scopes = words.iter().flat_map(Words::scopes).collect();
        let subject = claims.sub.as_ref().and_then(Subject::text);
        let client = ClientId::of_kind("subject", &subject.ok_or(Refusal::NoSubject)?);
        let Some(Moment::Seconds(exp)) = claims.exp else {
            return Err(Refusal::BadExpiry);
        };
        // What is beyond the end of times is as good as never; a cast of too much gives the most.
        let end = (exp as i64).saturating_add_unsigned(self.leeway);
        Ok(Caller {
            ends_at: Some(Timestamp::from_second(end).unwrap_or(Timestamp::MAX)),
            entry: Entry::Jwt,
            ..Caller::with(client, scopes)
        })
    }
}

impl Head {
    fn of(token: &str) -> Option<Self> {
        let (head, rest) = token.split_once('.')?;
        (rest.split('.').count() == 2).then_some(())?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()
    }

    fn algorithm(&self) -> Result<Algorithm, Refusal> {
        if self.crit {
            return Err(Refusal::Malformed);
        }
        match self.alg.as_str() {
            "HS256" => Ok(Algorithm::HS256),
            "RS256" => Ok(Algorithm::RS256),
            "ES256" => Ok(Algorithm::ES256),
            "EdDSA" => Ok(Algorithm::EdDSA),
            _ => Err(Refusal::Algorithm),
        }
    }
}

impl Subject {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => (!text.is_empty()).then(|| text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Negative(number) => Some(number.to_string()),
            Self::Other(_) => None,
        }
    }
}

impl Words {
    /// Scopes of other services are none of ours.
    fn scopes(&self) -> Vec<Scope> {
        let known = |text: &str| -> Vec<Scope> {
            let words = text.split_whitespace();
            words.filter_map(|word| word.parse().ok()).collect()
        };
        match self {
            Self::Text(text) => known(text),
            Self::List(words) => {
                let texts = words.iter().filter_map(|word| match word {
                    Word::Text(text) => Some(known(text)),
                    Word::Other(_) => None,
                });
                texts.flatten().collect()
            }
            Self::Other(_) => Vec::new(),
        }
    }
}

/// Whether a token says something of its end, however wrong.
fn has_expiry(token: &str) -> bool {
    #[derive(Deserialize)]
    struct End {
        exp: Option<IgnoredAny>,
    }
    let claims = token.split('.').nth(1);
    let claims = claims.and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    let end = claims.and_then(|claims| serde_json::from_slice::<End>(&claims).ok());
    end.is_some_and(|end| end.exp.is_some())
}

/// Something, be it null.
fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
