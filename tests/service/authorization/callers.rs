//! Every kind of caller.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parcelgraph::auth::{JwtSettings, KeySource, NewToken, Scope, Scopes, Secret, StaticToken};
use parcelgraph::settings::Access;
use serde_json::{Value, json};

/// Which parcel a view token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parcel {
    /// The one that is asked for.
    Own,
    Other,
}

/// Who somebody is, by what he shows.
#[derive(Debug)]
pub enum Who {
    /// Whatever it is, it is refused.
    Nobody,
    Scopes(Scopes),
    ViewOf(Parcel),
}

/// Somebody who asks.
pub struct Caller {
    pub name: String,
    pub token: Option<String>,
    pub who: Who,
}

pub const JWT_SECRET: &str = "a secret of thirty-two bytes or more";
const KEYS: &str = "tests/cases/keys/jwks.json";
const RSA: &str = include_str!("../../cases/keys/rsa.pem");
const OTHER_RSA: &str = include_str!("../../cases/keys/other-rsa.pem");
const EC: &str = include_str!("../../cases/keys/ec.pem");
const ED: &str = include_str!("../../cases/keys/ed.pem");
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "parcelgraph";

/// Every single scope, all but each, and all of them.
fn scope_sets() -> Vec<Scopes> {
    let alone = Scope::ALL.map(|scope| Scopes::from_iter([scope]));
    let without = Scope::ALL.map(|left_out| {
        let others = Scope::ALL.into_iter().filter(|scope| *scope != left_out);
        others.collect::<Scopes>()
    });
    [&alone[..], &without, &[Scopes::ALL]].concat()
}

/// Lets in tokens of every kind, and nobody who has none. Gives the callers with static tokens.
pub fn let_in(access: &mut Access) -> Vec<Caller> {
    let mut callers = Vec::new();
    let mut give = |scopes: Scopes, expires: Option<&str>| {
        let new = NewToken::random();
        let name = format!("static {}, {scopes}", expires.unwrap_or("for ever"));
        let number = access.tokens.len().to_string();
        let token = StaticToken::parse(&number, &new.sha256, &scopes.to_string()).unwrap();
        access.tokens.push(token.until(expires).unwrap());
        let who = match expires {
            Some(_) => Who::Nobody,
            None => Who::Scopes(scopes),
        };
        callers.push(Caller {
            name,
            token: Some(new.token),
            who,
        });
    };
    for scopes in scope_sets() {
        give(scopes, None);
    }
    give(Scopes::ALL, Some("2020-01-01T00:00:00Z"));
    access.anonymous = None;
    access.jwt = Some(JwtSettings {
        secret: Some(Secret::parse(JWT_SECRET).unwrap()),
        keys: Some(KeySource::File(KEYS.into())),
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway: Duration::ZERO,
    });
    callers
}

/// What an issuer says of somebody who may do everything.
pub fn claims() -> Value {
    let end = Timestamp::now().as_second() + 3_600;
    json!({ "iss": ISSUER, "aud": AUDIENCE, "exp": end, "sub": "somebody", "scope": Scopes::ALL.to_string() })
}

pub fn signed(claims: &Value, secret: &str) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), claims, &key).unwrap()
}

/// Signed with a key of a pair, whatever name the token gives it.
fn signed_with(algorithm: Algorithm, id: &str, pem: &str, claims: &Value) -> String {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let key = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(&der),
        Algorithm::EdDSA => EncodingKey::from_ed_der(&der),
        _ => EncodingKey::from_rsa_der(&der),
    };
    encode(&named(algorithm, id), claims, &key).unwrap()
}

/// Signed with what everybody knows of a pair, as if it was a secret.
fn signed_with_what_is_public(claims: &Value) -> String {
    let keys: Value = serde_json::from_str(&std::fs::read_to_string(KEYS).unwrap()).unwrap();
    let public = URL_SAFE_NO_PAD.decode(keys["keys"][0]["n"].as_str().unwrap());
    let key = EncodingKey::from_secret(&public.unwrap());
    encode(&named(Algorithm::HS256, "rsa"), claims, &key).unwrap()
}

fn named(algorithm: Algorithm, id: &str) -> Header {
    Header {
        kid: Some(id.to_owned()),
        ..Header::new(algorithm)
    }
}

fn unsigned(claims: &Value) -> String {
    let parts = [json!({ "alg": "none", "typ": "JWT" }), claims.clone()];
    let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{}.{}.", parts[0], parts[1])
}

/// Callers with tokens of an issuer, of which most are not to be trusted, and one who shows nothing.
pub fn others() -> Vec<Caller> {
    let caller = |name: &str, token: Option<String>, who| Caller {
        name: name.to_owned(),
        token,
        who,
    };
    let changed = |field: &str, value: Value| {
        let mut claims = claims();
        claims[field] = value;
        claims
    };
    let old = changed("exp", json!(1_600_000_000));
    let for_others = changed("aud", json!("another service"));
    let all = |name, token| caller(name, Some(token), Who::Scopes(Scopes::ALL));
    let refused = |name, token| caller(name, Some(token), Who::Nobody);
    vec![
        caller("nobody", None, Who::Nobody),
        caller(
            "JWT",
            Some(signed(&claims(), JWT_SECRET)),
            Who::Scopes(Scopes::ALL),
        ),
        caller(
            "JWT without scopes",
            Some(signed(&changed("scope", json!("")), JWT_SECRET)),
            Who::Scopes(Scopes::NONE),
        ),
        refused("expired", signed(&old, JWT_SECRET)),
        refused("wrong audience", signed(&for_others, JWT_SECRET)),
        refused(
            "wrong issuer",
            signed(&changed("iss", json!("https://other.example")), JWT_SECRET),
        ),
        refused(
            "wrong key",
            signed(&claims(), "another secret of thirty-two bytes"),
        ),
        refused("alg none", unsigned(&claims())),
        all(
            "RS256",
            signed_with(Algorithm::RS256, "rsa", RSA, &claims()),
        ),
        all("ES256", signed_with(Algorithm::ES256, "ec", EC, &claims())),
        all("EdDSA", signed_with(Algorithm::EdDSA, "ed", ED, &claims())),
        refused(
            "RS256 with another key",
            signed_with(Algorithm::RS256, "rsa", OTHER_RSA, &claims()),
        ),
        refused(
            "RS256 with a key of an unknown name",
            signed_with(Algorithm::RS256, "nobody's", RSA, &claims()),
        ),
        refused(
            "RS256, expired",
            signed_with(Algorithm::RS256, "rsa", RSA, &old),
        ),
        refused(
            "RS256, wrong audience",
            signed_with(Algorithm::RS256, "rsa", RSA, &for_others),
        ),
        refused(
            "HS256 with the public key",
            signed_with_what_is_public(&claims()),
        ),
        refused("nonsense", "nonsense".to_owned()),
    ]
}
