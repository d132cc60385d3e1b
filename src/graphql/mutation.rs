//! What can be changed.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use jiff::civil::DateTime;

use super::error::Failure;
use super::loader::load;
use super::outcome::Outcome;
use super::payload::{
    CreateTrackingPayload, RefreshTrackingPayload, UserError, UserErrorCode, expected,
};
use super::reference::TrackingRef;
use super::tracking::Tracking;
use crate::model::{CountryCode, Language, NewTracking, TrackingKey, stated, whole_seconds};
use crate::tracker::{Refreshed, Tracker};

pub(super) struct Mutation;

/// Everything that can be changed.
#[Object]
impl Mutation {
    /// Adds a parcel to the account. Costs one quota for each new number and carrier. Checkpoints appear later, when
    /// TrackingMore has asked the carrier: within minutes or hours.
    async fn create_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The parcel and what the shop wants to remember of it.")]
        input: CreateTrackingInput,
    ) -> Outcome<CreateTrackingPayload> {
        create(context, input).await.into()
    }

    /// Asks the carrier about a parcel now. Costs quota, takes one of the few turns a second that the whole account has (three
    /// unless set otherwise), and can take a minute. The same parcel can be asked for once per two hours, unless set
    /// otherwise; before that `userErrors` says when.
    async fn refresh_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
    ) -> Outcome<RefreshTrackingPayload> {
        refresh(context, reference).await.into()
    }
}

/// A parcel that is to be added to the account. Blank texts count as left out.
#[derive(InputObject)]
pub(super) struct CreateTrackingInput {
    /// The carrier's code at TrackingMore, such as `china-ems`.
    carrier_code: String,
    /// The number on the parcel: 5 to 64 letters, digits, hyphens or underscores.
    tracking_number: String,
    /// The shop's title for it.
    title: Option<String>,
    /// The shop's order id.
    order_id: Option<String>,
    /// When the order was placed, such as `2017/8/27 16:51`.
    order_time: Option<String>,
    /// The shop's remark.
    comment: Option<String>,
    /// The recipient's name.
    customer_name: Option<String>,
    /// The recipient's mail address. TrackingMore writes to it if the account is set up so.
    customer_email: Option<String>,
    /// The recipient's phone number. TrackingMore writes to it if the account is set up so.
    customer_phone: Option<String>,
    /// The service by which it is sent, in the shop's words.
    logistics_channel: Option<String>,
    /// The country that it goes to, as its ISO 3166-1 alpha-2 code, such as `US`.
    destination_country_code: Option<String>,
    /// The language of the checkpoints as two letters, such as `en`, or `cn` for simplified Chinese. It counts only for
    /// carriers that write in several languages, and only now.
    language: Option<String>,
}

impl CreateTrackingInput {
    fn parse(self) -> Result<NewTracking, UserError> {
        let key = TrackingKey::parse(&self.carrier_code, &self.tracking_number)
            .map_err(|invalid| UserError::invalid_key(&["input"], &invalid))?;
        Ok(NewTracking {
            key,
            title: self.title.and_then(stated),
            order_id: self.order_id.and_then(stated),
            order_time: parsed(self.order_time, "orderTime", |text| {
                DateTime::strptime("%Y/%m/%d %H:%M", text)
                    .map_err(|_| "not a time such as 2017/8/27 16:51")
            })?,
            comment: self.comment.and_then(stated),
            customer_name: self.customer_name.and_then(stated),
            customer_email: self.customer_email.and_then(stated),
            customer_phone: self.customer_phone.and_then(stated),
            logistics_channel: self.logistics_channel.and_then(stated),
            destination_country: parsed(
                self.destination_country_code,
                "destinationCountryCode",
                CountryCode::parse,
            )?,
            language: parsed(self.language, "language", Language::parse)?,
            courier_needs: Default::default(),
            carrier_correction: Default::default(),
        })
    }
}

/// Reads a text that may be left out.
fn parsed<T, E: std::fmt::Display>(
    text: Option<String>,
    field: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, UserError> {
    let text = text.and_then(stated);
    let parsed = text.map(|text| parse(&text)).transpose();
    parsed.map_err(|error| UserError::invalid(&["input", field], error.to_string()))
}

async fn create(
    context: &Context<'_>,
    input: CreateTrackingInput,
) -> Result<CreateTrackingPayload, Failure> {
    let refused = |error| CreateTrackingPayload {
        tracking: None,
        user_errors: vec![error],
    };
    let new = match input.parse() {
        Ok(new) => new,
        Err(error) => return Ok(refused(error)),
    };
    let tracker = context.data_unchecked::<Arc<Tracker>>();
    match tracker.create(new).await {
        Ok(reading) => Ok(CreateTrackingPayload {
            tracking: Some(Tracking(reading)),
            user_errors: Vec::new(),
        }),
        Err(error) => expected(error.into(), &["input"]).map(refused),
    }
}

async fn refresh(
    context: &Context<'_>,
    reference: TrackingRef,
) -> Result<RefreshTrackingPayload, Failure> {
    let refused = |error, tracking| RefreshTrackingPayload {
        tracking,
        user_errors: vec![error],
    };
    let key = match reference.key() {
        Ok(key) => key,
        Err(invalid) => return Ok(refused(UserError::invalid_ref(&invalid), None)),
    };
    let tracker = context.data_unchecked::<Arc<Tracker>>();
    match tracker.refresh(&key).await {
        Ok(Refreshed::Asked(reading)) => Ok(RefreshTrackingPayload {
            tracking: Some(Outcome::Value(Tracking(reading))),
            user_errors: Vec::new(),
        }),
        Ok(Refreshed::CoolingDown { retry_after }) => {
            let message = format!(
                "the carrier was asked about this parcel a short while ago; ask again in {} s",
                whole_seconds(retry_after)
            );
            let error = UserError::new(&["ref"], UserErrorCode::CoolingDown, message);
            let known = load(context, key).await.map(Tracking);
            Ok(refused(error, Some(known.into())))
        }
        Err(error) => expected(error.into(), &["ref"]).map(|error| refused(error, None)),
    }
}
