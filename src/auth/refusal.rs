//! Why somebody is not let in.

use thiserror::Error;

/// Why somebody is not let in, in a sentence for him. None of them repeats what he showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// He showed nothing, and that is not enough here.
    #[error(
        "a token is needed: send it as `Authorization: Bearer TOKEN`, or in the payload of connection_init"
    )]
    Missing,
    /// It is no token.
    #[error("the token cannot be read: send it whole and unchanged")]
    Malformed,
    /// He showed several.
    #[error("there are two tokens that differ: send one of them")]
    Ambiguous,
    /// It is none that was given out.
    #[error("the token is not known here: ask the operator of this service for one")]
    Unknown,
    /// It is not signed as tokens are here.
    #[error(
        "the token is not signed in a way that is accepted here: get one from the issuer that the operator of this service has set"
    )]
    Algorithm,
    /// It names a key that the issuer does not publish.
    #[error("the key of the token is not among those of its issuer: get a new token")]
    UnknownKey,
    /// Somebody else signed it, or it was changed.
    #[error("the signature of the token is wrong: get a new token from its issuer")]
    BadSignature,
    /// It has ended.
    #[error("the token has expired: get a new one")]
    Expired,
    /// It has not begun.
    #[error("the token is not valid yet: try again later, or check the issuer's clock")]
    NotYet,
    /// It never ends.
    #[error("the token does not say when it ends: get one with `exp`")]
    NoExpiry,
    /// Nobody knows when it ends.
    #[error("the `exp` of the token is not a time: get one whose `exp` counts seconds since 1970")]
    BadExpiry,
    /// It names nobody.
    #[error("the token does not say whose it is: get one with `sub`")]
    NoSubject,
    /// It is for another service.
    #[error("the token is for another audience: get one that is made for this service")]
    WrongAudience,
    /// Somebody gave it whose tokens do not count here.
    #[error("the token is from another issuer: get one from the issuer that this service trusts")]
    WrongIssuer,
    /// It was taken back.
    #[error("the token was revoked: ask for a new one")]
    Revoked,
    /// Nobody knows at the moment which tokens were taken back.
    #[error("it is not known at the moment which tokens were revoked: try again in a minute")]
    RevocationsUnknown,
    /// Nobody knows the keys of its issuer at the moment.
    #[error(
        "the keys of the token's issuer cannot be fetched at the moment: try again in a minute"
    )]
    KeysUnavailable,
}
