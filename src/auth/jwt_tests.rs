use std::path::PathBuf;
use std::time::Duration;

use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::auth::{KeySource, Secret};

const SECRET: &str = "a secret of thirty-two bytes or more";
const RSA: &str = include_str!("../../tests/cases/keys/rsa.pem");
const OTHER_RSA: &str = include_str!("../../tests/cases/keys/other-rsa.pem");
const EC: &str = include_str!("../../tests/cases/keys/ec.pem");
const ED: &str = include_str!("../../tests/cases/keys/ed.pem");
const SET: &str = include_str!("../../tests/cases/keys/jwks.json");
const ROTATED: &str = include_str!("../../tests/cases/keys/rotated.json");

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

fn rsa(pem: &str) -> EncodingKey {
    EncodingKey::from_rsa_der(&der(pem))
}

fn settings(secret: Option<&str>, keys: Option<KeySource>) -> JwtSettings {
    JwtSettings {
        secret: secret.map(|secret| Secret::parse(secret).unwrap()),
        keys,
        issuer: "https://issuer.example".to_owned(),
        audience: "parcelgraph".to_owned(),
        leeway: Duration::from_secs(60),
    }
}

/// Those who take both kinds.
fn both() -> Jwts {
    let file = PathBuf::from("tests/cases/keys/jwks.json");
    Jwts::open(&settings(Some(SECRET), Some(KeySource::File(file))), None).unwrap()
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

fn claims(change: Value) -> Value {
    let mut claims = json!({
        "iss": "https://issuer.example",
        "aud": "parcelgraph",
        "sub": "jane",
        "exp": now() + 600,
        "scope": "tracking:read realtime openid",
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => _ = all.remove(name),
            value => _ = all.insert(name.clone(), value.clone()),
        }
    }
    claims
}

fn signed(algorithm: Algorithm, id: Option<&str>, key: &EncodingKey, claims: &Value) -> String {
    let header = Header {
        kid: id.map(str::to_owned),
        ..Header::new(algorithm)
    };
    encode(&header, claims, key).unwrap()
}

fn by_secret(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    signed(Algorithm::HS256, None, &key, claims)
}

async fn admit(jwts: &Jwts, token: &str) -> Result<Caller, Refusal> {
    jwts.admit(token).await
}

#[tokio::test]
async fn every_algorithm_is_taken_with_its_own_key() {
    let jwts = both();
    let claims = claims(json!({}));
    let tokens = [
        by_secret(&claims),
        signed(Algorithm::RS256, Some("rsa"), &rsa(RSA), &claims),
        signed(Algorithm::RS256, None, &rsa(RSA), &claims),
        signed(
            Algorithm::ES256,
            Some("ec"),
            &EncodingKey::from_ec_der(&der(EC)),
            &claims,
        ),
        signed(
            Algorithm::EdDSA,
            Some("ed"),
            &EncodingKey::from_ed_der(&der(ED)),
            &claims,
        ),
    ];
    for token in tokens {
        let caller = admit(&jwts, &token).await.unwrap();
        assert_eq!(caller.client.as_str(), "subject jane");
        assert_eq!(caller.scopes.to_string(), "tracking:read realtime");
        let end = claims["exp"].as_i64().unwrap() + 60;
        assert_eq!(caller.ends_at.unwrap().as_second(), end);
        assert_eq!(caller.grant, None);
    }
}

#[tokio::test]
async fn claims_that_do_not_fit_are_refused_each_with_its_reason() {
    let jwts = both();
    let (past, future) = (now() - 61, now() + 65);
    for (change, refusal) in [
        (json!({ "exp": past }), Refusal::Expired),
        (json!({ "exp": null }), Refusal::NoExpiry),
        (json!({ "exp": "soon" }), Refusal::BadExpiry),
        (json!({ "exp": -1 }), Refusal::BadExpiry),
        (json!({ "exp": 1e300 }), Refusal::BadExpiry),
        (json!({ "nbf": future }), Refusal::NotYet),
        (json!({ "aud": "others" }), Refusal::WrongAudience),
        (json!({ "aud": ["others"] }), Refusal::WrongAudience),
        (json!({ "aud": [] }), Refusal::WrongAudience),
        (json!({ "aud": 5 }), Refusal::WrongAudience),
        (json!({ "aud": null }), Refusal::WrongAudience),
        (
            json!({ "iss": "https://other.example" }),
            Refusal::WrongIssuer,
        ),
        (json!({ "iss": null }), Refusal::WrongIssuer),
        (json!({ "sub": null }), Refusal::NoSubject),
        (json!({ "sub": "" }), Refusal::NoSubject),
        (json!({ "sub": 5.5 }), Refusal::NoSubject),
        (json!({ "sub": ["jane"] }), Refusal::Malformed),
    ] {
        let outcome = admit(&jwts, &by_secret(&claims(change.clone()))).await;
        assert_eq!(outcome, Err(refusal), "{change}");
    }
    for good in [
        json!({ "exp": now() - 50 }),
        json!({ "exp": 1e15 }),
        json!({ "exp": (now() + 5) as f64 + 0.5 }),
        json!({ "nbf": now() + 55 }),
        json!({ "aud": ["others", "parcelgraph"] }),
    ] {
        let outcome = admit(&jwts, &by_secret(&claims(good.clone()))).await;
        assert!(outcome.is_ok(), "{good}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_key_says_which_algorithm_counts() {
    let claims = claims(json!({}));
    let published: Value = serde_json::from_str(SET).unwrap();
    let modulus = published["keys"][0]["n"].as_str().unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    let disguised = |id| {
        let key = EncodingKey::from_secret(&modulus);
        signed(Algorithm::HS256, id, &key, &claims)
    };
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |alg| {
        let head = part(json!({ "alg": alg, "kid": "rsa" }));
        format!("{head}.{}.", part(claims.clone()))
    };
    let critical = part(json!({ "alg": "HS256", "crit": ["b64"], "b64": false }));
    let critical_of_nothing = part(json!({ "alg": "HS256", "crit": null }));
    let file = PathBuf::from("tests/cases/keys/jwks.json");
    let keys_only = Jwts::open(&settings(None, Some(KeySource::File(file))), None).unwrap();
    let secret_only = Jwts::open(&settings(Some(SECRET), None), None).unwrap();
    let jwts = both();
    let other_secret = EncodingKey::from_secret(b"another secret of thirty-two bytes");
    for (who, token, refusal) in [
        (&jwts, disguised(Some("rsa")), Refusal::BadSignature),
        (&keys_only, disguised(Some("rsa")), Refusal::Algorithm),
        (&keys_only, by_secret(&claims), Refusal::Algorithm),
        (&jwts, unsigned("none"), Refusal::Algorithm),
        (&jwts, unsigned("None"), Refusal::Algorithm),
        (&jwts, unsigned("HS256"), Refusal::BadSignature),
        (&jwts, unsigned("RS256"), Refusal::BadSignature),
        (&jwts, unsigned("ES256"), Refusal::UnknownKey),
        (&jwts, unsigned("PS256"), Refusal::Algorithm),
        (
            &jwts,
            signed(
                Algorithm::HS384,
                None,
                &EncodingKey::from_secret(SECRET.as_bytes()),
                &claims,
            ),
            Refusal::Algorithm,
        ),
        (
            &jwts,
            signed(Algorithm::HS256, None, &other_secret, &claims),
            Refusal::BadSignature,
        ),
        (
            &jwts,
            signed(Algorithm::RS256, Some("rsa"), &rsa(OTHER_RSA), &claims),
            Refusal::BadSignature,
        ),
        (
            &jwts,
            signed(
                Algorithm::RS256,
                Some("other-rsa"),
                &rsa(OTHER_RSA),
                &claims,
            ),
            Refusal::UnknownKey,
        ),
        (
            &secret_only,
            signed(Algorithm::RS256, Some("rsa"), &rsa(RSA), &claims),
            Refusal::Algorithm,
        ),
        (
            &jwts,
            format!("{critical}.{}.", part(claims.clone())),
            Refusal::Malformed,
        ),
        (
            &jwts,
            format!("{critical_of_nothing}.{}.", part(claims.clone())),
            Refusal::Malformed,
        ),
        (&jwts, "a.b.c".to_owned(), Refusal::Malformed),
        (&jwts, "..".to_owned(), Refusal::Malformed),
        (
            &jwts,
            format!("{}.x", by_secret(&claims)),
            Refusal::Malformed,
        ),
    ] {
        assert_eq!(admit(who, &token).await, Err(refusal), "{token}");
    }
}

#[tokio::test]
async fn scopes_are_read_wherever_issuers_put_them() {
    let jwts = both();
    for (change, scopes) in [
        // One claim counts, and none of the others adds to it.
        (json!({ "scp": ["ops"] }), "tracking:read realtime"),
        (
            json!({ "scope": null, "scp": [5, "ops", null, ["realtime"]] }),
            "ops",
        ),
        (
            json!({ "scope": "", "permissions": ["tracking:write"] }),
            "",
        ),
        (json!({ "scope": null, "permissions": ["ops", "x"] }), "ops"),
        (
            json!({ "scope": null, "scopes": "ops realtime" }),
            "realtime ops",
        ),
        (json!({ "scope": 5, "scp": { "ops": true } }), ""),
        (json!({ "scope": null }), ""),
    ] {
        let caller = admit(&jwts, &by_secret(&claims(change.clone()))).await;
        assert_eq!(caller.unwrap().scopes.to_string(), scopes, "{change}");
    }
}

#[tokio::test]
async fn long_subjects_are_shortened_and_numbers_are_taken_by_their_digits() {
    let jwts = both();
    let client = async |sub: Value| {
        let token = by_secret(&claims(json!({ "sub": sub })));
        let caller = admit(&jwts, &token).await.unwrap();
        caller.client.as_str().to_owned()
    };
    assert_eq!(client(json!(5)).await, "subject 5");
    assert_eq!(client(json!(-5)).await, "subject -5");
    assert_eq!(
        client(json!(u64::MAX)).await,
        format!("subject {}", u64::MAX)
    );
    let long = client(json!("x".repeat(5_000))).await;
    assert!(long.starts_with("digest of subject ") && long.len() < 100);
    assert_ne!(long, client(json!("x".repeat(5_001))).await);
}

#[tokio::test]
async fn keys_that_are_rotated_in_the_file_are_taken_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, SET).unwrap();
    let jwts = Jwts::open(&settings(None, Some(KeySource::File(path.clone()))), None).unwrap();
    let claims = claims(json!({}));
    let old = signed(Algorithm::RS256, Some("rsa"), &rsa(RSA), &claims);
    let new = signed(
        Algorithm::RS256,
        Some("other-rsa"),
        &rsa(OTHER_RSA),
        &claims,
    );
    assert!(admit(&jwts, &old).await.is_ok());
    assert_eq!(admit(&jwts, &new).await, Err(Refusal::UnknownKey));
    std::fs::write(&path, ROTATED).unwrap();
    let rotated = async {
        while admit(&jwts, &new).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), rotated);
    in_time.await.expect("the file is read again");
    assert_eq!(admit(&jwts, &old).await, Err(Refusal::UnknownKey));
}

#[tokio::test]
async fn keys_of_the_same_source_are_known_when_something_else_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, SET).unwrap();
    let before = settings(None, Some(KeySource::File(path.clone())));
    let known = (before.clone(), Arc::new(Jwts::open(&before, None).unwrap()));
    // Nothing can be loaded any more.
    std::fs::remove_file(&path).unwrap();
    let lenient = JwtSettings {
        leeway: Duration::ZERO,
        ..before.clone()
    };
    let jwts = Jwts::open(&lenient, Some(&known)).unwrap();
    assert!(!jwts.have_no_keys());
    let elsewhere = settings(
        None,
        Some(KeySource::File(folder.path().join("others.json"))),
    );
    assert!(Jwts::open(&elsewhere, Some(&known)).is_err());
}
