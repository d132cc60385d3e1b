//! Who may ask, and how much.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::tokens::{self, TokenOverrides};
use super::{SettingError, Span, Upstream, key, points};
use crate::allowance::Rate;
use crate::auth::{self, Introspection, JwtSettings, KeySource, Scopes, Secret, StaticToken};

/// How wrong the clock of an issuer may be.
pub(super) const JWT_LEEWAY: Duration = Duration::from_secs(60);

/// More than that lets tokens count that have ended.
pub(super) const MAX_JWT_LEEWAY: Duration = Duration::from_secs(10 * 60);

/// What may be set about it, in the table `access` of the settings file. There are no flags for secrets, because everybody can
/// read a process's flags.
#[derive(Args, Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct AccessOverrides {
    /// What those may do who do not say who they are, such as "tracking:read realtime" [default: nothing; all in the sandbox on loopback while nobody is named]
    #[arg(long, env = "ANONYMOUS", value_name = "SCOPES")]
    pub anonymous: Option<String>,
    /// Tokens that were given out: their names, digests and scopes.
    #[arg(skip)]
    pub tokens: Option<Vec<TokenOverrides>>,
    /// The secret with which JSON web tokens are signed (HS256).
    #[arg(skip)]
    #[serde(deserialize_with = "key::secret_from_file")]
    pub jwt_secret: Option<String>,
    /// The file with the keys of JSON web tokens (RS256, ES256, EdDSA), a JSON Web Key Set; read again when it changes [default: none]
    #[arg(long, env = "JWKS_FILE", value_name = "FILE")]
    pub jwks_file: Option<PathBuf>,
    /// The address of such keys, https or on loopback; fetched every 10 minutes [default: none]
    #[arg(long, env = "JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<String>,
    /// Who has to have issued JSON web tokens, their `iss`
    #[arg(long, env = "JWT_ISSUER", value_name = "ISSUER")]
    pub jwt_issuer: Option<String>,
    /// For whom they have to be, in their `aud`
    #[arg(long, env = "JWT_AUDIENCE", value_name = "AUDIENCE")]
    pub jwt_audience: Option<String>,
    /// How wrong the clocks of their issuer may be, at most 10m [default: 60s]
    #[arg(long, env = "JWT_LEEWAY", value_name = "TIME")]
    pub jwt_leeway: Option<Span>,
    /// The secret with which view tokens are signed, instead of one that is derived from the account's key.
    #[arg(skip)]
    #[serde(deserialize_with = "key::secret_from_file")]
    pub view_token_secret: Option<String>,
    /// Who may ask for the schema: everybody, nobody, or who has the scope ops [default: scope; on in the sandbox]
    #[arg(long, env = "INTROSPECTION", value_name = "WHO")]
    pub introspection: Option<Introspection>,
    /// How many points come back to a caller each second, whose operations cost some; 0 for no limit [default: 500]
    #[arg(long, env = "POINTS_PER_SECOND", value_name = "POINTS")]
    pub points_per_second: Option<u32>,
    /// How many points a caller has at most [default: those of 20 seconds]
    #[arg(long, env = "POINTS_BURST", value_name = "POINTS")]
    pub points_burst: Option<u32>,
    /// The points of a second for whoever shows a view token, who has those of 20 seconds at most; 0 for no limit [default: 50]
    #[arg(long, env = "VIEW_POINTS_PER_SECOND", value_name = "POINTS")]
    pub view_points_per_second: Option<u32>,
    /// The same for all view tokens of one signer together [default: 5000]
    #[arg(long, env = "VIEW_SIGNER_POINTS_PER_SECOND", value_name = "POINTS")]
    pub view_signer_points_per_second: Option<u32>,
}

/// The same in force.
#[derive(Debug, Clone)]
pub struct Access {
    /// What those may do who do not say who they are; `None` if they may not ask at all.
    pub anonymous: Option<Scopes>,
    /// Tokens that were given out.
    pub tokens: Vec<StaticToken>,
    /// Whose JSON web tokens are taken; `None` if none are.
    pub jwt: Option<JwtSettings>,
    /// What view tokens are signed with; `None` for what is derived from the account's key.
    pub view_token_secret: Option<Secret>,
    /// Who may ask for the schema.
    pub introspection: Introspection,
    /// How much a caller may ask for; `None` for no limit.
    pub points: Option<Rate>,
    /// How much may ask for who shows a view token; `None` for no limit.
    pub view_points: Option<Rate>,
    /// How much may ask for all view tokens of one signer together; `None` for no limit.
    pub view_signer_points: Option<Rate>,
}

impl AccessOverrides {
    /// These, and those below where these say nothing.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            anonymous: self.anonymous.or(below.anonymous),
            tokens: self.tokens.or(below.tokens),
            jwt_secret: self.jwt_secret.or(below.jwt_secret),
            jwks_file: self.jwks_file.or(below.jwks_file),
            jwks_url: self.jwks_url.or(below.jwks_url),
            jwt_issuer: self.jwt_issuer.or(below.jwt_issuer),
            jwt_audience: self.jwt_audience.or(below.jwt_audience),
            jwt_leeway: self.jwt_leeway.or(below.jwt_leeway),
            view_token_secret: self.view_token_secret.or(below.view_token_secret),
            introspection: self.introspection.or(below.introspection),
            points_per_second: self.points_per_second.or(below.points_per_second),
            points_burst: self.points_burst.or(below.points_burst),
            view_points_per_second: self.view_points_per_second.or(below.view_points_per_second),
            view_signer_points_per_second: self
                .view_signer_points_per_second
                .or(below.view_signer_points_per_second),
        }
    }
}

