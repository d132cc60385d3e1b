//! How any call leaves: with a turn, within a deadline, and with an eye on 429.

use std::future::Future;

use super::records::Records;
use super::tally::Tally;
use super::{TrackerError, Usage};
use crate::current::Dial;
use crate::model::ClientId;
use crate::telemetry::{self, Span};
use crate::throttle::{Lane, NoTurn, Progress, Throttle, Turn};
use crate::upstream::{self, Client, Kind};

/// What every kind of call needs.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) client: Client,
    pub(super) throttle: Throttle,
    pub(super) records: Records,
    /// How long a caller waits for a turn, or for a list call's answer.
    pub(super) patience: Dial,
    pub(super) tally: Tally,
}

impl Calls {
    /// Waits for a turn, not for ever. Without one nothing was sent.
    pub(super) async fn turn(&self, lane: Lane, client: &ClientId) -> Result<Turn, TrackerError> {
        let progress = Progress::default();
        self.watched_turn(lane, client, &progress).await
    }

    /// The same for a call whose place in the line somebody wants to know.
    pub(super) async fn watched_turn(
        &self,
        lane: Lane,
        client: &ClientId,
        progress: &Progress,
    ) -> Result<Turn, TrackerError> {
        let patience = self.patience.get();
        let turn = self.throttle.watched_turn(lane, client, patience, progress);
        let span = Span::begin(telemetry::Kind::Internal, || "turn".into());
        span.set("parcelgraph.lane", lane.name());
        let turn = span.around(tokio::time::timeout(patience, turn)).await;
        let retry_after = patience;
        Ok(turn.unwrap_or(Err(NoTurn::Full { retry_after }))?)
    }

    /// Waits for anything, not for ever.
    pub(super) async fn patiently<T>(
        &self,
        usage: &Usage,
        work: impl Future<Output = T>,
    ) -> Result<T, TrackerError> {
        let waited = usage.patience(self.patience.get());
        let done = tokio::time::timeout(waited, work).await;
        done.map_err(|_| TrackerError::TimedOut { waited })
    }

    /// Passes an answer on. If it is a 429, in whatever form, no other call leaves for a while.
    pub(super) fn heeding<T>(&self, answer: Result<T, upstream::Error>) -> Result<T, TrackerError> {
        answer.map_err(|error| {
            log(&error);
            match error.kind() {
                Kind::TooManyRequests => {
                    let retry_after = self.throttle.close(error.retry_after());
                    NoTurn::Closed { retry_after }.into()
                }
                _ => error.into(),
            }
        })
    }

    /// The same for a call that changes the account: a failure in the middle of it leaves open whether it was carried out.
    pub(super) fn heeding_change<T>(
        &self,
        answer: Result<T, upstream::Error>,
    ) -> Result<T, TrackerError> {
        self.heeding(answer)
            .map_err(|error| in_the_middle(error, TrackerError::OutcomeUnknown))
    }

    /// The same for a question that spends quota: a failure in the middle of it leaves open whether it was spent.
    pub(super) fn heeding_spending<T>(
        &self,
        answer: Result<T, upstream::Error>,
    ) -> Result<T, TrackerError> {
        self.heeding(answer)
            .map_err(|error| in_the_middle(error, TrackerError::SpendingUnknown))
    }
}

fn in_the_middle(
    error: TrackerError,
    unknown: impl FnOnce(upstream::Error) -> TrackerError,
) -> TrackerError {
    match error {
        TrackerError::Upstream(error) if error.outcome_unknown() => unknown(error),
        error => error,
    }
}

/// Operators learn how it failed; clients learn what to make of it. What a client caused is his own business.
fn log(error: &upstream::Error) {
    match error.kind() {
        Kind::NotFound | Kind::NotDetected | Kind::BadInput | Kind::Conflict => {
            tracing::debug!(error = %error.without_words(), "TrackingMore refused a call");
        }
        _ => tracing::warn!(error = %error.without_words(), "TrackingMore did not answer a call"),
    }
}
