//! Countries in the schema.

use async_graphql::Object;

use crate::model::{self, CountryCode};

/// A country, as the upstream named it or by its code alone.
pub(super) enum Country<'a> {
    Named(&'a model::Country),
    Coded(CountryCode),
}

/// A country.
#[Object]
impl Country<'_> {
    /// The two letters of ISO 3166-1, such as `CN`; null where TrackingMore's name for it leaves doubts.
    async fn code(&self) -> Option<String> {
        let code = match self {
            Self::Named(country) => country.code()?,
            Self::Coded(code) => *code,
        };
        Some(code.as_str().to_owned())
    }

    /// The English name as TrackingMore writes it, such as `China` or `Hong Kong [CN]`.
    async fn name(&self) -> &str {
        match self {
            Self::Named(country) => country.name(),
            Self::Coded(code) => code.english_name(),
        }
    }
}
