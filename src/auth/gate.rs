//! The gate that everybody passes who asks.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::jwt::Jwts;
use super::static_token::StaticTokens;
use super::{
    Caller, Credentials, Entry, JwtSettings, OpenError, Refusal, Scopes, Settings, ViewTokens,
};
use crate::current::Current;
use crate::model::ClientId;
use crate::redis_link::Link;

/// A longer text than this is no token; the longest view token has some 4,000 bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Lets in whom the settings let in. Clones share it.
#[derive(Clone)]
pub struct Gate {
    rules: Current<Rules>,
    views: ViewTokens,
}

/// Whom it lets in.
struct Rules {
    settings: Settings,
    anonymous: Option<Scopes>,
    tokens: StaticTokens,
    jwts: Option<(JwtSettings, Arc<Jwts>)>,
}

impl Rules {
    /// Of tokens of an issuer that were taken before, what was learned meanwhile goes on to be known.
    fn of(settings: &Settings, before: Option<&Self>) -> Result<Self, OpenError> {
        let known = before.and_then(|before| before.jwts.as_ref());
        let jwts = match &settings.jwt {
            Some(jwt) => Some((jwt.clone(), Arc::new(Jwts::open(jwt, known)?))),
            None => None,
        };
        Ok(Self {
            settings: settings.clone(),
            anonymous: settings.anonymous,
            tokens: StaticTokens::new(&settings.tokens),
            jwts,
        })
    }

    /// Whether somebody who was let in would be let in again, to do the same or more.
    fn still_admit(&self, caller: &Caller, jwt: Option<&JwtSettings>) -> bool {
        match caller.entry {
            Entry::Anonymous => self
                .anonymous
                .is_some_and(|scopes| scopes.with(caller.scopes) == scopes),
            Entry::Token(mark) => self.tokens.still_let_in(mark, caller),
            Entry::Jwt => self.issuer().zip(jwt).is_some_and(|(now, then)| {
                // Clocks may be as wrong as they are now.
                let leeway = now.leeway;
                *now == JwtSettings {
                    leeway,
                    ..then.clone()
                }
            }),
            // Of these it is known which were revoked.
            Entry::View => true,
        }
    }

    fn issuer(&self) -> Option<&JwtSettings> {
        self.jwts.as_ref().map(|(settings, _)| settings)
    }
}

impl Gate {
    /// Opens the gate, with tasks of the present runtime. The replicas of an account have the secret in common.
    pub fn open(
        settings: &Settings,
        secret: &[u8],
        link: Option<&Link>,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            rules: Current::new(Rules::of(settings, None)?),
            views: ViewTokens::open(settings, secret, link),
        })
    }

    /// Whether it can let in nobody but who shows a view token: the keys of the issuer are not known, and nobody else may ask.
    pub fn waits_for_keys(&self) -> bool {
        let rules = self.rules.get();
        let jwts = rules.jwts.as_ref();
        let nobody_else = rules.anonymous.is_none() && rules.tokens.are_none();
        nobody_else && jwts.is_some_and(|(_, jwts)| jwts.have_no_keys())
    }

    /// Lets in others from now on. View tokens go on to be signed as before.
    pub fn change(&self, settings: &Settings) -> Result<(), OpenError> {
        let before = self.rules.get();
        // Everybody who is subscribed looks at what is changed.
        if before.settings != *settings {
            self.rules.set(Rules::of(settings, Some(&before))?);
        }
        Ok(())
    }

    /// Ready when somebody who was let in would not be let in any more, or to do something else, because that was changed.
    pub fn sent_away(&self, caller: &Caller) -> impl Future<Output = ()> + Send + use<> {
        let jwt = self.rules.get().issuer().cloned();
        let caller = caller.clone();
        self.rules
            .when(move |rules| !rules.still_admit(&caller, jwt.as_ref()))
    }

    /// Who that is. `client` is what his address or a proxy says of him, for those who show nothing. It may
    /// take some seconds when the keys of an issuer have to be fetched.
    pub async fn admit(
        &self,
        credentials: &Credentials,
        client: ClientId,
    ) -> Result<Caller, Refusal> {
        let rules = self.rules.get();
        let token = match credentials {
            Credentials::None => {
                let scopes = rules.anonymous.ok_or(Refusal::Missing)?;
                return Ok(Caller::with(client, scopes));
            }
            Credentials::Bearer(token) => token.trim(),
        };
        if token.is_empty() || token.len() > MAX_TOKEN {
            return Err(Refusal::Malformed);
        }
        if let Some(known) = rules.tokens.caller(token, Timestamp::now()) {
            return known;
        }
        if ViewTokens::are_written_like(token) {
            self.views.wait_at_start().await;
            return self.views.admit(token);
        }
        match &rules.jwts {
            Some((_, jwts)) if token.contains('.') => jwts.admit(token).await,
            _ => Err(Refusal::Unknown),
        }
    }

    /// The tokens that show some parcels and nothing else.
    pub fn view_tokens(&self) -> &ViewTokens {
        &self.views
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
