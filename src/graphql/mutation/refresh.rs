//! Asking carriers now.

use std::time::Duration as Length;

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::auth::Scope;
use crate::graphql::context::{tracker, usage};
use crate::graphql::duration::Duration;
use crate::graphql::error::Failure;
use crate::graphql::input::{CourierNeedsInput, Reader, correction};
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::TrackingRef;
use crate::graphql::refresh::{RefreshTicket, cooling_down, failed};
use crate::graphql::scope::{all, requires};
use crate::graphql::tracking::Tracking;
use crate::graphql::user_error::{Path, UserError};
use crate::graphql::warning::Warning;
use crate::model::{RealtimeOptions, TrackingKey, stated};

#[derive(Default)]
pub(super) struct RefreshMutation;

#[Object]
impl RefreshMutation {
    /// Asks the carrier about a parcel now. Costs quota (how much is not documented), takes one of the few turns a second
    /// that the whole account has (three unless set otherwise), and can take a minute. So this answers at once with what is
    /// known and a `ticket`, or waits until the `deadline`; the subscription `refreshed` tells the end. Those who want the
    /// same parcel meanwhile share the call. A parcel can be asked for once per two hours, unless set otherwise; before that
    /// this gives the last result, and `ticket.cooldownUntil` says when.
    #[graphql(directive = requires::apply(all(&[Scope::Realtime])))]
    async fn refresh_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
        #[graphql(desc = "What the carrier is told along; some tell nothing without.")]
        options: Option<RefreshOptions>,
        #[graphql(
            desc = "How long to wait for the carrier's answer. Nobody waits longer than the server lets anybody wait (15 seconds unless set otherwise); left out, nobody waits."
        )]
        deadline: Option<Duration>,
    ) -> Outcome<RefreshTrackingPayload> {
        refresh(context, reference, options, deadline).await.into()
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
    /// The tracking as the carrier reports it now, or as it was known before if he has not answered; null if nothing was
    /// known.
    tracking: Option<Outcome<Tracking>>,
    /// Why the carrier was not asked or gave no answer; empty if all went well.
    user_errors: Vec<UserError>,
    /// With what its end can be found; null if `userErrors` says why there is none.
    ticket: Option<RefreshTicket>,
    /// What looks wrong about the number, such as its check digit. The carrier was asked all the same.
    warnings: Vec<Warning>,
}

impl RefreshTrackingPayload {
    fn refused(user_errors: Vec<UserError>, warnings: Vec<Warning>) -> Self {
        Self {
            tracking: None,
            ticket: None,
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
    deadline: Option<Duration>,
) -> Result<RefreshTrackingPayload, Failure> {
    let (key, options) = match parse(&reference, options) {
        Ok(parsed) => parsed,
        Err(errors) => return Ok(RefreshTrackingPayload::refused(errors, Vec::new())),
    };
    let warnings = Warning::of_number(Path::to("ref"), &key);
    let deadline = deadline.map_or(Length::ZERO, |deadline| deadline.0);
    let refreshing = tracker(context).refresh(usage(context), &key, &options, deadline);
    match refreshing.await {
        Ok(refresh) => Ok(RefreshTrackingPayload {
            user_errors: Vec::from_iter(cooling_down(&refresh)),
            tracking: refresh
                .reading
                .map(|reading| Outcome::Value(Tracking::from(reading))),
            ticket: Some(refresh.ticket.into()),
            warnings,
        }),
        Err(error) => {
            failed(error).map(|error| RefreshTrackingPayload::refused(vec![error], warnings))
        }
    }
}
