//! A key as people write it. What they wrote is never repeated.

use serde::de::{Deserialize, Deserializer, Error};

use super::InvalidValue;
use crate::upstream::ApiKey;

/// Reads the key of a sandbox, which has to be one that a client can send.
pub fn parse_key(text: &str) -> Result<String, InvalidValue> {
    match ApiKey::parse(text) {
        Ok(_) => Ok(text.trim().to_owned()),
        Err(_) => Err(InvalidValue::Key),
    }
}

/// Reads the key of a settings file. Serde's own errors would repeat a key that was written without quotes.
pub(super) fn from_file<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    match String::deserialize(deserializer) {
        Ok(key) => Ok(Some(key)),
        Err(_) => Err(D::Error::custom(
            "trackingmore_api_key must be a text in quotes",
        )),
    }
}

/// Reads what may be a secret, or stand where one belongs; on the same terms.
pub(super) fn secret_from_file<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    match String::deserialize(deserializer) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(D::Error::custom("must be a text in quotes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_client_can_send_is_refused() {
        assert_eq!(parse_key(" k3y "), Ok("k3y".to_owned()));
        for bad in ["", " ", "two words", "two\nlines"] {
            assert_eq!(parse_key(bad), Err(InvalidValue::Key), "{bad}");
        }
    }
}
