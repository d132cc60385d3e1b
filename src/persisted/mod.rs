//! Operations that are known by a name, so that clients need not send their texts.
//!
//! There are two kinds. [`Texts`] holds what clients registered themselves, under the hash of its text. [`Manifest`] is the
//! operator's list of documents that he trusts. It does not know what GraphQL is: a text is a text.

mod hash;
mod manifest;
mod texts;

pub use hash::{InvalidHash, TextHash};
pub use manifest::{InvalidManifest, Manifest, Mode};
pub use texts::{MAX_TEXT, Texts};
