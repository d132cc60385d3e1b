//! What is revoked: a token, or all that somebody has signed until a moment.

use crate::auth::view_id::{Signer, ViewId};
use crate::auth::view_token::LONGEST;

/// What is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// One token.
    Token { id: Box<str>, said: ViewId },
    /// All tokens of a signer that he signed in that second or before it.
    Until { signer: Signer, moment: i64 },
}

/// What stands between a signer and a moment, and in no id.
const SIGN: char = '@';

impl Entry {
    /// A token by its id.
    pub(super) fn of(id: &str, said: &ViewId) -> Self {
        Self::Token {
            id: id.into(),
            said: *said,
        }
    }

    /// Reads what was written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once(SIGN) {
            Some((signer, moment)) => Some(Self::Until {
                signer: Signer::parse(signer)?,
                moment: moment.parse().ok()?,
            }),
            None => Some(Self::of(text, &ViewId::said(text)?)),
        }
    }

    pub(super) fn written(&self) -> String {
        match self {
            Self::Token { id, .. } => id.to_string(),
            Self::Until { signer, moment } => format!("{}{SIGN}{moment}", signer.written()),
        }
    }

    /// From when on it says nothing any more, because all its tokens have ended, in seconds since 1970.
    pub(super) fn ends_at(&self) -> i64 {
        match self {
            Self::Token { said, .. } => said.ends_at,
            Self::Until { moment, .. } => moment.saturating_add_unsigned(LONGEST.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::view_id::Ids;

    #[test]
    fn an_entry_is_read_as_it_is_written() {
        let signer = Signer::of(&[1; 32]);
        let said = ViewId {
            signer,
            signed_at: 10,
            ends_at: 20,
        };
        let token = Entry::of(&Ids::new([1; 32]).new_id(&said), &said);
        let all = Entry::Until { signer, moment: 10 };
        for entry in [&token, &all] {
            assert_eq!(Entry::parse(&entry.written()).as_ref(), Some(entry));
        }
        assert_eq!((token.ends_at(), all.ends_at()), (20, 10 + 30 * 86_400));
        for other in ["", "@", "an id", "x@1", &format!("{}@", signer.written())] {
            assert_eq!(Entry::parse(other), None, "{other}");
        }
    }
}
