//! Asking about carriers.

use async_graphql::{Context, Object};

use crate::auth::Scope;
use crate::graphql::argument;
use crate::graphql::carrier::{Carrier, carrier};
use crate::graphql::carrier_connection::{CarrierConnection, connection};
use crate::graphql::connection::PageArguments;
use crate::graphql::context::{tracker, usage};
use crate::graphql::error::Failure;
use crate::graphql::outcome::Outcome;
use crate::graphql::scope::{all, requires};
use crate::model::{CarrierCode, TrackingNumber};

#[derive(Default)]
pub(super) struct CarrierQuery;

#[Object]
impl CarrierQuery {
    /// The carriers that TrackingMore knows, in its order. The list is fetched once a day. Costs no quota.
    #[allow(clippy::too_many_arguments)]
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn carriers(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "How many from the beginning, from 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes behind the carrier with this cursor.")] after: Option<
            String,
        >,
        #[graphql(desc = "How many from the end, from 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before the carrier with this cursor.")] before: Option<
            String,
        >,
        #[graphql(
            desc = "Only carriers whose code, name or Chinese name holds this text; case does not matter."
        )]
        search: Option<String>,
        #[graphql(
            desc = "Only carriers of this country, as its ISO 3166-1 alpha-2 code. TrackingMore does not tell the country of every carrier."
        )]
        country_code: Option<String>,
    ) -> Outcome<CarrierConnection> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        connection(context, arguments, search, country_code)
            .await
            .into()
    }

    /// One carrier by its code. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn carrier(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code at TrackingMore, such as `china-ems`. Case does not matter.")]
        code: String,
    ) -> Outcome<Carrier> {
        match CarrierCode::parse(&code) {
            Ok(code) => carrier(context, code).await.into(),
            Err(invalid) => Outcome::Failed(Failure::bad_input(invalid.to_string())),
        }
    }

    /// The carriers that may have given a number, the likeliest first; empty if none fits. Costs 0.2 quota, unless the same
    /// was asked for within a day.
    #[graphql(directive = requires::apply(all(&[Scope::QuotaSpend])))]
    async fn detect_carriers(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The number on the parcel: 5 to 64 letters, digits, hyphens or underscores."
        )]
        number: String,
        #[graphql(
            desc = "In which language the names are wanted, as two letters such as `en`, or `cn` for simplified Chinese."
        )]
        language: Option<String>,
    ) -> Outcome<Vec<Carrier>> {
        detect(context, &number, language).await.into()
    }
}

async fn detect(
    context: &Context<'_>,
    number: &str,
    language: Option<String>,
) -> Result<Vec<Carrier>, Failure> {
    let number =
        TrackingNumber::parse(number).map_err(|invalid| Failure::bad_input(invalid.to_string()))?;
    let language = argument::language("language", language)?;
    let detected = tracker(context)
        .detect_carriers(usage(context), number, language)
        .await?;
    let carriers = detected.iter();
    Ok(carriers
        .map(|carrier| Carrier::named(carrier.code.clone(), carrier.name.clone()))
        .collect())
}