impl Access {
    /// Puts defaults under what was set; with what is wrong of it. Without a known upstream only that is told.
    pub(super) fn resolve(
        set: &AccessOverrides,
        upstream: Option<&Upstream>,
        listen: SocketAddr,
    ) -> (Self, Vec<SettingError>) {
        let mut wrong = Vec::new();
        let mut noted = |error: SettingError| wrong.push(error);
        let tokens = tokens::resolve(set.tokens.as_deref().unwrap_or_default());
        let tokens = tokens.map_err(&mut noted);
        let jwt = tokens::jwt(set).map_err(&mut noted);
        let secret = set.view_token_secret.as_deref().map(Secret::parse);
        let view_token_secret = secret.transpose().unwrap_or_else(|short| {
            noted(SettingError::ViewTokenSecret(short));
            None
        });
        let anonymous = set.anonymous.as_deref().map(str::parse);
        let anonymous = anonymous
            .transpose()
            .map_err(|unknown| noted(SettingError::Anonymous(unknown)));
        // Nothing is said of what is missing before it is known what was set.
        let nobody_is_named = tokens.as_ref().is_ok_and(Vec::is_empty) && matches!(jwt, Ok(None));
        let is_open =
            matches!(upstream, Some(Upstream::Sandbox { .. })) && listen.ip().is_loopback();
        let is_open = is_open && nobody_is_named;
        let anonymous = match anonymous {
            Ok(None) if is_open => Some(Scopes::ALL),
            Ok(scopes) => scopes.filter(|scopes| *scopes != Scopes::NONE),
            Err(()) => Some(Scopes::NONE),
        };
        if anonymous.is_none() && nobody_is_named {
            match upstream {
                Some(Upstream::TrackingMore { .. }) => noted(SettingError::NobodyMayAsk),
                Some(Upstream::Sandbox { .. }) => noted(SettingError::SandboxForNobody),
                None => {}
            }
        }
        let points = points::resolve(set, &mut wrong);
        let introspection = set.introspection.unwrap_or(match upstream {
            Some(Upstream::Sandbox { .. }) => Introspection::On,
            _ => Introspection::Scope,
        });
        let access = Self {
            anonymous,
            tokens: tokens.unwrap_or_default(),
            jwt: jwt.unwrap_or_default(),
            view_token_secret,
            introspection,
            points: points.usual,
            view_points: points.view,
            view_signer_points: points.view_signer,
        };
        (access, wrong)
    }

    /// What the gate has to know of it.
    pub fn gate(&self) -> auth::Settings {
        auth::Settings {
            anonymous: self.anonymous,
            tokens: self.tokens.clone(),
            jwt: self.jwt.clone(),
            view_token_secret: self.view_token_secret.clone(),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.anonymous {
            Some(scopes) => writeln!(f, "access.anonymous = {scopes}")?,
            None => writeln!(f, "access.anonymous = none")?,
        }
        let names: Vec<_> = self.tokens.iter().map(StaticToken::name).collect();
        let names = match names.as_slice() {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        writeln!(f, "access.tokens = {names}")?;
        let jwt = self.jwt.as_ref();
        let keys = jwt.and_then(|jwt| jwt.keys.as_ref());
        let (file, url) = match keys {
            None => (None, None),
            Some(file @ KeySource::File(_)) => (Some(file.to_string()), None),
            Some(url @ KeySource::Url(_)) => (None, Some(url.to_string())),
        };
        let secret = |secret: Option<&Secret>, without: &'static str| match secret {
            Some(_) => "****",
            None => without,
        };
        let jwt_secret = jwt.and_then(|jwt| jwt.secret.as_ref());
        let none = || "none".to_owned();
        let issuer = jwt.map_or_else(none, |jwt| jwt.issuer.clone());
        let audience = jwt.map_or_else(none, |jwt| jwt.audience.clone());
        let leeway = jwt.map_or(JWT_LEEWAY, |jwt| jwt.leeway);
        let own = self.view_token_secret.as_ref();
        writeln!(f, "access.jwt_secret = {}", secret(jwt_secret, "none"))?;
        writeln!(f, "access.jwks_file = {}", file.unwrap_or_else(none))?;
        writeln!(f, "access.jwks_url = {}", url.unwrap_or_else(none))?;
        writeln!(f, "access.jwt_issuer = {issuer}")?;
        writeln!(f, "access.jwt_audience = {audience}")?;
        writeln!(f, "access.jwt_leeway = {leeway:?}")?;
        writeln!(
            f,
            "access.view_token_secret = {}",
            secret(own, "the account's")
        )?;
        writeln!(f, "access.introspection = {}", self.introspection.as_str())?;
        let per_second = |rate: Option<Rate>| rate.map_or(0, |rate| rate.per_second);
        writeln!(f, "access.points_per_second = {}", per_second(self.points))?;
        if let Some(rate) = self.points {
            writeln!(f, "access.points_burst = {}", rate.burst)?;
        }
        let view = per_second(self.view_points);
        writeln!(f, "access.view_points_per_second = {view}")?;
        let signer = per_second(self.view_signer_points);
        writeln!(f, "access.view_signer_points_per_second = {signer}")
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
