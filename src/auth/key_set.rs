//! The keys that an issuer publishes.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// How many keys of a set are used. A token that names none is tried with all of its kind.
const MAX_KEYS: usize = 20;

/// Keys that verify signatures, each of them with one algorithm.
#[derive(Clone)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// A set as it is written. Keys of unknown kinds are no reason to refuse the others.
#[derive(Deserialize)]
struct Written {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Reads a set; `None` for what is none. It is empty if it has no key that verifies RS256, ES256 or EdDSA.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(text).ok()?;
        let keys = written.keys.into_iter().filter_map(|key| {
            let key = serde_json::from_value(key).ok()?;
            Key::of(&key)
        });
        Some(Self(keys.take(MAX_KEYS).collect()))
    }

    /// How many keys it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it verifies nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have signed a token. A key without a name may have signed all of its kind.
    pub(super) fn find(&self, algorithm: Algorithm, id: Option<&str>) -> Vec<DecodingKey> {
        let may_be = |key: &&Key| {
            let named = (key.id.as_deref(), id);
            key.algorithm == algorithm && !matches!(named, (Some(its), Some(id)) if its != id)
        };
        let found = self.0.iter().filter(may_be);
        found.map(|key| key.key.clone()).collect()
    }
}

impl Key {
    fn of(key: &Jwk) -> Option<Self> {
        let common = &key.common;
        let signs = |purpose: &PublicKeyUse| *purpose == PublicKeyUse::Signature;
        if !common.public_key_use.as_ref().is_none_or(signs) {
            return None;
        }
        // A symmetric key would have to be secret, and those that are published are not.
        let (algorithm, named) = match &key.algorithm {
            AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                (Algorithm::ES256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
            }
            _ => return None,
        };
        if common.key_algorithm.is_some_and(|said| said != named) {
            return None;
        }
        Some(Self {
            id: common.key_id.clone(),
            algorithm,
            key: DecodingKey::from_jwk(key).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &[u8] = include_bytes!("../../tests/cases/keys/jwks.json");

    #[test]
    fn a_key_is_found_by_its_name_and_for_its_own_algorithm_only() {
        let keys = KeySet::parse(SET).unwrap();
        let found = |algorithm, id| keys.find(algorithm, id).len();
        assert_eq!(found(Algorithm::RS256, Some("rsa")), 1);
        assert_eq!(found(Algorithm::ES256, Some("ec")), 1);
        assert_eq!(found(Algorithm::EdDSA, Some("ed")), 1);
        assert_eq!(found(Algorithm::RS256, None), 1);
        for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::RS384] {
            assert_eq!(found(algorithm, Some("rsa")), 0);
        }
        assert_eq!(found(Algorithm::RS256, Some("another")), 0);
    }

    #[test]
    fn keys_that_verify_nothing_are_left_out() {
        for none in [&b""[..], b"[]", b"{}", br#"{"keys": {}}"#] {
            assert!(KeySet::parse(none).is_none());
        }
        for empty in [
            &br#"{"keys": []}"#[..],
            br#"{"keys": [5, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "new"}]}"#,
            br#"{"keys": [{"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}]}"#,
            br#"{"keys": [{"kty": "RSA", "alg": "RS512", "n": "AQAB", "e": "AQAB"}]}"#,
            br#"{"keys": [{"kty": "RSA", "n": "*", "e": "AQAB"}]}"#,
        ] {
            assert!(KeySet::parse(empty).unwrap().is_empty());
        }
        let mixed = br#"{"keys": [7, {"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}]}"#;
        let keys = KeySet::parse(mixed).unwrap();
        assert_eq!(keys.find(Algorithm::EdDSA, Some("any")).len(), 1);
    }
}
