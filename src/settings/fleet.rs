//! With whom the account is shared.

use super::{Overrides, SettingError};
use crate::redis_link::Address;

/// The highest number of replicas: with more, hardly anything of the documented limits is left to each while Redis is away.
pub(super) const MAX_REPLICAS: u32 = 64;

pub(super) fn redis(set: &Overrides) -> Result<Option<Address>, SettingError> {
    let address = set.redis.as_deref().map(str::parse);
    Ok(address.transpose()?)
}

/// Without a Redis, one replica is the rule. With one there are more, and nobody else knows how many.
pub(super) fn replicas(set: &Overrides) -> Result<u32, SettingError> {
    match set.replicas {
        Some(replicas) if (1..=MAX_REPLICAS).contains(&replicas) => Ok(replicas),
        Some(_) => Err(SettingError::Replicas),
        None if set.redis.is_some() => Err(SettingError::MissingReplicas),
        None => Ok(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis_link::InvalidUrl;

    fn set(redis: Option<&str>, replicas: Option<u32>) -> Overrides {
        Overrides {
            redis: redis.map(str::to_owned),
            replicas,
            ..Overrides::default()
        }
    }

    #[test]
    fn who_shares_an_account_says_with_how_many() {
        let url = Some("redis://localhost");
        for (redis, count, replicas) in [
            (None, None, Ok(1)),
            (None, Some(4), Ok(4)),
            (url, Some(64), Ok(64)),
            (url, None, Err(SettingError::MissingReplicas)),
            (url, Some(0), Err(SettingError::Replicas)),
            (None, Some(65), Err(SettingError::Replicas)),
        ] {
            assert_eq!(super::replicas(&set(redis, count)), replicas);
        }
    }

    #[test]
    fn an_address_that_was_lost_stops_the_start() {
        assert!(redis(&set(None, None)).unwrap().is_none());
        for lost in ["", " ", "nonsense"] {
            let refusal = redis(&set(Some(lost), Some(2))).unwrap_err();
            assert_eq!(refusal, SettingError::Redis(InvalidUrl));
        }
    }
}
