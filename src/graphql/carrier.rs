//! Who carries parcels.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::context::{tracker, usage};
use super::country::Country;
use super::direct::{Sight, object};
use super::error::{ErrorCode, Failure};
use super::outcome::Outcome;
use super::reference;
use crate::model::{self, CarrierCode, CarrierKind as ModelKind, Language};
use crate::tracker::Carriers;

/// A carrier by its code; the rest is looked up in TrackingMore's list when somebody asks for it.
pub(super) struct Carrier {
    code: CarrierCode,
    /// A name that was told along with the code.
    name: Option<String>,
}

impl Carrier {
    pub(super) fn coded(code: CarrierCode) -> Self {
        Self { code, name: None }
    }

    pub(super) fn named(code: CarrierCode, name: Option<String>) -> Self {
        Self { code, name }
    }
}

object! {
    /// A company that carries parcels, as TrackingMore knows it. Everything but id and code is from TrackingMore's list of
    /// carriers, which is fetched once a day and costs no quota; it is null for a carrier that the list does not hold.
    #[Object]
    impl Carrier {
        /// Names this carrier for ever, on every server.
        pub(super) fn id(&self) -> ID {
            reference::id_of_carrier(&self.code)
        }

        /// The code at TrackingMore, in lower case, such as `china-ems`.
        fn code(&self) -> &str {
            self.code.as_str()
        }

        /// The name, such as `China EMS`.
        fn name(
            &self,
            sight: &Sight<'_>,
            #[graphql(desc = "In which language; as TrackingMore calls it if left out.")]
            language: Option<CarrierLanguage>,
        ) -> Outcome<Option<String>> {
            match (&self.name, language) {
                (Some(name), None) => Outcome::Value(Some(name.clone())),
                _ => self.look_up(sight, language, |carrier| carrier.name.clone()),
            }
        }

        /// The Chinese name.
        fn chinese_name(&self, sight: &Sight<'_>) -> Outcome<Option<String>> {
            self.look_up(sight, None, |carrier| carrier.chinese_name.clone())
        }

        /// The hotline.
        fn phone(&self, sight: &Sight<'_>) -> Outcome<Option<String>> {
            self.look_up(sight, None, |carrier| carrier.phone.clone())
        }

        /// The address of the web site. It is TrackingMore's, and never checked.
        fn homepage(&self, sight: &Sight<'_>) -> Outcome<Option<String>> {
            self.look_up(sight, None, |carrier| carrier.homepage.clone())
        }

        /// The address of the logo.
        fn logo(&self, sight: &Sight<'_>) -> Outcome<Option<String>> {
            self.look_up(sight, None, |carrier| carrier.picture.clone())
        }

        /// The address of the carrier's own tracking page.
        fn tracking_page(&self, sight: &Sight<'_>) -> Outcome<Option<String>> {
            self.look_up(sight, None, |carrier| carrier.tracking_page.clone())
        }

        /// Whether it is a courier or a post.
        fn kind(&self, sight: &Sight<'_>) -> Outcome<Option<CarrierKind>> {
            self.look_up(sight, None, |carrier| {
                carrier.kind.as_ref().map(Into::into)
            })
        }

        /// The country that it is from; TrackingMore does not tell it of every carrier.
        fn country(&self, sight: &Sight<'_>) -> Outcome<Option<Country<'_>>> {
            self.look_up(sight, None, |carrier| carrier.country.map(Country::Coded))
        }
    }
}

impl Carrier {
    fn look_up<T>(
        &self,
        sight: &Sight<'_>,
        language: Option<CarrierLanguage>,
        read: impl FnOnce(&model::Carrier) -> Option<T>,
    ) -> Outcome<Option<T>> {
        let carriers = sight.carriers(language.map(CarrierLanguage::language));
        carriers
            .map(|carriers| carriers.get(&self.code).and_then(read))
            .into()
    }
}

/// TrackingMore's list of carriers.
pub(super) async fn carriers(
    context: &Context<'_>,
    language: Option<CarrierLanguage>,
) -> Result<Arc<Carriers>, Failure> {
    let language = language.map(CarrierLanguage::language);
    Ok(tracker(context).carriers(usage(context), language).await?)
}

/// A carrier that TrackingMore's list holds.
pub(super) async fn carrier(context: &Context<'_>, code: CarrierCode) -> Result<Carrier, Failure> {
    match carriers(context, None).await?.get(&code) {
        Some(_) => Ok(Carrier::coded(code)),
        None => Err(Failure::new(
            ErrorCode::NotFound,
            format!("TrackingMore knows no carrier {code}; search with carriers(search)"),
        )),
    }
}

/// The languages of TrackingMore's list of carriers.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CarrierLanguage {
    /// English.
    En,
    /// Simplified Chinese.
    Cn,
    /// Traditional Chinese.
    Tw,
    /// Spanish.
    Es,
    /// Russian.
    Ru,
    /// Italian.
    It,
}

impl CarrierLanguage {
    fn language(self) -> Language {
        let code = match self {
            Self::En => "en",
            Self::Cn => "cn",
            Self::Tw => "tw",
            Self::Es => "es",
            Self::Ru => "ru",
            Self::It => "it",
        };
        Language::parse(code).expect("these are two letters")
    }
}

/// Kinds of carriers.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CarrierKind {
    /// A courier.
    Express,
    /// A country's post.
    Post,
    /// A kind that TrackingMore added later.
    Unknown,
}

impl From<&ModelKind> for CarrierKind {
    fn from(kind: &ModelKind) -> Self {
        match kind {
            ModelKind::Express => Self::Express,
            ModelKind::Post => Self::Post,
            ModelKind::Unknown(_) => Self::Unknown,
        }
    }
}
