//! Somebody who asks, and what is known of him.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Scope, Scopes};
use crate::model::{ClientId, TrackingKey};

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// For fairness, for his allowance, and for whom outcomes are kept.
    pub client: ClientId,
    /// What he may do.
    pub scopes: Scopes,
    /// The parcels that he is confined to, if he showed a view token.
    pub grant: Option<Arc<Grant>>,
    /// When what he showed ends; `None` if it does not.
    pub ends_at: Option<Timestamp>,
    /// How he was let in.
    pub entry: Entry,
    /// How much he may ask for, if that is set for him alone; 0 for no limit.
    pub points_per_second: Option<u32>,
}

/// Tells a token from all others, and is no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub(crate) [u8; 32]);

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mark(..)")
    }
}

/// How somebody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// He showed nothing.
    Anonymous,
    /// With this token that an operator gave out.
    Token(Mark),
    /// With a token of an issuer.
    Jwt,
    /// With a token for some parcels.
    View,
}

/// What a view token allows: to read and to watch these parcels, without what tells of people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// Names the token, so that it can be revoked.
    pub id: String,
    /// Whoever signed it. All tokens of the same signer have the same.
    pub signer: ClientId,
    /// The parcels.
    pub keys: BTreeSet<TrackingKey>,
}

impl Caller {
    /// Somebody who may do everything, as in the sandbox.
    pub fn trusted(client: ClientId) -> Self {
        Self::with(client, Scopes::ALL)
    }

    /// Somebody who may do that, to all parcels and for ever.
    pub fn with(client: ClientId, scopes: Scopes) -> Self {
        Self {
            client,
            scopes,
            grant: None,
            ends_at: None,
            entry: Entry::Anonymous,
            points_per_second: None,
        }
    }

    /// Whether he may do that.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(scope)
    }

    /// Whether what he showed is for that parcel.
    pub fn is_shown(&self, key: &TrackingKey) -> bool {
        let grant = self.grant.as_ref();
        grant.is_none_or(|grant| grant.keys.contains(key))
    }

    /// Whether what couriers wrote is shown to him without what tells of people.
    pub fn sees_masked(&self) -> bool {
        self.grant.is_some() || !self.may(Scope::CustomerRead)
    }
}
