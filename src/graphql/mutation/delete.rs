//! Taking parcels out of the account.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::rows::read_rows;
use crate::auth::Scope;
use crate::graphql::context::{tracker, usage};
use crate::graphql::error::Failure;
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{TrackingRef, check_count, id_of};
use crate::graphql::scope::{all, requires};
use crate::graphql::user_error::{Blame, Path, UserError, expected};
use crate::model::TrackingKey;
use crate::tracker::TrackerError;

#[derive(Default)]
pub(super) struct DeleteMutation;

#[Object]
impl DeleteMutation {
    /// Takes a parcel out of the account. Costs no quota, and gives none back.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite])))]
    async fn delete_tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref", desc = "Which parcel.")] reference: TrackingRef,
    ) -> Outcome<DeleteTrackingPayload> {
        delete(context, reference).await.into()
    }

    /// Takes up to 200 parcels out of the account, forty a call and a call a second, unless set otherwise. A row that
    /// is refused does not keep the others from being deleted. What is not sent yet when the client hangs up is not sent.
    /// Costs no quota, and gives none back.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite])))]
    async fn delete_trackings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcels, 200 at the most, each named once.")] refs: Vec<
            TrackingRef,
        >,
    ) -> Outcome<DeleteTrackingsPayload> {
        if let Err(failure) = check_count("refs", refs.len()) {
            return Outcome::Failed(failure);
        }
        Outcome::Value(delete_many(context, refs).await)
    }
}

/// What `deleteTracking` did.
#[derive(SimpleObject)]
pub(super) struct DeleteTrackingPayload {
    /// The id of the tracking that is gone; null if there are `userErrors`.
    deleted_id: Option<ID>,
    /// Why it was not deleted; empty if all went well.
    user_errors: Vec<UserError>,
}

/// What `deleteTrackings` did.
#[derive(SimpleObject)]
pub(super) struct DeleteTrackingsPayload {
    /// What became of each row, in the order of the input. A row of which nothing can be told is null, beside an error with
    /// its path.
    results: Vec<Outcome<DeleteTrackingPayload>>,
}

impl DeleteTrackingPayload {
    fn deleted(key: &TrackingKey) -> Self {
        Self {
            deleted_id: Some(id_of(key)),
            user_errors: Vec::new(),
        }
    }

    fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            deleted_id: None,
            user_errors,
        }
    }
}

async fn delete(
    context: &Context<'_>,
    reference: TrackingRef,
) -> Result<DeleteTrackingPayload, Failure> {
    let path = Path::to("ref");
    let key = match reference.key() {
        Ok(key) => key,
        Err(invalid) => {
            let error = UserError::invalid_ref(&path, &invalid);
            return Ok(DeleteTrackingPayload::refused(vec![error]));
        }
    };
    match tracker(context).delete(usage(context), key.clone()).await {
        Ok(()) => Ok(DeleteTrackingPayload::deleted(&key)),
        Err(error) => expected(error, Blame::reference(path))
            .map(|error| DeleteTrackingPayload::refused(vec![error])),
    }
}

async fn delete_many(context: &Context<'_>, refs: Vec<TrackingRef>) -> DeleteTrackingsPayload {
    let (keys, places) = read_rows("refs", refs, read_ref, |key| key);
    let answers = tracker(context)
        .delete_many(usage(context), keys.clone())
        .await;
    let answered = |path: Path, (key, answer): (TrackingKey, Result<(), TrackerError>)| match answer
    {
        Ok(()) => Outcome::Value(DeleteTrackingPayload::deleted(&key)),
        Err(error) => expected(error, Blame::reference(path))
            .map(|error| DeleteTrackingPayload::refused(vec![error]))
            .into(),
    };
    DeleteTrackingsPayload {
        results: places.filled(
            keys.into_iter().zip(answers),
            answered,
            DeleteTrackingPayload::refused,
        ),
    }
}

/// Reads a row that is a reference.
pub(super) fn read_ref(path: Path, reference: TrackingRef) -> Result<TrackingKey, Vec<UserError>> {
    let key = reference.key();
    key.map_err(|invalid| vec![UserError::invalid_ref(&path, &invalid)])
}
