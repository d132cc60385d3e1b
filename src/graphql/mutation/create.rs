//! Adding parcels to the account.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::rows::read_rows;
use crate::auth::Scope;
use crate::graphql::context::{tracker, usage};
use crate::graphql::error::Failure;
use crate::graphql::input::{CourierNeedsInput, Reader, correction};
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::check_count;
use crate::graphql::scope::{all, requires};
use crate::graphql::tracking::Tracking;
use crate::graphql::user_error::{Blame, NUMBER, Path, UserError, expected};
use crate::graphql::warning::Warning;
use crate::model::{NewTracking, TrackingKey, stated};
use crate::tracker::{Reading, TrackerError};

#[derive(Default)]
pub(super) struct CreateMutation;

#[Object]
impl CreateMutation {
    /// Adds a parcel to the account. Costs 1 quota for each new number and carrier. Checkpoints appear later, when
    /// TrackingMore has asked the carrier: within minutes or hours.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite, Scope::QuotaSpend])))]
    async fn create_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The parcel and what the shop wants to remember of it.")]
        input: CreateTrackingInput,
    ) -> Outcome<CreateTrackingPayload> {
        create(context, input).await.into()
    }

    /// Adds up to 200 parcels to the account, forty a call and a call a second, unless set otherwise. Costs 1 quota for
    /// each new number and carrier. A row that is refused does not keep the others from being added. When TrackingMore
    /// fails in the middle, the rows that were not sent say so. What is not sent yet when the client hangs up is not
    /// sent.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite, Scope::QuotaSpend])))]
    async fn create_trackings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The parcels, 200 at the most, each named once.")] inputs: Vec<
            CreateTrackingInput,
        >,
    ) -> Outcome<CreateTrackingsPayload> {
        if let Err(failure) = check_count("inputs", inputs.len()) {
            return Outcome::Failed(failure);
        }
        Outcome::Value(create_many(context, inputs).await)
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
    /// When the order was placed, in the shop's wall time, such as `2017/8/27 16:51`.
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
    /// What some couriers want to know before they tell anything.
    courier_needs: Option<CourierNeedsInput>,
    /// The language of the checkpoints as two letters, such as `en`, or `cn` for simplified Chinese. It counts only for
    /// carriers that write in several languages, and only now.
    language: Option<String>,
    /// `true`: TrackingMore must not replace the carrier by one that it thinks fits the number better.
    keep_carrier: Option<bool>,
}

impl CreateTrackingInput {
    fn parse(self, path: Path) -> Result<NewTracking, Vec<UserError>> {
        let mut reader = Reader::of(path);
        let key = reader.key(&self.carrier_code, &self.tracking_number);
        let order_time = reader.wall_time("orderTime", self.order_time);
        let destination_country =
            reader.country("destinationCountryCode", self.destination_country_code);
        let courier_needs = reader.courier_needs(self.courier_needs);
        let language = reader.language("language", self.language);
        reader.finish(key.map(|key| NewTracking {
            key,
            title: self.title.and_then(stated),
            order_id: self.order_id.and_then(stated),
            order_time,
            comment: self.comment.and_then(stated),
            customer_name: self.customer_name.and_then(stated),
            customer_email: self.customer_email.and_then(stated),
            customer_phone: self.customer_phone.and_then(stated),
            logistics_channel: self.logistics_channel.and_then(stated),
            destination_country,
            courier_needs,
            language,
            carrier_correction: correction(self.keep_carrier),
        }))
    }
}

/// What `createTracking` did.
#[derive(SimpleObject)]
pub(super) struct CreateTrackingPayload {
    /// The new tracking; null if there are `userErrors`.
    tracking: Option<Tracking>,
    /// Why there is no new tracking; empty if all went well.
    user_errors: Vec<UserError>,
    /// What looks wrong about the number, such as its check digit. The tracking was added all the same.
    warnings: Vec<Warning>,
}

/// What `createTrackings` did.
#[derive(SimpleObject)]
pub(super) struct CreateTrackingsPayload {
    /// What became of each row, in the order of the input. A row of which nothing can be told is null, beside an error with
    /// its path.
    results: Vec<Outcome<CreateTrackingPayload>>,
}

impl CreateTrackingPayload {
    fn added(reading: Reading, warnings: Vec<Warning>) -> Self {
        Self {
            tracking: Some(Tracking::from(reading)),
            user_errors: Vec::new(),
            warnings,
        }
    }

    fn refused(user_errors: Vec<UserError>, warnings: Vec<Warning>) -> Self {
        Self {
            tracking: None,
            user_errors,
            warnings,
        }
    }
}

async fn create(
    context: &Context<'_>,
    input: CreateTrackingInput,
) -> Result<CreateTrackingPayload, Failure> {
    let path = Path::to("input");
    let new = match input.parse(path.clone()) {
        Ok(new) => new,
        Err(errors) => return Ok(CreateTrackingPayload::refused(errors, Vec::new())),
    };
    let warnings = Warning::of_number(path.at(NUMBER), &new.key);
    match tracker(context).create(usage(context), new).await {
        Ok(reading) => Ok(CreateTrackingPayload::added(reading, warnings)),
        Err(error) => expected(error, Blame::input(path))
            .map(|error| CreateTrackingPayload::refused(vec![error], warnings)),
    }
}

async fn create_many(
    context: &Context<'_>,
    inputs: Vec<CreateTrackingInput>,
) -> CreateTrackingsPayload {
    let parse = |path, input: CreateTrackingInput| input.parse(path);
    let (rows, places) = read_rows("inputs", inputs, parse, |new: &NewTracking| &new.key);
    let keys: Vec<_> = rows.iter().map(|new| new.key.clone()).collect();
    let answers = tracker(context).create_many(usage(context), rows).await;
    let answered = |path: Path, (key, answer): (TrackingKey, Result<Reading, TrackerError>)| {
        let warnings = Warning::of_number(path.at(NUMBER), &key);
        match answer {
            Ok(reading) => Outcome::Value(CreateTrackingPayload::added(reading, warnings)),
            Err(error) => expected(error, Blame::input(path))
                .map(|error| CreateTrackingPayload::refused(vec![error], warnings))
                .into(),
        }
    };
    let refused = |errors| CreateTrackingPayload::refused(errors, Vec::new());
    CreateTrackingsPayload {
        results: places.filled(keys.into_iter().zip(answers), answered, refused),
    }
}
