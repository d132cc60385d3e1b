//! Whose tokens are taken.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::access::{JWT_LEEWAY, MAX_JWT_LEEWAY};
use super::{AccessOverrides, SettingError, key};
use crate::auth::{InvalidToken, JwtSettings, KeySource, Secret, StaticToken};

/// A token that was given out, in a table `[[access.tokens]]` of the settings file. There is no `Debug`, because somebody may have
/// written the token itself.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct TokenOverrides {
    /// Who has it.
    #[serde(default, deserialize_with = "key::secret_from_file")]
    pub name: Option<String>,
    /// The SHA-256 of the token.
    #[serde(default, deserialize_with = "key::secret_from_file")]
    pub sha256: Option<String>,
    /// What its owner may do.
    #[serde(default, deserialize_with = "key::secret_from_file")]
    pub scopes: Option<String>,
    /// How much, if it is another allowance than that of all.
    pub points_per_second: Option<u32>,
    /// When it ends.
    #[serde(default, deserialize_with = "key::secret_from_file")]
    pub expires: Option<String>,
}

/// Tokens as the environment holds them: `name:sha256:scopes`, with a semicolon or a line end between two of them.
pub struct TokenList(pub Vec<TokenOverrides>);

impl FromStr for TokenList {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let tokens = text.split([';', '\n']).map(str::trim);
        let tokens = tokens.filter(|token| !token.is_empty());
        let tokens = tokens.map(|token| {
            let (name, rest) = token.split_once(':').ok_or(InvalidToken::Parts)?;
            let (sha256, scopes) = rest.split_once(':').ok_or(InvalidToken::Parts)?;
            Ok(TokenOverrides {
                name: Some(name.to_owned()),
                sha256: Some(sha256.to_owned()),
                scopes: Some(scopes.to_owned()),
                points_per_second: None,
                expires: None,
            })
        });
        tokens.collect::<Result<_, _>>().map(Self)
    }
}

/// Reads all tokens; the first that is wrong is told with its place in the list.
pub(super) fn resolve(set: &[TokenOverrides]) -> Result<Vec<StaticToken>, SettingError> {
    let mut tokens: Vec<StaticToken> = Vec::new();
    for (place, set) in (1..).zip(set) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (name, sha256, scopes) = (text(&set.name), text(&set.sha256), text(&set.scopes));
        let token = StaticToken::parse(&name, &sha256, &scopes)
            .and_then(|token| token.until(set.expires.as_deref()))
            .map_err(|reason| SettingError::Token { place, reason })?
            .with_allowance(set.points_per_second);
        let is_known =
            |known: &StaticToken| known.name() == token.name() || known.is_same_as(&token);
        if tokens.iter().any(is_known) {
            return Err(SettingError::TokenTwice { place });
        }
        tokens.push(token);
    }
    Ok(tokens)
}

/// Whose JSON web tokens are taken: with a key, those of an issuer for an audience.
pub(super) fn jwt(set: &AccessOverrides) -> Result<Option<JwtSettings>, SettingError> {
    let secret = set.jwt_secret.as_deref().map(Secret::parse);
    let secret = secret.transpose().map_err(SettingError::JwtSecret)?;
    let keys = match (&set.jwks_file, &set.jwks_url) {
        (Some(_), Some(_)) => return Err(SettingError::TwoKeySets),
        (Some(path), None) => Some(KeySource::File(path.clone())),
        (None, Some(url)) => Some(KeySource::Url(key_address(url)?)),
        (None, None) => None,
    };
    if secret.is_none() && keys.is_none() {
        return match (&set.jwt_issuer, &set.jwt_audience) {
            (None, None) => Ok(None),
            _ => Err(SettingError::MissingJwtKey),
        };
    }
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (Some(issuer), Some(audience)) = (said(&set.jwt_issuer), said(&set.jwt_audience)) else {
        return Err(SettingError::MissingIssuer);
    };
    let leeway = set.jwt_leeway.map_or(JWT_LEEWAY, Duration::from);
    if leeway > MAX_JWT_LEEWAY {
        return Err(SettingError::Leeway);
    }
    Ok(Some(JwtSettings {
        secret,
        keys,
        issuer,
        audience,
        leeway,
    }))
}

/// Whoever can change keys on their way can sign whatever he likes.
fn key_address(text: &str) -> Result<Url, SettingError> {
    let url = Url::parse(text).map_err(|_| SettingError::KeyAddress)?;
    let names_somebody = !url.username().is_empty() || url.password().is_some();
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        _ if names_somebody => Err(SettingError::KeyAddress),
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(SettingError::KeyAddress),
    }
}
