//! Whose parcels are served. Real and simulated data never mix.

use reqwest::Url;

use super::{Overrides, SettingError, UpstreamChoice};
use crate::upstream::{ApiKey, DOCUMENTED_BASE_URL, parse_base_url};

/// Where the parcels come from.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// A sandbox in this process, whose clock runs at this speed.
    Sandbox {
        /// Simulated seconds per second.
        speed: f64,
    },
    /// A TrackingMore account.
    TrackingMore {
        /// The address of version 2 of the API.
        base_url: Url,
        /// The account's key.
        api_key: ApiKey,
    },
}

/// A key means a real account; without one the data is simulated. `--upstream` says it explicitly, so that a lost key
/// stops the start instead of serving pretended data.
pub(super) fn resolve(set: &Overrides) -> Result<Upstream, Vec<SettingError>> {
    let key = set.trackingmore_api_key.as_deref().map(str::trim);
    let choice = set.upstream.unwrap_or(match key {
        Some(_) => UpstreamChoice::Trackingmore,
        None => UpstreamChoice::Sandbox,
    });
    match choice {
        UpstreamChoice::Sandbox if set.upstream_url.is_some() => Err(vec![SettingError::UnusedUrl]),
        UpstreamChoice::Sandbox => Ok(Upstream::Sandbox {
            speed: set.sandbox_speed.unwrap_or_default().into(),
        }),
        UpstreamChoice::Trackingmore => match (base_url(set), api_key(key)) {
            (Ok(base_url), Ok(api_key)) => Ok(Upstream::TrackingMore { base_url, api_key }),
            (base_url, api_key) => Err(base_url.err().into_iter().chain(api_key.err()).collect()),
        },
    }
}

fn base_url(set: &Overrides) -> Result<Url, SettingError> {
    let url = set.upstream_url.as_deref().unwrap_or(DOCUMENTED_BASE_URL);
    Ok(parse_base_url(url)?)
}

fn api_key(key: Option<&str>) -> Result<ApiKey, SettingError> {
    match key {
        None => Err(SettingError::MissingKey),
        Some("") => Err(SettingError::EmptyKey),
        Some(key) => Ok(ApiKey::parse(key)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_key(key: &str) -> Overrides {
        Overrides {
            trackingmore_api_key: Some(key.to_owned()),
            ..Overrides::default()
        }
    }

    #[test]
    fn a_key_means_the_real_account() {
        let upstream = resolve(&with_key("secret")).unwrap();
        let Upstream::TrackingMore { base_url, .. } = upstream else {
            panic!("{upstream:?}")
        };
        assert_eq!(base_url.as_str(), DOCUMENTED_BASE_URL);
    }

    #[test]
    fn an_empty_key_stops_the_start() {
        for key in ["", "  "] {
            assert_eq!(
                resolve(&with_key(key)).unwrap_err(),
                [SettingError::EmptyKey]
            );
        }
    }

    #[test]
    fn pretended_data_is_never_served_in_place_of_real_data() {
        let lost_key = Overrides {
            upstream: Some(UpstreamChoice::Trackingmore),
            ..Overrides::default()
        };
        assert_eq!(resolve(&lost_key).unwrap_err(), [SettingError::MissingKey]);
        let only_an_address = Overrides {
            upstream_url: Some("https://api.example.com/v2".to_owned()),
            ..Overrides::default()
        };
        assert_eq!(
            resolve(&only_an_address).unwrap_err(),
            [SettingError::UnusedUrl]
        );
    }

    #[test]
    fn an_explicit_sandbox_ignores_a_key() {
        let set = Overrides {
            upstream: Some(UpstreamChoice::Sandbox),
            ..with_key("secret")
        };
        assert!(matches!(resolve(&set).unwrap(), Upstream::Sandbox { .. }));
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for bad in [
            "",
            "api.trackingmore.com",
            "ftp://api.trackingmore.com",
            "https://me:secret@api.trackingmore.com",
        ] {
            let set = Overrides {
                upstream_url: Some(bad.to_owned()),
                ..with_key("secret")
            };
            let errors = resolve(&set).unwrap_err();
            assert!(matches!(errors[..], [SettingError::Url(_)]), "{bad}");
        }
    }
}
