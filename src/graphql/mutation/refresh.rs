//! Asking carriers now.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::graphql::context::{tracker, usage};
use crate::graphql::error::Failure;
use crate::graphql::input::{CourierNeedsInput, Reader, correction};
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::TrackingRef;
use crate::graphql::tracking::Tracking;
use crate::graphql::user_error::{Blame, Path, UserError, UserErrorCode, expected};
use crate::graphql::warning::Warning;
use crate::model::{RealtimeOptions, TrackingKey, stated, whole_seconds};
use crate::tracker::Refreshed;

#[derive(Default)]
pub(super) struct RefreshMutation;

#[Object]
impl RefreshMutation {
    /// Asks the carrier about a parcel now. Costs quota (how much is not documented), takes one of the few turns a second
    /// that the whole account has (three unless set otherwise), and can take a minute. The same parcel can be asked for
    /// once per two hours, unless set otherwise; before that `userErrors` says when.
    async fn refresh_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
        #[graphql(desc = "What the carrier is told along; some tell nothing without.")]
        options: Option<RefreshOptions>,
    ) -> Outcome<RefreshTrackingPayload> {
        refresh(context, reference, options).await.into()
    }
}

/// What a carrier is told along. Blank texts count as left out. Nothing of it is kept in the account.
#[derive(InputObject)]
pub(super) struct RefreshOptions {
    /// The country that it goes to, as its ISO 3166-1 alpha-2 code, such as `US`.
    destination_country_code: Option<String>,
    /// What some couriers want to know before they tell anything.
    courier_needs: Option<CourierNeedsInput>,
    /// The shop's order id.
    order_id: Option<String>,
    /// When the order was placed, in the shop's wall time, such as `2017/8/27 16:51`.
    order_time: Option<String>,
    /// The language of the checkpoints as two letters, such as `en`, or `cn` for simplified Chinese. It counts only for
    /// carriers that write in several languages.
    language: Option<String>,
    /// `true`: TrackingMore must not replace the carrier by one that it thinks fits the number better.
    keep_carrier: Option<bool>,
    /// A remark.
    comment: Option<String>,
}

impl RefreshOptions {
    fn parse(self, path: Path) -> Result<RealtimeOptions, Vec<UserError>> {
        let mut reader = Reader::of(path);
        let options = RealtimeOptions {
            destination_country: reader
                .country("destinationCountryCode", self.destination_country_code),
            courier_needs: reader.courier_needs(self.courier_needs),
            order_id: self.order_id.and_then(stated),
            order_time: reader.wall_time("orderTime", self.order_time),
            language: reader.language("language", self.language),
            carrier_correction: correction(self.keep_carrier),
            comment: self.comment.and_then(stated),
        };
        reader.finish(Some(options))
    }
}

/// What `refreshTracking` did.
#[derive(SimpleObject)]
pub(super) struct RefreshTrackingPayload {
    /// The tracking as the carrier reports it now, or as it was known before if the carrier was not asked.
    tracking: Option<Outcome<Tracking>>,
    /// Why the carrier was not asked or gave no answer; empty if all went well.
    user_errors: Vec<UserError>,
    /// What looks wrong about the number, such as its check digit. The carrier was asked all the same.
    warnings: Vec<Warning>,
}

impl RefreshTrackingPayload {
    fn refused(user_errors: Vec<UserError>, warnings: Vec<Warning>) -> Self {
        Self {
            tracking: None,
            user_errors,
            warnings,
        }
    }
}

fn parse(
    reference: &TrackingRef,
    options: Option<RefreshOptions>,
) -> Result<(TrackingKey, RealtimeOptions), Vec<UserError>> {
    let key = reference.key();
    let key = key.map_err(|invalid| vec![UserError::invalid_ref(&Path::to("ref"), &invalid)]);
    let options = options.map_or_else(
        || Ok(RealtimeOptions::default()),
        |options| options.parse(Path::to("options")),
    );
    match (key, options) {
        (Ok(key), Ok(options)) => Ok((key, options)),
        (key, options) => Err([key.err(), options.err()]
            .into_iter()
            .flatten()
            .flatten()
            .collect()),
    }
}

async fn refresh(
    context: &Context<'_>,
    reference: TrackingRef,
    options: Option<RefreshOptions>,
) -> Result<RefreshTrackingPayload, Failure> {
    let (key, options) = match parse(&reference, options) {
        Ok(parsed) => parsed,
        Err(errors) => return Ok(RefreshTrackingPayload::refused(errors, Vec::new())),
    };
    let warnings = Warning::of_number(Path::to("ref"), &key);
    match tracker(context)
        .refresh(usage(context), &key, &options)
        .await
    {
        Ok(Refreshed::Asked(reading)) => Ok(RefreshTrackingPayload {
            tracking: Some(Outcome::Value(Tracking(reading))),
            user_errors: Vec::new(),
            warnings,
        }),
        Ok(Refreshed::CoolingDown { retry_after }) => {
            let message = format!(
                "the carrier was asked about this parcel a short while ago; ask again in {} s",
                whole_seconds(retry_after)
            );
            let error = UserError::new(Path::to("ref"), UserErrorCode::CoolingDown, message);
            // Not by the operation's loader, which does not know of changes that the operation made before.
            let keys = std::slice::from_ref(&key);
            let mut known = tracker(context).look_up(usage(context), keys).await;
            let known = known.remove(&key);
            Ok(RefreshTrackingPayload {
                tracking: known.map(|known| known.map(Tracking).into()),
                user_errors: vec![error.with_retry_after(retry_after)],
                warnings,
            })
        }
        Err(error) => expected(error, Blame::reference(Path::to("ref")))
            .map(|error| RefreshTrackingPayload::refused(vec![error], warnings)),
    }
}
