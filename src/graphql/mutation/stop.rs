//! Leaving parcels alone.

use async_graphql::{Context, Object, SimpleObject};

use super::delete::read_ref;
use super::rows::read_rows;
use crate::auth::Scope;
use crate::graphql::context::{tracker, usage};
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{TrackingRef, check_count};
use crate::graphql::scope::{all, requires};
use crate::graphql::tracking::Tracking;
use crate::graphql::user_error::{Blame, Path, UserError, expected};
use crate::tracker::{Changed, TrackerError};

#[derive(Default)]
pub(super) struct StopMutation;

#[Object]
impl StopMutation {
    /// Has TrackingMore stop asking the carriers about up to 200 parcels, forty a call and a call a second, unless set
    /// otherwise. Nothing is documented to turn that on again. A row that is refused does not keep the others from being
    /// stopped. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingWrite])))]
    async fn stop_updating(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parcels, 200 at the most, each named once.")] refs: Vec<
            TrackingRef,
        >,
    ) -> Outcome<StopUpdatingPayload> {
        if let Err(failure) = check_count("refs", refs.len()) {
            return Outcome::Failed(failure);
        }
        let (keys, places) = read_rows("refs", refs, read_ref, |key| key);
        let answers = tracker(context).stop_updating(usage(context), keys).await;
        Outcome::Value(StopUpdatingPayload {
            results: places.filled(answers, answered, StopUpdatingResult::refused),
        })
    }
}

/// What `stopUpdating` did.
#[derive(SimpleObject)]
pub(super) struct StopUpdatingPayload {
    /// What became of each row, in the order of the input. A row of which nothing can be told is null, beside an error with
    /// its path.
    results: Vec<Outcome<StopUpdatingResult>>,
}

/// What `stopUpdating` did with one parcel.
#[derive(SimpleObject)]
pub(super) struct StopUpdatingResult {
    /// The tracking, which stays as it is from now on. Null if there are `userErrors`, or, beside an error that says why,
    /// if it cannot be told at the moment.
    tracking: Option<Outcome<Tracking>>,
    /// Why TrackingMore goes on asking; empty if all went well.
    user_errors: Vec<UserError>,
}

impl StopUpdatingResult {
    fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            tracking: None,
            user_errors,
        }
    }
}

fn answered(path: Path, answer: Result<Changed, TrackerError>) -> Outcome<StopUpdatingResult> {
    match answer {
        Ok(changed) => Outcome::Value(StopUpdatingResult {
            tracking: Some(changed.tracking.map(Tracking::from).into()),
            user_errors: Vec::new(),
        }),
        Err(error) => expected(error, Blame::reference(path))
            .map(|error| StopUpdatingResult::refused(vec![error]))
            .into(),
    }
}
