//! Whom to let in.

use std::time::Duration;

use super::{KeySource, Scopes, Secret, StaticToken};

/// Whom to let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What those may do who show nothing; `None` if they may not ask at all.
    pub anonymous: Option<Scopes>,
    /// Tokens that were given out.
    pub tokens: Vec<StaticToken>,
    /// The tokens of an issuer, if they are taken.
    pub jwt: Option<JwtSettings>,
    /// What view tokens are signed with; without it they are signed with what the account's replicas have in common.
    pub view_token_secret: Option<Secret>,
}

/// Whose JSON web tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtSettings {
    /// The key for HS256.
    pub secret: Option<Secret>,
    /// Where the keys for RS256, ES256 and EdDSA are.
    pub keys: Option<KeySource>,
    /// What `iss` has to be.
    pub issuer: String,
    /// What has to be in `aud`.
    pub audience: String,
    /// How wrong the clocks may be.
    pub leeway: Duration,
}
