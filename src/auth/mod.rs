//! Who is asking, and what they may see.
//!
//! It knows nothing of GraphQL or HTTP: it is given what somebody shows of himself, and tells what he may do.

mod caller;
mod credentials;
mod gate;
mod introspection;
mod jwt;
mod key_set;
mod key_source;
mod keyring;
mod mask;
mod refusal;
mod revocations;
mod scope;
mod secret;
mod settings;
mod signers;
mod static_token;
mod view_id;
mod view_token;

pub use caller::{Caller, Entry, Grant, Mark};
pub use credentials::Credentials;
pub use gate::Gate;
pub use introspection::Introspection;
pub use key_source::{KeySource, OpenError};
pub use mask::{Known, masked};
pub use refusal::Refusal;
pub use revocations::NotForAll;
pub use scope::{Scope, Scopes, UnknownScope};
pub use secret::{Secret, TooShort};
pub use settings::{JwtSettings, Settings};
pub use static_token::{InvalidToken, NewToken, StaticToken};
pub use view_token::{InvalidView, RevokeError, ViewToken, ViewTokens};
