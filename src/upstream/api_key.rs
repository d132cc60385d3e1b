//! The secret that opens an account.

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;
use thiserror::Error;

/// A text that cannot be an API key. The text itself is not repeated, because it may be a secret all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidApiKey {
    /// Nothing was given.
    #[error("the API key is empty: copy it from the dashboard of the TrackingMore account")]
    Empty,
    /// It could not travel in an HTTP header.
    #[error(
        "the API key holds a blank, a control character or a letter outside ASCII: copy it again, without quotes"
    )]
    NotHeaderSafe,
}

/// An account's API key. It never shows itself: `Debug` prints `****`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Arc<str>);

impl ApiKey {
    /// Reads a key; blanks and line ends around it do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidApiKey> {
        let key = text.trim();
        if key.is_empty() {
            return Err(InvalidApiKey::Empty);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidApiKey::NotHeaderSafe);
        }
        Ok(Self(key.into()))
    }

    /// The key itself, as the secret that the account's replicas have in common.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The key as a header that no log prints.
    pub(super) fn header(&self) -> HeaderValue {
        let mut header = HeaderValue::from_str(&self.0).expect("visible ASCII fits into a header");
        header.set_sensitive(true);
        header
    }

    /// The text without the key, in case the service repeats it in a message.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&*self.0, "****")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_trimmed_and_kept_out_of_sight() {
        let key = ApiKey::parse(" 0123-abc\n").unwrap();
        assert_eq!(key.header(), "0123-abc");
        assert_eq!(format!("{key:?} {:?}", key.header()), "**** Sensitive");
        assert_eq!(key.hidden_in("no key 0123-abc"), "no key ****");
    }

    #[test]
    fn texts_that_no_header_carries_are_refused() {
        assert_eq!(ApiKey::parse(" ").unwrap_err(), InvalidApiKey::Empty);
        for bad in ["a b", "a\r\nb", "a\u{7f}", "schlüssel", "a\0"] {
            let refusal = ApiKey::parse(bad).unwrap_err();
            assert_eq!(refusal, InvalidApiKey::NotHeaderSafe, "{bad:?}");
        }
    }
}
