//! The gate that everybody passes who asks.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::jwt::Jwts;
use super::static_token::StaticTokens;
use super::{Caller, Credentials, OpenError, Refusal, Scopes, Settings, ViewTokens};
use crate::model::ClientId;
use crate::redis_link::Link;

/// A longer text than this is no token; the longest view token has some 4,000 bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Lets in whom the settings let in. Clones share it.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    anonymous: Option<Scopes>,
    tokens: StaticTokens,
    jwts: Option<Jwts>,
    views: ViewTokens,
}

impl Gate {
    /// Opens the gate, with tasks of the present runtime. The replicas of an account have the secret in common.
    pub fn open(
        settings: &Settings,
        secret: &[u8],
        link: Option<&Link>,
    ) -> Result<Self, OpenError> {
        Ok(Self(Arc::new(Inner {
            anonymous: settings.anonymous,
            tokens: StaticTokens::new(&settings.tokens),
            jwts: settings.jwt.as_ref().map(Jwts::open).transpose()?,
            views: ViewTokens::open(settings, secret, link),
        })))
    }

    /// Who that is. `client` is what his address or a proxy says of him, for those who show nothing. It may
    /// take some seconds when the keys of an issuer have to be fetched.
    pub async fn admit(
        &self,
        credentials: &Credentials,
        client: ClientId,
    ) -> Result<Caller, Refusal> {
        let token = match credentials {
            Credentials::None => {
                let scopes = self.0.anonymous.ok_or(Refusal::Missing)?;
                return Ok(Caller::with(client, scopes));
            }
            Credentials::Bearer(token) => token.trim(),
        };
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(Refusal::Malformed);
        }
        if let Some(known) = self.0.tokens.caller(token, Timestamp::now()) {
            return known;
        }
        if ViewTokens::are_written_like(token) {
            self.0.views.wait_at_start().await;
            return self.0.views.admit(token);
        }
        match &self.0.jwts {
            Some(jwts) if token.contains('.') => jwts.admit(token).await,
            _ => Err(Refusal::Unknown),
        }
    }

    /// The tokens that show some parcels and nothing else.
    pub fn view_tokens(&self) -> &ViewTokens {
        &self.0.views
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::auth::{NewToken, Scope, StaticToken};
    use crate::model::TrackingKey;

    fn settings() -> Settings {
        Settings {
            anonymous: None,
            tokens: Vec::new(),
            jwt: None,
            view_token_secret: None,
        }
    }

    fn gate(settings: &Settings) -> Gate {
        Gate::open(settings, b"an account", None).unwrap()
    }

    async fn admit(gate: &Gate, token: &str) -> Result<Caller, Refusal> {
        let credentials = Credentials::Bearer(token.to_owned());
        gate.admit(&credentials, ClientId::named("address 1")).await
    }

    #[tokio::test]
    async fn who_shows_nothing_is_let_in_only_on_purpose() {
        let somebody = ClientId::named("address 1");
        let closed = gate(&settings());
        let refused = closed.admit(&Credentials::None, somebody.clone()).await;
        assert_eq!(refused, Err(Refusal::Missing));
        let scopes = Scopes::from_iter([Scope::Realtime]);
        let open = gate(&Settings {
            anonymous: Some(scopes),
            ..settings()
        });
        let caller = open.admit(&Credentials::None, somebody.clone()).await;
        assert_eq!(caller, Ok(Caller::with(somebody, scopes)));
        // A bad token is not the same as none.
        assert_eq!(admit(&open, "pg_nonsense").await, Err(Refusal::Unknown));
    }

    #[tokio::test]
    async fn every_kind_of_token_is_told_apart() {
        let new = NewToken::random();
        let token = StaticToken::parse("shop", &new.sha256, "tracking:read").unwrap();
        let gate = gate(&Settings {
            tokens: vec![token],
            ..settings()
        });
        let shop = admit(&gate, &new.token).await.unwrap();
        assert_eq!(shop.client.as_str(), "token shop");
        let keys = BTreeSet::from([TrackingKey::parse("dhl", "1234567890").unwrap()]);
        let hour = Duration::from_secs(3_600);
        let sign = |signer| gate.view_tokens().sign(keys.clone(), hour, signer);
        let view = sign(&shop).unwrap();
        let viewer = admit(&gate, &view.token).await.unwrap();
        assert_eq!(viewer.grant.unwrap().keys, keys);
        for (token, refusal) in [
            ("", Refusal::Malformed),
            (" ", Refusal::Malformed),
            ("a.b.c", Refusal::Unknown),
            ("\0", Refusal::Unknown),
            ("pgv_", Refusal::Malformed),
            ("x".repeat(MAX_TOKEN + 1).as_str(), Refusal::Malformed),
        ] {
            assert_eq!(admit(&gate, token).await, Err(refusal), "{token}");
        }
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let credentials = Credentials::Bearer("5ecret".to_owned());
        assert!(!format!("{credentials:?}").contains("5ecret"));
    }
}
