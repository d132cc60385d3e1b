//! Countries in the schema.

use std::borrow::Cow;

use async_graphql::Object;

use super::direct::{Sight, object};
use super::mask::shown;
use super::tracking::Parcel;
use crate::model::{self, CountryCode};

/// A country, as the upstream named it or by its code alone.
pub(super) enum Country<'a> {
    /// As an answer about this parcel names it.
    Named(&'a model::Country, &'a Parcel),
    Coded(CountryCode),
}

object! {
    /// A country.
    #[Object]
    impl Country<'_> {
        /// The two letters of ISO 3166-1, such as `CN`; null where TrackingMore's name for it leaves doubts.
        fn code(&self) -> Option<String> {
            let code = match self {
                Self::Named(country, _) => country.code()?,
                Self::Coded(code) => *code,
            };
            Some(code.as_str().to_owned())
        }

        /// The English name as TrackingMore writes it, such as `China` or `Hong Kong [CN]`.
        fn name(&self, sight: &Sight<'_>) -> Cow<'_, str> {
            match self {
                Self::Named(country, of) => shown(sight.caller(), of, country.name()),
                Self::Coded(code) => Cow::Borrowed(code.english_name()),
            }
        }
    }
}
