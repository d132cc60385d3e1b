//! Changing what the shop wrote on parcels.

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object, SimpleObject};

use super::rows::read_rows;
use crate::auth::Scope;
use crate::graphql::context::{tracker, usage};
use crate::graphql::error::Failure;
use crate::graphql::input::{Reader, text_change};
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{TrackingRef, check_count};
use crate::graphql::scope::{all, requires};
use crate::graphql::tracking::Tracking;
use crate::graphql::user_error::{Blame, Path, UserError, expected};
use crate::model::{Change, StatusOverride as ModelOverride, TrackingChanges, TrackingKey};
use crate::tracker::{Changed, TrackerError};

#[derive(Default)]
pub(super) struct UpdateMutation;

#[Object]
impl UpdateMutation {
    /// Changes what the shop wrote on a parcel. What is left out stays, what is null or blank is emptied. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite])))]
    async fn update_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcel, and what becomes of it.")] input: UpdateTrackingInput,
    ) -> Outcome<UpdateTrackingPayload> {
        update(context, input).await.into()
    }

    /// Changes what the shop wrote on up to 200 parcels, forty a call and a call a second, unless set otherwise. A
    /// row that is refused does not keep the others from being changed. What is not sent yet when the client hangs up is
    /// not sent. TrackingMore does not change `customerPhone` in such calls. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite])))]
    async fn update_trackings(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Which parcels, 200 at the most, each named once, and what becomes of them."
        )]
        inputs: Vec<UpdateTrackingInput>,
    ) -> Outcome<UpdateTrackingsPayload> {
        if let Err(failure) = check_count("inputs", inputs.len()) {
            return Outcome::Failed(failure);
        }
        Outcome::Value(update_many(context, inputs).await)
    }
}

/// Changes to what the shop wrote on a parcel. What is left out stays, what is null or blank is emptied.
#[derive(InputObject)]
pub(super) struct UpdateTrackingInput {
    /// Which parcel.
    #[graphql(name = "ref")]
    reference: TrackingRef,
    /// The shop's title for it.
    title: MaybeUndefined<String>,
    /// The shop's order id.
    order_id: MaybeUndefined<String>,
    /// The recipient's name.
    customer_name: MaybeUndefined<String>,
    /// The recipient's mail address. TrackingMore writes to it if the account is set up so.
    customer_email: MaybeUndefined<String>,
    /// The recipient's phone number; only `updateTracking` can change it.
    customer_phone: MaybeUndefined<String>,
    /// The service by which it was sent, in the shop's words.
    logistics_channel: MaybeUndefined<String>,
    /// The country that it goes to, as its ISO 3166-1 alpha-2 code, such as `US`.
    destination_country_code: MaybeUndefined<String>,
    /// `true` puts it away, `false` takes it out again. It cannot be emptied.
    archived: MaybeUndefined<bool>,
    /// Sets the status by hand, or gives it back to TrackingMore. It cannot be emptied.
    status: MaybeUndefined<StatusOverride>,
}

/// The statuses that can be set by hand.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatusOverride {
    /// It has been delivered.
    Delivered,
    /// Something is wrong with it.
    Exception,
    /// Back to what the carrier says.
    Automatic,
}

impl From<StatusOverride> for ModelOverride {
    fn from(status: StatusOverride) -> Self {
        match status {
            StatusOverride::Delivered => Self::Delivered,
            StatusOverride::Exception => Self::Exception,
            StatusOverride::Automatic => Self::Automatic,
        }
    }
}

type Row = (TrackingKey, TrackingChanges);

impl UpdateTrackingInput {
    fn parse(self, path: Path) -> Result<Row, Vec<UserError>> {
        let mut reader = Reader::of(path);
        let key = reader.reference(&self.reference);
        let changes = TrackingChanges {
            title: text_change(self.title),
            order_id: text_change(self.order_id),
            customer_name: text_change(self.customer_name),
            customer_email: text_change(self.customer_email),
            customer_phone: text_change(self.customer_phone),
            logistics_channel: text_change(self.logistics_channel),
            destination_country: reader
                .country_change("destinationCountryCode", self.destination_country_code),
            archived: reader.not_null("archived", self.archived),
            status: reader.not_null("status", self.status).map(Into::into),
        };
        if reader.is_content() && changes == TrackingChanges::default() {
            reader.refuse_all("nothing is to be changed: give at least one field besides ref");
        }
        reader.finish(key.map(|key| (key, changes)))
    }

    /// The same for a row of a list, which the upstream reads differently.
    fn parse_row(self, path: Path) -> Result<Row, Vec<UserError>> {
        let (key, changes) = self.parse(path.clone())?;
        if changes.customer_phone == Change::Keep {
            return Ok((key, changes));
        }
        let message =
            "TrackingMore changes a phone number for one parcel at a time only: use updateTracking";
        Err(vec![UserError::invalid(path.at("customerPhone"), message)])
    }
}

/// What `updateTracking` did.
#[derive(SimpleObject)]
pub(super) struct UpdateTrackingPayload {
    /// The tracking after the change, in which what the carrier said is as old as it was before. Null if there are
    /// `userErrors`, or, beside an error that says why, if it cannot be told at the moment.
    tracking: Option<Outcome<Tracking>>,
    /// Why nothing was changed; empty if all went well.
    user_errors: Vec<UserError>,
}

/// What `updateTrackings` did.
#[derive(SimpleObject)]
pub(super) struct UpdateTrackingsPayload {
    /// What became of each row, in the order of the input. A row of which nothing can be told is null, beside an error with
    /// its path.
    results: Vec<Outcome<UpdateTrackingPayload>>,
}

impl UpdateTrackingPayload {
    fn changed(changed: Changed) -> Self {
        Self {
            tracking: Some(changed.tracking.map(Tracking::from).into()),
            user_errors: Vec::new(),
        }
    }

    fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            tracking: None,
            user_errors,
        }
    }
}

async fn update(
    context: &Context<'_>,
    input: UpdateTrackingInput,
) -> Result<UpdateTrackingPayload, Failure> {
    let path = Path::to("input");
    let (key, changes) = match input.parse(path.clone()) {
        Ok(row) => row,
        Err(errors) => return Ok(UpdateTrackingPayload::refused(errors)),
    };
    match tracker(context).update(usage(context), key, changes).await {
        Ok(changed) => Ok(UpdateTrackingPayload::changed(changed)),
        Err(error) => expected(error, Blame::update(path))
            .map(|error| UpdateTrackingPayload::refused(vec![error])),
    }
}

async fn update_many(
    context: &Context<'_>,
    inputs: Vec<UpdateTrackingInput>,
) -> UpdateTrackingsPayload {
    let parse = |path, input: UpdateTrackingInput| input.parse_row(path);
    let (rows, places) = read_rows("inputs", inputs, parse, |(key, _): &Row| key);
    let answers = tracker(context).update_many(usage(context), rows).await;
    let answered = |path: Path, answer: Result<Changed, TrackerError>| match answer {
        Ok(changed) => Outcome::Value(UpdateTrackingPayload::changed(changed)),
        Err(error) => expected(error, Blame::update(path))
            .map(|error| UpdateTrackingPayload::refused(vec![error]))
            .into(),
    };
    UpdateTrackingsPayload {
        results: places.filled(answers, answered, UpdateTrackingPayload::refused),
    }
}
