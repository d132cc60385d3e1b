//! Having parcels tracked under another carrier.

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::auth::Scope;
use crate::graphql::context::{tracker, usage};
use crate::graphql::error::Failure;
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{TrackingRef, id_of};
use crate::graphql::scope::{all, requires};
use crate::graphql::tracking::Tracking;
use crate::graphql::user_error::{Blame, CARRIER, Path, UserError, UserErrorCode, expected};
use crate::graphql::warning::Warning;
use crate::model::{CarrierCode, TrackingKey};
use crate::tracker::Moved;

#[derive(Default)]
pub(super) struct CarrierMutation;

#[Object]
impl CarrierMutation {
    /// Has a parcel tracked under another carrier. It gets another id by that. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite])))]
    async fn change_carrier(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
        #[graphql(desc = "The new carrier's code at TrackingMore, such as `china-ems`.")]
        carrier_code: String,
    ) -> Outcome<ChangeCarrierPayload> {
        change(context, reference, carrier_code).await.into()
    }
}

/// What `changeCarrier` did.
#[derive(SimpleObject)]
pub(super) struct ChangeCarrierPayload {
    /// The tracking under its new carrier; null if there are `userErrors`, or, beside an error that says why, if it
    /// cannot be told at the moment.
    tracking: Option<Outcome<Tracking>>,
    /// The id of the tracking under its new carrier; null if there are `userErrors`.
    tracking_id: Option<ID>,
    /// The id that it had before and that leads nowhere any more; null if there are `userErrors`.
    previous_id: Option<ID>,
    /// Why the carrier was not changed; empty if all went well.
    user_errors: Vec<UserError>,
    /// What looks wrong about the number at the new carrier, such as its check digit. The carrier was changed all the same.
    warnings: Vec<Warning>,
}

impl ChangeCarrierPayload {
    fn changed(before: &TrackingKey, moved: Moved) -> Self {
        Self {
            warnings: Warning::of_number(Path::to("ref"), &moved.key),
            tracking_id: Some(id_of(&moved.key)),
            previous_id: Some(id_of(before)),
            tracking: Some(moved.tracking.map(Tracking::from).into()),
            user_errors: Vec::new(),
        }
    }

    fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            tracking: None,
            tracking_id: None,
            previous_id: None,
            user_errors,
            warnings: Vec::new(),
        }
    }
}

async fn change(
    context: &Context<'_>,
    reference: TrackingRef,
    carrier_code: String,
) -> Result<ChangeCarrierPayload, Failure> {
    let mut errors = Vec::new();
    let key = reference.key();
    let key = key.map_err(|invalid| {
        errors.push(UserError::invalid_ref(&Path::to("ref"), &invalid));
    });
    let carrier = CarrierCode::parse(&carrier_code);
    let carrier = carrier.map_err(|invalid| {
        errors.push(UserError::invalid(Path::to(CARRIER), invalid));
    });
    let (Ok(key), Ok(carrier)) = (key, carrier) else {
        return Ok(ChangeCarrierPayload::refused(errors));
    };
    if key.carrier == carrier {
        let message = format!("the parcel is tracked under {carrier} already");
        let error = UserError::new(Path::to(CARRIER), UserErrorCode::Invalid, message);
        return Ok(ChangeCarrierPayload::refused(vec![error]));
    }
    let outcome = tracker(context)
        .change_carrier(usage(context), key.clone(), carrier)
        .await;
    match outcome {
        Ok(moved) => Ok(ChangeCarrierPayload::changed(&key, moved)),
        Err(error) => {
            let blame = Blame::new_carrier(Path::to("ref"), Path::to(CARRIER));
            expected(error, blame).map(|error| ChangeCarrierPayload::refused(vec![error]))
        }
    }
}
